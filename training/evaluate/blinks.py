"""Blinks of a whole clip: the box's own perception against the teacher, frame by frame.

Event: a run of frames whose closure is over half of the person's range. Both sides are judged by
the same rule on their own scores, so neither's resting level nor its gain matters:

- score: mean of both eyes' blink action; frames without readable eyes are never over half;
- range: from the 5th to the 99.5th percentile of the score over the clip's readable frames. The
  open eye is the rest of nearly everybody; a half per cent of 200 s is a second of closed eyes;
- runs at most 2 frames apart are one event (80 ms at 25 fps; lids need longer to open and close
  again), one frame is enough for an event;
- the events' onsets are matched one to one, within 200 ms either way, as many as possible.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.models import Precision
from appliance.domain.observations import FACE_ACTIONS, FaceAction
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice
from appliance.perception.expression import CROP_MARGIN
from appliance.windows.face.eyes import MAX_BLINK_S, EyeTracker
from training.evaluate.blink_traces import Trace, trace_box, trace_teacher

RANGE_SHARES = (5.0, 99.5)  # per cent, see above
OVER = 0.5  # "over half of the person's range"
MERGED_FRAMES = 2
MATCH_S = 0.2
BOX_HZ = 15.0  # the box's default rate; the clip's own may be higher


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """One event."""

    onset_s: float
    """Time of the first frame over half."""

    lasted_s: float
    """From that frame to the first frame that is not over half."""


def evaluate_blinks(
    clip: Path,
    *,
    task_file: Path,
    cache: Path,
    engine: EngineChoice,
    precision: Precision,
    margin: float = CROP_MARGIN,
) -> dict[str, object]:
    """Return how well the box's blinks agree with the teacher's on all frames of a clip.

    Args:
        clip: One person in the whole picture.
        task_file: ``face_landmarker.task``.
        cache: Folder for the teacher's answers.
        engine: Run time of the encoder.
        precision: Number format of the encoder.
        margin: Side of its crop over the side of the face's square.
    """
    teacher = trace_teacher(clip, task_file=task_file, cache=cache)
    box = trace_box(clip, engine=engine, precision=precision, margin=margin)
    return {
        **compare_traces(box, teacher),
        "engine": str(engine),
        "precision": str(precision),
    }


def compare_traces(box: Trace, teacher: Trace) -> dict[str, object]:
    """Score the box's trace of a clip against the teacher's of the same frames."""
    theirs = find_closures(teacher.times_s, teacher.blink())
    mine = find_closures(box.times_s, box.blink())
    # The box counts closures of up to this length as blinks; longer ones go into PERCLOS.
    blinks = [event for event in theirs if event.lasted_s <= MAX_BLINK_S]
    slower = _thinned(box, hz=BOX_HZ)
    return {
        "frames": len(box.times_s),
        "readable": {
            "teacher": float(teacher.readable.mean()),
            "box": float(box.readable.mean()),
        },
        "correlation": {
            "blink": _correlation(box.blink(), teacher.blink()),
            "jaw_open": _correlation(
                *(
                    trace.actions[:, FACE_ACTIONS.index(FaceAction.JAW_OPEN)].astype(np.float64)
                    for trace in (box, teacher)
                )
            ),
        },
        "events": score_onsets(_onsets(mine), _onsets(theirs)),
        "streaming": score_onsets(stream_blinks(box), _onsets(blinks)),
        "streaming_15hz": score_onsets(stream_blinks(slower), _onsets(blinks)),
    }


def find_closures(times_s: Float64Array, blink: Float64Array) -> list[Closure]:
    """Return the closures over half of the person's range, in order.

    Args:
        times_s: (N,) capture times.
        blink: (N,) score; NaN where the eyes cannot be judged.
    """
    if not np.isfinite(blink).any():
        return []
    low, high = np.nanpercentile(blink, RANGE_SHARES)
    over = np.flatnonzero(np.nan_to_num(blink, nan=low) - low > OVER * (high - low))
    if len(over) == 0:
        return []
    frame_s = float(np.median(np.diff(times_s)))
    apart = np.flatnonzero(np.diff(over) - 1 > MERGED_FRAMES)
    first, last = over[np.r_[0, apart + 1]], over[np.r_[apart, len(over) - 1]]
    return [
        Closure(
            onset_s=float(times_s[begin]), lasted_s=float(times_s[end] + frame_s - times_s[begin])
        )
        for begin, end in zip(first, last, strict=True)
    ]


def stream_blinks(trace: Trace) -> Float64Array:
    """Return the (B,) onsets of the blinks that the box counts itself, token by token."""
    tracker = EyeTracker(1)
    row = np.array([0])
    blink = np.nan_to_num(trace.blink())
    token = np.floor(trace.times_s / TOKEN_S).astype(int)
    onsets: list[float] = []
    for number in range(int(token[-1]) + 1):
        at = np.flatnonzero(token == number)
        if len(at) == 0:
            continue
        times_s = trace.times_s[at][None]
        cues = tracker.step(row, times_s, blink[at][None], trace.readable[at][None])
        onsets += (times_s - cues.blink_s)[cues.blink_s > 0].tolist()
    return np.array(onsets)


def score_onsets(mine: Float64Array, theirs: Float64Array) -> dict[str, float]:
    """Match two sorted lists of onsets one to one and return counts, precision, recall and F1."""
    matched = _count_matches(mine, theirs)
    return {
        "teacher": len(theirs),
        "box": len(mine),
        "matched": matched,
        "precision": matched / max(len(mine), 1),
        "recall": matched / max(len(theirs), 1),
        "f1": 2 * matched / max(len(mine) + len(theirs), 1),
    }


def _count_matches(mine: Float64Array, theirs: Float64Array) -> int:
    """Pair the earliest that still can be paired; on a line nothing pairs more."""
    row, column, matched = 0, 0, 0
    while row < len(mine) and column < len(theirs):
        early = mine[row] - theirs[column]
        # A tenth of a millisecond against the rounding of time stamps.
        if abs(early) <= MATCH_S + 1e-4:
            row, column, matched = row + 1, column + 1, matched + 1
        elif early < 0:
            row += 1
        else:
            column += 1
    return matched


def _onsets(closures: list[Closure]) -> Float64Array:
    return np.array([event.onset_s for event in closures])


def _correlation(one: Float64Array, other: Float64Array) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    constant = both.sum() == 0 or min(one[both].std(), other[both].std()) == 0
    return 0.0 if constant else float(np.corrcoef(one[both], other[both])[0, 1])


def _thinned(trace: Trace, *, hz: float) -> Trace:
    """Keep the frames that a camera limited to a rate would deliver."""
    due = np.floor(trace.times_s * hz + 1e-6)
    kept = np.flatnonzero(np.diff(due, prepend=-1) > 0)
    return Trace(
        times_s=trace.times_s[kept], actions=trace.actions[kept], readable=trace.readable[kept]
    )
