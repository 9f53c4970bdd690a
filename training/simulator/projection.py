"""The projected embedding of a simulated face: linear in the cues, plus identity, plus noise.

``projection.json`` is fitted on the shipped encoder (``training/expression/emission.py``), so that
fusion sees how much of the projection the cues explain (a good 40 %), how much is the person and
how much is noise. Away from real faces the relation differs, so every student bends it.
"""

import json
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.tokens import PROJECTION_SIZE
from appliance.windows.pooling import FrameCue
from training.simulator import parameters as p
from training.simulator.cues import FRAME_S
from training.simulator.regimes import Circumstances

FIT = Path(__file__).parent / "measured" / "projection.json"
_CUES = [
    FrameCue.VALENCE,
    FrameCue.AROUSAL,
    FrameCue.BLINK,
    FrameCue.JAW,
    FrameCue.BROW_DOWN,
    FrameCue.BROW_INNER_UP,
    FrameCue.SMILE,
]
"""The order of the fit's ``cues``."""


class ProjectionModel:
    """Draws N people's identities and advances their noise by a frame at a time."""

    def __init__(self, rng: np.random.Generator, circumstances: Circumstances) -> None:
        """Draw identities."""
        fit = json.loads(FIT.read_text(encoding="utf-8"))
        noise, students = circumstances.noise, len(circumstances.noise)
        self._rng = rng
        self._cue_mean = np.array(fit["cue_mean"])
        load = np.array(fit["load"])
        bent = rng.standard_normal((students, *load.shape))
        size = np.sqrt((load**2).mean(axis=0, keepdims=True))
        self._load = load + p.PROJECTION_BEND * circumstances.reach[:, None, None] * size * bent
        between = _root(np.array(fit["between_covariance"]))
        self._rest = np.array(fit["mean"]) + rng.standard_normal((students, len(between))) @ between
        self._within = noise[:, None, None] * _root(np.array(fit["within_covariance"]))
        # The fit knows the correlation over one token; frames follow faster.
        self._keep = fit["within_autocorrelation"] ** (FRAME_S / fit["within_step_s"])
        self._noise = np.zeros((students, PROJECTION_SIZE))

    def step(self, scores: Float64Array) -> Float32Array:
        """Return the (N, 16) projection of a frame with the (N, 8) cues ``scores``."""
        fresh = np.sqrt(1 - self._keep**2)
        self._noise = self._keep * self._noise + fresh * self._rng.standard_normal(
            self._noise.shape
        )
        shown = scores[:, _CUES] - self._cue_mean
        projection = self._rest + np.einsum("npc,nc->np", self._load, shown)
        projection += np.einsum("np,npq->nq", self._noise, self._within)
        return projection.astype(np.float32)


def _root(covariance: Float64Array) -> Float64Array:
    """Return R with R^T R = covariance; tiny negative eigenvalues of the fit count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)
