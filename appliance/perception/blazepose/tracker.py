"""Follows one person: detect to acquire, then track from the last landmarks."""

from collections.abc import Callable

import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.observations import PoseLandmarks
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.landmarks import ALIGNMENT, BODY, USED
from appliance.perception.blazepose.reading import read_body
from appliance.perception.blazepose.regions import (
    REGION_MARGIN,
    region_from_alignment,
)
from appliance.perception.blazepose.smoothing import (
    ALIGNMENT_BETA,
    ALIGNMENT_MIN_CUTOFF_HZ,
    LANDMARK_BETA,
    LANDMARK_MIN_CUTOFF_HZ,
    VISIBILITY_ALPHA,
    ExponentialFilter,
    OneEuroFilter,
)
from appliance.perception.scratch import Scratch
from appliance.perception.squares import Square
from appliance.ports import InferenceSession

# Own choice, stricter than MediaPipe's 0.5: every seated person of 13 real clips scores .73 or
# more, a round table on a post .50 to .58.
MIN_ACQUIRE_SCORE = 0.65

# Own choice, MediaPipe has no such bar and follows a cartoon title for seconds: heads at a webcam
# reach .91 and more on the first frame, a passer-by seen from behind .73, titles up to .65.
MIN_ACQUIRE_CERTAINTY = 0.68

# Own choice: whoever is not this certain at first sight has to stay certain for three frames on
# average. In eight bits a title reached .70 once and .59 to .63 on average; walkers seen from
# behind and students across a room mostly keep .66 and more.
SURE_CERTAINTY = 0.78
MIN_HELD_CERTAINTY = 0.66
DOUBTFUL_FRAMES = 3

SEARCH_INTERVAL_S = (
    0.5  # docs/DESIGN.md, 10: an empty seat costs at most two detector runs a second
)
RECOVERY_INTERVAL_S = 0.2  # a person who was just there is looked for more often ...
# ... for this long. Of absences of 1 to 5 s, .69 were over within 300 ms of coming back at 2 s,
# where the pace of an empty seat is back; at 5 Hz the detector costs less than a pose at 15 Hz.
RECOVERY_S = 10.0


def best_of(people: Detections) -> int | None:
    """Choose the best person there is: what a seat without neighbours follows."""
    return 0 if len(people) > 0 else None


