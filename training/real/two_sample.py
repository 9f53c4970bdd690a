"""How easily simulated feature windows are told from those of real people.

Windows of 10 s of the named cues, as mean and spread, of the clips in ``data/video`` and of
simulated students of one regime. A classifier that tells both kinds apart for people it was not
fitted on shows what the simulator gets wrong; each cue's own AUC shows where.

The simulated students work at a computer; the people of the clips talk or sign. So a part of any
difference is the occasion and not the simulator, and no cue should be tuned beyond reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, bind_shapes
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
    POSE_CUE_COLUMNS,
    POSE_SIZE,
    PROJECTION_SIZE,
    TOKEN_HZ,
    FaceColumn,
    PoseColumn,
)
from appliance.errors import MissingProgramError
from appliance.fusion.fuser import WARM_UP_S
from training.fusion.scores import area_under_roc
from training.real.tokens import watch_filmed
from training.simulator.classroom import simulate_lesson

MAX_AUC = 0.85
WINDOW_S = 10.0
CLIP_S = 60.0
"""Short clips are repeated up to here: every person gives some windows after the warm-up."""

REGIME = "nominal"
STUDENTS, STAY_S = 48, 180.0
"""Simulated students, and how long each of them stays."""

SEED = 770_001  # apart from the seeds of training and evaluation of fusion
RIDGE = 1.0  # logistic regression, on standardised cues

_BITS = {
    FaceColumn.FACE_PRESENT,
    FaceColumn.EYES_READABLE,
    FaceColumn.BLINKS_TIMED,
    FaceColumn.EXPRESSION_RATE,
    PoseColumn.POSE_PRESENT,
    PoseColumn.SHOULDERS_VISIBLE,
    PoseColumn.WRISTS_VISIBLE,
    PoseColumn.POSE_RATE,
}
"""What was seen, not how anybody behaved; they have no cue of their own."""

_SEEN_BY: Mapping[FaceColumn | PoseColumn, FaceColumn | PoseColumn] = (
    dict.fromkeys(FACE_CUE_COLUMNS, FaceColumn.FACE_PRESENT)
    | dict.fromkeys(POSE_CUE_COLUMNS, PoseColumn.POSE_PRESENT)
    | {
        FaceColumn.CLOSURE_MEAN: FaceColumn.EYES_READABLE,
        FaceColumn.CLOSURE_MAX: FaceColumn.EYES_READABLE,
        FaceColumn.PERCLOS: FaceColumn.EYES_READABLE,
        FaceColumn.BLINK_RATE: FaceColumn.EYES_READABLE,
        FaceColumn.BLINK_DURATION: FaceColumn.BLINKS_TIMED,
        PoseColumn.SWAY_10: PoseColumn.SHOULDERS_VISIBLE,
        PoseColumn.SWAY_60: PoseColumn.SHOULDERS_VISIBLE,
        PoseColumn.LEAN: PoseColumn.SHOULDERS_VISIBLE,
        PoseColumn.SLUMP: PoseColumn.SHOULDERS_VISIBLE,
        PoseColumn.WRIST_SPEED: PoseColumn.WRISTS_VISIBLE,
        PoseColumn.WRIST_CROSSINGS: PoseColumn.WRISTS_VISIBLE,
    }
)
"""The bit that must be set for a cue's value to mean something."""

_SLOW = {
    FaceColumn.PERCLOS,
    FaceColumn.BLINK_RATE,
    FaceColumn.BLINK_DURATION,
    FaceColumn.YAWN_RATE,
    PoseColumn.PITCH_MOTION,
    PoseColumn.SWAY_10,
    PoseColumn.SWAY_60,
    PoseColumn.WRIST_SPEED,
    PoseColumn.WRIST_CROSSINGS,
}
"""Measured over 10 to 60 s: of a clip that is repeated every few seconds they are too steady, so
that the spread says nothing about the person."""

