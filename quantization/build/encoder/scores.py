"""What the forms of an expression encoder score, through the box's own engines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from appliance.domain.arrays import Float32Array, FloatArray, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from appliance.ports import InferenceSession
from quantization.build.choice import FormNumbers
from quantization.build.encoder.faces import FaceSets, crop_whole
from quantization.build.speed import Speed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """Every output of one form on every measured face; name to (N, size)."""

    public_test: dict[str, Float32Array]
    """On the FER+ faces."""

    drawn: dict[str, Float32Array]
    """On the DiffusionFER faces."""

    press: dict[str, Float32Array]
    """On the muxspace faces."""

    def all_of(self, name: str) -> Float32Array:
        """Return one output on all faces."""
        return np.concatenate([self.public_test[name], self.drawn[name], self.press[name]])


def read_all(session: InferenceSession, faces: FaceSets, *, side: int) -> Reading:
    """Run one form on all measured faces."""
    sets = (faces.public_test, faces.drawn, faces.press)
    crops = [[crop_whole(face.picture, side=side) for face in group] for group in sets]
    public_test, drawn, press = (_read(session, group) for group in crops)
    return Reading(public_test=public_test, drawn=drawn, press=press)


def score(
    reading: Reading, whole: Reading, faces: FaceSets, *, speed: Speed, size: int
) -> FormNumbers:
    """Compare one form with the labels and with the float model.

    Args:
        reading: The form's outputs.
        whole: The float model's.
        faces: Labels.
        speed: Its time.
        size: Its bytes on disk.
    """
    emotional = "expression" in whole.public_test
    top, guess = faces.top, _first(reading) if emotional else None
    hit = None if guess is None else guess == top
    affect = reading.drawn["affect"] if emotional else None
    cosines = _cosines(reading, whole) if emotional else None
    return FormNumbers(
        accuracy_all=None if hit is None else float(hit.mean()),
        accuracy_majority6=None if hit is None else float(hit[faces.sure].mean()),
        macro_recall=None
        if hit is None
        else float(np.mean([hit[top == row].mean() for row in np.unique(top)])),
        concordance_valence=None
        if affect is None
        else concordance(affect[:, 0], faces.affect[:, 0]),
        concordance_arousal=None
        if affect is None
        else concordance(affect[:, 1], faces.affect[:, 1]),
        cosine_median=None if cosines is None else float(np.median(cosines)),
        cosine_p5=None if cosines is None else float(np.percentile(cosines, 5)),
        agreement=None if guess is None else float((guess == _first(whole)).mean()),
        action_correlation={
            str(action): correlation(
                reading.all_of("actions")[:, row], whole.all_of("actions")[:, row]
            )
            for row, action in enumerate(FACE_ACTIONS)
        },
        bytes=size,
        **asdict(speed),
    )


def concordance(guess: FloatArray, truth: FloatArray) -> float:
    """Return Lin's concordance correlation coefficient of two (N,) arrays."""
    one, other = guess.astype(np.float64), truth.astype(np.float64)
    covariance = np.mean((one - one.mean()) * (other - other.mean()))
    return float(2 * covariance / (one.var() + other.var() + (one.mean() - other.mean()) ** 2))


def correlation(one: FloatArray, other: FloatArray) -> float:
    """Return Pearson's r of two (N,) arrays; 0 where one is constant."""
    if min(one.std(), other.std()) == 0:
        return 0.0
    return float(np.corrcoef(one.astype(np.float64), other.astype(np.float64))[0, 1])


def _read(session: InferenceSession, crops: Sequence[UInt8Array]) -> dict[str, Float32Array]:
    rows = [session.infer({"face": crop}) for crop in crops]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _first(reading: Reading) -> FloatArray:
    return reading.public_test["expression"].argmax(axis=1)


def _cosines(reading: Reading, whole: Reading) -> FloatArray:
    one, other = reading.all_of("embedding"), whole.all_of("embedding")
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / np.maximum(lengths, 1e-12)
