"""How each sensor is, from what it says and from what comes of it."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import SeatStatus
from appliance.intake.rules import TokenRules
from appliance.intake.sensor_seats import SensorSeats
from appliance.mqtt.contract.box import SensorStanding
from appliance.mqtt.contract.seats import SightReason
from appliance.mqtt.contract.sensors import SensorHealth, SensorInfo, SensorState, SensorStatus
from appliance.ports import Clock

SILENT_S = 12.0
"""Two reports of health and a little: a sensor that says nothing for so long is lost."""

REFUSED_S = 10.0
"""A refusal holds for so long after the last token that was refused."""

STALE_S = 3.0
"""So long after its last token a seat is not looked at, whatever was seen there before."""

RATE_S = 5.0
"""Span over which tokens and lateness are told."""


@dataclass(slots=True)
class _Sensor:
    heard_s: float
    """When anything of it was last heard; at first, when this box began."""
    ever: bool = False
    state: SensorState | None = None
    reason: str = ""
    health: SensorHealth | None = None
    refused: str = ""
    refused_s: float = -math.inf
    refusals: int = 0
    tokens: int = 0
    late_s: float = 0.0
    span_s: float = 0.0
    """When the span began that is counted now."""
    told: tuple[float, float] = (0.0, 0.0)
    """Tokens a second and lateness of the span before."""
    best: dict[tuple[SeatKey, str], float] = field(default_factory=dict)
    lost_seats: set[SeatKey] = field(default_factory=set)
    """Whose camera its last tokens say is lost."""


class SensorWatch:
    """Judges tokens and follows what sensors say; any thread may call."""

    def __init__(
        self,
        *,
        sensors: Mapping[SensorKey, Mapping[SeatKey, TerminalKey]],
        rules: TokenRules,
        seats: SensorSeats,
        clock: Clock,
    ) -> None:
        """Begin with nothing heard.

        Args:
            sensors: As configured.
            rules: Which tokens are taken.
            seats: Takes them.
            clock: Monotonic time.
        """
        self._rules = rules
        self._seats = seats
        self._clock = clock
        now_s = clock.monotonic_s()
        self._sensors = {key: _Sensor(heard_s=now_s, span_s=now_s) for key in sensors}
        self._seats_of = {key: tuple(its) for key, its in sensors.items()}
        self._of = {seat: key for key, its in sensors.items() for seat in its}
        self._taken_s: dict[SeatKey, float] = {}
        self._lock = threading.Lock()
        self._log = structlog.get_logger()

    def take(self, packet: TokenPacket) -> bool:
        """Take tokens, or note why not; tell whether they were taken."""
        own = self._of[packet.seat]
        if objection := self._rules.objection(packet):
            # Against whom it claims to be, if there is such a sensor: it is to be mended there.
            self.refuse(packet.sensor if packet.sensor in self._sensors else own, objection)
            return False
        now_s = self._clock.monotonic_s()
        with self._lock:
            its = self._sensors[own]
            self._hear(its, now_s=now_s)
            self._count(its, packet, now_s=now_s)
            self._taken_s[packet.seat] = now_s
            (its.lost_seats.discard if packet.camera_ok else its.lost_seats.add)(packet.seat)
        self._seats.put(packet)
        return True

    def refuse(self, sensor: SensorKey, why: str) -> None:
        """Note that tokens of a sensor cannot be taken."""
        with self._lock:
            its = self._sensors[sensor]
            news = why != its.refused
            its.refused, its.refused_s = why, self._clock.monotonic_s()
            its.refusals += 1
        if news:
            self._log.warning("tokens_refused", sensor=sensor, reason=why)

    def hear(self, sensor: SensorKey, word: SensorStatus | SensorInfo | SensorHealth) -> None:
        """Take in what a sensor says of itself; a retained word alone proves no life."""
        with self._lock:
            its = self._sensors[sensor]
            if isinstance(word, SensorStatus):
                its.state, its.reason = word.state, word.reason
            elif isinstance(word, SensorHealth):
                its.health = word
                self._hear(its, now_s=self._clock.monotonic_s())

    def refused(self, sensor: SensorKey) -> str:
        """Return why its tokens are not taken now; empty while they are."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            its = self._sensors[sensor]
            return its.refused if now_s - its.refused_s <= REFUSED_S else ""

    def standings(self) -> dict[SensorKey, SensorStanding]:
        """Return how each sensor is, for the health report."""
        refused = {key: self.refused(key) for key in self._sensors}
        missing = {key: self._seats.missing(seats) for key, seats in self._seats_of.items()}
        now_s = self._clock.monotonic_s()
        with self._lock:
            for its in self._sensors.values():
                self._turn(its, now_s=now_s)
            return {
                key: SensorStanding(
                    state=self._state(its, now_s=now_s),
                    refused=refused[key],
                    refusals=its.refusals,
                    tokens_hz=round(its.told[0], 1),
                    missing=missing[key],
                    late_ms=round(1000 * its.told[1], 1),
                )
                for key, its in self._sensors.items()
            }

    def current(self, status: Mapping[SeatKey, SeatStatus]) -> dict[SeatKey, SeatStatus]:
        """Return the status of every seat, that of a sensor's seat only while its tokens come.

        Args:
            status: Of each seat's last token.
        """
        now_s = self._clock.monotonic_s()
        with self._lock:
            stale = [
                seat for seat in self._of if now_s - self._taken_s.get(seat, -math.inf) > STALE_S
            ]
        return {**status, **dict.fromkeys(stale, SeatStatus.NO_CONSENT)}

    def readers(self) -> dict[SeatKey, ReaderHealth]:
        """Return, for each seat of a sensor, what its camera's reader would say here."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            return {seat: self._reader(key, seat, now_s=now_s) for seat, key in self._of.items()}

    def _reader(self, key: SensorKey, seat: SeatKey, *, now_s: float) -> ReaderHealth:
        its = self._sensors[key]
        state, health = self._state(its, now_s=now_s), its.health
        stale = now_s - self._taken_s.get(seat, -math.inf) > STALE_S
        its_seat = None if health is None else health.seats.get(seat)
        fails = its_seat is not None and its_seat.reason is SightReason.CAMERA
        error, camera = "", CameraState.LIVE
        if state == "lost":
            error, camera = f"sensor {key} is lost", CameraState.LOST
        elif stale and its.refused and now_s - its.refused_s <= REFUSED_S:
            # Whose own tokens are taken is seen, whatever another sends in its name.
            error, camera = its.refused, CameraState.LOST
        elif health is not None and health.busy:
            error, camera = f"sensor {key} rests: {health.busy}", CameraState.LOST
        elif fails or seat in its.lost_seats:
            error, camera = f"its camera at sensor {key} does not work", CameraState.LOST
        elif state == "starting":
            camera = CameraState.CONNECTING
        return ReaderHealth(
            state=camera, frames=0, reconnects=0, attempts=0, fps=0.0, last_error=error
        )

    def _state(self, its: _Sensor, *, now_s: float) -> str:
        silent = now_s - its.heard_s > SILENT_S
        if silent or (its.ever and its.state is SensorState.DISCONNECTED):
            return "lost"
        if not its.ever:
            return "starting"
        return "degraded" if its.state is SensorState.DEGRADED else "live"

    def _hear(self, its: _Sensor, *, now_s: float) -> None:
        its.heard_s, its.ever = now_s, True

    def _count(self, its: _Sensor, packet: TokenPacket, *, now_s: float) -> None:
        """Count tokens and how late they are, against the best that this process has managed."""
        self._turn(its, now_s=now_s)
        its.tokens += len(packet.at_s)
        which, way_s = (packet.seat, packet.boot), now_s - packet.at_s[-1]
        if which not in its.best:
            its.best = {at: way for at, way in its.best.items() if at[0] != packet.seat}
        best_s = its.best[which] = min(way_s, its.best.get(which, math.inf))
        its.late_s = max(its.late_s, way_s - best_s)

    def _turn(self, its: _Sensor, *, now_s: float) -> None:
        over_s = now_s - its.span_s
        if over_s >= RATE_S:
            its.told = (its.tokens / over_s, its.late_s)
            its.tokens, its.late_s, its.span_s = 0, 0.0, now_s
