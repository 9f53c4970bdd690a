"""60 s summaries of readings, by which two worlds are compared."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array, IntArray

WINDOW = 6
"""Steps of 10 s."""

NAMES = (
    *(f"mean {name}" for name in ("focused", "confused", "fatigued", "bored")),
    *(f"sd {name}" for name in ("focused", "confused", "fatigued", "bored")),
    *(f"rise {name}" for name in ("focused", "confused", "fatigued", "bored")),
    *(f"since {name}" for name in ("focused", "confused", "fatigued", "bored")),
    "known",
    "time",
    *(f"truly {name}" for name in ("focused", "confused", "fatigued", "bored")),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summaries:
    """R minutes of different lessons."""

    rows: Float64Array = field(repr=False)
    """(R, F) in the order of ``NAMES``."""
    lessons: IntArray = field(repr=False)
    """(R,) which lesson each is of."""


def summarise(
    *,
    probabilities: Float64Array,
    states: Float64Array,
    known: BoolArray,
    present: Float64Array,
) -> Summaries:
    """Summarise each whole minute but the first in which the student never left.

    Mean and standard deviation of each probability, its rise from the first to the second half and
    from the minute before, share of known readings, time in the lesson, and the share of the
    minute in each true state: two worlds that agree given the truth agree in what a policy learns.

    Args:
        probabilities: (N, T, 4) means of 10 s.
        states: (N, T, 4) share of the step in each true state.
        known: (N, T) whether the reading at the step's end is known.
        present: (N, T) share of the step somebody sat there.
    """
    lessons, steps = known.shape
    minutes = steps // WINDOW - 1
    cut = slice(WINDOW, WINDOW + minutes * WINDOW)
    shape = (lessons, minutes, WINDOW)
    p = probabilities[:, cut].reshape(*shape, -1)
    former = probabilities[:, cut.start - WINDOW : cut.stop - WINDOW].reshape(*shape, -1)
    half = WINDOW // 2
    time = np.broadcast_to(np.arange(minutes, dtype=np.float64), (lessons, minutes))
    rows = np.concatenate(
        [
            p.mean(axis=2),
            p.std(axis=2),
            p[:, :, half:].mean(axis=2) - p[:, :, :half].mean(axis=2),
            p.mean(axis=2) - former.mean(axis=2),
            known[:, cut].reshape(shape).mean(axis=2)[..., None],
            time[..., None],
            states[:, cut].reshape(*shape, -1).mean(axis=2),
        ],
        axis=-1,
    )
    whole = (present[:, cut].reshape(shape) >= 1).all(axis=2)
    numbers = np.broadcast_to(np.arange(lessons)[:, None], whole.shape)
    return Summaries(rows=rows[whole], lessons=numbers[whole])
