"""One seat: a frame in, an observation out."""

from dataclasses import dataclass, replace

import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import Frame
from appliance.domain.observations import Observation, PoseLandmarks
from appliance.domain.seats import Region, SeatKey
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.body_tracker import BodyTracker
from appliance.perception.crowd import CrowdWatch
from appliance.perception.expression import ExpressionReader, FaceCrop
from appliance.perception.face import MIN_TRUST, Face, FaceFinder
from appliance.perception.seating.association import Association, SeatAssociator
from appliance.perception.seating.torso import torso_of_pose


@dataclass(frozen=True, slots=True, eq=False)
class PartialObservation:
    """One seat of one frame half looked at: what is left to do is one run of the encoder."""

    found: Observation
    """Everything but the face's expression."""

    crop: FaceCrop | None
    """The face, if it is to be read and can be trusted."""


class Perceiver:
    """The steps of perception for one seat, in order; several seats are several perceivers.

    Not shared between threads: its sessions are one lane's.
    """

    def __init__(
        self,
        *,
        seat: SeatKey,
        region: Region,
        tracker: BodyTracker,
        crowd: CrowdWatch,
        faces: FaceFinder,
        expression: ExpressionReader,
        associator: SeatAssociator | None = None,
    ) -> None:
        """Start with an empty seat.

        Args:
            seat: Key of the seat.
            region: Its part of the picture.
            tracker: Pose of the person there.
            crowd: Notices a second one.
            faces: Finds the face.
            expression: Reads the face.
            associator: Tells whose body is whose; None for the only seat of a camera.
        """
        self._seat = seat
        self._region = region
        self._tracker = tracker
        self._crowd = crowd
        self._faces = faces
        self._expression = expression
        self._associator = associator
        self._association = Association.LOST

    def reset(self) -> None:
        """Forget whoever sat there, when the seat may no longer be looked at."""
        self._begin_anew()
        if self._associator is not None:
            self._associator.reset()

    def observe(
        self, frame: Frame, *, run_pose: bool = True, run_expression: bool = True
    ) -> Observation:
        """Look at the seat's region of one frame and read the face.

        Args:
            frame: The picture; a seam starts everything again.
            run_pose: False leaves the pose out; the face is then looked for where it last was.
            run_expression: False leaves the expression out.

        Returns:
            What was found, in pixels of the frame.
        """
        return self.read(self.look(frame, run_pose=run_pose, run_expression=run_expression))

    def look(
        self, frame: Frame, *, run_pose: bool = True, run_expression: bool = True
    ) -> PartialObservation:
        """Find body and face and cut the face out; the first half of ``observe``."""
        if not frame.continues:
            self._begin_anew()
            if self._associator is not None:
                self._associator.restart(frame.index)
        height_px, width_px = frame.pixels.shape[:2]
        left, top, right, bottom = self._region.pixel_box(width_px=width_px, height_px=height_px)
        image = frame.pixels[top:bottom, left:right]
        at_s = frame.captured_at_s
        pose, placed = self._follow(frame, image, (left, top)) if run_pose else (None, None)
        doubtful = self._association is Association.DOUBTFUL
        # Also when the expression is not due: a later frame without a pose needs to know.
        face = self._faces.find(image, pose=pose, pose_ran=run_pose, at_s=at_s)
        present = self._association in {Association.OWN, Association.DOUBTFUL}
        crowded = present and self._crowd.ambiguous(image, at_s)
        found = Observation(
            seat=self._seat,
            captured_at_s=at_s,
            pose=placed,
            face=None,
            present=present,
            ambiguous=crowded or doubtful,
            pose_ran=run_pose,
            expression_ran=run_expression,
            face_side_px=None if face is None else face.square.side_px,
            track=self._tracker.track_number,
        )
        return PartialObservation(
            found, self._cut(image, face) if run_expression and not doubtful else None
        )

    def read(self, sight: PartialObservation) -> Observation:
        """Read the face that was cut out; the second half of ``observe``, on any thread."""
        if sight.crop is None:
            return sight.found
        return replace(sight.found, face=self._expression.encode(sight.crop))

    def _begin_anew(self) -> None:
        self._tracker.reset()
        self._crowd.reset()
        self._faces.reset()
        self._association = Association.LOST

    def _follow(
        self, frame: Frame, image: UInt8Array, offset_xy: tuple[int, int]
    ) -> tuple[PoseLandmarks | None, PoseLandmarks | None]:
        """Return the pose of the seat's own person if it can be read.

        Returns:
            In pixels of the region, and in pixels of the frame.
        """
        at_s, associator = frame.captured_at_s, self._associator
        if associator is None:
            pose = self._tracker.track(image, at_s)
            self._association = Association.LOST if pose is None else Association.OWN
            return pose, _moved(pose, offset_xy)
        height_px, width_px = frame.pixels.shape[:2]
        associator.look_around(index=frame.index, at_s=at_s, size_wh=(width_px, height_px))

        def choose(people: Detections) -> int | None:
            return associator.choose(people.placed(scale=1.0, offset_xy=offset_xy))

        pose = self._tracker.track(image, at_s, choose=choose)
        placed = _moved(pose, offset_xy)
        self._association = associator.judge(None if placed is None else torso_of_pose(placed))
        if self._association is Association.FOREIGN:
            self._tracker.drop(at_s)
        return (pose, placed) if self._association is Association.OWN else (None, None)

    def _cut(self, image: UInt8Array, face: Face | None) -> FaceCrop | None:
        """Return a crop that can be trusted, if there is one."""
        if face is None or face.trust < MIN_TRUST:
            return None
        crop = self._expression.cut(image, face)
        return crop if crop.trust >= MIN_TRUST else None


def _moved(pose: PoseLandmarks | None, offset_xy: tuple[int, int]) -> PoseLandmarks | None:
    """Carry landmarks from the seat's region to the frame."""
    if pose is None or offset_xy == (0, 0):
        return pose
    shift = np.array([*offset_xy, 0, 0], dtype=np.float32)
    return replace(pose, points=pose.points + shift)
