"""From two readings to the report: every number by hand."""

from collections.abc import Mapping

import pytest

from appliance.commands.bench.arithmetic import (
    Span,
    camera_rows,
    drop_counts,
    left_out,
    overhead_ratio,
    per,
    stage_costs,
)
from appliance.commands.bench.reading import Reading
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.metering.meter import StageCost
from appliance.scheduling.ages import AgeCounter, AgeHistogram
from appliance.scheduling.load import DropCause, SeatLoad

POSE, FUSION = "pose_landmark_lite", "fusion"


def ages(*seconds: float) -> AgeHistogram:
    """Count some ages."""
    counter = AgeCounter()
    for each in seconds:
        counter.add(each)
    return counter.read()


def load(
    *,
    camera: str = "cam-01",
    offered: int = 0,
    skipped: int = 0,
    observed: int = 0,
    expression: int = 0,
    drops: Mapping[DropCause, int] | None = None,
    ages_s: tuple[float, ...] = (),
) -> SeatLoad:
    """Make the counts of a seat."""
    return SeatLoad(
        camera=CameraKey(camera),
        offered=offered,
        left_out=skipped,
        observed=observed,
        pose_runs=observed,
        expression_runs=expression,
        drops=dict.fromkeys(DropCause, 0) | dict(drops or {}),
        ages=ages(*ages_s),
    )


def reading(
    *,
    at_s: float = 0.0,
    cpu_s: float = 0.0,
    machine_s: float = 0.0,
    storage_s: float = 0.0,
    mqtt_s: float = 0.0,
    stages: Mapping[str, tuple[float, int]] | None = None,
    seats: Mapping[str, SeatLoad] | None = None,
) -> Reading:
    """Make a reading."""
    return Reading(
        at_s=at_s,
        cpu_s=cpu_s,
        machine_s=machine_s,
        threads_s={"storage": storage_s, "mqtt": mqtt_s},
        stages={
            name: StageCost(cpu_s=cost, calls=calls)
            for name, (cost, calls) in (stages or {}).items()
        },
        seats={SeatKey(key): each for key, each in (seats or {}).items()},
        rss_mb=300.0,
    )


def span(before: Reading, after: Reading) -> Span:
    """Put two readings together."""
    return Span(before=before, after=after, models=(POSE, FUSION))


def test_a_camera_is_the_difference_of_two_readings() -> None:
    """What was before the span does not count."""
    before = load(
        offered=100, observed=90, expression=80, drops={DropCause.STALE: 10}, ages_s=(0.9,) * 90
    )
    after = load(
        offered=250,
        observed=237,
        expression=155,
        drops={DropCause.STALE: 11, DropCause.SUPERSEDED: 1, DropCause.FAILED: 1},
        ages_s=(0.9,) * 90 + (0.011,) * 137 + (0.101,) * 10,
    )

    (row,) = camera_rows(span(reading(seats={"a": before}), reading(at_s=10.0, seats={"a": after})))

    assert row == {
        "name": "cam-01",
        "offered_fps": 15.0,
        "pose_fps": 14.7,
        "expression_fps": 7.5,
        "dropped": 0.02,
        "p50_age_ms": 12.0,
        "p95_age_ms": 102.0,
    }


def test_two_seats_of_a_camera_are_one_row() -> None:
    """Rates are those of one seat, drops and ages those of both."""
    seats = {
        "a": load(offered=150, observed=150, expression=150, ages_s=(0.011,) * 150),
        "b": load(
            offered=150,
            observed=144,
            expression=144,
            drops={DropCause.SUPERSEDED: 6},
            ages_s=(0.031,) * 144,
        ),
        "c": load(camera="cam-02"),
    }
    before = {"a": load(), "b": load(), "c": load(camera="cam-02")}

    one, other = camera_rows(span(reading(seats=before), reading(at_s=10.0, seats=seats)))

    assert (one["offered_fps"], one["pose_fps"], one["dropped"]) == (15.0, 14.7, 0.02)
    assert (one["p50_age_ms"], one["p95_age_ms"]) == (12.0, 32.0)
    assert (other["name"], other["offered_fps"], other["dropped"]) == ("cam-02", 0.0, 0.0)
    assert other["p95_age_ms"] is None


def test_drops_are_told_by_cause() -> None:
    """All seats together."""
    before = {"a": load(drops={DropCause.STALE: 2}), "b": load()}
    after = {"a": load(drops={DropCause.STALE: 5}), "b": load(drops={DropCause.STALE: 1})}

    counts = drop_counts(span(reading(seats=before), reading(seats=after)))

    assert counts["stale"] == 4
    assert counts["superseded"] == 0


def test_what_the_ladder_leaves_out_is_not_dropped() -> None:
    """Half of the frames, on purpose."""
    seats = {"a": load(offered=150, skipped=75, observed=75)}
    halved = span(reading(seats={"a": load()}), reading(at_s=10.0, seats=seats))

    assert left_out(halved) == 75
    assert camera_rows(halved)[0]["dropped"] == 0.0


def test_the_stages_are_all_that_was_used() -> None:
    """Perception without its models, the tick without the fusion's, and the rest."""
    before = reading(seats={"a": load()}, stages={"decode": (1.0, 10)}, cpu_s=5.0, mqtt_s=1.0)
    after = reading(
        seats={"a": load(observed=1000)},
        stages={
            "decode": (2.6, 1010),
            POSE: (3.0, 900),
            "perception": (5.0, 1000),
            FUSION: (0.2, 300),
            "tick": (0.7, 300),
        },
        cpu_s=13.0,
        storage_s=0.1,
        mqtt_s=1.2,
    )

    costs = stage_costs(span(before, after))

    assert costs == pytest.approx(
        {
            "decode": 1.6,
            POSE: 3.0,
            FUSION: 0.2,
            "perception": 2.0,
            "tick": 0.5,
            "storage": 0.1,
            "mqtt": 0.2,
            "other": 0.4,
        }
    )


def test_the_overhead_is_that_of_the_calls_that_were_made() -> None:
    """8 s of CPU, 2 of them decoding, over 1000 calls of 4 ms and 500 of 2 ms."""
    after = reading(cpu_s=8.0, stages={"decode": (2.0, 900), POSE: (4.2, 1000), FUSION: (1.1, 500)})

    ratio = overhead_ratio(span(reading(), after), {POSE: 4.0, FUSION: 2.0, "unused": 9.0})

    assert ratio == pytest.approx(6.0 / 5.0)


def test_other_programs_are_what_the_machine_did_beside_us() -> None:
    """The two clocks do not agree to the millisecond, so that it may come out below nothing."""
    before = reading(cpu_s=1.0, machine_s=100.0)

    assert span(before, reading(cpu_s=3.0, machine_s=105.0)).others_s == pytest.approx(3.0)
    assert span(before, reading(cpu_s=3.0, machine_s=101.99)).others_s == 0.0


def test_nothing_looked_at_gives_no_number() -> None:
    """Not a division by zero, and not a cost of zero."""
    empty = span(reading(), reading(at_s=1.0, cpu_s=1.0))

    assert set(stage_costs(empty).values()) == {None}
    assert overhead_ratio(empty, {POSE: 4.0, FUSION: 1.0}) is None
    assert per(1.0, 0, digits=1) is None
