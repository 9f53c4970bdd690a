"""The one wiring of a perceiver: what is measured anywhere is what the box runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.domain.seats import Region, SeatKey
from appliance.perception.aiming.aimer import Aimer
from appliance.perception.aiming.search import PeopleSearch
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import (
    RECOVERY_INTERVAL_S,
    SEARCH_INTERVAL_S,
    PoseTracker,
)
from appliance.perception.body_tracker import BodyTracker
from appliance.perception.crowd import CrowdWatch
from appliance.perception.expression import CROP_MARGIN, ExpressionReader
from appliance.perception.face import FaceDetector, FaceFinder
from appliance.perception.perceiver import Perceiver
from appliance.perception.scratch import Scratch
from appliance.perception.seating.association import SeatAssociator
from appliance.perception.seating.shared_tracks import SharedTracks
from appliance.ports import InferenceEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptionEngines:
    """The models of perception; every seat gets requests of its own."""

    pose_detector: InferenceEngine
    """Finds bodies in the whole region."""

    pose_landmarks: InferenceEngine
    """``pose_landmark_lite`` or ``pose_landmark_full``."""

    face_detector: InferenceEngine
    """Looks where the pose gives no trustworthy face."""

    expression: InferenceEngine
    """The expression encoder or its ``fatigue-only`` twin."""


def build_perceivers(
    engines: PerceptionEngines,
    regions: Mapping[SeatKey, Region],
    *,
    scratch: Scratch | None = None,
    crop_margin: float = CROP_MARGIN,
    new_tracker: Callable[[], BodyTracker] | None = None,
) -> dict[SeatKey, Perceiver]:
    """Return one perceiver per seat of one camera.

    Seats that share a camera share what they follow, so that nobody is read on two of them.

    Args:
        engines: The models.
        regions: Each seat's part of the camera's picture.
        scratch: Memory for pictures in between, best shared by all cameras.
        crop_margin: Side of the face's crop over the side of its square.
        new_tracker: Makes whatever follows a person instead of BlazePose.
    """
    shared = Scratch() if scratch is None else scratch
    tracks = SharedTracks(regions) if len(regions) > 1 else None

    def perceiver(seat: SeatKey, region: Region) -> Perceiver:
        detector = PoseDetector(engines.pose_detector.session())
        tracker = (
            PoseTracker(
                detector=detector, landmarks=engines.pose_landmarks.session(), scratch=shared
            )
            if new_tracker is None
            else new_tracker()
        )
        return Perceiver(
            seat=seat,
            region=region,
            tracker=tracker,
            crowd=CrowdWatch(detector),
            faces=build_face_finder(engines),
            expression=_build_reader(engines, margin=crop_margin, scratch=shared),
            associator=None if tracks is None else SeatAssociator(seat=seat, tracks=tracks),
        )

    return {seat: perceiver(seat, region) for seat, region in regions.items()}


def build_aimer(engines: PerceptionEngines, regions: Mapping[SeatKey, Region]) -> Aimer:
    """Return what measures whole pictures of one camera, with requests and memory of its own.

    Args:
        engines: The models.
        regions: Each seat's part of the camera's picture.
    """
    return Aimer(
        seats=regions,
        search=PeopleSearch(
            detector=PoseDetector(engines.pose_detector.session()),
            landmarks=engines.pose_landmarks.session(),
        ),
        faces=FaceDetector(engines.face_detector.session()),
        expression=_build_reader(engines),
    )


def build_tracker(
    pose_detector: InferenceEngine,
    pose_landmarks: InferenceEngine,
    *,
    search_interval_s: float = SEARCH_INTERVAL_S,
    recovery_interval_s: float = RECOVERY_INTERVAL_S,
) -> PoseTracker:
    """Return the pose tracker of one seat alone, for measurements that need no face.

    Args:
        pose_detector: Model.
        pose_landmarks: Model.
        search_interval_s: Least time between detector runs while nobody is tracked.
        recovery_interval_s: The same, just after a person was lost.
    """
    return PoseTracker(
        detector=PoseDetector(pose_detector.session()),
        landmarks=pose_landmarks.session(),
        search_interval_s=search_interval_s,
        recovery_interval_s=recovery_interval_s,
    )


def build_face_finder(engines: PerceptionEngines) -> FaceFinder:
    """Return the face finder of one seat."""
    return FaceFinder(FaceDetector(engines.face_detector.session()))


def _build_reader(
    engines: PerceptionEngines, *, margin: float = CROP_MARGIN, scratch: Scratch | None = None
) -> ExpressionReader:
    input_px = engines.expression.spec.inputs[0].shape[1]
    return ExpressionReader(
        engines.expression.session(), input_px=input_px, margin=margin, scratch=scratch
    )
