"""Valid readings and monitors; each test moves one thing."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import numpy as np

from appliance.domain.affect import Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.warning.monitor import EpisodeMonitor

SEAT = SeatKey("a01")
STUDENT = OccupancyKey("student-1")
LEVELS = {Affect.FATIGUED: (0.5, 0.75), Affect.BORED: (0.5,), Affect.FOCUSED: (0.75,)}


def token_time_s(number: int) -> float:
    """Return the end of the n-th token, counted from 1: exact wherever it can be."""
    return number / 5


def reading(
    number: int,
    *,
    fatigued: float = 0.0,
    bored: float = 0.0,
    confused: float = 0.0,
    status: ReadingStatus = ReadingStatus.KNOWN,
    seat: SeatKey = SEAT,
    occupancy: OccupancyKey | None = STUDENT,
    at_s: float | None = None,
) -> AffectReading:
    """Build the reading of the n-th token; focused takes what the others leave."""
    rest = 1.0 - fatigued - bored - confused
    return AffectReading(
        seat=seat,
        occupancy=occupancy,
        at_s=token_time_s(number) if at_s is None else at_s,
        status=status,
        probabilities=np.array([rest, confused, fatigued, bored], dtype=np.float32),
        fused=np.zeros(128, dtype=np.float32),
    )


def steady(
    count: int,
    *,
    start: int = 1,
    fatigued: float = 0.0,
    bored: float = 0.0,
    confused: float = 0.0,
) -> Iterator[AffectReading]:
    """Yield consecutive tokens that all say the same."""
    for number in range(start, start + count):
        yield reading(number, fatigued=fatigued, bored=bored, confused=confused)


def ids(prefix: str = "e") -> Callable[[], str]:
    """Return a factory of readable ids: e1, e2, ..."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def small_monitor(new_id: Callable[[], str] | None = None, /, **changes: float) -> EpisodeMonitor:
    """Build a monitor with a window of 4 s and thresholds that are exact in binary."""
    settings: dict[str, float] = {
        "theta": 0.5,
        "clear_below": 0.25,
        "window_tokens": 20,
        "tau_tokens": 10,
        "mean_tokens": 5,
        "severe_tokens": 10,
        "severe_level": 0.875,
        **changes,
    }
    return EpisodeMonitor(levels=LEVELS, new_id=new_id or ids(), **settings)  # type: ignore[arg-type]  # one table for floats and counts


def feed(monitor: EpisodeMonitor, readings: Iterable[AffectReading]) -> list[Alert]:
    """Return every alert that the readings lead to, in order."""
    return [alert for each in readings for alert in monitor.assess(each)]
