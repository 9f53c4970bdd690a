"""Measures the pose pipeline against recorded MediaPipe landmarks or its own float form."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from appliance.cameras.clip import play_clip
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, bind_shapes
from appliance.domain.models import Precision
from appliance.domain.observations import Landmark
from appliance.errors import CameraError
from appliance.inference.library import ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.box import LandmarkForm, load_tracker

# MediaPipe's Python solution advances its clock by 33.3 ms per fed frame, whatever the clip.
FED_INTERVAL_S = 1 / 30

UPPER_BODY = 17  # landmarks 0 to 16: head, shoulders, arms to the wrists
MIN_REFERENCE_VISIBILITY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How close two sets of poses are; distances in shoulder widths of the reference."""

    pck05_upper: float
    """Share of visible upper-body landmarks within .05 of the reference."""

    pck10_upper: float
    """Share within .10."""

    median_error_shoulder_widths: float
    """Median distance."""

    head_angle_error_deg: float
    """Mean absolute difference of the roll of the eye line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseAgreement(Agreement):
    """How well the pose pipeline agrees with MediaPipe on one clip."""

    frames: int
    """Frames on which the reference has a pose, and a face if it finds faces in this clip."""

    found: float
    """Share of them with a pose here; the distances are over these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAgreement(PoseAgreement):
    """How well one form of a landmark model agrees with the float form of the same model."""

    presence_agreement: float
    """Share of all frames on which both say the same about whether somebody is there."""

    jitter_ratio: float
    """How much it trembles against the float form: median bend of the track over the other's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoseReference:
    """What MediaPipe found, frame by frame."""

    frames: list[int]
    """Index in the clip of each fed frame, ascending."""

    pose: Float32Array
    """(N, 33, 4) x and y as fractions of the picture, z, visibility; NaN where nobody was found."""

    counted: BoolArray
    """(N,) frames to measure on."""


def read_reference(path: Path) -> PoseReference:
    """Read a file of ``data/video/mediapipe_reference``.

    Raises:
        CameraError: It cannot be read.
    """
    try:
        with np.load(path) as arrays:
            frames = [int(index) for index in arrays["frame"]]
            pose = arrays["pose"].astype(np.float32)
            face = arrays["face"][:, 0, 0] if "face" in arrays else None
    except (OSError, KeyError, ValueError) as error:
        msg = f"{path}: not a pose reference (needs frame, pose): {error}"
        raise CameraError(msg) from error
    bind_shapes("reference", {"pose": (pose, "N 33 4")})
    counted = ~np.isnan(pose[:, 0, 0])
    if face is not None and not np.isnan(face).all():
        counted &= ~np.isnan(face)
    return PoseReference(frames=frames, pose=pose, counted=counted)


def compare_pose(
    form: LandmarkForm, *, clip: Path, reference: Path, library: ModelLibrary
) -> PoseAgreement:
    """Feed the reference's frames to our pipeline, on the reference's clock, and measure.

    Raises:
        CameraError: The clip or the reference cannot be read.
        ModelLoadError: A model cannot be loaded.
    """
    truth = read_reference(reference)
    tracker = load_tracker(library, form, search_always=True)
    ours, size_wh = track_clip(tracker, clip, frames=truth.frames)
    expected = truth.pose.copy()
    expected[:, :, :2] *= size_wh
    measured = truth.counted & ~np.isnan(ours[:, 0, 0])
    return PoseAgreement(
        frames=int(truth.counted.sum()),
        found=float(measured.sum() / max(1, truth.counted.sum())),
        **asdict(measure_agreement(ours[measured], expected[measured])),
    )


def compare_with_float(
    form: LandmarkForm, *, clip: Path, library: ModelLibrary, every: int = 1
) -> FormAgreement:
    """Feed a clip to one form and to the float form on the same run time, each tracking alone.

    Args:
        form: What is measured.
        clip: Video.
        library: Holds both forms.
        every: Feed every n-th frame only.

    Raises:
        CameraError: The clip cannot be read.
        ModelLoadError: A model cannot be loaded.
    """
    theirs, ours = (
        track_clip(load_tracker(library, each, search_always=True), clip, every=every)[0]
        for each in (replace(form, precision=Precision.F32), form)
    )
    there, here = ~np.isnan(theirs[:, 0, 0]), ~np.isnan(ours[:, 0, 0])
    both = there & here
    return FormAgreement(
        frames=int(there.sum()),
        found=float(both.sum() / max(1, there.sum())),
        presence_agreement=float((there == here).mean()),
        jitter_ratio=_bend(ours) / _bend(theirs),
        **asdict(measure_agreement(ours[both], theirs[both])),
    )


def measure_agreement(ours: Float32Array, theirs: Float32Array) -> Agreement:
    """Compare poses of the same frames.

    Args:
        ours: (N, 33, 4) x, y in pixels, z, visibility.
        theirs: (N, 33, 4) the reference; its visibility decides what counts, strictly.

    Returns:
        Agreement over all frames; the worst values when there is no frame.
    """
    if len(ours) == 0:
        return Agreement(
            pck05_upper=0.0,
            pck10_upper=0.0,
            median_error_shoulder_widths=math.inf,
            head_angle_error_deg=180.0,
        )
    errors = _errors(ours, theirs)
    return Agreement(
        pck05_upper=float((errors < 0.05).mean()),
        pck10_upper=float((errors < 0.10).mean()),
        median_error_shoulder_widths=float(np.median(errors)),
        head_angle_error_deg=_roll_error_deg(ours, theirs),
    )


def track_clip(
    tracker: PoseTracker, clip: Path, *, frames: Sequence[int] | None = None, every: int = 1
) -> tuple[Float32Array, tuple[int, int]]:
    """Track through the listed frames, or every n-th.

    Returns:
        (N, 33, 4) poses, NaN where nobody was found; the picture's width and height.

    Raises:
        CameraError: The clip cannot be read or ends before the last listed frame.
    """
    found: list[Float32Array | None] = []
    size_wh = (0, 0)
    for frame in play_clip(clip):
        wanted = frame.index % every == 0 if frames is None else frame.index == frames[len(found)]
        if wanted:
            size_wh = (frame.pixels.shape[1], frame.pixels.shape[0])
            pose = tracker.track(frame.pixels, (len(found) + 1) * FED_INTERVAL_S)
            found.append(None if pose is None else pose.points)
        if frames is not None and len(found) == len(frames):
            break
    if frames is not None and len(found) < len(frames):
        msg = f"{clip}: ends before frame {frames[len(found)]}, which the reference lists"
        raise CameraError(msg)
    return stack_poses(found), size_wh


def stack_poses(poses: Sequence[Float32Array | None]) -> Float32Array:
    """Return (N, 33, 4), NaN where nobody was found."""
    nobody = np.full((33, 4), np.nan, dtype=np.float32)
    return np.array([nobody if pose is None else pose for pose in poses], dtype=np.float32)


def _errors(ours: Float32Array, theirs: Float32Array) -> Float64Array:
    """Distances of all visible upper-body landmarks, in the reference's shoulder widths."""
    shoulders = theirs[:, Landmark.LEFT_SHOULDER, :2] - theirs[:, Landmark.RIGHT_SHOULDER, :2]
    widths = np.hypot(shoulders[:, 0], shoulders[:, 1])
    offsets = ours[:, :UPPER_BODY, :2] - theirs[:, :UPPER_BODY, :2]
    distances = np.hypot(offsets[..., 0], offsets[..., 1]) / widths[:, None]
    visible = theirs[:, :UPPER_BODY, 3] > MIN_REFERENCE_VISIBILITY
    return distances[visible].astype(np.float64)


def _bend(poses: Float32Array) -> float:
    """Return the median second difference of the upper body over time, in shoulder widths.

    The median, because most of the time most joints are at rest and what moves is no trembling.
    """
    shoulders = poses[:, Landmark.LEFT_SHOULDER, :2] - poses[:, Landmark.RIGHT_SHOULDER, :2]
    width = float(np.nanmedian(np.hypot(shoulders[:, 0], shoulders[:, 1])))
    bends = np.diff(poses[:, :UPPER_BODY, :2].astype(np.float64), 2, axis=0) / width
    return float(np.nanmedian(np.hypot(bends[..., 0], bends[..., 1])))


def _roll_error_deg(ours: Float32Array, theirs: Float32Array) -> float:
    turned = _roll_rad(ours) - _roll_rad(theirs)
    wrapped = (turned + math.pi) % (2 * math.pi) - math.pi
    return float(np.degrees(np.abs(wrapped)).mean())


def _roll_rad(poses: Float32Array) -> Float64Array:
    line = poses[:, Landmark.LEFT_EYE, :2] - poses[:, Landmark.RIGHT_EYE, :2]
    return np.arctan2(line[:, 1], line[:, 0]).astype(np.float64)
