"""MultiPosture: BlazePose geometry of seated people, one row per frame.

Zenodo 10.5281/zenodo.14230872, CC-BY-4.0. The file gives ratios of landmarks instead of the
landmarks: how far nose and ears lie above and beside the middle of the shoulders, how far that lies
beside the hips, and sizes as shares of the picture. All sideways distances are without a sign.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float64Array, bind_shapes
from appliance.errors import ConfigError

CLASSES = ("correct", "hunched_back", "side_lean")
"""Labels of the file: upright, hunched, leaning to a side."""

COLUMNS = (
    "shoulder_tilt_degrees",
    "head_forward_ratio",
    "head_drop_ratio",
    "ear_forward_ratio",
    "side_lean_ratio",
    "hunch_ratio",
    "nose_to_shoulder_y_ratio",
    "ear_to_shoulder_y_ratio",
    "neck_torso_angle",
    "shoulder_width",
    "torso_height",
)
"""Measured columns; ``hips_visible`` is 1 in every row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postures:
    """N labelled postures."""

    values: Float64Array = field(repr=False)
    """(N, 11) in the order of ``COLUMNS``."""

    labels: NDArray[np.intp] = field(repr=False)
    """(N,) index into ``CLASSES``."""

    subjects: NDArray[np.intp] = field(repr=False)
    """(N,) number of the person."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "Postures",
            {
                "values": (self.values, f"N {len(COLUMNS)}"),
                "labels": (self.labels, "N"),
                "subjects": (self.subjects, "N"),
            },
        )

    def column(self, name: str) -> Float64Array:
        """Return one column, (N,)."""
        return self.values[:, COLUMNS.index(name)]


def read_multiposture(path: Path) -> Postures:
    """Read the CSV file.

    Raises:
        ConfigError: It cannot be read, or a column or label is missing or unknown.
    """
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return _as_postures(rows)
    except (OSError, KeyError, ValueError) as error:
        msg = f"{path}: not the MultiPosture table: {error}"
        raise ConfigError(msg) from error


def _as_postures(rows: Sequence[dict[str, str]]) -> Postures:
    if not rows:
        msg = "no rows"
        raise ValueError(msg)
    return Postures(
        values=np.array([[float(row[name]) for name in COLUMNS] for row in rows]),
        labels=np.array([CLASSES.index(row["label"]) for row in rows], dtype=np.intp),
        subjects=np.array([int(row["subject"]) for row in rows], dtype=np.intp),
    )
