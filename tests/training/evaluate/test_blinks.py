"""Events are found by one rule on both sides and matched one to one."""

from pathlib import Path

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array, Float64Array
from training.evaluate.blink_traces import Trace, trace_teacher
from training.evaluate.blinks import (
    MERGED_FRAMES,
    compare_traces,
    find_closures,
    score_onsets,
    stream_blinks,
)

HZ = 25


def lids(closed: list[tuple[int, int]], *, frames: int = 3000) -> Float64Array:
    """Return (N,) blink scores: .1 open, .8 in the closed ranges of frames."""
    blink = np.full(frames, 0.1)
    for first, last in closed:
        blink[first : last + 1] = 0.8
    return blink


def trace(blink: Float64Array) -> Trace:
    """Return a trace whose eyes agree; NaN is an eye that cannot be judged."""
    actions: Float32Array = np.repeat(blink[:, None], 10, axis=1).astype(np.float32)
    return Trace(times_s=np.arange(len(blink)) / HZ, actions=actions, readable=np.isfinite(blink))


def onsets(blink: Float64Array) -> list[int]:
    """Return the frames on which closures begin."""
    times_s = np.arange(len(blink)) / HZ
    return [round(event.onset_s * HZ) for event in find_closures(times_s, blink)]


EVERY_HUNDRED = [(frame, frame + 4) for frame in range(50, 3000, 100)]


def test_every_closure_is_an_event() -> None:
    """Thirty of five frames."""
    events = find_closures(np.arange(3000) / HZ, lids(EVERY_HUNDRED))

    assert [round(event.onset_s * HZ) for event in events] == [first for first, _ in EVERY_HUNDRED]
    assert all(event.lasted_s == pytest.approx(5 / HZ) for event in events)


@pytest.mark.parametrize(
    ("value", "counted"),
    [pytest.param(0.44, False, id="under-half"), pytest.param(0.46, True, id="over-half")],
)
def test_half_of_the_range_decides(value: float, counted: bool) -> None:
    """From .1 to .8 the middle is .45; one frame is enough."""
    blink = lids(EVERY_HUNDRED)
    blink[2500] = value

    assert (2500 in onsets(blink)) is counted


@pytest.mark.parametrize(
    ("gap", "events"), [(MERGED_FRAMES, 1), (MERGED_FRAMES + 1, 2)], ids=["merged", "two"]
)
def test_short_gaps_are_noise(gap: int, events: int) -> None:
    """Two frames do not separate closures, three do."""
    blink = lids([*EVERY_HUNDRED[1:], (20, 22), (23 + gap, 25 + gap)])

    assert len([frame for frame in onsets(blink) if frame < 100]) == events


def test_an_eye_that_cannot_be_judged_is_no_event() -> None:
    """And it does not move the range; a clip without any eye has none."""
    blink = lids(EVERY_HUNDRED)
    blink[2040:2060] = np.nan

    assert onsets(blink) == [first for first, _ in EVERY_HUNDRED if first != 2050]
    assert onsets(np.full(100, np.nan)) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "matched"),
    [
        pytest.param([1.0, 5.0], [1.2, 4.8], 2, id="at-200-ms"),
        pytest.param([1.0, 5.0], [1.21, 4.79], 0, id="beyond"),
        pytest.param([1.0, 1.1], [1.05], 1, id="one-to-one"),
        pytest.param([1.0, 1.15], [0.9, 0.95], 2, id="as-many-as-possible"),
        pytest.param([], [1.0], 0, id="none-found"),
    ],
)
def test_matching(mine: list[float], theirs: list[float], matched: int) -> None:
    """Within 200 ms either way; precision, recall and F1 follow from the count."""
    score = score_onsets(np.array(mine), np.array(theirs))

    assert score["matched"] == matched
    assert score["recall"] == matched / len(theirs)
    assert score["f1"] == pytest.approx(2 * matched / (len(mine) + len(theirs)))


def test_levels_of_the_two_sides_do_not_matter() -> None:
    """The box rests higher and reaches less far, and agrees all the same."""
    theirs = trace(lids(EVERY_HUNDRED))
    mine = trace(lids(EVERY_HUNDRED) * 0.6 + 0.2)
    result = compare_traces(mine, theirs)

    assert result["events"] == {
        "teacher": 30,
        "box": 30,
        "matched": 30,
        "precision": 1,
        "recall": 1,
        "f1": 1,
    }
    assert result["correlation"]["blink"] == pytest.approx(1)  # type: ignore[index]


def test_the_stream_tells_onsets() -> None:
    """The tracker's own blinks begin where the lid closed, also when a token ends within."""
    told = stream_blinks(trace(lids(EVERY_HUNDRED)))

    np.testing.assert_allclose(told, [first / HZ for first, _ in EVERY_HUNDRED], atol=1e-9)


def test_long_closures_are_events_but_no_blinks() -> None:
    """The stream is held against closures of at most .75 s."""
    both = trace(lids([*EVERY_HUNDRED, (1060, 1090)]))
    result = compare_traces(both, both)

    assert result["events"]["teacher"] == 31  # type: ignore[index]
    assert result["streaming"]["teacher"] == 30  # type: ignore[index]
    assert result["streaming"]["f1"] == 1  # type: ignore[index]


def test_the_teacher_is_asked_once_per_content(tmp_path: Path) -> None:
    """What an earlier run wrote for the same bytes is read, whatever the clip's folder."""
    clip, task = tmp_path / "clip.webm", tmp_path / "teacher.task"
    clip.write_bytes(b"clip")
    task.write_bytes(b"task")
    kept = trace(lids(EVERY_HUNDRED))
    digest = "624d381c825a9ce6"  # of "cliptask"
    np.savez(tmp_path / f"clip-{digest}.npz", times_s=kept.times_s, actions=kept.actions)

    read = trace_teacher(clip, task_file=task, cache=tmp_path)

    np.testing.assert_array_equal(read.actions, kept.actions)
