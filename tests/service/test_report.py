"""The health report says what an operator has to know, and nothing is hidden behind something."""

import ast
import dataclasses
import inspect
from dataclasses import replace
from typing import Any

import pytest

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.domain.tokens import SeatStatus
from appliance.host.clock import SystemClock
from appliance.host.readings import BoardReadings
from appliance.mqtt import condition
from appliance.mqtt.contract.box import BoxHealth, BrokerHealth, CameraHealth
from appliance.mqtt.contract.envelope import Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.scheduling.ages import AgeCounter
from appliance.scheduling.ladder import LadderState
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service import report
from appliance.service.report import (
    BoxFacts,
    find_problems,
    is_starting,
    without_refusals,
    write_report,
)
from appliance.storage import store
from appliance.windows.seat_windows import FrameCounts
from tests.support.facts import FRONT, LOAD, STORAGE, WELL

LIVE = replace(WELL.cameras[FRONT], frames=10, fps=14.996)


def load(*ages_s: float) -> SeatLoad:
    """Return the counts of a seat."""
    ages = AgeCounter()
    for age_s in ages_s:
        ages.add(age_s)
    counts = replace(LOAD, offered=10, observed=8, pose_runs=8, expression_runs=8)
    return replace(counts, drops={**LOAD.drops, DropCause.STALE: 2}, ages=ages.read())


def facts() -> BoxFacts:
    """Return a box on which all is well: one camera, two seats."""
    return replace(
        WELL,
        uptime_s=12.0,
        cameras={FRONT: LIVE},
        load={SeatKey("a01"): load(0.010), SeatKey("a02"): load(0.025)},
        windows={SeatKey("a01"): FrameCounts(overflowed=0, late=1)},
        seats={SeatKey("a01"): SeatStatus.PRESENT, SeatKey("a02"): SeatStatus.NO_CONSENT},
        board=BoardReadings(temperature_c=51.5, rss_mb=300.0, disk_free_mb=100.0),
    )


def test_a_healthy_box_has_no_problems_and_a_valid_report() -> None:
    """The report passes the contract's own schema."""
    told = write_report(facts())

    assert told.problems == ()
    assert told.cameras["front"].state == "live"
    assert told.cameras["front"].fps == 15.0
    assert told.cameras["front"].frame_age_ms == 26.0  # bins of 2 ms
    assert told.cameras["front"].dropped == {
        "superseded": 0, "stale": 4, "failed": 0, "overflowed": 0,
    }  # fmt: skip
    assert told.cameras["front"].frames == {
        "sent": 10, "left-out": 0, "looked-at": 16, "pose": 16, "expression": 16, "late": 1,
    }  # fmt: skip
    assert told.seats == {"a01": "observed", "a02": "no-consent"}
    assert without_refusals(told).seats == {"a01": "observed", "a02": "absent"}
    stamper = Stamper(src="box/box-1", clock=SystemClock(), clock_state=lambda: "unknown")
    message = stamper.stamp(told, ttl_s=60)
    assert parse_message(message.to_json(), Contracts.load()).body == told


def test_ages_are_those_since_the_last_report() -> None:
    """An age of long ago says nothing about now; a seat's first report counts from the start."""
    now = load(0.110, 0.030)
    told = write_report(
        replace(
            facts(),
            load={SeatKey("a01"): now, SeatKey("a02"): load(0.010)},
            reported={SeatKey("a01"): load(0.110)},
        )
    )

    assert told.cameras["front"].frame_age_ms == 32.0


@pytest.mark.parametrize(
    ("state", "fps"),
    [
        pytest.param(CameraState.LIVE, 15.0, id="live"),
        pytest.param(CameraState.LOST, 0.0, id="lost"),
    ],
)
def test_a_camera_sends_what_it_sends_also_on_a_lower_step(state: CameraState, fps: float) -> None:
    """Frames that the ladder leaves out have arrived all the same."""
    reader = replace(LIVE, state=state, fps=7.5 if state is CameraState.LIVE else 0.0)
    before = load(0.010)
    now = replace(before, offered=before.offered + 75, left_out=37)
    told = write_report(
        replace(
            facts(),
            cameras={FRONT: reader},
            load={SeatKey("a01"): now},
            reported={SeatKey("a01"): before},
            since_s=5.0,
        )
    )

    assert told.cameras["front"].fps == fps


