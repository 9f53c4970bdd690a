"""Whether simulated postures are as hard to read as real ones (docs/DESIGN.md, 9).

Real people sat upright, hunched and leaning to a side (MultiPosture); simulated ones sit focused,
fatigued and confused, which is when they sit upright, hunched, and leaning to the screen with the
head tilted. The same models tell the three by person, one left out, from posture alone: the file's
columns as far as the box has them, and the box's own e_t with the places of nose and ears. It is
not quite the same: people who were asked to hunch do, and people who are tired may.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float64Array
from appliance.domain.observations import Landmark
from appliance.domain.tokens import TOKEN_HZ, PoseColumn, pose_column
from training.datasets.multiposture import read_multiposture
from training.fusion.scores import balanced_accuracy
from training.real.postures import AVERAGE, predict_left_out, stream_of
from training.simulator.classroom import emit_tokens

PEOPLE = 10  # as many as MultiPosture has
MINUTES = 4.0
WARM_UP_TOKENS = 60  # the box's own baselines settle
STRIDE = int(TOKEN_HZ)
SEEDS = (990_201, 990_202, 990_203)
BAR = 0.05  # docs/DESIGN.md, 9: calibrated on real data; five points are what is allowed
SITTING = (Affect.FOCUSED, Affect.FATIGUED, Affect.CONFUSED)
"""Upright, hunched, leaning."""

_CUES = (PoseColumn.HEAD_PITCH, PoseColumn.HEAD_YAW, PoseColumn.LEAN, PoseColumn.SLUMP)
_PLACES = (Landmark.NOSE, Landmark.LEFT_EAR, Landmark.RIGHT_EAR)


def compare_postures(path: Path) -> dict[str, object]:
    """Return balanced accuracy over three postures, simulated and real, and their distance.

    Args:
        path: ``data/posture/multiposture.csv``.

    Raises:
        ConfigError: The file cannot be read.
        MissingProgramError: scikit-learn is not installed.
    """
    postures = read_multiposture(path)
    real = _score(stream_of(postures), postures.labels, postures.subjects, title="real postures")
    groups = {seed: _score(*sit(seed), title="simulated postures") for seed in SEEDS}
    simulated = float(np.mean(list(groups.values())))
    return {
        "simulated": round(simulated, 4),
        "simulated_groups": [round(score, 4) for score in groups.values()],
        "real": round(real, 4),
        "difference": round(simulated - real, 4),
        "bar": BAR,
        "passed": abs(simulated - real) <= BAR,
        "n": {"simulated_people": PEOPLE * len(SEEDS), "real_people": PEOPLE},
    }


def sit(seed: int) -> tuple[Float64Array, NDArray[np.intp], NDArray[np.intp]]:
    """Return (N, F) posture features of simulated people, (N,) what they do and (N,) who it is.

    Each feature also as its distance from the person's own median, which stands in for a settled
    baseline and knows no label, as ``evaluate_posture`` does with the real ones.
    """
    tokens = int(MINUTES * 60 * TOKEN_HZ) + WARM_UP_TOKENS
    stays = [np.full((PEOPLE, tokens), AFFECTS.index(state), dtype=np.int8) for state in SITTING]
    emitter = emit_tokens(
        np.random.default_rng(seed), np.concatenate(stays, axis=1), regime="nominal"
    )
    pose = np.stack([pose for _, pose in emitter], axis=1)
    begins = [sitting * tokens + WARM_UP_TOKENS for sitting in range(len(SITTING))]
    rows = [np.arange(begin, begin + tokens - WARM_UP_TOKENS, STRIDE) for begin in begins]
    columns = [pose_column(cue) for cue in _CUES]
    columns += [2 * int(place) + axis for place in _PLACES for axis in (0, 1)]
    values = pose[:, np.concatenate(rows)][:, :, columns].astype(np.float64)
    values = np.concatenate([values, values - np.median(values, axis=1, keepdims=True)], axis=2)
    labels = np.repeat(np.arange(len(SITTING)), len(rows[0]))
    return (
        values.reshape(-1, values.shape[-1]),
        np.tile(labels, PEOPLE),
        np.repeat(np.arange(PEOPLE), len(labels)),
    )


def _score(
    values: Float64Array, labels: NDArray[np.intp], people: NDArray[np.intp], *, title: str
) -> float:
    """Return the balanced accuracy with each person left out of the fit."""
    return balanced_accuracy(labels, predict_left_out(values, labels, people, title=title)[AVERAGE])
