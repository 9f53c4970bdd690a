"""A real box over a real broker: what a student and a teacher read while people agree and ask."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.affect import Affect, Vigilance
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import (
    ControlRequestMessage as Ask,
)
from appliance.mqtt.contract.classroom import (
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.service import ROOM, SITE, TEACHER, Service, run_classbox, write_config
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.broker]

PREFIX = f"cb/v1/{SITE}/{ROOM}"
SEAT, PC = SeatKey("a01"), "pc-01"
VIEW, BOARD = f"{PREFIX}/seat/{PC}/view", f"{PREFIX}/board/{SEAT}"


class Class:
    """A terminal and a teacher at one broker."""

    def __init__(self, listener: Listener) -> None:
        """Take where they hear everything."""
        self.listener = listener

    def ask(self, client: str, body: Ask) -> tuple[str, str]:
        """Ask as a client; return status and detail."""
        before = len(self.listener.of_type("control.response"))
        self.listener.publish(
            f"{PREFIX}/control/{client}/req",
            message_json(f"teacher/{client}", body, ttl_s=30),
            expiry_s=30,
        )
        wait_until(lambda: len(self.listener.of_type("control.response")) > before)
        data = self.listener.of_type("control.response")[-1].document["data"]
        return data["status"], data["detail"]

    def log_in(self, nonce: str) -> None:
        """Log a student in."""
        body = PresenceMessage(state=PresenceState.ONLINE, occupant=nonce)
        self.listener.publish(
            f"{PREFIX}/seat/{PC}/presence",
            message_json(f"seat/{PC}", body, ttl_s=None),
            retain=True,
        )

    def sees(self, topic: str, **wanted: object) -> dict[str, Any]:
        """Wait until the newest message on a topic says something; return all that it says."""

        def newest() -> dict[str, Any]:
            heard = [one for one in self.listener.on(topic) if "data" in one.document]
            return dict(heard[-1].document["data"]) if heard else {}

        wait_until(lambda: wanted.items() <= newest().items(), timeout_s=90)
        return newest()


def write_room(folder: Path, port: int, *, more: str = "") -> Path:
    """Write a box with one seat, before which a student of the packaged clip sits."""
    config = write_config(
        folder,
        port=port,
        consent="ask",
        cameras={"front": f'source = "{packaged_clip()}"\nloop = true'},
    )
    text = config.read_text(encoding="utf-8")
    half = 'consent = "ask"\nregion = [0.0, 0.0, 0.5, 1.0]'
    config.write_text(text.replace('consent = "ask"', half) + more, encoding="utf-8")
    return config


def status(config: Path) -> dict[str, Any]:
    """Return what ``classbox status`` says."""
    done: subprocess.CompletedProcess[str] = run_classbox(
        "status", "--config", str(config), "--json"
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_student_and_a_teacher_read_how_a_seat_is(tmp_path: Path) -> None:
    """From an empty seat to the two minutes; an exam that outlives a power cut; never a state."""
    with PrivateBroker(tmp_path / "broker") as broker, Listener(broker.port) as listener:
        config, room = write_room(tmp_path, broker.port), Class(listener)
        with Service(config):
            room.sees(VIEW, sight="not-observed", reason="nobody", consent="not-given")
            nobody = room.ask(PC, Ask(command=ControlCommand.CALIBRATE))
            room.log_in("student-one")
            room.sees(VIEW, reason="no-consent")
            refused = room.ask(PC, Ask(command=ControlCommand.CALIBRATE))
            given = room.ask(
                TEACHER,
                Ask(command=ControlCommand.CONSENT, seat=SEAT, granted=True, reference="form 12/3"),
            )
            room.sees(VIEW, sight="observed", reason="", consent="given", calibration="none")
            room.sees(BOARD, sight="observed", consent="given", terminal="online", lesson=True)
            begun = room.ask(PC, Ask(command=ControlCommand.CALIBRATE))
            running = room.sees(VIEW, calibration="running", calibrating_left_s=115.0)
            exam = room.ask(TEACHER, Ask(command=ControlCommand.EXAM, on=True))
            room.sees(VIEW, exam=True)
            room.sees(BOARD, exam=True, calibration="running")
        with Service(config):
            room.sees(BOARD, exam=True, calibration="none")
            told = status(config)
            test = room.ask(TEACHER, Ask(command=ControlCommand.TEST_ALERT, seat=SEAT))
            over = room.ask(TEACHER, Ask(command=ControlCommand.EXAM, on=False))
            room.sees(VIEW, exam=False)
            room.ask(PC, Ask(command=ControlCommand.PAUSE))
            room.sees(VIEW, sight="paused", reason="seat-paused")
            room.sees(BOARD, sight="paused", reason="seat-paused")
            room.ask(PC, Ask(command=ControlCommand.CONSENT, granted=False))
            room.sees(BOARD, consent="withdrawn")

    assert nobody == ("refused", "nobody is logged in on this seat")
    assert refused == ("refused", "nobody has agreed to be looked at on this seat")
    assert given == begun == exam == over == ("done", "")
    assert running["teacher_called"] is False
    assert told["exams"]["room"].endswith(f"announced by teacher/{TEACHER}")
    assert test[0] == "refused"
    assert "an exam is on at seat a01" in test[1]
    _keeps_the_contract(listener)
    assert {one.document["data"]["state"] for one in listener.on(BOARD)} == {None}


def _keeps_the_contract(listener: Listener) -> None:
    contracts, words = Contracts.load(), {*Affect, *Vigilance}
    for topic, schema in ((VIEW, "seat.view"), (BOARD, "board.seat")):
        for heard in listener.on(topic):
            contracts.check(heard.document, schema=schema)
            assert (heard.qos, heard.retained, heard.expiry_s) == (1, True, 120)
    for heard in listener.on(VIEW):
        assert not [word for word in words if word in json.dumps(heard.document["data"])]
