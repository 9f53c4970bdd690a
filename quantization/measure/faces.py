"""Measures the face crop that the pose gives against a face detector's on the same frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.cameras.clip import play_clip
from appliance.domain.arrays import Float32Array
from appliance.domain.frames import Frame
from appliance.inference.library import ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.face import MIN_TRUST, FaceDetector, place_face, points_from_pose
from appliance.perception.squares import Square
from quantization.measure.box import LandmarkForm, load_tracker
from quantization.measure.face_truth import detect_faces, overlap_squares, read_mesh, square_of_mesh

MIN_IOU = 0.6  # two squares of one size that lie apart by a quarter of their side


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceAgreement:
    """How well the crop from the pose covers the faces of one clip."""

    frames: int
    """Frames on which the truth has a face."""

    iou_median: float
    """Overlap of the two rotated squares, intersection over union; 0 without a pose."""

    iou_p05: float
    """Its lowest twentieth."""

    share_iou60: float
    """Share of frames that overlap by .6 or more."""

    share_iou60_trusted: float
    """The same among the frames whose crop is trusted; 0 where none is."""

    masked: int
    """Frames whose crop is not trusted, or without a pose."""

    side_ratio: float
    """Median side over the truth's side; 0 where nothing was found."""

    truth: str
    """What found the faces: ``mesh`` or ``blazeface``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePair:
    """One face by the truth and by the pose."""

    truth: Square
    """The crop as the face detector has it."""

    ours: Square | None
    """As the pose has it; None without a pose."""

    trust: float
    """Trust in ``ours`` by where it lies, [0, 1]; what the crop's pixels say comes later."""

    @property
    def iou(self) -> float:
        """Overlap, [0, 1]."""
        return 0.0 if self.ours is None else overlap_squares(self.ours, self.truth)


Truth = Callable[[Frame], list[Square]]
"""The crops of all faces in a frame, best first."""


def compare_faces(
    form: LandmarkForm, *, clip: Path, reference: Path | None, library: ModelLibrary
) -> FaceAgreement:
    """Place the crop by the pose and by the truth, on every frame that the truth looks at.

    Both squares stand for the upright crop that the expression encoder gets, brows to chin with
    padding. The truth is the face mesh of the reference, which knows nothing of our formulas;
    without a reference, BlazeFace's six points placed by the same formula. The tracker runs as in
    the box, on capture time.

    Args:
        form: Of the landmark model.
        clip: Video file.
        reference: File of ``data/video/mediapipe_reference`` with faces; None asks BlazeFace.
        library: The box's models.

    Raises:
        CameraError: The clip or the reference cannot be read.
        ModelLoadError: A model cannot be loaded.
    """
    tracker = load_tracker(library, form)
    if reference is None:
        detector = FaceDetector(library.load("face_detector", choice=form.engine).session())
        pairs = pair_faces(clip, tracker, lambda frame: detect_faces(frame.pixels, detector))
        return measure_pairs(list(pairs), truth="blazeface")
    mesh = read_mesh(reference)
    pairs = pair_faces(clip, tracker, lambda frame: _squares_of(mesh, frame), frames=set(mesh))
    return measure_pairs(list(pairs), truth="mesh")


def measure_pairs(pairs: list[FacePair], *, truth: str) -> FaceAgreement:
    """Compare all faces of a clip; the worst values where there is none."""
    ious = np.array([pair.iou for pair in pairs] or [0.0])
    trusted = np.array([pair.trust >= MIN_TRUST for pair in pairs], dtype=np.bool_)
    ratios = [pair.ours.side_px / pair.truth.side_px for pair in pairs if pair.ours is not None]
    good = ious >= MIN_IOU
    return FaceAgreement(
        frames=len(pairs),
        iou_median=float(np.median(ious)),
        iou_p05=float(np.quantile(ious, 0.05)),
        share_iou60=float(good.mean()),
        share_iou60_trusted=float(good[trusted].mean()) if trusted.any() else 0.0,
        masked=int((~trusted).sum()),
        side_ratio=float(np.median(ratios)) if ratios else 0.0,
        truth=truth,
    )


def pair_faces(
    clip: Path, tracker: PoseTracker, truth: Truth, *, frames: set[int] | None = None
) -> Iterator[FacePair]:
    """Play a clip and yield a pair for each frame in which the truth has a face.

    Of several faces the one that overlaps most is meant: the pose is one person's.

    Args:
        clip: Video file.
        tracker: Pose of the person in it.
        truth: Where the faces are in a frame.
        frames: The only ones to look at; None means all.

    Raises:
        CameraError: The clip cannot be read.
    """
    for frame in play_clip(clip):
        if frames is not None and frame.index not in frames:
            continue
        pose = tracker.track(frame.pixels, frame.captured_at_s)
        picture_wh = (frame.pixels.shape[1], frame.pixels.shape[0])
        face = pose and place_face(points_from_pose(pose), picture_wh=picture_wh)
        pairs = [
            FacePair(
                truth=square,
                ours=face.square if face else None,
                trust=face.trust if face else 0.0,
            )
            for square in truth(frame)
        ]
        if pairs:
            yield max(pairs, key=lambda pair: pair.iou)


def _squares_of(mesh: dict[int, Float32Array], frame: Frame) -> list[Square]:
    points = mesh[frame.index]
    if np.isnan(points).any():
        return []
    return [square_of_mesh(points.astype(np.float64) * frame.pixels.shape[1::-1])]
