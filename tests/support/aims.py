"""What somebody who points a camera would be told, made for tests."""

from appliance.domain.observations import Landmark
from appliance.domain.seats import Region, SeatKey
from appliance.inference.library import EngineChoice
from appliance.perception.aiming.aimer import Aimer
from appliance.perception.aiming.view import AimView, FaceSight, Light, PersonSight
from appliance.perception.build import PerceptionEngines, build_aimer
from tests.support.shipped_perception import LIBRARY

HALVES = {
    SeatKey("left"): Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0),
    SeatKey("right"): Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0),
}
"""The regions of ``classbox demo``."""


def shipped_aimer(seats: dict[SeatKey, Region]) -> Aimer:
    """Return what measures pictures, on the shipped models."""
    engine = EngineChoice.OPENVINO
    engines = PerceptionEngines(
        pose_detector=LIBRARY.load("pose_detector", choice=engine),
        pose_landmarks=LIBRARY.load("pose_landmark_lite", choice=engine),
        face_detector=LIBRARY.load("face_detector", choice=engine),
        expression=LIBRARY.load("expression_mobilevit", choice=engine),
    )
    return build_aimer(engines, seats)


def view_of(*seats: str | None, size_wh: tuple[int, int] = (1280, 720)) -> AimView:
    """Return a view of people side by side, each on a seat or on none."""
    face = FaceSight(
        side_px=60.0,
        yaw_deg=-4.0,
        trust=1.0,
        eyes_readable=True,
        sharpness=0.8,
        contrast=30.0,
        glare=0.0,
        inside=1.0,
    )
    width = 1 / max(len(seats), 1)
    people = []
    for place, seat in enumerate(seats):
        left, right = (place + 0.2) * width, (place + 0.8) * width
        figure = {
            Landmark.LEFT_SHOULDER: (right, 0.7),
            Landmark.RIGHT_SHOULDER: (left, 0.7),
            Landmark.NOSE: ((left + right) / 2, 0.4),
        }
        people.append(
            PersonSight(
                figure=figure,
                box_xyxy=(left, 0.2, right, 0.9),
                seat=None if seat is None else SeatKey(seat),
                face=face,
                faults=(),
            )
        )
    return AimView(
        size_wh=size_wh,
        light=Light(mean=0.4, black=0.0, white=0.0),
        sharpness=100.0,
        faults=(),
        people=tuple(people),
        counts={seat: sum(each == seat for each in seats) for seat in HALVES},
    )
