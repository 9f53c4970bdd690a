"""The stages in the order the data flows."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.affect import AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.frames import Frame
from appliance.domain.interventions import Intervention, Refusal, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TokenBatch
from appliance.fusion.fuser import Fuser
from appliance.intervention.policy import RulePolicy
from appliance.perception.perceiver import Perceiver
from appliance.ports import ConsentRegister
from appliance.warning.monitor import EpisodeMonitor
from appliance.windows.seat_windows import SeatWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class TickResult:
    """What one token of the cameras that were due has led to."""

    tokens: TokenBatch
    """Rows of all seats; only those of ``readings`` were due."""

    readings: Sequence[AffectReading]
    """One per seat that was due."""

    alerts: Sequence[Alert]
    """Open episodes on each whole second, and episodes that ended."""

    interventions: Sequence[Intervention]
    """What the rules decided."""

    refusals: Sequence[Refusal]
    """What applied but was masked or cooling down."""


class Pipeline:
    """All stages of all seats; ``observe`` runs on the lanes, ``tick`` on the ticker."""

    def __init__(
        self,
        *,
        perceivers: Mapping[SeatKey, Perceiver],
        windows: SeatWindows,
        fuser: Fuser,
        monitor: EpisodeMonitor,
        policy: RulePolicy,
        consent: ConsentRegister,
        context: Callable[[SeatKey], TaskContext | None],
    ) -> None:
        """Connect the stages.

        Args:
            perceivers: One per seat, each used by one thread at a time.
            windows: Tokens of all seats.
            fuser: Tokens to readings.
            monitor: Readings to alerts.
            policy: Alerts to interventions.
            consent: Whom the box may look at.
            context: What a seat's student is doing, as far as known.
        """
        self._perceivers = perceivers
        self._windows = windows
        self._fuser = fuser
        self._monitor = monitor
        self._policy = policy
        self._consent = consent
        self._context = context
        self._lock = threading.Lock()  # windows are filled by lanes and emptied by the ticker

    def observe(self, seat: SeatKey, frame: Frame) -> None:
        """Look at one seat of one frame; without consent the frame is dropped unseen."""
        if not self._consent.granted(seat):
            self._perceivers[seat].reset()
            return
        observation = self._perceivers[seat].observe(frame)
        with self._lock:
            self._windows.append(observation)

    def tick(self, ends_s: Mapping[SeatKey, float]) -> TickResult:
        """Close one token of the seats given and follow it to the decisions it causes."""
        denied = {seat for seat in ends_s if not self._consent.granted(seat)}
        with self._lock:
            tokens = self._windows.close(ends_s, without_consent=denied)
        readings = [reading for reading in self._fuser.read(tokens) if reading.seat in ends_s]
        alerts = [alert for reading in readings for alert in self._monitor.assess(reading)]
        decisions = [self._policy.decide(alert, self._context(alert.seat)) for alert in alerts]
        return TickResult(
            tokens=tokens,
            readings=readings,
            alerts=alerts,
            interventions=[decision for decision in decisions if decision is not None],
            refusals=self._policy.take_refusals(),
        )

    def begin_occupancy(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        """Somebody has logged in on a seat's terminal."""
        with self._lock:
            self._windows.begin_occupancy(seat, occupancy)

    def end_occupancy(self, seat: SeatKey) -> None:
        """Forget who sits on a seat: log-out, consent withdrawn, erasure."""
        with self._lock:
            self._windows.end_occupancy(seat)
