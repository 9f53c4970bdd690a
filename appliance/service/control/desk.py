"""Who keeps count of the chain from camera to student, and tries it, for those at the door."""

from collections.abc import Callable, Mapping

from appliance.deciding import TickResult
from appliance.domain.commands import OutboxEntry
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.host.door import Asks
from appliance.mqtt.client import BrokerClient
from appliance.ports import Clock
from appliance.service.control.funnel import FunnelParts, funnel
from appliance.service.control.permissions import permissions
from appliance.service.control.tally import Tally
from appliance.service.control.trial_alerts import TrialAlerts, TrialWays
from appliance.storage.tables.audit import Audit


class Desk:
    """Is told what happens, and answers ``funnel``, ``permissions`` and ``test-alert``."""

    def __init__(
        self,
        *,
        broker: BrokerClient,
        audit: Audit,
        cameras: Mapping[SeatKey, CameraKey],
        terminals: Mapping[SeatKey, TerminalKey],
        exam: Callable[[SeatKey], bool],
        new_id: Callable[[], str],
        clock: Clock,
        on_tick: Callable[[TickResult], None],
        on_presence: Callable[[TerminalPresence], None],
    ) -> None:
        """Begin to count.

        Args:
            broker: Sends test commands and proves permissions.
            audit: Keeps who asked for a test.
            cameras: Which camera sees which seat.
            terminals: The terminal of each seat.
            exam: Tells whether a teacher has announced one on a seat.
            new_id: Makes UUIDv7s.
            clock: Monotonic time.
            on_tick: Told of each token behind the desk.
            on_presence: Told of each presence behind the desk.
        """
        self._broker = broker
        self._cameras = cameras
        self._terminals = terminals
        self._clock = clock
        self._on_tick = on_tick
        self._on_presence = on_presence
        self.tally = Tally(terminals=terminals, monotonic=clock.monotonic_s)
        self.trials = TrialAlerts(
            ways=TrialWays(
                send=broker.send_test,
                broker_error=lambda: broker.health().last_error,
                online=self.tally.online,
                attended=self.tally.attended,
                record=lambda actor, seat, command: audit.record(
                    "test_alert", actor=actor, seat=seat, detail=command
                ),
                exam=exam,
            ),
            terminals=terminals,
            new_id=new_id,
            monotonic=clock.monotonic_s,
        )

    def ticked(self, result: TickResult) -> None:
        """Count what one token has led to."""
        self.tally.ticked(result)
        self._on_tick(result)

    def heard(self, presence: TerminalPresence) -> None:
        """Note that a terminal came or went."""
        self.tally.heard(presence)
        self._on_presence(presence)

    def moved(self, entry: OutboxEntry) -> None:
        """Note how far a command has come."""
        self.tally.moved(entry)
        self.trials.moved(entry)

    def questions(self, parts: FunnelParts, *, enabled: bool) -> Asks:
        """Return the desk's questions with the functions that answer them.

        Args:
            parts: Who else is asked.
            enabled: Whether anything may reach a student's screen.
        """
        return {
            "funnel": funnel(
                parts,
                tally=self.tally,
                cameras=self._cameras,
                terminals=self._terminals,
                enabled=enabled,
                monotonic=self._clock.monotonic_s,
            ),
            "permissions": permissions(self._broker.prove_permissions),
            "test-alert": self.trials.follow,
        }
