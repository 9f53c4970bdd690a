"""What a face wears sits where it belongs."""

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from training.datasets.overlays import Overlay, lens_outlines, mask_outline, wear

SIDE = 200

# Median over 6,000 press faces of where the teacher's mesh lies, in face heights from the middle
# of its box: jaw, mask, irises, temples; and points that something covers or leaves free.
# fmt: off
MESH = {
    1: (0.0, .05), 50: (-.3, 0.0), 58: (-.38, .19), 93: (-.42, -.01), 100: (-.15, -.07),
    101: (-.21, -.04), 127: (-.42, -.18), 132: (-.41, .08), 136: (-.31, .34), 148: (-.09, .49),
    149: (-.2, .43), 150: (-.25, .39), 152: (0.0, .5), 172: (-.35, .28), 176: (-.15, .47),
    196: (-.04, -.11), 197: (0.0, -.12), 234: (-.42, -.1), 280: (.3, 0.0), 288: (.38, .19),
    323: (.42, -.01), 329: (.14, -.07), 330: (.21, -.04), 356: (.43, -.18), 361: (.41, .09),
    365: (.3, .34), 377: (.08, .49), 378: (.2, .43), 379: (.25, .4), 397: (.35, .28),
    400: (.15, .47), 419: (.03, -.11), 454: (.43, -.1), 468: (-.19, -.2), 473: (.19, -.2),
}
EYE_CORNERS = ((-.27, -.19), (-.11, -.18), (.1, -.18), (.26, -.19))
MOUTH_AND_NOSE = ((0.0, .21), (0.0, .25), (-.17, .22), (.17, .22), (0.0, .08), (0.0, .05))
FOREHEAD = (-.01, -.3)
# fmt: on


def in_picture(share: tuple[float, float]) -> Float64Array:
    """Return pixels of a picture whose middle is the face's, 160 pixels high."""
    return np.array(share) * 160 + SIDE / 2


@pytest.fixture
def points() -> Float32Array:
    """The mesh; rows that no overlay asks for are NaN."""
    mesh = np.full((478, 2), np.nan, dtype=np.float32)
    for row, share in MESH.items():
        mesh[row] = in_picture(share)
    return mesh


def plain(level: int = 120) -> UInt8Array:
    """Return an even gray picture."""
    return np.full((SIDE, SIDE, 3), level, dtype=np.uint8)


def changed(points: Float32Array, overlay: Overlay) -> BoolArray:
    """Return (SIDE, SIDE) where wearing something changes an even picture."""
    return np.asarray((wear(plain(), points, overlay) != plain()).any(axis=2))


def at(picture: BoolArray, share: tuple[float, float]) -> bool:
    """Look at one place of the face."""
    x, y = np.rint(in_picture(share)).astype(int)
    return bool(picture[y, x])


def inside(outline: Float64Array, place: Float64Array) -> bool:
    """Tell whether an outline goes round a place."""
    contour = outline.astype(np.float32)[:, None]
    return cv2.pointPolygonTest(contour, (float(place[0]), float(place[1])), measureDist=False) > 0


def test_a_mask_covers_mouth_and_nose_and_no_eye(points: Float32Array) -> None:
    """Lips, mouth corners and nose tip lie within its outline, the eyes and forehead without."""
    outline = mask_outline(points.astype(np.float64))

    assert all(inside(outline, in_picture(place)) for place in MOUTH_AND_NOSE)
    assert not any(inside(outline, in_picture(place)) for place in (*EYE_CORNERS, FOREHEAD))


def test_a_worn_mask_hides_the_mouth_and_leaves_the_eyes(points: Float32Array) -> None:
    """Pixels change where the mouth is and nowhere near the eyes."""
    hidden = changed(points, Overlay.MASK)

    assert all(at(hidden, place) for place in MOUTH_AND_NOSE)
    assert not any(at(hidden, place) for place in EYE_CORNERS)


def test_each_lens_goes_round_its_own_eye(points: Float32Array) -> None:
    """Both corners of an eye lie inside its lens, those of the other eye outside."""
    right, left = lens_outlines(points.astype(np.float64))

    for index, corner in enumerate(EYE_CORNERS):
        assert inside(right, in_picture(corner)) == (index < 2)
        assert inside(left, in_picture(corner)) == (index >= 2)


def test_lenses_turn_with_the_head(points: Float32Array) -> None:
    """A head tilted by 90 degrees has lenses that are higher than wide."""
    turned = points.astype(np.float64) @ np.array([[0.0, 1.0], [-1.0, 0.0]])

    right, _ = lens_outlines(turned)
    width, height = np.ptp(right, axis=0)
    assert height > width


def test_thick_rims_hide_more_than_thin_ones_and_neither_the_iris(points: Float32Array) -> None:
    """Rims differ in area; what is seen through the lens stays."""
    thin, thick = (changed(points, o) for o in (Overlay.THIN_RIMS, Overlay.THICK_RIMS))

    assert 0 < thin.sum() < thick.sum() / 2
    for iris in (MESH[468], MESH[473]):
        assert not at(thin, iris)
        assert not at(thick, iris)


def test_glare_hides_the_iris_in_white(points: Float32Array) -> None:
    """Over both irises the picture is nearly white."""
    worn = wear(plain(), points, Overlay.GLARE)

    for iris in (MESH[468], MESH[473]):
        x, y = np.rint(in_picture(iris)).astype(int)
        assert worn[y, x].min() > 220


@pytest.mark.parametrize("overlay", list(Overlay))
def test_a_gray_face_stays_gray(points: Float32Array, overlay: Overlay) -> None:
    """A gray archive gets gray things to wear, so that colour gives nothing away."""
    assert np.ptp(wear(plain(), points, overlay), axis=2).max() == 0


@pytest.mark.parametrize("overlay", list(Overlay))
def test_the_bare_picture_is_kept(points: Float32Array, overlay: Overlay) -> None:
    """Wearing something makes a new picture; the other side of the pair is not touched."""
    bare = plain()
    wear(bare, points, overlay)

    assert (bare == 120).all()
