"""The expression reader shows the model an upright face and passes its heads on."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import Face
from appliance.perception.squares import Square
from tests.perception.sessions import ScriptedSession

HEADS = {
    "projection": np.arange(16, dtype=np.float32)[None],
    "embedding": np.arange(320, dtype=np.float32)[None],
    "expression": np.arange(8, dtype=np.float32)[None],
    "affect": np.array([[0.25, -0.5]], dtype=np.float32),
    "actions": np.linspace(0, 1, 10, dtype=np.float32)[None],
}


def heads(_: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
    """Answer like the expression model."""
    return dict(HEADS)


def face(rotation_rad: float = 0.0) -> Face:
    """Build a face in the middle of a 100-pixel picture."""
    return Face(
        square=Square(centre_xy=(50, 50), side_px=64, rotation_rad=rotation_rad),
        yaw_deg=0.0,
        trust=0.75,
        eyes_readable=False,
    )


def test_heads_and_trust_are_handed_on() -> None:
    """Every head under its name; the face's own judgement with it."""
    image = np.zeros((100, 100, 3), dtype=np.uint8)
    cues = ExpressionReader(ScriptedSession(heads), input_px=64).read(image, face())

    np.testing.assert_array_equal(cues.projection, HEADS["projection"][0])
    np.testing.assert_array_equal(cues.embedding, HEADS["embedding"][0])
    np.testing.assert_array_equal(cues.expression, HEADS["expression"][0])
    np.testing.assert_array_equal(cues.actions, HEADS["actions"][0])
    assert (cues.valence, cues.arousal) == (0.25, -0.5)
    assert cues.trust == 0.75
    assert cues.eyes_readable is False


@pytest.mark.parametrize("input_px", [64, 128])
def test_the_crop_stands_upright(input_px: int) -> None:
    """A head turned by a quarter: what was on its right side comes out on top."""
    image = np.zeros((100, 100, 3), dtype=np.uint8)
    image[:, 60:] = 255
    session = ScriptedSession(heads)
    ExpressionReader(session, input_px=input_px).read(image, face(math.pi / 2))
    crop = session.asked[0]["face"]

    assert crop.shape == (1, input_px, input_px, 3)
    assert crop.dtype == np.uint8
    assert (crop[0, : input_px // 4] == 255).all()
    assert (crop[0, input_px // 2 :] == 0).all()
