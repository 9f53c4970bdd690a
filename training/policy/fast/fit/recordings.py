"""Lessons of the slow environment on file, in steps of 10 s."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS, ReadingStatus
from appliance.domain.arrays import AnyArray, BoolArray, Float32Array, Float64Array, IntArray
from training.policy.fast.tables import STEP_TOKENS

STATUSES = tuple(ReadingStatus)
"""The order in which a file numbers them."""

_LEAST = 1e-5
"""Probabilities below it are told apart by nobody; files hold them in half precision."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recordings:
    """N lessons of T steps, of different students."""

    probabilities: Float64Array = field(repr=False)
    """(N, T, 4) mean over the tokens at which somebody sat there; uniform when there are none."""
    states: Float64Array = field(repr=False)
    """(N, T, 4) share of the step in each true state."""
    last: IntArray = field(repr=False)
    """(N, T) true state at the step's end."""
    episodes: Float64Array = field(repr=False)
    """(N, T, E) share of the step in the first, second, ... stretch of one state."""
    kinds: IntArray = field(repr=False)
    """(N, E) state of each stretch; 0 where there is none."""
    present: Float64Array = field(repr=False)
    """(N, T) share of the step somebody sat there."""
    known: BoolArray = field(repr=False)
    """(N, T) whether the reading at the step's end is known."""
    here: BoolArray = field(repr=False)
    """(N, T) whether somebody sat there then."""
    popups: Float64Array = field(repr=False)
    """(N, P) when something appeared on the screen, seconds; infinite for never."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.probabilities)

    @property
    def log_odds(self) -> Float64Array:
        """(N, T, 3) as ``fitted.AXES`` says."""
        p = np.maximum(self.probabilities, _LEAST)
        return np.asarray(np.log(p[..., 1:] / p[..., :1]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """A file: N lessons of K tokens. Everything begins with an axis of lessons."""

    p: Float32Array = field(repr=False)
    """(N, K, 4) probabilities."""
    status: IntArray = field(repr=False)
    """(N, K) index into ``STATUSES``."""
    present: BoolArray = field(repr=False)
    """(N, K)."""
    states: IntArray = field(repr=False)
    """(N, K) true state."""
    popups: Float64Array = field(repr=False)
    """(N, P) when something appeared on the screen, seconds; infinite for never."""
    actions: IntArray = field(repr=False)
    """(N, P) what was shown then, one of A; nothing where it was the pop-up alone."""
    gains: Float64Array = field(repr=False)
    """(N, P) its worth: equation 12 less the twin's Delta F + Delta B; NaN where the lesson ended
    before two minutes had passed, or where nothing was shown."""

    def write(self, path: Path) -> None:
        """Write the file; it is there as a whole or not at all."""
        part = path.with_suffix(".part.npz")
        np.savez_compressed(
            part,
            p=self.p.astype(np.float16),
            status=self.status.astype(np.uint8),
            present=self.present,
            states=self.states.astype(np.int8),
            popups=self.popups,
            actions=self.actions.astype(np.int8),
            gains=self.gains,
        )
        part.replace(path)


def load_recordings(paths: Sequence[Path]) -> Recordings:
    """Read files that ``collect`` or ``crowd`` wrote; all lessons have the same length."""
    files = [np.load(path) for path in paths]
    tokens: dict[str, list[AnyArray]] = {name: [] for name in ("p", "states", "status", "present")}
    popups = []
    for one in files:
        for name, values in tokens.items():
            values.append(one[name])
        popups.append(one["popups"])
    p = np.concatenate(tokens["p"]).astype(np.float32)
    width = max(one.shape[1] for one in popups)
    return Recordings(
        **_pool(
            p,
            np.concatenate(tokens["states"]).astype(np.int64),
            np.concatenate(tokens["status"]),
            np.concatenate(tokens["present"]),
        ),
        popups=np.concatenate(
            [
                np.pad(one, ((0, 0), (0, width - one.shape[1])), constant_values=np.inf)
                for one in popups
            ]
        ),
    )


def _pool(
    p: np.ndarray, states: IntArray, status: IntArray, present: BoolArray
) -> dict[str, np.ndarray]:
    lessons, steps = len(p), p.shape[1] // STEP_TOKENS
    shape = (lessons, steps, STEP_TOKENS)
    there = present.reshape(shape)
    count = there.sum(axis=2)
    sums = (p.reshape(*shape, -1) * there[..., None]).sum(axis=2)
    mean = np.where(count[..., None] > 0, sums / np.maximum(count, 1)[..., None], 1 / len(AFFECTS))
    changes = np.diff(states, axis=1, prepend=states[:, :1]) != 0
    stretch = changes.cumsum(axis=1)
    stretches = int(stretch.max()) + 1
    numbered = stretch.reshape(shape)
    episodes = np.stack([(numbered == number).mean(axis=2) for number in range(stretches)], axis=-1)
    kinds = np.zeros((lessons, stretches), dtype=np.int64)
    np.put_along_axis(kinds, stretch, states, axis=1)
    return {
        "probabilities": mean.astype(np.float64),
        "states": np.eye(len(AFFECTS))[states].reshape(*shape, -1).mean(axis=2),
        "last": states.reshape(shape)[..., -1],
        "episodes": episodes,
        "kinds": kinds,
        "present": count / STEP_TOKENS,
        "known": status.reshape(shape)[..., -1] == STATUSES.index(ReadingStatus.KNOWN),
        "here": there[..., -1],
    }
