"""The ``fatigue-only`` artifact: streams what was trained, two states, blind to mood.

Golden data: ``golden/whole_sequence_fatigue.npz``, one simulated student (420 tokens) as this
profile sees it and what torch computes for the sequence as a whole, written by
``python -m training.fusion --variant fatigue-only``. Tolerance 1e-4 (docs/DESIGN.md, 4).
"""

from pathlib import Path

import numpy as np
import pytest

from appliance.domain.affect import VIGILANCES
from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import (
    UNDEFINED_WITHOUT_EMOTION,
    FaceColumn,
    face_column,
)
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from tests.support.tokens import tokens_of

GOLDEN = Path(__file__).parent / "golden" / "whole_sequence_fatigue.npz"
MODEL = "fusion_fatigue"
ENGINES = [
    pytest.param(EngineChoice.ONNX, id="onnx"),
    pytest.param(EngineChoice.OPENVINO, id="openvino"),
]


def stream(face: Float32Array, pose: Float32Array, choice: EngineChoice) -> Float32Array:
    """Return (T, 2) probabilities, (T, 128) fused state appended, token by token."""
    session = ModelLibrary(None, lanes=1).load(MODEL, choice=choice).session()
    fuser = Fuser(session, seats=1, states=VIGILANCES)
    rows = []
    for token in range(len(face)):
        at = slice(token, token + 1)
        reading = fuser.read(tokens_of(face[at], pose[at], age_s=token / 5))[0]
        rows.append(np.concatenate([reading.probabilities, reading.fused]))
    return np.stack(rows)


@pytest.mark.parametrize("choice", ENGINES)
def test_streaming_equals_the_whole_sequence(choice: EngineChoice) -> None:
    """Every token of a student who stays longer than one window, to 1e-4."""
    golden = np.load(GOLDEN)
    face, pose = golden["face"].astype(np.float32), golden["pose"].astype(np.float32)

    rows = stream(face, pose, choice)

    assert golden["probabilities"].shape == (420, len(VIGILANCES))
    np.testing.assert_allclose(rows[:, :2], golden["probabilities"], atol=1e-4)
    np.testing.assert_allclose(rows[-1, 2:], golden["fused_last"], atol=1e-4)


@pytest.mark.parametrize("choice", ENGINES)
def test_the_artifact_cannot_be_influenced_by_what_the_profile_does_not_define(
    choice: EngineChoice,
) -> None:
    """Projection, valence, arousal and smile at any value: the same numbers to the bit."""
    golden = np.load(GOLDEN)
    face, pose = golden["face"][:20].astype(np.float32), golden["pose"][:20].astype(np.float32)
    wild = face.copy()
    wild[:, list(UNDEFINED_WITHOUT_EMOTION)] = np.random.default_rng(1).uniform(-50, 50)
    tired = face.copy()
    tired[:, face_column(FaceColumn.PERCLOS)] += 0.5

    quiet = stream(face, pose, choice)

    assert not face[:, list(UNDEFINED_WITHOUT_EMOTION)].any()
    np.testing.assert_array_equal(quiet, stream(wild, pose, choice))
    assert (quiet != stream(tired, pose, choice)).any()


def test_its_files_promise_two_states() -> None:
    """The manifest has no third column."""
    spec = ModelLibrary(None, lanes=1).spec(MODEL)

    shapes = {tensor.name: tensor.shape for tensor in spec.outputs}
    assert shapes["probabilities"] == (-1, len(VIGILANCES))
