"""What is wrong now and then is told while it lasts, steadily, and without numbers."""

import re
from dataclasses import replace
from typing import Any

import pytest

from appliance.scheduling.load import DropCause
from appliance.service.report import BoxFacts, find_problems
from appliance.service.troubles import FLAPS, HOLD_S, LASTING_S, STRAYS, TroubleWatch
from appliance.windows.seat_windows import FrameCounts
from tests.support.facts import FRONT, LOAD, SEAT, WELL


def with_load(*, offered: int, cause: DropCause = DropCause.STALE, dropped: int = 0) -> BoxFacts:
    """Return facts whose only seat has been offered frames and dropped some."""
    drops = dict.fromkeys(DropCause, 0) | {cause: dropped}
    return replace(WELL, load={SEAT: replace(LOAD, offered=offered, drops=drops)})


def with_count(name: str, count: int) -> BoxFacts:
    """Return facts with one count, named as in what keeps it; a cause is one of the broker's."""
    if name == "overflowed":
        return replace(WELL, windows={SEAT: FrameCounts(overflowed=count, late=0)})
    if name == "failed":
        return with_load(offered=1000, cause=DropCause.FAILED, dropped=count)
    if name == "camera":
        return replace(WELL, cameras={FRONT: replace(WELL.cameras[FRONT], reconnects=count)})
    one: dict[str, Any] = {name: count}
    if hasattr(WELL.storage, name):
        return replace(WELL, storage=replace(WELL.storage, **one))
    if hasattr(WELL, name):
        return replace(WELL, **one)
    changes: dict[str, Any] = one if hasattr(WELL.broker, name) else {"drops": one}
    return replace(WELL, broker=replace(WELL.broker, **changes))


def lines(watch: TroubleWatch, facts: BoxFacts) -> tuple[str, ...]:
    """Return what the watch says of facts of a box whose cameras send pictures."""
    moving = {
        key: replace(reader, frames=round(15 * facts.uptime_s))
        for key, reader in facts.cameras.items()
    }
    return tuple(watch.follow(replace(facts, cameras=moving)).values())


LINES = [
    ("camera", FLAPS, "camera front: the feed keeps breaking"),
    ("failed", FLAPS, "camera front: looking at its frames fails; the log says why"),
    (
        "policy_failures",
        1,
        "policy: the learner fails or is too slow; the rules decide",
    ),
    (
        "checkpoints_damaged",
        1,
        "storage: a damaged checkpoint was deleted; what it was about begins anew",
    ),
    ("unrecorded", 1, "storage: alerts and outcomes are not recorded; the log says why"),
    (
        "twins",
        1,
        "broker: another client has this box's id; end it, or give it an id of its own",
    ),
    ("overflowed", 1, "camera front: frames are lost; tokens close too late"),
    ("reconnects", FLAPS, "broker: the connection keeps breaking"),
    ("callback_errors", 1, "broker: handling messages fails; the log says why"),
    ("unsaved", 1, "broker: commands are sent that are not stored"),
    ("outbox-full", 1, "broker: the outbox is full; commands and alerts are lost"),
    ("queue-full", 1, "broker: messages to send are lost; too many wait"),
    ("inbox-full", 1, "broker: received messages are lost; too many wait"),
    ("invalid", STRAYS, "broker: messages come that break the contract"),
    ("features_dropped", 1, "storage: features are lost"),
    ("writes_failed", 1, "storage: writing fails; the log says why"),
]


@pytest.mark.parametrize(("name", "at_least", "line"), LINES)
def test_a_counter_that_grows_is_a_problem_until_it_rests(
    name: str, at_least: int, line: str
) -> None:
    """From the first growth that matters until two minutes after the last."""
    watch = TroubleWatch()

    def at(uptime_s: float, count: int) -> tuple[str, ...]:
        return lines(watch, replace(with_count(name, count), uptime_s=uptime_s))

    assert at(0.0, 0) == ()
    assert at(1.0, at_least - 1) == ()
    assert at(2.0, at_least) == (line,)
    assert not re.search(r"\d", line)
    assert at(2.0 + HOLD_S - 1, at_least) == (line,)
    assert at(2.0 + 2 * HOLD_S, at_least) == ()
    assert at(3.0 + 2 * HOLD_S, 2 * at_least) == (line,)


def test_who_floods_is_named() -> None:
    """So that somebody can go and look at that machine."""
    flooded = replace(WELL, broker=replace(WELL.broker, floods={"seat/pc-07": 18_016}))

    assert lines(TroubleWatch(), flooded) == (
        "broker: seat/pc-07 sends far too much and is not heard for now",
    )


def test_single_accidents_far_apart_are_no_problem() -> None:
    """A broker that is restarted once an hour keeps its box ready."""
    watch = TroubleWatch()
    for hour in range(1, 9):
        facts = replace(with_count("reconnects", hour), uptime_s=3600.0 * hour)
        assert lines(watch, facts) == ()


def test_the_lines_stand_still_while_the_counter_runs() -> None:
    """The retained status is not sent again for every message that is lost."""
    watch = TroubleWatch()
    told = {
        lines(watch, replace(with_count("queue-full", at), uptime_s=at)) for at in range(1, 600)
    }

    assert told == {("broker: messages to send are lost; too many wait",)}


def test_many_dropped_frames_are_told_and_taken_back_with_a_margin() -> None:
    """Also where the ladder is held on a step; between a tenth and a fifth nothing changes."""
    watch = TroubleWatch()
    line = ("camera front: more than a fifth of its frames are dropped",)
    offered = dropped = 0
    for minute, (share, expected) in enumerate(
        [(0.0, ()), (0.15, ()), (0.25, line), (0.15, line), (0.05, ()), (0.15, ())]
    ):
        offered, dropped = offered + 900, dropped + round(900 * share)
        facts = with_load(offered=offered, dropped=dropped)
        assert lines(watch, replace(facts, uptime_s=minute * LASTING_S)) == expected, minute


def test_own_tuning_is_no_overload() -> None:
    """What is dropped while the box times its engines is forgotten, before and after it counts."""
    watch = TroubleWatch()
    offered = dropped = overflowed = 0
    for second in range(200):
        tuning = 10 <= second < 100
        offered, dropped = offered + 15, dropped + (12 if tuning else 0)
        overflowed += tuning
        facts = replace(
            with_load(offered=offered, dropped=dropped),
            windows={SEAT: FrameCounts(overflowed=overflowed, late=0)},
            tuning=tuning,
            uptime_s=float(second),
        )
        assert lines(watch, facts) == (), second

    late = replace(facts, windows={SEAT: FrameCounts(overflowed=overflowed + 1, late=0)})
    assert lines(watch, late) == ("camera front: frames are lost; tokens close too late",)


def test_a_missing_reserve_is_told_when_it_lasts() -> None:
    """It is made after the start, and again once there is room."""
    watch = TroubleWatch()
    bare = replace(WELL, storage=replace(WELL.storage, ballast_held=False))

    assert lines(watch, bare) == ()
    assert lines(watch, replace(bare, uptime_s=LASTING_S - 1)) == ()
    lasting = replace(bare, uptime_s=LASTING_S)
    troubles = watch.follow(lasting)
    line = "storage: no reserve for erasing on a full disk; free some space"
    assert tuple(troubles.values()) == (line,)
    assert find_problems(replace(lasting, troubles=troubles)) == troubles
    assert lines(watch, replace(WELL, uptime_s=LASTING_S + 1)) == ()
