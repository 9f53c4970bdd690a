"""Readers of face archives, on tiny made-up archives."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from tests.support.archives import write_tar
from training.datasets.archives import read_pictures
from training.datasets.diffusionfer import DiffusionFace, read_diffusionfer
from training.datasets.ferplus import EXPRESSIONS, FerPlus, read_ferplus
from training.datasets.muxspace import read_muxspace


def as_png(picture: UInt8Array) -> bytes:
    """Encode without loss."""
    return cv2.imencode(".png", picture)[1].tobytes()


def noise(seed: int) -> UInt8Array:
    """Return a picture that looks like no other."""
    rough = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return cv2.resize(rough, (48, 48), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def write_csv(file: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a table."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_what_is_no_picture_is_left_out(tmp_path: Path) -> None:
    """A damaged member does not end the reading."""
    tar_file = write_tar(tmp_path / "a.tar", {"bad.jpg": b"nothing", "good.png": as_png(noise(1))})

    assert [name for name, _, _ in read_pictures(tar_file)] == ["good.png"]


class TestDiffusionFer:
    """The split and what is too like the held-out faces."""

    def test_numbers_divisible_by_five_are_held_out(self, tmp_path: Path) -> None:
        """The split is by the file's number."""
        faces = self.read(tmp_path, {f"{row:04d}.png": noise(row) for row in (4, 5, 6, 10)})

        assert [face.held_out for face in faces] == [False, True, False, True]

    def test_a_near_copy_of_a_held_out_face_is_marked(self, tmp_path: Path) -> None:
        """A little brighter is the same face; another face is not."""
        brighter = np.clip(noise(5).astype(int) + 3, 0, 255).astype(np.uint8)
        faces = self.read(
            tmp_path, {"0005.png": noise(5), "0006.png": brighter, "0007.png": noise(7)}
        )

        assert [face.near_held_out for face in faces] == [False, True, False]

    def test_labels_come_from_the_table(self, tmp_path: Path) -> None:
        """Valence and arousal belong to the file of their row."""
        (face,) = self.read(tmp_path, {"0003.png": noise(3)})

        assert (face.expression, face.valence, face.arousal) == ("anger", -0.5, 0.25)

    def read(self, folder: Path, pictures: Mapping[str, UInt8Array]) -> list[DiffusionFace]:
        """Write and read an archive in which everybody is angry."""
        tar_file = write_tar(
            folder / "d.tar", {name: as_png(picture) for name, picture in pictures.items()}
        )
        row = {"expression": "anger", "valence": "-0.5", "arousal": "0.25"}
        table = write_csv(folder / "d.csv", [{"file": name, **row} for name in pictures])
        return list(read_diffusionfer(tar_file, table))


class TestMuxspace:
    """Duplicates and the tenth that is kept back."""

    def test_the_same_bytes_are_read_once(self, tmp_path: Path) -> None:
        """A copy under another name could stand on both sides of the split."""
        raw = as_png(noise(1))
        tar_file = write_tar(tmp_path / "m.tar", {"a.png": raw, "b.png": raw})
        table = write_csv(
            tmp_path / "m.csv",
            [{"file": "a.png", "label": "fear"}, {"file": "b.png", "label": "anger"}],
        )

        assert [face.label for face in read_muxspace(tar_file, table)] == ["fear"]

    def test_the_split_follows_the_bytes(self, tmp_path: Path) -> None:
        """Held out is who has a hash divisible by ten, whatever the name."""
        raws = [as_png(noise(seed)) for seed in range(40)]
        names = [f"{row}.png" for row in range(40)]
        tar_file = write_tar(tmp_path / "m.tar", dict(zip(names, raws, strict=True)))
        table = write_csv(
            tmp_path / "m.csv", [{"file": name, "label": "neutral"} for name in names]
        )

        expected = [int(hashlib.sha256(raw).hexdigest()[:8], 16) % 10 == 0 for raw in raws]
        assert any(expected)
        assert [face.held_out for face in read_muxspace(tar_file, table)] == expected


class TestFerPlus:
    """Votes to targets."""

    @pytest.mark.parametrize(
        ("votes", "usable", "target"),
        [
            pytest.param([6, 4], True, [0.6, 0.4], id="shares-of-the-votes"),
            pytest.param([9, 1], True, [1.0, 0.0], id="a-single-vote-is-an-outlier"),
            pytest.param([8, 2], True, [0.8, 0.2], id="two-votes-are-not"),
        ],
    )
    def test_votes_become_a_distribution(
        self, tmp_path: Path, votes: list[int], usable: bool, target: list[float]
    ) -> None:
        """Single votes are dropped before sharing."""
        faces = self.read(tmp_path, [votes + [0] * 8])

        targets, found = faces.soft_targets()
        assert found.tolist() == [usable]
        np.testing.assert_allclose(targets[0, :2], target)

    def test_unknown_faces_are_not_trained_on(self, tmp_path: Path) -> None:
        """More raters said "unknown" than any expression."""
        unknown = [0] * 10
        unknown[0], unknown[8] = 4, 6
        faces = self.read(tmp_path, [unknown, [6, 0, 0, 0, 0, 0, 0, 0, 4, 0]])

        assert faces.is_expression.tolist() == [False, True]
        assert faces.soft_targets()[1].tolist() == [False, True]

    def test_only_single_votes_teach_nothing(self, tmp_path: Path) -> None:
        """Nothing is divided by zero."""
        faces = self.read(tmp_path, [[1] * 8 + [0, 0]])

        targets, usable = faces.soft_targets()
        assert not usable[0]
        assert np.isfinite(targets).all()

    def read(self, folder: Path, votes: list[list[int]]) -> FerPlus:
        """Write and read an archive of black faces."""
        count = len(votes)
        file = folder / "f.npz"
        np.savez(
            file,
            images=np.zeros((count, 48, 48), dtype=np.uint8),
            votes=np.array(votes, dtype=np.uint8),
            usage=np.zeros(count, dtype=np.uint8),
        )
        return read_ferplus(file)


def test_expressions_stand_in_the_archive_order() -> None:
    """The model's logits are read by position."""
    assert EXPRESSIONS[:2] == ("neutral", "happiness")
    assert EXPRESSIONS[-1] == "contempt"
    assert len(EXPRESSIONS) == 8