def test_a_lower_step_is_told_with_its_reason() -> None:
    """Never silently: in the report's own fields and among the problems."""
    state = LadderState(step=2, reason="12 % of the frames were dropped", changes=2)
    degraded = replace(facts(), uptime_s=60.0, ladder=state)

    told = write_report(degraded)

    assert (told.degrade_step, told.degrade_reason) == (2, state.reason)
    assert told.problems == (
        "load: degraded to pose 7.5 Hz, expression 7.5 Hz: 12 % of the frames were dropped",
    )


def test_the_first_minute_is_no_verdict() -> None:
    """Engines that warm up drop frames; the step is in the report, and is no problem yet."""
    state = LadderState(step=1, reason="2% of the frames were dropped", changes=1)

    told = write_report(replace(facts(), uptime_s=59.9, ladder=state))

    assert (told.degrade_step, told.problems) == (1, ())


def test_every_fault_has_its_line() -> None:
    """Camera, broker, certificate, disk, a corrupt file, a silent thread: all told at once."""
    lost = replace(LIVE, state=CameraState.LOST, last_error="front: no route")
    broken = replace(
        facts(),
        cameras={FRONT: lost},
        broker=BrokerHealth(connected=False, last_error="connection refused"),
        storage=replace(STORAGE, disk_full=True, replaced=("features.db.corrupt-1",)),
        silent=("lane[0]",),
        expiring=("certificate: the broker's ends within a week",),
        consent=("storage: privacy.db or refusals.jsonl was lost, and with it who agreed",),
    )

    assert tuple(find_problems(broken).values()) == (
        "broker: connection refused",
        "camera front: no route",
        "certificate: the broker's ends within a week",
        "storage: a corrupt file was kept as features.db.corrupt-1",
        "storage: privacy.db or refusals.jsonl was lost, and with it who agreed",
        "storage: the disk is full; free some space",
        "thread lane[0]: no sign of life",
    )
    assert set(write_report(broken).seats.values()) == {"lost"}


def test_a_quarantined_camera_is_a_problem() -> None:
    """Its seats are lost, and the line says what to do."""
    held = replace(LIVE, state=CameraState.QUARANTINED, last_error="quarantined: repair it")
    told = write_report(replace(facts(), cameras={FRONT: held}))

    assert told.problems == ("camera front: quarantined: repair it",)
    assert (told.cameras["front"].state, told.cameras["front"].detail) == (
        "quarantined",
        "quarantined: repair it",
    )
    assert set(told.seats.values()) == {"lost"}


def test_a_camera_that_is_tried_again_is_still_a_problem() -> None:
    """Another attempt after a loss is no start; the first attempt of all is no problem."""
    again = replace(LIVE, state=CameraState.CONNECTING, last_error="front: no route")
    told = write_report(replace(facts(), cameras={FRONT: again}))

    assert told.problems == ("camera front: no route",)
    assert (told.cameras["front"].state, set(told.seats.values())) == ("retrying", {"lost"})

    first = replace(facts(), cameras={FRONT: replace(LIVE, state=CameraState.CONNECTING)})
    assert find_problems(first) == {}
    assert write_report(first).cameras["front"].state == "starting"
    assert is_starting(first)
    assert not is_starting(facts())


def test_seats_of_a_closed_box_are_paused_at_once() -> None:
    """Also while a reader still waits for its last picture, and where a camera was lost."""
    for state in (CameraState.LIVE, CameraState.LOST, CameraState.CONNECTING):
        closing = replace(facts(), cameras={FRONT: replace(LIVE, state=state)}, paused=True)
        told = write_report(closing)
        assert (set(told.seats.values()), told.problems) == ({"paused"}, ())


def test_a_paused_seat_is_told_apart_from_its_neighbour() -> None:
    """It is no problem, and the camera is not closed."""
    present = {SeatKey("a01"): SeatStatus.PRESENT}
    told = write_report(replace(facts(), seats=present, paused_seats=[SeatKey("a01")]))
    assert (told.seats[SeatKey("a01")], told.cameras[FRONT].state) == ("paused", "live")
    told = write_report(replace(facts(), seats=present, paused_seats=[SeatKey("b09")]))
    assert told.seats[SeatKey("a01")] == "observed"
    assert told.problems == ()


def test_the_first_attempt_at_the_broker_is_no_problem() -> None:
    """It has neither answered nor failed."""
    trying = replace(facts(), broker=BrokerHealth(connected=False))

    assert (find_problems(trying), is_starting(trying)) == ({}, True)


def test_a_disk_that_does_not_answer_is_a_problem() -> None:
    """Long before its thread counts as dead."""
    hanging = replace(facts(), disk_silent=True)

    assert write_report(hanging).problems == ("storage: the disk does not answer",)


