"""Calibration faces are training faces, chosen by content alone."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.errors import ConfigError
from quantization.build.encoder.faces import FILES, crop_whole, read_face_sets
from tests.support.archives import write_tar

SURE = [0, 6, 0, 0, 4, 0, 0, 0, 0, 0]
UNSURE = [0, 0, 5, 5, 0, 0, 0, 0, 0, 0]
UNKNOWN = [0, 0, 0, 0, 0, 0, 0, 0, 9, 1]


def encoded(seed: int) -> bytes:
    """Return a small picture file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


DRAWN = {f"{number:04}.jpg": encoded(number) for number in range(10)}
PRESS = {f"press_{number}.jpg": encoded(100 + number) for number in range(40)}


def write_data(data: Path, *, reverse: bool = False) -> Path:
    """Write all archives; ``reverse`` turns the order of their members round."""
    folder = data / "affect"
    folder.mkdir(parents=True)
    # Row 0 is kept back for the scores, rows 1 to 3 are trained on, the rest is PublicTest.
    images = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 48, 48), dtype=np.uint8)
    votes = np.array([SURE, SURE, UNSURE, UNKNOWN, SURE, UNSURE, UNKNOWN], dtype=np.uint8)
    usage = np.array([0, 0, 0, 0, 1, 1, 1], dtype=np.uint8)
    np.savez(folder / "ferplus.npz", images=images, votes=votes, usage=usage)
    turn = -1 if reverse else 1
    write_tar(folder / "diffusionfer.tar", dict(list(DRAWN.items())[::turn]))
    rows = [f"{name},neutral,0.{name[3]},-0.1" for name in DRAWN]
    text = "\n".join(["file,expression,valence,arousal", *rows])
    (folder / "diffusionfer.csv").write_text(text + "\n")
    write_tar(folder / "muxspace.tar", dict(list(PRESS.items())[::turn]))
    return data


def test_no_held_out_face_is_calibrated_on(tmp_path: Path) -> None:
    """Neither PublicTest, nor a DiffusionFER number divisible by five, nor the press tenth."""
    faces = read_face_sets(write_data(tmp_path))

    gray = [bytes([level]) * 48 * 48 for level in (1, 2, 3)]
    drawn = [DRAWN[f"{number:04}.jpg"] for number in (1, 2, 3, 4, 6, 7, 8, 9)]
    press = [raw for raw in PRESS.values() if int(hashlib.sha256(raw).hexdigest()[:8], 16) % 10]
    allowed = {hashlib.sha256(raw).digest() for raw in (*gray, *drawn, *press)}
    assert {face.sha256 for face in faces.calibration} == allowed
    assert 0 < len(faces.press) == len(PRESS) - len(press)


def test_measured_faces_carry_their_labels(tmp_path: Path) -> None:
    """An unknown face is not counted; six of ten raters are sure."""
    faces = read_face_sets(write_data(tmp_path))

    assert [int(face.picture[0, 0, 0]) for face in faces.public_test] == [4, 5]
    assert faces.top.tolist() == [1, 2]
    assert faces.sure.tolist() == [True, False]
    assert faces.affect.tolist() == [[0.0, -0.1], [0.5, -0.1]]


def test_the_name_follows_the_content_not_the_order(tmp_path: Path) -> None:
    """The same faces in another order have the same name; other faces have another."""
    first = read_face_sets(write_data(tmp_path / "a")).calibration_sha256
    turned = read_face_sets(write_data(tmp_path / "b", reverse=True)).calibration_sha256
    fewer = write_data(tmp_path / "c")
    write_tar(fewer / "affect" / "muxspace.tar", dict(list(PRESS.items())[:20]))

    assert first == turned
    assert first != read_face_sets(fewer).calibration_sha256


@pytest.mark.parametrize("name", FILES)
def test_a_missing_archive_is_named(tmp_path: Path, name: str) -> None:
    """One line: which file, and how to give it."""
    data = write_data(tmp_path)
    (data / "affect" / name).unlink()

    with pytest.raises(
        ConfigError, match=rf"{name}: missing; give the folder .* with --data"
    ) as it:
        read_face_sets(data)
    assert "\n" not in str(it.value)


def test_a_picture_is_cut_as_the_box_cuts() -> None:
    """The middle square of a wide picture, at the model's size."""
    wide: UInt8Array = np.zeros((40, 60, 3), dtype=np.uint8)
    wide[:, 8:52] = 200  # the bilinear cut reads one pixel more

    crop = crop_whole(wide, side=64)

    assert crop.shape == (1, 64, 64, 3)
    assert crop.min() == 200
