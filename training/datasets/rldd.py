"""Reads the blink windows of RLDD and finds the recordings they were cut from."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array, bind_shapes
from appliance.errors import ConfigError

WINDOW = 30
STRIDE = 2
"""Blinks from one window of a recording to the next; seen in the file: every window but the first
of a recording begins with the last 28 blinks of the one before."""

COLUMNS = ("frequency", "amplitude", "duration", "velocity")
ALERT, VIGILANT, DROWSY = 0, 5, 10
FOLDS = (1, 2, 3, 4)

_SAME = 1e-5  # copies are exact; float32 has been through float64 and back


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlinkWindows:
    """N windows of 30 blinks each, in the order of the file."""

    blinks: Float64Array = field(repr=False)
    """(N, 30, 4) in the order of ``COLUMNS``, as z-scores; not limited."""

    label: NDArray[np.intp] = field(repr=False)
    """(N,) 0 alert, 5 low-vigilant, 10 drowsy."""

    fold: NDArray[np.intp] = field(repr=False)
    """(N,) 1-4, disjoint people."""

    recording: NDArray[np.intp] = field(repr=False)
    """(N,) number of the recording, from 0 in the order of the file."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        shapes = {
            "blinks": (self.blinks, f"N {WINDOW} {len(COLUMNS)}"),
            "label": (self.label, "N"),
            "fold": (self.fold, "N"),
            "recording": (self.recording, "N"),
        }
        bind_shapes("BlinkWindows", shapes)

    def take(self, chosen: BoolArray) -> "BlinkWindows":
        """Return the windows that are chosen, (N,) True."""
        return BlinkWindows(
            blinks=self.blinks[chosen],
            label=self.label[chosen],
            fold=self.fold[chosen],
            recording=self.recording[chosen],
        )


def read_rldd(path: Path) -> BlinkWindows:
    """Read ``data/fatigue/rldd_blinks.npz``.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        with np.load(path) as stored:
            blinks, label, fold = (stored[name] for name in ("windows", "label", "fold"))
    except (OSError, KeyError, ValueError) as error:
        msg = f"{path}: cannot read the blink windows: {error}"
        raise ConfigError(msg) from error
    blinks = blinks.astype(np.float64)
    label, fold = label.astype(np.intp), fold.astype(np.intp)
    return BlinkWindows(
        blinks=blinks,
        label=label,
        fold=fold,
        recording=np.cumsum(find_borders(blinks, label, fold)) - 1,
    )


def find_borders(
    blinks: Float64Array, label: NDArray[np.intp], fold: NDArray[np.intp]
) -> BoolArray:
    """Return (N,) True where a window is the first one of a recording.

    Recordings carry no name. A window that does not begin with the last 28 blinks of the one
    before belongs to another recording. In the file these are 141 places, and at exactly the same
    places the label or the fold changes; either sign alone would do.
    """
    goes_on = np.all(np.abs(blinks[:-1, STRIDE:] - blinks[1:, :-STRIDE]) < _SAME, axis=(1, 2))
    changed = (np.diff(label) != 0) | (np.diff(fold) != 0)
    return np.concatenate([[True], ~goes_on | changed])


def join_blinks(windows: Float64Array) -> Float64Array:
    """Return the (B, 4) blinks of the (W, 30, 4) windows of one recording, each once."""
    return np.concatenate([windows[0], windows[1:, -STRIDE:].reshape(-1, windows.shape[2])])
