"""MediaPipe is asked in a process of its own; here a stand-in of the same name answers."""

import sys
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.errors import MissingProgramError
from quantization.measure.box import Variant
from quantization.measure.peers.process import MediaPipePose, add_lite_model, make_environment

STAND_IN = """
import types

print("a library that chats on standard output")

class Pose:
    def __init__(self, *, model_complexity):
        self._complexity = model_complexity

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def process(self, picture):
        red, green, blue = (float(value) for value in picture[0, 0])
        if blue == 255:
            return types.SimpleNamespace(pose_landmarks=None)
        if green == 255:
            raise SystemExit
        point = types.SimpleNamespace(x=red / 256, y=0.5, z=0.25, visibility=self._complexity)
        return types.SimpleNamespace(pose_landmarks=types.SimpleNamespace(landmark=[point] * 33))

solutions = types.SimpleNamespace(pose=types.SimpleNamespace(Pose=Pose))
"""


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return this interpreter, which now finds the stand-in."""
    (tmp_path / "mediapipe.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Path(sys.executable)


def picture(*, blue: int = 0, green: int = 0, red: int = 0) -> UInt8Array:
    """Return a small picture of one colour, BGR."""
    return np.full((4, 8, 3), (blue, green, red), dtype=np.uint8)


def test_points_come_back_in_pixels_and_nobody_is_nan(python: Path) -> None:
    """Colours arrive as RGB, fractions return as pixels, frames keep their order."""
    with MediaPipePose(python, variant=Variant.FULL) as peer:
        first = peer.play([picture(red=128), picture(blue=255)])
        second = peer.play([picture(red=64)])

    np.testing.assert_allclose(first.pose[0, 0], [4.0, 2.0, 0.25, 1.0])
    assert np.isnan(first.pose[1]).all()
    np.testing.assert_allclose(second.pose[0, 32], [2.0, 2.0, 0.25, 1.0])
    assert first.cpu_s >= 0


def test_the_asked_model_is_the_one_that_runs(python: Path) -> None:
    """The complexity reaches MediaPipe."""
    with MediaPipePose(python, variant=Variant.LITE) as peer:
        assert peer.play([picture()]).pose[0, 0, 3] == 0


def test_a_process_that_dies_is_one_clear_error(python: Path) -> None:
    """Whoever sees it can start the same command and read what MediaPipe says."""
    with (
        pytest.raises(MissingProgramError, match=r"mediapipe==0\.10\.21 died; try: .* 1"),
        MediaPipePose(python, variant=Variant.FULL) as peer,
    ):
        peer.play([picture(green=255)])


def test_a_finished_environment_is_used_again(tmp_path: Path) -> None:
    """Nothing is installed twice."""
    home = tmp_path / "mediapipe-0.10.21"
    home.mkdir()
    (home / "ready").touch()

    assert make_environment(tmp_path) == home / "bin" / "python"


def test_the_lite_model_goes_where_mediapipe_looks(tmp_path: Path) -> None:
    """So that it does not download it."""
    folder = tmp_path / "lib/python3.11/site-packages/mediapipe/modules/pose_landmark"
    folder.mkdir(parents=True)
    model = tmp_path / "fetched.tflite"
    model.write_bytes(b"lite")

    add_lite_model(tmp_path / "bin" / "python", model)

    assert (folder / "pose_landmark_lite.tflite").read_bytes() == b"lite"
