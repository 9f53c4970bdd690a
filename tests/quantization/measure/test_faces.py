"""The face crop from the pose against a face detector: its arithmetic, and real clips."""

import json
import math
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.models import Precision
from appliance.errors import CameraError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.face import MIN_TRUST
from appliance.perception.squares import Square
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.face_truth import overlap_squares, read_mesh, square_of_mesh
from quantization.measure.faces import MIN_IOU, FacePair, compare_faces, measure_pairs
from tests.support.real_clips import video_folder


def square(x: float = 0.0, *, side_px: float = 8.0, degrees: float = 0.0) -> Square:
    """Return a square around (x, 0)."""
    return Square(centre_xy=(x, 0.0), side_px=side_px, rotation_rad=math.radians(degrees))


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        pytest.param(square(), 1.0, id="itself"),
        pytest.param(square(2.0), 0.6, id="a-quarter-aside"),
        pytest.param(square(8.0), 0.0, id="side-by-side"),
        pytest.param(square(side_px=4.0), 0.25, id="half-the-side"),
        pytest.param(square(degrees=90), 1.0, id="turned-onto-itself"),
        # A regular octagon of width 8: 8 (sqrt(2) - 1) 4^2 of area.
        pytest.param(square(degrees=45), math.sqrt(0.5), id="turned-by-half-a-right-angle"),
    ],
)
def test_squares_overlap_as_polygons(other: Square, iou: float) -> None:
    """Exactly, whichever way they are turned."""
    assert overlap_squares(square(), other) == pytest.approx(iou, abs=1e-5)
    assert overlap_squares(other, square()) == pytest.approx(iou, abs=1e-5)


def mesh(*, degrees: float = 0.0) -> np.ndarray:
    """Return 478 points of a face 80 px wide and 100 px high around (200, 150)."""
    points = np.zeros((478, 2))
    points[0], points[1], points[2], points[3] = (-40, 0), (40, 0), (0, -50), (0, 50)
    points[33], points[263] = (-25, -18), (25, -18)
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.asarray(points @ turn.T + (200, 150))


def test_the_mesh_gives_the_crop_that_the_encoder_was_trained_on() -> None:
    """1.05 extents wide, .08 extents above the middle, eyes at two fifths of the height."""
    crop = square_of_mesh(mesh())

    assert crop.side_px == pytest.approx(105)
    np.testing.assert_allclose(crop.centre_xy, [200, 142])
    assert crop.rotation_rad == pytest.approx(0)
    top = crop.centre_xy[1] - crop.side_px / 2
    assert (150 - 18 - top) / crop.side_px == pytest.approx(0.40, abs=0.01)


def test_the_crop_of_a_tilted_mesh_is_the_upright_one_turned() -> None:
    """Middle and side follow the eye line."""
    crop = square_of_mesh(mesh(degrees=30))

    assert math.degrees(crop.rotation_rad) == pytest.approx(30)
    assert crop.side_px == pytest.approx(105)
    np.testing.assert_allclose(
        crop.centre_xy,
        [200 + 8 * math.sin(math.radians(30)), 150 - 8 * math.cos(math.radians(30))],
    )


def pair(ours: Square | None, trust: float = 1.0) -> FacePair:
    """Return a face at the origin as the pose has it."""
    return FacePair(truth=square(), ours=ours, trust=trust)


measure = partial(measure_pairs, truth="mesh")


def test_untrusted_and_missing_crops_are_masked() -> None:
    """They count among all faces and not among the trusted ones."""
    below = float(np.nextafter(MIN_TRUST, 0))
    seen = measure([pair(square()), pair(square(8.0), below), pair(None, 0.0)])

    assert (seen.frames, seen.masked) == (3, 2)
    assert seen.share_iou60 == pytest.approx(1 / 3)
    assert seen.share_iou60_trusted == 1
    assert seen.side_ratio == 1


def test_a_trusted_crop_in_the_wrong_place_shows() -> None:
    """Trust exactly at the limit is trusted."""
    seen = measure([pair(square()), pair(square(8.0), MIN_TRUST)])

    assert seen.masked == 0
    assert seen.share_iou60 == seen.share_iou60_trusted == 0.5
    assert seen.iou_median == pytest.approx(0.5)


def test_no_face_is_no_success() -> None:
    """The worst values, not a division by zero."""
    seen = measure([])

    assert seen.frames == seen.share_iou60 == seen.share_iou60_trusted == 0


def test_a_reference_without_faces_is_named(tmp_path: Path) -> None:
    """The message says what is missing."""
    np.savez(tmp_path / "r.npz", frame=np.arange(3))

    with pytest.raises(CameraError, match=r"r\.npz: not a face reference"):
        read_mesh(tmp_path / "r.npz")


@pytest.mark.parametrize(
    ("clip", "variant", "with_mesh"),
    [
        pytest.param("asl_school.mkv", Variant.LITE, True, id="hands-before-the-chin"),
        pytest.param("carphone.mp4", Variant.LITE, True, id="176-pixels-wide"),
        pytest.param("single_face.mp4", Variant.FULL, True, id="close"),
        pytest.param("asl_please.mkv", Variant.LITE, False, id="standing-by-blazeface"),
    ],
)
def test_the_crop_covers_the_face(clip: str, variant: Variant, *, with_mesh: bool) -> None:
    """The specification's bar, and the median well above it."""
    folder = video_folder()
    reference = folder / "mediapipe_reference" / f"{Path(clip).stem}.npz"
    seen = compare_faces(
        LandmarkForm(engine=EngineChoice.OPENVINO, precision=Precision.F32, variant=variant),
        clip=folder / clip,
        reference=reference if with_mesh else None,
        library=ModelLibrary(None, lanes=1),
    )

    assert seen.frames > 60
    assert seen.share_iou60 >= 0.95
    assert seen.share_iou60_trusted >= 0.99
    assert seen.iou_median > MIN_IOU + 0.1


def test_the_command_prints_one_object() -> None:
    """All promised keys, without a reference."""
    command = [sys.executable, "-m", "quantization", "compare", "face", "--json"]
    command += ["--clip", str(video_folder() / "asl_student.mkv")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert set(json.loads(printed)) >= {
        "frames",
        "iou_median",
        "iou_p05",
        "share_iou60",
        "share_iou60_trusted",
        "masked",
    }
