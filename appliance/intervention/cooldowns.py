"""When each row of Table 1 last acted, and whether it may again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self, TypedDict, TypeVar

from appliance.domain.alerts import Alert
from appliance.domain.interventions import RefusalCause
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.intervention.rules import NOT_INTERRUPTING, Rule

HOURLY_LIMIT = 4  # docs/DESIGN.md, 6: more than 4 an hour intrude
_HOUR_S = 3600.0

V = TypeVar("V")


class SeatCooldownSnapshot(TypedDict):
    """One seat as JSON."""

    occupancy: str
    seat_rows: dict[str, float]
    rows: dict[str, float]
    episodes: dict[str, str]
    interruptions: list[float]


CooldownSnapshot = dict[str, SeatCooldownSnapshot]
"""All seats as JSON."""


class Cooldowns:
    """Remembers, per seat, what was done to whoever sits there now.

    Everything but the seat's own cool-downs is forgotten when another occupancy appears, so
    the memory is bounded by the number of seats. All times are capture times of the seat's camera.
    """

    def __init__(self, *, hourly_limit: int = HOURLY_LIMIT) -> None:
        """Start with nothing done.

        Args:
            hourly_limit: Interruptions of one occupancy allowed in any 3600 s.
        """
        self._hourly_limit = hourly_limit
        self._seats: dict[SeatKey, _SeatCooldowns] = {}

    def refusal(self, rule: Rule, alert: Alert) -> RefusalCause | None:
        """Tell why a row may not act yet; None when it may."""
        seat = self._visit(alert.seat, alert.occupancy, alert.at_s)
        rows = seat.seat_rows if rule.per_seat else seat.rows
        if rule.once_per_episode and seat.episodes.get(rule.row) == alert.episode:
            return RefusalCause.ONCE_PER_EPISODE
        if rule.row in rows and alert.at_s - rows[rule.row] < rule.cooldown_s:
            return RefusalCause.COOL_DOWN
        if rule.action in NOT_INTERRUPTING:
            return None
        recent = seat.recent(alert.at_s)
        return RefusalCause.HOURLY_LIMIT if recent >= self._hourly_limit else None

    def start(self, rule: Rule, alert: Alert) -> "Started":
        """Note that a row acts now; what is returned takes it back."""
        seat = self._visit(alert.seat, alert.occupancy, alert.at_s)
        rows = seat.seat_rows if rule.per_seat else seat.rows
        interrupts = rule.action not in NOT_INTERRUPTING
        started = Started(
            seat=alert.seat,
            occupancy=alert.occupancy,
            at_s=alert.at_s,
            row=rule.row,
            episode=seat.episodes.get(rule.row),
            seat_rows={rule.row: seat.seat_rows.get(rule.row)} if rule.per_seat else {},
            rows={row: seat.rows.get(row) for row in (rule.row, *rule.also_cools)},
            interrupts=interrupts,
        )
        rows[rule.row] = alert.at_s
        for row in rule.also_cools:
            seat.rows[row] = alert.at_s
        seat.episodes[rule.row] = alert.episode
        if interrupts:
            seat.interrupt(alert.at_s)
        return started

    def take_back(self, started: "Started") -> None:
        """Undo a start: what it was for has not been done. Nothing may have passed since."""
        seat = self._seats.get(started.seat)
        if seat is None:
            return
        _put_back(seat.seat_rows, started.seat_rows)
        if seat.occupancy != started.occupancy:
            return
        _put_back(seat.rows, started.rows)
        if started.row:
            _put_back(seat.episodes, {started.row: started.episode})
        if started.interrupts and started.at_s in seat.interruptions:
            seat.interruptions.remove(started.at_s)

    def interrupt(self, seat: SeatKey, occupancy: OccupancyKey, at_s: float) -> "Started":
        """Note that something else than a row interrupts a student now."""
        self._visit(seat, occupancy, at_s).interrupt(at_s)
        return Started(seat=seat, occupancy=occupancy, at_s=at_s)

    def interruptions(self, seat: SeatKey, occupancy: OccupancyKey, at_s: float) -> "Interruptions":
        """Return what a student was interrupted by in the last hour."""
        its = self._visit(seat, occupancy, at_s)
        latest_s = max(its.interruptions, default=None)
        return Interruptions(
            since_last_s=None if latest_s is None else at_s - latest_s,
            in_last_hour=its.recent(at_s),
        )

    def forget(self, seat: SeatKey) -> None:
        """Forget what was ever done there: it has been erased."""
        self._seats.pop(seat, None)

    def snapshot(self) -> CooldownSnapshot:
        """Return all seats as JSON, for a checkpoint."""
        return {key: seat.snapshot() for key, seat in self._seats.items()}

    def restore(self, snapshot: CooldownSnapshot, *, shift_s: float = 0.0) -> None:
        """Go on from a checkpoint as if nothing had happened in between.

        Args:
            snapshot: What ``snapshot`` returned, possibly by way of JSON.
            shift_s: Added to its capture times, where the clock began anew with the machine.

        Raises:
            StorageError: The checkpoint is damaged; nothing is restored.
        """
        try:
            seats = {
                SeatKey(key): _SeatCooldowns.restore(saved, shift_s=shift_s)
                for key, saved in snapshot.items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = "the checkpoint of the cool-downs is damaged; start without it"
            raise StorageError(msg) from error
        self._seats = seats

    def _visit(self, key: SeatKey, occupancy: OccupancyKey, at_s: float) -> "_SeatCooldowns":
        seat = self._seats.get(key)
        if seat is None or seat.occupancy != occupancy:
            seat_rows = {} if seat is None else seat.seat_rows
            seat = self._seats[key] = _SeatCooldowns(occupancy=occupancy, seat_rows=seat_rows)
        seat.catch_up(at_s)
        return seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What a start has changed, as it was before."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Whose."""

    at_s: float
    """When, capture time."""

    row: str = ""
    """Which row acted; empty for something else."""

    episode: str | None = None
    """The row's latest episode."""

    seat_rows: Mapping[str, float | None] = field(default_factory=dict)
    """The seat's own cool-downs."""

    rows: Mapping[str, float | None] = field(default_factory=dict)
    """Cool-downs of the occupancy."""

    interrupts: bool = True
    """It counted as an interruption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruptions:
    """How often a student was interrupted, by rows and by whatever else."""

    since_last_s: float | None
    """Capture time since the last one, seconds; None when there was none."""

    in_last_hour: int
    """How many in the last 3600 s."""


@dataclass(slots=True, kw_only=True)
class _SeatCooldowns:
    occupancy: OccupancyKey
    seat_rows: dict[str, float] = field(default_factory=dict)
    rows: dict[str, float] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)  # row to its latest episode
    interruptions: list[float] = field(default_factory=list)

    def catch_up(self, at_s: float) -> None:
        """Move what lies in the future to now: the camera's clock began anew."""
        for rows in (self.seat_rows, self.rows):
            for row, time_s in rows.items():
                rows[row] = min(time_s, at_s)
        self.interruptions = [min(time_s, at_s) for time_s in self.interruptions]

    def recent(self, at_s: float) -> int:
        """Count the interruptions of the last hour."""
        return sum(at_s - time_s < _HOUR_S for time_s in self.interruptions)

    def interrupt(self, at_s: float) -> None:
        """Note an interruption, and forget those of more than an hour ago."""
        self.interruptions = [one for one in self.interruptions if at_s - one < _HOUR_S]
        self.interruptions.append(at_s)

    def snapshot(self) -> SeatCooldownSnapshot:
        return {
            "occupancy": self.occupancy,
            "seat_rows": dict(self.seat_rows),
            "rows": dict(self.rows),
            "episodes": dict(self.episodes),
            "interruptions": list(self.interruptions),
        }

    @classmethod
    def restore(cls, snapshot: SeatCooldownSnapshot, *, shift_s: float) -> Self:
        return cls(
            occupancy=OccupancyKey(snapshot["occupancy"]),
            seat_rows=_shifted(snapshot["seat_rows"].items(), shift_s),
            rows=_shifted(snapshot["rows"].items(), shift_s),
            episodes=dict(snapshot["episodes"]),
            interruptions=[time_s + shift_s for time_s in snapshot["interruptions"]],
        )


def _shifted(rows: Iterable[tuple[str, float]], shift_s: float) -> dict[str, float]:
    return {row: time_s + shift_s for row, time_s in rows}


def _put_back(present: dict[str, V], before: Mapping[str, V | None]) -> None:
    for key, value in before.items():
        if value is None:
            present.pop(key, None)
        else:
            present[key] = value
