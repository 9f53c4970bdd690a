"""The expression reader shows the model an upright face and passes its heads on."""

import math
from dataclasses import fields

import numpy as np
import pytest

from appliance.domain.observations import ActionCues, FaceCues
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import Face
from appliance.perception.squares import Square
from tests.support.sessions import HEADS, ScriptedSession, heads

TEXTURE = np.random.default_rng(5).integers(60, 180, (100, 100, 3), dtype=np.uint8)
"""Sharp, of good contrast, nothing shines."""


def face(rotation_rad: float = 0.0, *, trust: float = 0.75, eyes_readable: bool = False) -> Face:
    """Build a face in the middle of a 100-pixel picture."""
    return Face(
        square=Square(centre_xy=(50, 50), side_px=64, rotation_rad=rotation_rad),
        yaw_deg=0.0,
        trust=trust,
        eyes_readable=eyes_readable,
    )


def test_heads_and_trust_are_handed_on() -> None:
    """Every head under its name; the face's own judgement with it."""
    cues = ExpressionReader(ScriptedSession(heads), input_px=64).read(TEXTURE, face())

    assert isinstance(cues, FaceCues)
    np.testing.assert_array_equal(cues.projection, HEADS["projection"][0])
    np.testing.assert_array_equal(cues.embedding, HEADS["embedding"][0])
    np.testing.assert_array_equal(cues.expression, HEADS["expression"][0])
    np.testing.assert_array_equal(cues.actions, HEADS["actions"][0])
    assert (cues.valence, cues.arousal) == (0.25, -0.5)
    assert cues.trust == 0.75
    assert cues.eyes_readable is False


def test_the_twin_s_face_has_no_place_for_an_emotion() -> None:
    """One head, the actions: the type itself has nothing else."""
    session = ScriptedSession(lambda _: {"actions": HEADS["actions"]})
    cues = ExpressionReader(session, input_px=64).read(TEXTURE, face())

    assert type(cues) is ActionCues
    assert {field.name for field in fields(cues)} == {"actions", "trust", "eyes_readable"}
    np.testing.assert_array_equal(cues.actions, HEADS["actions"][0])
    assert (cues.trust, cues.eyes_readable) == (0.75, False)


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


def test_a_crop_without_contrast_takes_the_trust_away() -> None:
    """Where the face is well placed but black, nothing is believed."""
    black = np.zeros((100, 100, 3), dtype=np.uint8)
    cues = ExpressionReader(ScriptedSession(heads), input_px=64).read(black, face(trust=1.0))

    assert cues.trust == 0


@pytest.mark.parametrize("placed", [True, False])
@pytest.mark.parametrize("shining", [True, False])
def test_eyes_need_both_a_good_place_and_a_good_crop(placed: bool, shining: bool) -> None:
    """Glare over the left of the picture, where the right eye is."""
    picture = TEXTURE.copy()
    if shining:
        picture[38:50, 30:46] = 255
    reader = ExpressionReader(ScriptedSession(heads), input_px=64)

    assert reader.read(picture, face(eyes_readable=placed)).eyes_readable is (
        placed and not shining
    )


@pytest.mark.parametrize("margin", [1.0, 1.25])
def test_the_margin_widens_the_crop_and_the_eyes_are_still_found(margin: float) -> None:
    """A wider crop shows more around the same middle."""
    picture = TEXTURE.copy()
    picture[38:50, 54:70] = 255
    session = ScriptedSession(heads)
    cues = ExpressionReader(session, input_px=64, margin=margin).read(
        picture, face(eyes_readable=True)
    )
    white = np.flatnonzero((session.asked[0]["face"][0, 30] == 255).all(axis=1))

    assert len(white) == pytest.approx(16 / margin, abs=2)
    assert not cues.eyes_readable


def test_cues_outlive_the_session_s_next_answer() -> None:
    """A session may give views of memory that it uses again."""
    memory = {name: head.copy() for name, head in HEADS.items()}
    cues = ExpressionReader(ScriptedSession(lambda _: memory), input_px=64).read(TEXTURE, face())
    for head in memory.values():
        head[:] = -1

    assert isinstance(cues, FaceCues)
    for name in ("projection", "embedding", "expression", "actions"):
        np.testing.assert_array_equal(getattr(cues, name), HEADS[name][0])
