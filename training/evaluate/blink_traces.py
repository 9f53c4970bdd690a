"""What the teacher and the box say of every frame of a clip, on the same frames."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, bind_shapes
from appliance.domain.frames import Frame
from appliance.domain.models import Precision
from appliance.domain.observations import FACE_ACTIONS
from appliance.domain.seats import WHOLE_PICTURE, SeatKey
from appliance.inference.library import EngineChoice
from appliance.perception.build import build_perceivers
from appliance.perception.expression import CROP_MARGIN
from training.evaluate.seat_eye import blink_score
from training.progress import tracked
from training.shipped import load_engines, play


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """The facial actions of one person, frame by frame."""

    times_s: Float64Array = field(repr=False)
    """(N,) capture times of all frames of the clip, seconds."""

    actions: Float32Array = field(repr=False)
    """(N, 10) in the order of ``FaceAction``, each [0, 1]; NaN without a trustworthy face."""

    readable: BoolArray = field(repr=False)
    """(N,) False where the eyes cannot be judged."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "Trace",
            {
                "times_s": (self.times_s, "N"),
                "actions": (self.actions, f"N {len(FACE_ACTIONS)}"),
                "readable": (self.readable, "N"),
            },
        )

    def blink(self) -> Float64Array:
        """Return the (N,) blink score, mean of both eyes; NaN where it cannot be judged."""
        return np.where(self.readable, blink_score(self.actions), np.nan)


def trace_teacher(clip: Path, *, task_file: Path, cache: Path) -> Trace:
    """Run FaceLandmarker on all frames, or read what an earlier run said of the same bytes.

    As MediaPipe's video mode does, the face is looked for where the landmarks of the frame before
    were, and detected anew where it was lost.

    Args:
        clip: Anything the box plays.
        task_file: ``face_landmarker.task``.
        cache: Folder for results, one file per pair of contents.
    """
    digest = hashlib.sha256(clip.read_bytes() + task_file.read_bytes()).hexdigest()[:16]
    kept = cache / f"{clip.stem}-{digest}.npz"
    if kept.exists():
        with np.load(kept) as archive:
            return Trace(
                times_s=archive["times_s"],
                actions=archive["actions"],
                readable=np.isfinite(archive["actions"][:, 0]),
            )
    # The teacher needs ai-edge-litert, which only the training extra brings.
    from training.datasets.face_teacher import FaceTeacher  # noqa: PLC0415

    teacher = FaceTeacher.load(task_file)
    times_s, rows = [], []
    region = None
    for frame in _watch(clip, "teacher"):
        region = region or teacher.detect(frame.pixels)
        taught = None if region is None else teacher.teach(frame.pixels, region)
        region = None if taught is None else taught.region
        times_s.append(frame.captured_at_s)
        rows.append(np.full(len(FACE_ACTIONS), np.nan) if taught is None else taught.actions)
    actions = np.array(rows, dtype=np.float32)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(kept, times_s=np.array(times_s), actions=actions)
    return Trace(times_s=np.array(times_s), actions=actions, readable=np.isfinite(actions[:, 0]))


def trace_box(
    clip: Path, *, engine: EngineChoice, precision: Precision, margin: float = CROP_MARGIN
) -> Trace:
    """Run the box's own perception, pose and shipped encoder, on all frames.

    Args:
        clip: Anything the box plays; one person in the whole picture.
        engine: Run time of the encoder; the other models run on OpenVINO.
        precision: Number format of the encoder.
        margin: Side of its crop over the side of the face's square.
    """
    engines = load_engines(EngineChoice.OPENVINO, encoder=engine, encoder_precision=precision)
    seats = build_perceivers(engines, {SeatKey("a01"): WHOLE_PICTURE}, crop_margin=margin)
    (perceiver,) = seats.values()
    times_s, rows, readable = [], [], []
    for frame in _watch(clip, "box"):
        face = perceiver.observe(frame).face
        times_s.append(frame.captured_at_s)
        rows.append(np.full(len(FACE_ACTIONS), np.nan) if face is None else face.actions)
        readable.append(face is not None and face.eyes_readable)
    return Trace(
        times_s=np.array(times_s),
        actions=np.array(rows, dtype=np.float32),
        readable=np.array(readable),
    )


def _watch(clip: Path, label: str) -> Iterable[Frame]:
    return tracked(play(clip), f"{label}, {clip.name}")
