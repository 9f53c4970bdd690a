"""Open episodes survive a restart as if it had not happened."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.affect import ReadingStatus
from appliance.errors import StorageError
from appliance.warning.monitor import EpisodeMonitor, MonitorSnapshot
from tests.support.readings import LEVELS, SEAT, feed, ids, reading, small_monitor


def through_json(snapshot: MonitorSnapshot) -> MonitorSnapshot:
    """Write and read the checkpoint as the store does."""
    read: MonitorSnapshot = json.loads(json.dumps(snapshot))
    return read


@given(
    states=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=8),
            st.sampled_from([*ReadingStatus, *[ReadingStatus.KNOWN] * 8]),
        ),
        min_size=30,
        max_size=90,
    ),
    cut=st.integers(min_value=0, max_value=90),
)
def test_a_restored_monitor_equals_one_that_ran_on(
    states: list[tuple[int, ReadingStatus]], cut: int
) -> None:
    """Cut at any token: the same alerts follow, with the same ids, onsets and durations."""
    readings = [
        reading(number, fatigued=eighths / 8, status=status)
        for number, (eighths, status) in enumerate(states, start=1)
    ]
    new_id = ids()
    whole, before, after = (small_monitor(each) for each in (ids(), new_id, new_id))
    expected = feed(whole, readings)

    alerts = feed(before, readings[:cut])
    assert after.restore(through_json(before.snapshot()))
    assert alerts + feed(after, readings[cut:]) == expected
    assert after.snapshot() == whole.snapshot()


def test_times_are_shifted_when_the_clock_began_anew() -> None:
    """After a power cut the camera's clock is small again; the episode goes on."""
    before, after = small_monitor(), small_monitor()
    (opened,) = feed(before, [reading(n, fatigued=1.0, at_s=1000 + n / 5) for n in range(1, 21)])

    assert after.restore(through_json(before.snapshot()), shift_s=-1000.0)
    (alert,) = feed(after, [reading(n, fatigued=1.0) for n in range(21, 26)][-1:])
    assert (alert.episode, alert.at_s, alert.cleared) == (opened.episode, 5.0, False)
    assert alert.onset_s == opened.onset_s - 1000


def test_a_long_downtime_ends_what_was_open() -> None:
    """What was seen before is too old to act upon."""
    before, after = small_monitor(), small_monitor()
    feed(before, [reading(n, fatigued=1.0) for n in range(1, 21)])
    after.restore(through_json(before.snapshot()))

    (alert,) = after.assess(reading(0, fatigued=1.0, at_s=305.0))
    assert alert.cleared


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"theta": 0.625}, id="theta"),
        pytest.param({"window_tokens": 25}, id="window"),
        pytest.param({"mean_tokens": 6}, id="mean"),
        pytest.param({"fatigue_only": True}, id="profile"),
    ],
)
def test_a_checkpoint_of_other_settings_is_not_used(changes: dict[str, float]) -> None:
    """Durations measured by another rule mean something else."""
    before, after = small_monitor(), small_monitor(**changes)
    feed(before, [reading(n, fatigued=1.0) for n in range(1, 21)])

    assert after.restore(through_json(before.snapshot())) is False
    assert after.snapshot()["seats"] == {}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"episodes": None}, id="wrong-type"),
        pytest.param({"known_s": "soon"}, id="text-for-a-time"),
    ],
)
def test_a_damaged_checkpoint_restores_nothing(damage: dict[str, object]) -> None:
    """The error is ours, and what the monitor knew stays."""
    monitor = small_monitor()
    feed(monitor, [reading(n, fatigued=1.0) for n in range(1, 21)])
    before = monitor.snapshot()
    damaged = through_json(before)
    damaged["seats"][SEAT].update(damage)  # type: ignore[typeddict-item]  # damaged on purpose

    with pytest.raises(StorageError, match="early warnings is damaged"):
        monitor.restore(damaged)
    assert monitor.snapshot() == before


def test_a_checkpoint_without_a_field_is_damaged() -> None:
    """An older or cut-off file is told apart from one of other settings."""
    with pytest.raises(StorageError):
        EpisodeMonitor(levels=LEVELS, new_id=ids()).restore({})  # type: ignore[typeddict-item]  # damaged
