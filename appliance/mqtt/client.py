"""The box on MQTT: status, reports, commands, alerts, and what comes back."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import structlog

from appliance.domain.commands import OutboxEntry
from appliance.domain.interventions import Intervention
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.terminals import ControlReply
from appliance.domain.token_packets import SensorKey
from appliance.errors import BrokerError, ContractError
from appliance.mqtt.condition import broker_health
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.alerts import alert_message
from appliance.mqtt.contract.box import (
    BoxEcho,
    BoxHealth,
    BoxInfo,
    BoxState,
    BrokerHealth,
)
from appliance.mqtt.contract.commands import (
    POPUP_TTL_S,
    TEST,
    UnlockScreen,
    command_for,
)
from appliance.mqtt.contract.envelope import (
    DAY_TTL_S,
    Stamper,
    parse_message,
)
from appliance.mqtt.contract.permissions import permissions_of
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.seats import BoardSeat, SeatView
from appliance.mqtt.contract.sensors import MAX_HEARD, SensorLease
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.dispatch import Dispatch
from appliance.mqtt.floods import FloodGate
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.outbox import Outbox
from appliance.mqtt.publications import Publications
from appliance.mqtt.requests import Freshness, roles_of
from appliance.mqtt.router import InboundHandlers, InboundRouter
from appliance.mqtt.twins import TwinWatch
from appliance.mqtt.wire.address import BrokerAddress, expiry_notices
from appliance.mqtt.wire.echo import ECHO_EVERY_S, ECHO_MISSED_S, EchoWatch
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, LastWill, Publication
from appliance.mqtt.wire.probe import PermissionTrial, ProvedPermission
from appliance.ports import Clock, CommandStore

log = structlog.get_logger()

UNLOCKED = "Your teacher ended the break."
"""What a student reads when a lock ends early."""

WILL_DELAY_S = 10  # docs/DESIGN.md, 7: a short outage is not worth a "lost"


class BrokerClient:
    """``CommandPublisher`` on MQTT 5; keeps going without a broker, for ever.

    Commands and alerts wait in the outbox, states are retained and sent again on every
    connection, reports are dropped while there is no broker. Any thread may call.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        site: str,
        room: str,
        box: str,
        terminals: Mapping[TerminalKey, SeatKey],
        store: CommandStore,
        clock: Clock,
        sensors: Mapping[SensorKey, Mapping[SeatKey, TerminalKey]] = MappingProxyType({}),
        teachers: Collection[str] = (),
        it: Collection[str] = (),
        info: BoxInfo | None = None,
        clock_state: Callable[[], str] = lambda: "unknown",
        will_delay_s: int = WILL_DELAY_S,
        echo_every_s: float = ECHO_EVERY_S,
        echo_missed_s: float = ECHO_MISSED_S,
        first_backoff_s: float = 1.0,
        outbox_limit: int = 512,
    ) -> None:
        """Prepare the client; ``start`` takes over the commands of the last run and connects.

        Args:
            address: Broker and credentials.
            site: School id.
            room: Room id.
            box: Own id, also the MQTT client id.
            terminals: Every configured terminal and its seat.
            store: Where the outbox survives a restart.
            clock: Wall time for lifetimes and ``ts``, monotonic time for waiting.
            sensors: Seats and their terminals of each sensor.
            teachers: Ids of the clients of teachers.
            it: Ids of the clients of IT people.
            info: Versions and hashes, published with the first connection; None publishes none.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown``, for every envelope.
            will_delay_s: Time the broker waits before it reports the box ``lost``.
            echo_every_s: Between two echoes to ourselves.
            echo_missed_s: Without an echo for so long, the connection is made anew.
            first_backoff_s: Wait after the first failed connection.
            outbox_limit: Open commands and alerts; beyond it new ones are refused and counted.

        Raises:
            ValueError: An id is not of ``[a-z0-9-]``.
        """
        self._clock = clock
        self._terminals = dict(terminals)
        self._will_delay_s = will_delay_s
        self._echo = EchoWatch(clock=clock, every_s=echo_every_s, missed_s=echo_missed_s)
        self._topics = RoomTopics(site=site, room=room)
        self._own = self._topics.box(box)
        self._stamper = Stamper(src=f"box/{box}", clock=clock, clock_state=clock_state)
        self._publications = Publications(topics=self._topics, box=box, stamper=self._stamper)
        self._outbox = Outbox(store=store, clock=clock, limit=outbox_limit)
        self._contracts = Contracts.load()
        permissions = permissions_of(self._topics, box, sensors=bool(sensors))
        self._trial = PermissionTrial(permissions, stamper=self._stamper)
        roles = roles_of(terminals=terminals, teachers=teachers, it=it)
        self._router = InboundRouter(
            topics=self._topics,
            terminals=terminals,
            roles=roles,
            contracts=self._contracts,
            outbox=self._outbox,
            freshness=Freshness(clock=clock, clock_state=clock_state),
            reply=self._reply,
            sensors=sensors,
        )
        self._heard: deque[str] = deque(maxlen=MAX_HEARD)
        self._only_tried = self._trial.subscriptions.keys() - self._router.subscriptions.keys()
        self._inbox = Inbox(name=f"mqtt[{box}].inbox", handle=self._router.handle)
        self._floods = FloodGate(
            clock=clock,
            subscriptions={
                **self._trial.subscriptions,
                **self._router.subscriptions,
                self._own.echo: 1,
                self._own.status: 1,
            },
            narrow={self._topics.control_requests: [*map(self._topics.control_request, roles)]},
            on_shut=self._hear_others,
        )
        self._link = Link(
            address=address,
            client_id=box,
            clock=clock,
            subscriptions=self._floods.subscriptions(),
            on_delivery=self._take,
            on_connected=self._greet,
            on_turn=self._turn,
            will=self._make_will,
            session_expiry_s=DAY_TTL_S,
            first_backoff_s=first_backoff_s,
        )
        self._twins = TwinWatch(
            topic=self._own.status,
            boot=self._stamper.boot,
            contracts=self._contracts,
            on_twin=self._link.note_twin,
        )
        self._dispatch = Dispatch(
            topics=self._topics,
            stamper=self._stamper,
            outbox=self._outbox,
            clock=clock,
            wake=self._link.wake,
        )
        self._info = info
        self._state: BoxState | None = None
        self._deaf = (
            "the box's own messages do not come back; its ACL names other topics than "
            f"{self._own.prefix}: run sudo classbox check"
        )

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._link.connected

    @property
    def twins(self) -> int:
        """How often another box with this one's id was noticed."""
        return self._link.twins

    def listen(
        self, handlers: InboundHandlers, *, on_move: Callable[[OutboxEntry], None] = lambda _: None
    ) -> None:
        """Say who is told about what comes in and how far commands come; before ``start``."""
        self._router.handlers = handlers
        self._outbox.on_move = on_move

    def start(self) -> None:
        """Connect in the background; says ``init`` unless a status was published before."""
        self._outbox.take_over()
        if self._state is None:
            self.publish_status(BoxState.INIT)
        if self._info is not None:
            self.publish_info(self._info)
        self._inbox.start()
        self._link.start()

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Say ``disconnected``, wait until the broker has it, end all threads.

        Returns:
            False when the broker could not be told; it will say ``lost`` instead.
        """
        farewell = self._publications.status(BoxState.DISCONNECTED)
        told = self._link.stop(farewell=farewell, timeout_s=timeout_s)
        if not told:
            log.warning("farewell_not_delivered")
        self._inbox.stop(timeout_s=timeout_s)
        return told

    def send(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Queue what an intervention asks of a terminal; see ``CommandPublisher.send``.

        ``NONE`` and ``CONTACT_TEACHER`` send nothing: teachers are told by ``tell``.

        Raises:
            ValueError: The terminal is not configured, or the intervention's id is no UUIDv7.
        """
        if terminal not in self._terminals:
            msg = f"terminal {terminal!r} is not one of {sorted(self._terminals)}"
            raise ValueError(msg)
        topic = self._router.task_topics.get(terminal, "")
        body = command_for(intervention, topic=topic)
        if body is not None:
            self._dispatch.command(body, terminal=terminal, message_id=intervention.id)

    def send_test(self, terminal: TerminalKey, command: str) -> bool:
        """Queue a marked command under a given id; False when the outbox is full."""
        return self._dispatch.command(
            TEST, terminal=terminal, message_id=command, ttl_s=POPUP_TTL_S
        )

    def unlock(self, terminals: Iterable[TerminalKey] | None = None) -> None:
        """Queue the end of any lock or rest on some terminals, or on every configured one."""
        for terminal in self._terminals if terminals is None else terminals:
            self._dispatch.command(UnlockScreen(text=UNLOCKED), terminal=terminal, message_id=None)

    def forget(self, seat: SeatKey) -> None:
        """Send nothing more about a seat that is erased; the end of a lock on it still goes."""
        quoted = f'"{seat}"'  # as the row on disk is found

        def concerned(entry: OutboxEntry) -> bool:
            own = entry.terminal is not None and self._terminals.get(entry.terminal) == seat
            return quoted in entry.payload or (own and UnlockScreen.TYPE not in entry.payload)

        self._outbox.forget(concerned)

    def tell(self, message: TeacherMessage) -> None:
        """Queue a message for teachers, on the topic of the seat it names first."""
        # The first contact's id is the one under which the decision is on record.
        message_id = message.contacts[0].id if message.contacts else None
        self._dispatch.alert(alert_message(message), message_id=message_id)

    def publish_status(self, state: BoxState, *, reason: str = "") -> None:
        """Set the retained status; the last one set is what the broker will hold."""
        self._state = state
        self._link.post(self._publications.status(state, reason=reason))

    def publish_info(self, info: BoxInfo) -> None:
        """Set the retained versions and hashes."""
        self._link.post(self._publications.info(info))

    def publish_health(self, health: BoxHealth) -> bool:
        """Send a health report now; False when there is no broker to hear it."""
        return self._link.send(self._publications.health(health)) is not None

    def prove_permissions(self) -> list[ProvedPermission]:
        """Find out by delivery what the broker allows; takes seconds. See ``PermissionTrial``.

        Raises:
            BrokerError: There is no connection.
        """
        if not self._link.connected:
            msg = f"no connection to the broker: {self._link.last_error or 'not yet'}"
            raise BrokerError(msg)
        return self._trial.run(self._link.send)

    def publish_aim(self, frame: AimFrame) -> bool:
        """Send what was measured of a camera's picture; False when there is no broker."""
        return self._link.send(self._publications.aim(frame)) is not None

    def publish_view(self, terminal: TerminalKey, view: SeatView) -> None:
        """Set what a terminal's student may know of the own seat; retained while it lives."""
        self._link.post(self._publications.view(terminal, view))

    def publish_board(self, seat: SeatKey, board: BoardSeat | None) -> None:
        """Set what teachers may know of a seat; None takes the retained message away."""
        self._link.post(self._publications.board(seat, board))

    def publish_lease(self, sensor: SensorKey, lease: SensorLease) -> bool:
        """Let a sensor look, or not; False when there is no broker, and a later one says it."""
        return self._link.send(self._publications.lease(sensor, lease)) is not None

    def heard(self) -> tuple[str, ...]:
        """Return the ids of the last control requests that were answered, newest last."""
        return tuple(self._heard)

    def health(self) -> BrokerHealth:
        """Return the client's own part of the health report."""
        return broker_health(
            link=self._link,
            outbox=self._outbox,
            inbox=self._inbox,
            floods=self._floods.dropped(),
            invalid=self._router.invalid,
            last_echo_s=self._echo.age_s,
            deaf=self._deaf if self._echo.late() else "",
        )

    def expiring(self) -> tuple[str, ...]:
        """Return a line for each certificate that ends within a week, without a number in it."""
        ends = {
            "the box's own": self._link.own_ends_s,
            "the broker's": self._link.broker_ends_s,
        }
        return expiry_notices(ends, now_s=self._clock.wall_s())

    def _reply(self, reply: ControlReply, client: str, request: str | None) -> None:
        self._link.post(self._publications.response(reply, client, request))
        if request is not None:
            self._heard.append(request)

    def _take(self, delivery: Delivery) -> None:
        self._trial.heard(delivery)
        if delivery.topic == self._own.echo:
            self._hear_echo(delivery)
        elif self._twins.takes(delivery) or not self._floods.admits(delivery):
            pass  # said by another box with our id, or by somebody who sends far too much
        elif delivery.topic not in self._only_tried:
            # The broker delivers in order: what waited for us comes before this boot's first echo.
            early = self._echo.age_s is None
            self._inbox.put(replace(delivery, early=True) if early else delivery)

    def _hear_others(self) -> None:
        # Nobody is unsubscribed on the network thread: it is called with paho's locks held.
        self._link.wake()

    def _hear_echo(self, delivery: Delivery) -> None:
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError:
            return  # whoever may write there cannot make us deaf
        if isinstance(message.body, BoxEcho) and message.boot == self._stamper.boot:
            self._echo.heard(message.body.count)

    def _greet(self) -> None:
        self._outbox.retry_now()
        self._echo.connected()

    def _turn(self) -> float | None:
        self._link.subscribe_to(self._floods.subscriptions())
        for due in self._outbox.due():
            publication = Publication(
                topic=due.entry.topic,
                payload=due.entry.payload.encode(),
                lifetime_s=due.remaining_s,
            )
            if not self._link.send(publication):
                break
            self._outbox.sent(due.entry.id)
        if not self._link.connected:
            return None
        self._watch()
        next_s = self._outbox.next_due_s()
        next_s = self._echo.next_s if next_s is None else min(next_s, self._echo.next_s)
        return next_s - self._clock.monotonic_s()

    def _watch(self) -> None:
        if self._echo.due():
            self._link.send(self._publications.echo(self._echo.count))
        if self._echo.missed():
            log.warning("mqtt_echo_missed")
            self._link.reconnect()

    def _make_will(self) -> LastWill:
        lost = self._publications.status(BoxState.LOST)
        return LastWill(publication=lost, delay_s=self._will_delay_s)
