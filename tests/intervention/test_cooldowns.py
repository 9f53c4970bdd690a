"""Cool-downs are checkpointed, shifted and refused when damaged."""

import json

import pytest

from appliance.domain.affect import Affect
from appliance.domain.interventions import RefusalCause
from appliance.domain.seats import OccupancyKey
from appliance.errors import StorageError
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.rules import TABLE_1
from tests.support.alerts import SEAT, alert

TEACHER, _, LOCK, CONTENT, _, BREAK = TABLE_1


def test_a_checkpoint_survives_json() -> None:
    """All that is remembered, and nothing else, comes back."""
    before, after = Cooldowns(), Cooldowns()
    for rule in (TEACHER, LOCK, BREAK):
        before.start(rule, alert())
    after.restore(json.loads(json.dumps(before.snapshot())))

    assert after.snapshot() == before.snapshot()
    assert after.refusal(TEACHER, alert(at_s=1001.0)) is RefusalCause.COOL_DOWN
    assert after.refusal(BREAK, alert(at_s=9000.0)) is RefusalCause.ONCE_PER_EPISODE


def test_a_restored_checkpoint_is_a_copy() -> None:
    """What happens later does not change what was saved."""
    before, after = Cooldowns(), Cooldowns()
    before.start(LOCK, alert())
    saved = before.snapshot()
    before.start(CONTENT, alert(Affect.BORED, at_s=1100.0))

    after.restore(saved)
    assert after.refusal(CONTENT, alert(Affect.BORED, at_s=1101.0)) is None


@pytest.mark.parametrize(
    ("at_s", "cause"),
    [
        pytest.param(599.75, RefusalCause.COOL_DOWN, id="before-its-end"),
        pytest.param(600.0, None, id="at-its-end"),
    ],
)
def test_times_are_shifted_when_the_clock_began_anew(
    at_s: float, cause: RefusalCause | None
) -> None:
    """A lock at 1000 s is one at 0 s of the new clock."""
    before, after = Cooldowns(), Cooldowns()
    before.start(LOCK, alert(at_s=1000.0))
    after.restore(before.snapshot(), shift_s=-1000.0)

    assert after.refusal(LOCK, alert(at_s=at_s)) is cause


def test_all_times_are_shifted() -> None:
    """The seat's own and the hour's as well."""
    before, after = Cooldowns(hourly_limit=1), Cooldowns(hourly_limit=1)
    before.start(TEACHER, alert(at_s=4000.0))
    before.start(LOCK, alert(at_s=4000.0))
    after.restore(before.snapshot(), shift_s=-4000.0)

    assert after.refusal(TEACHER, alert(at_s=1800.0)) is None
    assert after.refusal(CONTENT, alert(at_s=3599.75)) is RefusalCause.HOURLY_LIMIT
    assert after.refusal(CONTENT, alert(at_s=3600.0)) is None


def test_memory_is_bounded_by_the_seats() -> None:
    """A year of students leaves one entry per seat, and an hour's interruptions."""
    cooldowns = Cooldowns()
    for day in range(300):
        student = OccupancyKey(f"student-{day}")
        for hint in range(12):
            cooldowns.start(LOCK, alert(at_s=day * 86_400.0 + hint * 600.0, occupancy=student))

    assert list(cooldowns.snapshot()) == [SEAT]
    assert len(cooldowns.snapshot()[SEAT]["interruptions"]) == 6


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param({"a01": {}}, id="empty"),
        pytest.param({"a01": None}, id="wrong-type"),
        pytest.param([], id="no-table"),
    ],
)
def test_a_damaged_checkpoint_restores_nothing(damaged: object) -> None:
    """The error is ours, and what was known stays."""
    cooldowns = Cooldowns()
    cooldowns.start(LOCK, alert())
    before = cooldowns.snapshot()

    with pytest.raises(StorageError, match="cool-downs is damaged"):
        cooldowns.restore(damaged)  # type: ignore[arg-type]  # damaged on purpose
    assert cooldowns.snapshot() == before
