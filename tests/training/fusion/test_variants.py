"""The ``fatigue-only`` twin is trained on what its profile defines and is blind to the rest."""

import numpy as np
import pytest

from appliance.domain.affect import AFFECTS, VIGILANCES, Affect, Vigilance
from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    UNDEFINED_WITHOUT_EMOTION,
    FaceColumn,
    face_column,
)

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training writes ONNX files")

import torch

from training.fusion.network import FusionNetwork, set_statistics
from training.fusion.shards import without_emotion
from training.simulator.classroom import Lesson

TOKENS = 6


def lesson() -> Lesson:
    """Return one student in every state, all columns filled at random."""
    rng = np.random.default_rng(3)
    return Lesson(
        face=rng.standard_normal((4, TOKENS, FACE_SIZE)).astype(np.float32),
        pose=rng.standard_normal((4, TOKENS, POSE_STREAM_SIZE)).astype(np.float32),
        states=np.repeat(np.arange(4, dtype=np.int8)[:, None], TOKENS, axis=1),
    )


def test_only_fatigued_is_told_from_the_rest() -> None:
    """The other three states are one class, and it is not called after one of them."""
    states = without_emotion(lesson()).states

    for affect, row in zip(AFFECTS, states, strict=True):
        expected = Vigilance.FATIGUED if affect is Affect.FATIGUED else Vigilance.ALERT
        assert {VIGILANCES[state] for state in row} == {expected}


def test_undefined_columns_are_zero_and_the_others_untouched() -> None:
    """Projection, valence, arousal and smile go; eyes, mouth, brows and the body stay."""
    full = lesson()
    seen = without_emotion(full)

    kept = [column for column in range(FACE_SIZE) if column not in UNDEFINED_WITHOUT_EMOTION]
    assert not seen.face[..., list(UNDEFINED_WITHOUT_EMOTION)].any()
    np.testing.assert_array_equal(seen.face[..., kept], full.face[..., kept])
    np.testing.assert_array_equal(seen.pose, full.pose)
    assert face_column(FaceColumn.PERCLOS) in kept
    assert full.face[..., 0].any(), "the original must not be changed"


def test_the_network_cannot_be_influenced_by_an_undefined_column() -> None:
    """Not in its states, not in its novelty, and not by rounding: bit for bit."""
    torch.manual_seed(1)
    full = lesson()
    network = FusionNetwork(classes=len(VIGILANCES))
    set_statistics(network, without_emotion(full), undefined=UNDEFINED_WITHOUT_EMOTION)

    def answer(face: Float32Array) -> list[Float32Array]:
        with torch.no_grad():
            stream, pose = torch.from_numpy(face), torch.from_numpy(full.pose)
            h_face, h_pose, _ = network.encode(stream, pose)
            fused = network.attend(h_face, h_pose, before=0, stride=1)
            return [network.classify(fused).numpy(), network.novelty(stream, pose).numpy()]

    wild = full.face.copy()
    wild[..., list(UNDEFINED_WITHOUT_EMOTION)] = 1e6
    for quiet, loud in zip(answer(without_emotion(full).face), answer(wild), strict=True):
        np.testing.assert_array_equal(quiet, loud)
        assert np.isfinite(loud).all()
    moved = full.face.copy()
    moved[..., face_column(FaceColumn.PERCLOS)] += 1
    assert (answer(moved)[0] != answer(full.face)[0]).any()
    assert answer(full.face)[0].shape == (4, TOKENS, 2)
