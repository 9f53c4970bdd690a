"""What of a box is asked for things: its databases, its pauses and its client at a Mosquitto.

Without cameras; the ACL, the ids and the people are those that are shipped.
"""

from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from appliance.domain.ids import uuid7
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.classroom import (
    ControlRequestMessage,
    FeedbackMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.router import InboundHandlers
from appliance.service.classroom import Classroom
from appliance.service.contexts import TaskContexts
from appliance.service.control.closures import Closures
from appliance.service.control.pausing import Pausing
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.service.control.trial_alerts import TrialAlerts, TrialWays
from appliance.service.seats.exams import Exams
from appliance.storage.pause import PauseFile
from appliance.storage.store import Storage
from tests.support.acl_broker import AclBroker, password_of
from tests.support.disk import PRIVACY, rows
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.rooms import A01, A02, Room
from tests.support.shipped_broker import USERS
from tests.support.waiting import wait_until

TOPICS = RoomTopics(site="north-school", room="lab-2")
PC, OTHER_PC, TEACHER = TerminalKey("pc-01"), TerminalKey("pc-02"), "teacher-1"
STRANGER = "pc-99"
"""Has a certificate of the room and no seat."""
SEATS = {PC: A01, OTHER_PC: A02}


def asked_broker(folder: Path) -> AclBroker:
    """Return the room's broker, which tells everybody apart."""
    acl = (files("mqtt_contracts") / "mosquitto" / "acl").read_text(encoding="utf-8")
    return AclBroker(folder, users=(*USERS, STRANGER), acl=acl)


class AskedBox:
    """One run of the box; a context manager, and another one on its folder is its restart."""

    def __init__(
        self, folder: Path, broker: AclBroker, *, on_file: Collection[SeatKey] = ()
    ) -> None:
        """Prepare it; the school holds the consent of some seats."""
        self.clock = SystemClock()
        self.folder = folder
        self.storage = Storage.open(folder, clock=self.clock, on_file=on_file)
        self.pauses = SeatPauses(
            seats=[A01, A02], state_dir=folder, audit=self.storage.audit, clock=self.clock
        )
        self.exams = Exams(seats=[A01, A02], state_dir=folder, clock=self.clock)
        self.permitted = Permitted(consent=self.storage.consent, pauses=self.pauses)
        self.closures = Closures(pause=lambda: None, resume=lambda: None)
        self.room = Room()
        self.client = BrokerClient(
            address=broker.address("box-1"),
            site=TOPICS.site,
            room=TOPICS.room,
            box="box-1",
            terminals=SEATS,
            teachers=[TEACHER],
            it=["it-1"],
            store=self.storage.outbox,
            clock=self.clock,
            first_backoff_s=0.1,
        )
        pausing = Pausing(
            closures=self.closures,
            file=PauseFile(folder),
            audit=self.storage.audit,
            clock=self.clock,
        )
        self._follows = [pausing.follow, *self.pauses.follows, self.exams.follow]
        classroom = Classroom(
            pipeline=self.room.pipeline,
            storage=self.storage,
            pausing=pausing,
            pauses=self.pauses,
            contexts=TaskContexts(clock=self.clock),
            seats=SEATS,
            unlock=self.client.unlock,
            erase=lambda seat, actor: self.storage.erasure.erase(actor=actor, seat=seat),
            trials=TrialAlerts(
                ways=TrialWays(
                    send=self.client.send_test,
                    broker_error=lambda: "",
                    online=lambda _: True,
                    record=lambda *_: None,
                ),
                terminals={seat: terminal for terminal, seat in SEATS.items()},
                new_id=lambda: uuid7(wall_s=self.clock.wall_s(), randomness=b"0" * 10),
                monotonic=self.clock.monotonic_s,
            ),
            aim=lambda _: ControlReply(status=ControlStatus.DONE),
            exams=self.exams,
            unseen=lambda _: "",
            on_presence=lambda _: None,
            on_command=lambda *_: None,
        )
        self.client.listen(
            InboundHandlers(
                on_feedback=classroom.take_feedback,
                on_presence=classroom.take_presence,
                on_control=classroom.take_control,
            )
        )

    def __enter__(self) -> Self:
        """Start, and wait until the box hears itself: from here on requests count."""
        self.storage.start()
        for follow in self._follows:
            follow()
        self.client.start()
        wait_until(lambda: self.client.health().last_echo_s is not None)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.client.stop()
        self.storage.stop()

    def audit(self) -> list[tuple[str, str, str, str]]:
        """Return event, actor, seat and detail of what is on record."""
        query = "SELECT event, actor, seat, detail FROM audit ORDER BY rowid"
        return [
            (str(event), str(actor), str(seat), str(detail))
            for event, actor, seat, detail in rows(self.folder / PRIVACY, query)
        ]


class Asker:
    """A client of the room that asks and waits for the answer; a context manager."""

    def __init__(self, broker: AclBroker, name: str) -> None:
        """Take whose client it is."""
        self.name = name
        self.listener = Listener(broker.port, username=name, password=password_of(name))

    def __enter__(self) -> Self:
        """Connect."""
        self.listener.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.listener.__exit__()

    def ask(
        self,
        command: ControlCommand,
        *,
        seat: SeatKey | None = None,
        granted: bool | None = None,
        on: bool | None = None,
        reference: str | None = None,
    ) -> Mapping[str, Any]:
        """Ask as it should be asked; return what the box says."""
        body = ControlRequestMessage(
            command=command, seat=seat, granted=granted, on=on, reference=reference
        )
        return self.send(message_json(f"teacher/{self.name}", body, ttl_s=30))

    def send(
        self, text: str, *, expiry_s: int | None = 30, retain: bool = False
    ) -> Mapping[str, Any]:
        """Send anything; return status, detail and corr of the answer."""
        before = len(self.answers())
        self.post(text, expiry_s=expiry_s, retain=retain)
        wait_until(lambda: len(self.answers()) > before)
        return self.answers()[before]

    def post(self, text: str, *, expiry_s: int | None = 30, retain: bool = False) -> None:
        """Send anything and wait for nobody."""
        self.listener.publish(
            TOPICS.control_request(self.name), text, expiry_s=expiry_s, retain=retain
        )

    def answers(self) -> list[Mapping[str, Any]]:
        """Return every answer heard so far."""
        return [
            {**heard.document["data"], "corr": heard.document["corr"]}
            for heard in self.listener.of_type("control.response")
        ]


def teachers_request(
    command: ControlCommand, *, seat: SeatKey | None = None, granted: bool | None = None
) -> str:
    """Write a request of now that a teacher could have sent."""
    body = ControlRequestMessage(command=command, seat=seat, granted=granted)
    return message_json(f"teacher/{TEACHER}", body, ttl_s=30)


def log_in(asker: Asker, nonce: str | None) -> None:
    """Say who is logged in on a terminal, as its software does."""
    body = PresenceMessage(state=PresenceState.ONLINE, occupant=nonce)
    text = message_json(f"seat/{asker.name}", body, ttl_s=None)
    asker.listener.publish(TOPICS.terminal(TerminalKey(asker.name)).presence, text, retain=True)


def say_feedback(asker: Asker, command: str, kind: FeedbackKind = FeedbackKind.ACCEPTED) -> str:
    """Tell what a student did with a command; return what was sent."""
    body = FeedbackMessage(kind=kind)
    text = message_json(f"seat/{asker.name}", body, ttl_s=60, corr=command)
    asker.listener.publish(TOPICS.terminal(TerminalKey(asker.name)).feedback, text, expiry_s=60)
    return text


def kept_feedback(state: Path) -> list[tuple[object, ...]]:
    """Return the answers on record."""
    return rows(state / PRIVACY, "SELECT command, kind, terminal FROM feedback ORDER BY rowid")