class PoseTracker:
    """The pose of one person in one seat's region, smoothed over time."""

    def __init__(
        self,
        *,
        detector: PoseDetector,
        landmarks: InferenceSession,
        search_interval_s: float = SEARCH_INTERVAL_S,
        recovery_interval_s: float = RECOVERY_INTERVAL_S,
        scratch: Scratch | None = None,
    ) -> None:
        """Start without a person.

        Args:
            detector: Finds a person to begin with.
            landmarks: Session of ``pose_landmark_lite`` or ``pose_landmark_full``.
            search_interval_s: Least time between detector runs while nobody is tracked.
            recovery_interval_s: The same, just after a person was lost.
            scratch: Memory for pictures in between, best shared by all seats.
        """
        self._scratch = Scratch() if scratch is None else scratch
        self._detector = detector
        self._landmarks = landmarks
        self._search_interval_s = search_interval_s
        self._recovery_interval_s = recovery_interval_s
        # One for both kinds of points: they move by the same clock and the same scale.
        min_cutoff_hz = np.full((USED.stop, 1), LANDMARK_MIN_CUTOFF_HZ)
        min_cutoff_hz[ALIGNMENT] = ALIGNMENT_MIN_CUTOFF_HZ
        beta = np.full((USED.stop, 1), LANDMARK_BETA)
        beta[ALIGNMENT] = ALIGNMENT_BETA
        self._points_filter = OneEuroFilter(min_cutoff_hz=min_cutoff_hz, beta=beta)
        self._visibility_filter = ExponentialFilter(alpha=VISIBILITY_ALPHA)
        self._region: Square | None = None
        self._searched_at_s = -np.inf
        self._lost_at_s = -np.inf
        self._track_number = 0
        self._doubts: list[float] | None = None

    @property
    def track_number(self) -> int:
        """Number of the body followed now or last, from 1; it never goes back."""
        return self._track_number

    def reset(self) -> None:
        """Forget the person and all times: for seams of the feed and changes of occupancy."""
        self._drop()
        self._searched_at_s = -np.inf
        self._lost_at_s = -np.inf

    def drop(self, at_s: float) -> None:
        """Let go of the person, who is somebody else or elsewhere; look again before long."""
        self._lost_at_s = at_s
        self._drop()

    def track(
        self,
        image_bgr: UInt8Array,
        at_s: float,
        *,
        choose: Callable[[Detections], int | None] = best_of,
    ) -> PoseLandmarks | None:
        """Find the person in the next picture.

        Args:
            image_bgr: (H, W, 3) the seat's region.
            at_s: Capture time, seconds; it never goes back between resets.
            choose: Which of the people found, best first, is to be followed, if any.

        Returns:
            Landmarks in pixels of ``image_bgr``, or None when nobody is there.
        """
        region = self._region or self._search(image_bgr, at_s, choose)
        if region is None:
            return None
        body = read_body(self._landmarks, image_bgr, region, scratch=self._scratch)
        if body is None:
            if self._region is not None:
                self._lost_at_s = at_s
            self._drop()
            return None
        if self._region is None:
            if body.certainty < MIN_ACQUIRE_CERTAINTY:
                return None
            self._track_number += 1
            self._doubts = [] if body.certainty < SURE_CERTAINTY else None
        smooth = self._smoothed(body.points, at_s=at_s)
        if self._doubts is not None and self._doubtful(self._doubts, body.certainty):
            return None
        return PoseLandmarks(
            points=smooth[BODY], presence=body.presence, head_certainty=body.head_certainty
        )

    def _doubtful(self, doubts: list[float], certainty: float) -> bool:
        """Tell whether the track has yet to show that it follows somebody; end it if it cannot."""
        doubts.append(certainty)
        if len(doubts) < DOUBTFUL_FRAMES:
            return True
        held = float(np.mean(doubts)) >= MIN_HELD_CERTAINTY
        self._doubts = None
        if not held:
            self._drop()
        return not held

    def _smoothed(self, points: Float32Array, *, at_s: float) -> Float32Array:
        """Filter the (35, 4) points and remember where to look next."""
        # The size of the body that normalises speed: the box of the raw alignment points
        # without the margin (pose_landmark_filtering.pbtxt, OBJECT_SCALE_ROI).
        scale_px = region_from_alignment(*points[ALIGNMENT].tolist()).side_px / REGION_MARGIN
        smooth = np.empty_like(points)
        smooth[:, :3] = self._points_filter.smooth(points[:, :3], at_s=at_s, object_scale=scale_px)
        smooth[:, 3] = self._visibility_filter.smooth(points[:, 3])
        self._region = region_from_alignment(*smooth[ALIGNMENT].tolist())
        return smooth

    def _search(
        self, image_bgr: UInt8Array, at_s: float, choose: Callable[[Detections], int | None]
    ) -> Square | None:
        recovering = at_s - self._lost_at_s < RECOVERY_S
        interval_s = self._recovery_interval_s if recovering else self._search_interval_s
        if at_s - self._searched_at_s < interval_s:
            return None
        self._searched_at_s = at_s
        found = self._detector.detect(image_bgr)
        sure = found.scores >= MIN_ACQUIRE_SCORE
        people = Detections(
            boxes_xyxy=found.boxes_xyxy[sure], points=found.points[sure], scores=found.scores[sure]
        )
        chosen = choose(people)
        if chosen is None:
            return None
        hips, body_scale, *_ = people.points[chosen]
        return region_from_alignment(hips, body_scale)

    def _drop(self) -> None:
        self._region = None
        self._doubts = None
        self._points_filter.reset()
        self._visibility_filter.reset()
