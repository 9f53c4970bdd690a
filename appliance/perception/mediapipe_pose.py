"""MediaPipe's own pose landmarker in place of the box's: ``[engines] pose = "mediapipe"``.

For whoever prefers it; the box's pipeline gives the same landmarks for less. The only module that
imports ``mediapipe``, and only when it was chosen. Each seat has a landmarker of its own, in video
mode, which tracks and smooths by itself. It follows one body, so cameras with several seats are
better served by the box's own tracker.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.observations import Landmark, PoseLandmarks
from appliance.errors import InferenceError, MissingProgramError, ModelLoadError
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.blazepose.tracker import SEARCH_INTERVAL_S, best_of

UPPER_BODY = slice(Landmark.NOSE, Landmark.RIGHT_SHOULDER + 1)
"""What the presence of a seated person is read from."""


class MediaPipeModel:
    """A model bundle, checked once; makes a tracker for each seat."""

    def __init__(self, bundle: Path) -> None:
        """Import MediaPipe and open the bundle once.

        Args:
            bundle: ``pose_landmarker_lite.task`` or ``pose_landmarker_full.task``.

        Raises:
            MissingProgramError: MediaPipe is not installed.
            ModelLoadError: The bundle is missing or MediaPipe cannot use it.
        """
        try:
            self._mediapipe = import_module("mediapipe")
            self._tasks = import_module("mediapipe.tasks.python")
            self._vision = import_module("mediapipe.tasks.python.vision")
        except ImportError as error:
            msg = (
                "engines.pose = 'mediapipe': the package mediapipe cannot be imported; "
                "pip install 'classbox[mediapipe]'"
            )
            raise MissingProgramError(msg) from error
        if not bundle.is_file():
            msg = (
                f"engines.mediapipe_model: no file {bundle}; make one from a clone with "
                "'python -m quantization.mediapipe_bundle --out FILE'"
            )
            raise ModelLoadError(msg)
        self._bundle = bundle
        self.open().close()

    def open(self) -> Any:  # noqa: ANN401 - MediaPipe's types are not there without it
        """Return a new landmarker.

        Raises:
            ModelLoadError: MediaPipe cannot use the bundle.
        """
        options = self._vision.PoseLandmarkerOptions(
            base_options=self._tasks.BaseOptions(model_asset_path=str(self._bundle)),
            running_mode=self._vision.RunningMode.VIDEO,
        )
        try:
            return self._vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            msg = f"engines.mediapipe_model: MediaPipe cannot use {self._bundle}: {reason}"
            raise ModelLoadError(msg) from error

    def picture(self, image_bgr: UInt8Array) -> Any:  # noqa: ANN401 - as above
        """Return MediaPipe's view of a (H, W, 3) picture."""
        colours = np.ascontiguousarray(image_bgr[:, :, ::-1])
        return self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=colours)

    def tracker(self) -> "MediaPipeTracker":
        """Return a tracker for one seat."""
        return MediaPipeTracker(self)


class MediaPipeTracker:
    """The pose of one person in one seat's region; in use like ``PoseTracker``."""

    def __init__(self, model: MediaPipeModel) -> None:
        """Start without a person."""
        self._model = model
        self._landmarker: Any = None
        self._tracking = False
        self._track_number = 0
        self._stamp_ms = -1
        self._rests_until_s = -np.inf

    @property
    def track_number(self) -> int:
        """Number of the body followed now or last, from 1; it never goes back."""
        return self._track_number

    def reset(self) -> None:
        """Forget the person and all times: for seams of the feed and changes of occupancy."""
        self._close()
        self._rests_until_s = -np.inf

    def drop(self, at_s: float) -> None:
        """Let go of the person, who is somebody else or elsewhere; look again before long."""
        self._close()
        # MediaPipe has no way to let go but to start again, which costs tens of milliseconds.
        self._rests_until_s = at_s + SEARCH_INTERVAL_S

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
            choose: Whether a new body, the only one in the list, is to be followed.

        Returns:
            Landmarks in pixels of ``image_bgr``, or None when nobody is there.

        Raises:
            InferenceError: MediaPipe failed on this picture.
        """
        if at_s < self._rests_until_s:
            return None
        if self._landmarker is None:
            self._landmarker = self._model.open()
        # Whole milliseconds that must increase: two pictures of one millisecond are made two.
        self._stamp_ms = max(self._stamp_ms + 1, round(1000 * at_s))
        try:
            result = self._landmarker.detect_for_video(
                self._model.picture(image_bgr), self._stamp_ms
            )
        except (RuntimeError, ValueError) as error:
            msg = "mediapipe: the pose landmarker failed"
            raise InferenceError(msg) from error
        if not result.pose_landmarks:
            self._tracking = False
            return None
        pose = to_landmarks(result.pose_landmarks[0], image_bgr)
        if not self._tracking:
            if choose(_as_detections(pose)) is None:
                self.drop(at_s)
                return None
            self._tracking = True
            self._track_number += 1
        return pose

    def _close(self) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None
        self._tracking = False
        self._stamp_ms = -1


def to_landmarks(
    found: Any,  # noqa: ANN401 - MediaPipe's NormalizedLandmark
    image_bgr: UInt8Array,
) -> PoseLandmarks:
    """Carry MediaPipe's 33 landmarks, fractions of the picture, to pixels.

    z is a fraction of the picture's width (mediapipe/tasks landmark.py). MediaPipe keeps the
    presence of the whole body to itself; that of the upper body's landmarks stands for it.
    """
    height, width = image_bgr.shape[:2]
    points: Float32Array = np.array(
        [(p.x * width, p.y * height, p.z * width, p.visibility) for p in found], dtype=np.float32
    )
    presence = float(np.mean([p.presence for p in found[UPPER_BODY]]))
    return PoseLandmarks(points=points, presence=min(1.0, max(0.0, presence)))


def _as_detections(pose: PoseLandmarks) -> Detections:
    """Return a body as the detector would: face box, hips, body scale, shoulders, upper scale."""
    points = pose.points[:, :2]
    head = points[: Landmark.MOUTH_RIGHT + 1]
    hips = points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    shoulders = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0)
    above = 2 * shoulders - hips
    return Detections(
        boxes_xyxy=np.concatenate([head.min(axis=0), head.max(axis=0)])[None],
        points=np.stack([hips, above, shoulders, above])[None],
        scores=np.array([pose.presence], dtype=np.float32),
    )