@pytest.mark.parametrize(
    ("state", "word"), [(CameraState.PAUSED, "paused"), (CameraState.LOST, "lost")]
)
def test_seats_are_what_their_camera_is(state: CameraState, word: str) -> None:
    """Whatever their last token said."""
    told = write_report(replace(facts(), cameras={FRONT: replace(LIVE, state=state)}))

    assert set(told.seats.values()) == {word}


def test_long_errors_are_cut_to_what_the_schema_takes() -> None:
    """Or nobody would read the report at all."""
    told = write_report(
        replace(
            facts(),
            cameras={FRONT: replace(LIVE, state=CameraState.LOST, last_error="x" * 501)},
            storage=replace(STORAGE, last_error="y" * 501),
        )
    )
    stamper = Stamper(src="box/box-1", clock=SystemClock(), clock_state=lambda: "unknown")

    message = stamper.stamp(told, ttl_s=60)
    assert parse_message(message.to_json(), Contracts.load()).body == told


LOST = replace(LIVE, state=CameraState.LOST)
SOME = load(0.010)
CHANGES: dict[type, dict[str, Any]] = {
    ReaderHealth: {
        "state": CameraState.PAUSED, "frames": 11, "reconnects": 1, "attempts": 1, "fps": 14.0,
        "last_error": "gone", "light": 40.0, "black": True,
    },
    SeatLoad: {
        "camera": CameraKey("back"), "offered": 11, "left_out": 1, "observed": 9, "pose_runs": 9,
        "expression_runs": 9, "drops": dict.fromkeys(DropCause, 1), "ages": load(0.100).ages,
    },
    FrameCounts: {"overflowed": 1, "late": 1},
    LadderState: {"step": 1, "reason": "slow", "changes": 1},
    BoardReadings: {"temperature_c": 60.0, "rss_mb": 301.0, "disk_free_mb": 99.0},
    StorageHealth: {
        "features_waiting": 1, "features_written": 2, "features_dropped": 1, "writes_failed": 1,
        "disk_full": True, "ballast_held": False, "replaced": ("features.db.corrupt-1",),
        "last_error": "failed",
    },
}  # fmt: skip
"""Another value for each field of what the parts say of themselves."""


PLACES: dict[type, tuple[str, str | None]] = {
    ReaderHealth: ("cameras", FRONT),
    SeatLoad: ("load", "a01"),
    FrameCounts: ("windows", "a01"),
    LadderState: ("ladder", None),
    BoardReadings: ("board", None),
    StorageHealth: ("storage", None),
}
"""Where in the facts it stands, and under which key."""


def with_change(kind: type, name: str) -> tuple[BoxFacts, BoxFacts]:
    """Return the facts without and with another value of one field."""
    before = replace(
        facts(),
        cameras={FRONT: LOST if name == "last_error" else LIVE, CameraKey("back"): LIVE},
        load={SeatKey("a01"): SOME},
        reported={SeatKey("a01"): SOME} if name == "offered" else {},
        since_s=5.0 if name == "offered" else 0.0,
        windows={SeatKey("a01"): FrameCounts(overflowed=0, late=0)},
    )
    field, key = PLACES[kind]
    found: Any = getattr(before, field)
    other = {name: CHANGES[kind][name]}
    after: Any = (
        replace(found, **other) if key is None else {**found, key: replace(found[key], **other)}
    )
    changed: dict[str, Any] = {field: after}
    return before, replace(before, **changed)


def test_no_count_is_left_out_of_this_test() -> None:
    """A new field of a part has to be reported, too."""
    for kind, changes in CHANGES.items():
        assert set(changes) == {each.name for each in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, changes in CHANGES.items() for name in changes]
)
def test_every_count_of_every_part_is_reported(kind: type, name: str) -> None:
    """Whatever changes in what a part says of itself changes the told."""
    before, after = with_change(kind, name)

    assert write_report(before) != write_report(after)


@pytest.mark.parametrize("kind", [BoxHealth, CameraHealth, StorageHealth, BrokerHealth])
def test_every_field_of_the_message_is_filled(kind: type) -> None:
    """By name, where the message is put together."""
    given = {
        keyword.arg
        for module in (report, condition, store)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == kind.__name__
        for keyword in node.keywords
    }

    assert given == {each.name for each in dataclasses.fields(kind)}


def test_what_is_wrong_with_the_policy_is_a_problem() -> None:
    """In its own words."""
    wrong = {"policy drift": "policy: reward drifted; the rules decide until it has learned anew"}

    told = write_report(replace(facts(), policy=wrong))

    assert told.problems == tuple(wrong.values())
