"""From two readings to the numbers of the report; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from appliance.commands.bench.reading import Reading
from appliance.scheduling.load import DropCause, SeatLoad


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What lies between two readings."""

    before: Reading
    """At its beginning."""

    after: Reading
    """At its end."""

    models: tuple[str, ...]
    """The box's models, each a stage of the meter."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.after.at_s - self.before.at_s

    @property
    def cpu_s(self) -> float:
        """CPU time of the process."""
        return self.after.cpu_s - self.before.cpu_s

    @property
    def others_s(self) -> float:
        """CPU time of everything else on this machine: our broker, and what disturbs us."""
        return max(0.0, self.after.machine_s - self.before.machine_s - self.cpu_s)

    @property
    def observed(self) -> int:
        """Seat-frames looked at."""
        return sum(
            load.observed - self.before.seats[seat].observed
            for seat, load in self.after.seats.items()
        )

    def stage_s(self, stage: str) -> float:
        """Return the CPU time of a stage."""
        cost, earlier = self.after.stages.get(stage), self.before.stages.get(stage)
        return (0.0 if cost is None else cost.cpu_s) - (0.0 if earlier is None else earlier.cpu_s)

    def calls(self, stage: str) -> int:
        """Return how often a stage ran."""
        cost, earlier = self.after.stages.get(stage), self.before.stages.get(stage)
        return (0 if cost is None else cost.calls) - (0 if earlier is None else earlier.calls)

    def thread_s(self, kind: str) -> float:
        """Return the CPU time of the threads of a kind."""
        return self.after.threads_s[kind] - self.before.threads_s[kind]


def camera_rows(span: Span) -> list[dict[str, Any]]:
    """Return one row per camera; rates are those of one of its seats."""
    pairs = sorted(
        ((load, span.before.seats[seat]) for seat, load in span.after.seats.items()),
        key=lambda pair: pair[0].camera,
    )
    return [
        _camera_row(camera, list(seats), span.seconds)
        for camera, seats in groupby(pairs, key=lambda pair: pair[0].camera)
    ]


def _camera_row(
    camera: str, seats: list[tuple[SeatLoad, SeatLoad]], seconds: float
) -> dict[str, Any]:
    offered = sum(load.offered - earlier.offered for load, earlier in seats)
    dropped = sum(
        load.drops[cause] - earlier.drops[cause] for load, earlier in seats for cause in DropCause
    )
    pose = sum(load.pose_runs - earlier.pose_runs for load, earlier in seats)
    expression = sum(load.expression_runs - earlier.expression_runs for load, earlier in seats)
    ages = seats[0][0].ages - seats[0][1].ages
    for load, earlier in seats[1:]:
        ages = ages + (load.ages - earlier.ages)
    per_seat = len(seats) * seconds
    return {
        "name": str(camera),
        "offered_fps": round(offered / per_seat, 2),
        "pose_fps": round(pose / per_seat, 2),
        "expression_fps": round(expression / per_seat, 2),
        "dropped": round(dropped / offered, 4) if offered else 0.0,
        "p50_age_ms": round(1000 * ages.quantile_s(0.5), 1) if ages.count else None,
        "p95_age_ms": round(1000 * ages.quantile_s(0.95), 1) if ages.count else None,
    }


def drop_counts(span: Span) -> dict[str, int]:
    """Return how many frames of all seats were dropped, by cause."""
    totals = dict.fromkeys(DropCause, 0)
    for seat, load in span.after.seats.items():
        for cause, count in load.drops.items():
            totals[cause] += count - span.before.seats[seat].drops[cause]
    return {cause.value: count for cause, count in totals.items()}


def left_out(span: Span) -> int:
    """Return how many frames of all seats the ladder left out on purpose; they are not dropped."""
    return sum(
        load.left_out - span.before.seats[seat].left_out for seat, load in span.after.seats.items()
    )


def stage_costs(span: Span) -> dict[str, float | None]:
    """Return the CPU time of each stage per seat-frame looked at, milliseconds.

    Together they are all the process has used: perception is counted without its models, a tick
    without the fusion's, and ``other`` is what is left for scheduling, supervision and the rest.
    """
    models = {name: span.stage_s(name) for name in span.models}
    fusion = sum(cost for name, cost in models.items() if name.startswith("fusion"))
    costs = {
        "decode": span.stage_s("decode"),
        **models,
        "perception": span.stage_s("perception") - (sum(models.values()) - fusion),
        "tick": span.stage_s("tick") - fusion,
        "storage": span.thread_s("storage"),
        "mqtt": span.thread_s("mqtt"),
    }
    costs["other"] = span.cpu_s - sum(costs.values())
    return {name: per(1000 * cost, span.observed, digits=3) for name, cost in costs.items()}


def overhead_ratio(span: Span, bare_ms: Mapping[str, float]) -> float | None:
    """Return all CPU time without decoding over that of the same calls in a bare loop."""
    bare_s = sum(span.calls(name) * bare_ms[name] / 1000 for name in span.models)
    return per(span.cpu_s - span.stage_s("decode"), bare_s, digits=3)


def per(amount: float, count: float, *, digits: int) -> float | None:
    """Return a quotient, rounded; None when there is nothing to divide by."""
    return round(amount / count, digits) if count > 0 else None
