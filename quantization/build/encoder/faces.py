"""The faces that ranges are calibrated on and the faces that the result is measured on.

Calibration takes training faces only; the measured ones were never trained on. Both are a function
of the archives' content: the faces whose bytes have the smallest SHA-256, so no seed and no order
of files can change the choice. ``training/datasets`` reads the same archives with everything that
training needs; this package must not import it, and needs little of it.
"""

import csv
import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array, UInt8Array
from appliance.errors import ConfigError
from appliance.perception.preprocess import warp_square
from appliance.perception.squares import Square

FILES = ("ferplus.npz", "diffusionfer.tar", "diffusionfer.csv", "muxspace.tar")
EXPRESSIONS = 8  # columns of FER+ votes before "unknown" and "no face"
SURE_VOTES = 6  # of ten raters; the bar of accuracy_majority6
TRAINING, PUBLIC_TEST = 0, 1  # FER+ usage
KEPT_BACK_EVERY = 25  # FER+ rows on which training calibrates its scores: not used here
HELD_OUT_EVERY = 5  # DiffusionFER: files whose number is divisible by it
PRESS_HELD_OUT_EVERY = 10  # muxspace: by the first 32 bits of the file's hash

# 320 faces: ranges of 160 and of 320 give the same agreement within .3 points.
CALIBRATION_COUNTS = {"ferplus": 160, "diffusionfer": 80, "muxspace": 80}
PRESS_MEASURED = 400  # of 1,350 held-out press faces: enough for a correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """One picture that is all face."""

    sha256: bytes
    """Of its bytes in the archive."""

    picture: UInt8Array = field(repr=False)
    """(H, W, 3) BGR."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceSets:
    """What a form of the encoder is made from and measured on."""

    calibration: tuple[FoundFace, ...]
    """Training faces of all three sets."""

    public_test: tuple[FoundFace, ...]
    """(N) FER+ PublicTest faces whose top vote is an expression."""

    top: UInt8Array
    """(N,) column of that vote."""

    sure: BoolArray
    """(N,) True where at least six raters agree."""

    drawn: tuple[FoundFace, ...]
    """(M) held-out DiffusionFER faces."""

    affect: Float64Array
    """(M, 2) their valence and arousal, [-1, 1]."""

    press: tuple[FoundFace, ...]
    """Held-out muxspace faces."""

    @property
    def calibration_sha256(self) -> str:
        """Hash over the hashes of the calibration faces, in their order: the set's name."""
        return content_name(self.calibration)


def read_face_sets(data: Path) -> FaceSets:
    """Choose all faces from the archives in ``data/affect``.

    Raises:
        ConfigError: An archive is missing.
    """
    folder = data / "affect"
    for name in FILES:
        if not (folder / name).is_file():
            msg = f"{folder / name}: missing; give the folder that holds affect/{name} with --data"
            raise ConfigError(msg)
    with np.load(folder / "ferplus.npz") as archive:
        images, votes, usage = archive["images"], archive["votes"], archive["usage"]
    top = votes.argmax(axis=1).astype(np.uint8)
    rows = np.arange(len(images))
    trained = rows[(usage == TRAINING) & (rows % KEPT_BACK_EVERY != 0)]
    tested = rows[(usage == PUBLIC_TEST) & (top < EXPRESSIONS)]
    with (folder / "diffusionfer.csv").open(encoding="utf-8", newline="") as handle:
        labels = {row["file"]: row for row in csv.DictReader(handle)}
    drawn = {name: raw for name, raw in _members(folder / "diffusionfer.tar") if name in labels}
    held_out = [name for name in drawn if _number(name) % HELD_OUT_EVERY == 0]
    press = sorted(
        {hashlib.sha256(raw).digest(): raw for _, raw in _members(folder / "muxspace.tar")}.items()
    )
    unseen = [raw for digest, raw in press if _is_held_out(digest)]
    counts = CALIBRATION_COUNTS
    return FaceSets(
        calibration=(
            *_chosen((_gray(images[row]) for row in trained), count=counts["ferplus"]),
            *_decoded(
                (raw for name, raw in drawn.items() if _number(name) % HELD_OUT_EVERY),
                count=counts["diffusionfer"],
            ),
            *_decoded(
                (raw for digest, raw in press if not _is_held_out(digest)),
                count=counts["muxspace"],
            ),
        ),
        public_test=tuple(_gray(images[row]) for row in tested),
        top=top[tested],
        sure=np.asarray(votes[tested].max(axis=1) >= SURE_VOTES),
        drawn=tuple(_face(drawn[name]) for name in held_out),
        affect=np.array(
            [(float(labels[name]["valence"]), float(labels[name]["arousal"])) for name in held_out]
        ),
        press=_decoded(unseen, count=PRESS_MEASURED),
    )


def crop_whole(picture: UInt8Array, *, side: int) -> UInt8Array:
    """Return the (1, side, side, 3) input of a picture that is all face, cut as the box cuts.

    Args:
        picture: (H, W, 3) BGR.
        side: Pixels of the model's input.
    """
    height, width = picture.shape[:2]
    square = Square(centre_xy=(width / 2, height / 2), side_px=min(height, width), rotation_rad=0.0)
    return warp_square(picture, square.to_picture(input_px=side), input_px=side, shrink=True)


def content_name(faces: Iterable[FoundFace]) -> str:
    """Return the SHA-256 over the faces' own, in their order."""
    digest = hashlib.sha256()
    for face in faces:
        digest.update(face.sha256)
    return digest.hexdigest()


def _members(tar_file: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(tar_file) as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is not None:
                yield member.name, handle.read()


def _number(name: str) -> int:
    return int(Path(name).stem)


def _is_held_out(digest: bytes) -> bool:
    return int.from_bytes(digest[:4], "big") % PRESS_HELD_OUT_EVERY == 0


def _chosen(faces: Iterable[FoundFace], *, count: int) -> tuple[FoundFace, ...]:
    return tuple(sorted(faces, key=lambda face: face.sha256)[:count])


def _decoded(raws: Iterable[bytes], *, count: int) -> tuple[FoundFace, ...]:
    """Choose before decoding: ten thousand pictures would take half a minute."""
    ordered: Sequence[bytes] = sorted(raws, key=lambda raw: hashlib.sha256(raw).digest())
    return tuple(_face(raw) for raw in ordered[:count])


def _gray(image: UInt8Array) -> FoundFace:
    picture = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    return FoundFace(sha256=hashlib.sha256(image.tobytes()).digest(), picture=picture)


def _face(raw: bytes) -> FoundFace:
    picture = cv2.imdecode(np.frombuffer(raw, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        msg = "a chosen face cannot be decoded; the archive is damaged"
        raise ConfigError(msg)
    return FoundFace(
        sha256=hashlib.sha256(raw).digest(), picture=picture.astype(np.uint8, copy=False)
    )