_COLUMNS: tuple[FaceColumn | PoseColumn, ...] = (*FACE_CUE_COLUMNS, *POSE_CUE_COLUMNS)
CUES = tuple(column for column in _COLUMNS if column not in _BITS)
FEATURES = tuple(f"{cue.value} {what}" for cue in CUES for what in ("mean", "spread"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CueWindows:
    """N windows of 10 s, real or simulated."""

    values: Float64Array = field(repr=False)
    """(N, F) in the order of ``FEATURES``; NaN where the cue was never seen."""

    person: NDArray[np.str_] = field(repr=False)
    """(N,) whose it is."""

    real: BoolArray = field(repr=False)
    """(N,) of a clip, not of the simulator."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        shapes = {
            "values": (self.values, f"N {len(FEATURES)}"),
            "person": (self.person, "N"),
            "real": (self.real, "N"),
        }
        bind_shapes("CueWindows", shapes)

    def weights(self) -> Float64Array:
        """Return (N,) weights by which every person counts alike, 1 per kind in all."""
        _, which, counts = np.unique(self.person, return_inverse=True, return_counts=True)
        weight = 1 / counts[which]
        for kind in (self.real, ~self.real):
            weight[kind] /= weight[kind].sum()
        return np.asarray(weight)


def evaluate_two_sample(data: Path, *, work: Path | None) -> dict[str, object]:
    """Return how well simulated and real windows are told apart, and by which cues.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.

    Raises:
        CameraError: A clip cannot be read.
        MissingProgramError: scikit-learn is not installed.
    """
    real = real_windows(data, work=work)
    tokens = int(STAY_S * TOKEN_HZ)
    lesson = simulate_lesson(seed=SEED, students=STUDENTS, tokens=tokens, regime=REGIME)
    simulated = [
        cut_windows(lesson.face[row], lesson.pose[row], person=f"simulated {row}", real=False)
        for row in range(STUDENTS)
    ]
    return {"regime": REGIME, **compare(join([real, *simulated]))}


def real_windows(data: Path, *, work: Path | None) -> CueWindows:
    """Return the windows of all filmed people, after the fuser's warm-up.

    Raises:
        CameraError: A clip cannot be read.
    """
    parts = []
    for clip, seen, tokens in watch_filmed(data, work=work, until_s=CLIP_S):
        part = cut_windows(
            tokens.face[tokens.present], tokens.pose[tokens.present], person=clip.person, real=True
        )
        if seen.period_s is not None:
            part.values[:, [FEATURES.index(f"{cue.value} spread") for cue in _SLOW]] = np.nan
        parts.append(part)
    return join(parts)


def cut_windows(face: Float32Array, pose: Float32Array, *, person: str, real: bool) -> CueWindows:
    """Cut one stay into windows, side by side, after the fuser's warm-up.

    Args:
        face: (T, FACE_SIZE) face stream from the beginning of an occupancy.
        pose: (T, POSE_STREAM_SIZE) pose stream.
        person: Whose it is.
        real: Of a clip.
    """
    cues = np.concatenate([face[:, PROJECTION_SIZE:], pose[:, POSE_SIZE:]], axis=1, dtype=float)
    length, warm = int(WINDOW_S * TOKEN_HZ), int(WARM_UP_S * TOKEN_HZ)
    rows = [
        _describe(cues[first : first + length])
        for first in range(warm, len(cues) - length + 1, length)
    ]
    return CueWindows(
        values=np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES)),
        person=np.array([person] * len(rows), dtype=np.str_),
        real=np.full(len(rows), real, dtype=np.bool_),
    )


def join(parts: Sequence[CueWindows]) -> CueWindows:
    """Put windows of several people into one table."""
    return CueWindows(
        values=np.concatenate([part.values for part in parts]),
        person=np.concatenate([part.person for part in parts]),
        real=np.concatenate([part.real for part in parts]),
    )


def compare(windows: CueWindows) -> dict[str, object]:
    """Return the AUC of the classifiers and of every cue.

    Raises:
        MissingProgramError: scikit-learn is not installed.
    """
    cues = rank_cues(windows)
    scores = {
        name: area_under_roc(told, windows.real, weight=windows.weights())
        for name, told in tell_left_out(windows, _models()).items()
    }
    worst = max(scores.values())
    return {
        "auc": worst,
        "bar": MAX_AUC,
        "passed": worst <= MAX_AUC,
        "classifiers": scores,
        "worst_cue": cues[0]["cue"],
        "worst_cue_auc": cues[0]["auc"],
        "cues": cues,
        "n": {
            "real_people": len(np.unique(windows.person[windows.real])),
            "real_windows": int(windows.real.sum()),
            "simulated_students": len(np.unique(windows.person[~windows.real])),
            "simulated_windows": int((~windows.real).sum()),
        },
    }


def rank_cues(windows: CueWindows) -> list[dict[str, object]]:
    """Return a row per cue and statistic, the most telling first.

    The AUC is that of the cue alone, in the direction that tells better; beside it the 10th,
    50th and 90th percentile of both kinds. Every person counts alike.
    """
    weight = windows.weights()
    rows: list[dict[str, object]] = []
    for index, name in enumerate(FEATURES):
        values = windows.values[:, index]
        seen = np.isfinite(values)
        row: dict[str, object] = {"cue": name, "auc": 0.5}
        if (seen & windows.real).any() and (seen & ~windows.real).any():
            area = area_under_roc(values[seen], windows.real[seen], weight=weight[seen])
            row["auc"] = max(area, 1 - area)
        for title, kind in (("real", windows.real), ("simulated", ~windows.real)):
            for share in (0.1, 0.5, 0.9):
                row[f"{title}_{round(100 * share)}"] = weighted_quantile(
                    values[seen & kind], weight[seen & kind], share
                )
            row[f"{title}_seen"] = float(seen[kind].mean())
        rows.append(row)
    return sorted(rows, key=lambda row: -float(str(row["auc"])))


def tell_left_out(
    windows: CueWindows, models: Mapping[str, Callable[[], Any]]
) -> dict[str, Float64Array]:
    """Return each model's (N,) chance of being real, for people it was not fitted on.

    Each fold leaves out one real person and its share of the simulated students.
    """
    people = np.unique(windows.person[windows.real])
    students = np.unique(windows.person[~windows.real])
    # A masked cue is no evidence: the middle of the others, as the windows' weights see it.
    kept = windows.values[:, often_seen(windows)]
    values = np.where(np.isfinite(kept), kept, np.nanmedian(kept, axis=0))
    weight = windows.weights() * len(values) / 2
    chance = {name: np.zeros(len(values)) for name in models}
    for fold, person in enumerate(people):
        out = np.isin(windows.person, [person, *students[fold :: len(people)]])
        for name, build in models.items():
            model = build().fit(values[~out], windows.real[~out], weight[~out])
            chance[name][out] = model.predict_proba(values[out])[:, 1]
    return chance


def often_seen(windows: CueWindows) -> BoolArray:
    """Return (F,) which features are seen in at least half of the windows of either kind.

    Of the others, whether they are seen tells more than what they say.
    """
    seen, weight = np.isfinite(windows.values), windows.weights()[:, None]
    shares = [(seen * weight)[kind].sum(axis=0) for kind in (windows.real, ~windows.real)]
    return np.asarray(np.minimum(*shares) >= 0.5)


def weighted_quantile(values: Float64Array, weight: Float64Array, share: float) -> float:
    """Return the smallest value at or below which the share of the weight lies; NaN for none."""
    if len(values) == 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, share * reached[-1] * (1 - 1e-12))])


def _describe(cues: Float64Array) -> list[float]:
    """Return mean and spread of each cue over the tokens of a window that saw it."""
    row = []
    for cue in CUES:
        seen = cues[:, _COLUMNS.index(_SEEN_BY[cue])] > 0
        values = cues[seen, _COLUMNS.index(cue)]
        row += [float(values.mean()), float(values.std())] if len(values) > 1 else [np.nan] * 2
    return row


def _models() -> dict[str, Callable[[], Any]]:
    try:  # here, not above: the other parts of the evaluation do without
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = f"the two-sample check needs {error.name}; pip install 'classbox[training]'"
        raise MissingProgramError(msg) from error

    class Logistic:
        """Logistic regression on cues of unit spread, weighted."""

        def fit(self, values: Float64Array, real: BoolArray, weight: Float64Array) -> "Logistic":
            self._scaler = StandardScaler().fit(values, sample_weight=weight)
            self._model = LogisticRegression(C=1 / RIDGE, max_iter=1000)
            self._model.fit(self._scaler.transform(values), real, weight)
            return self

        def predict_proba(self, values: Float64Array) -> Float64Array:
            return np.asarray(self._model.predict_proba(self._scaler.transform(values)))

    return {
        "logistic": Logistic,
        "boosting": lambda: HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=8, random_state=0
        ),
    }
