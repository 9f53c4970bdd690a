"""What was measured, as it goes to the door and over MQTT."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.domain.frames import CameraKey
from appliance.domain.observations import Landmark
from appliance.domain.seats import Region, SeatKey
from appliance.mqtt.contract.aim import (
    AimFaceData,
    AimFrame,
    AimLightData,
    AimLimitsData,
    AimPersonData,
    AimSeatData,
)
from appliance.mqtt.contract.box import MAX_TEXT
from appliance.perception.aiming.judgement import LIMITS, too_slow
from appliance.perception.aiming.view import AimView, FaceSight, PersonSight, PictureFault

PLACE_DECIMALS, SHARE_DECIMALS, NUMBER_DECIMALS = 3, 2, 1


def aim_message(
    view: AimView,
    *,
    camera: CameraKey,
    regions: Mapping[SeatKey, Region],
    fps: float | None,
    wanted_fps: float,
    remaining_s: float,
) -> AimFrame:
    """Return a view with what the box knows about its camera, rounded to what can be told apart.

    Args:
        view: Of one picture.
        camera: Its camera.
        regions: Of the camera's seats.
        fps: Frames per second that arrive, as far as known.
        wanted_fps: Frames per second that the configuration asks for.
        remaining_s: Until the box stops to measure.
    """
    width, height = view.size_wh
    slow = (PictureFault.SLOW,) if too_slow(fps, wanted_fps) else ()
    faults = view.faults + slow
    return AimFrame(
        camera=camera,
        width_px=width,
        height_px=height,
        wanted_fps=wanted_fps,
        remaining_s=max(0, round(remaining_s)),
        light=AimLightData(
            mean=round(view.light.mean, SHARE_DECIMALS),
            black=round(view.light.black, SHARE_DECIMALS),
            white=round(view.light.white, SHARE_DECIMALS),
        ),
        sharpness=round(view.sharpness, NUMBER_DECIMALS),
        limits=AimLimitsData(
            face_px=LIMITS.face_px,
            lids_px=LIMITS.lids_px,
            turned_deg=LIMITS.turned_deg,
            face_sharpness=LIMITS.face_sharpness,
            face_contrast=LIMITS.face_contrast,
            sharpness=LIMITS.sharpness,
        ),
        fps=None if fps is None else round(fps, NUMBER_DECIMALS),
        faults=tuple(fault.value for fault in faults),
        seats={
            seat: AimSeatData(
                region=(region.x0, region.y0, region.x1, region.y1), people=view.counts[seat]
            )
            for seat, region in regions.items()
        },
        people=tuple(_person(person) for person in view.people),
    )


def farewell(last: AimFrame, *, ended: str) -> AimFrame:
    """Return the last message of an aiming: why it is over, and nobody any more.

    Args:
        last: What was measured last.
        ended: Why.
    """
    seats = {seat: replace(each, people=0) for seat, each in last.seats.items()}
    return replace(last, people=(), seats=seats, remaining_s=0, ended=ended[:MAX_TEXT])


def figure_name(landmark: Landmark) -> str:
    """Return a landmark's name in messages, such as ``left-shoulder``."""
    return landmark.name.lower().replace("_", "-")


def _person(person: PersonSight) -> AimPersonData:
    left, top, right, bottom = _rounded(person.box_xyxy)
    return AimPersonData(
        box=(left, top, right, bottom),
        figure={
            figure_name(landmark): (round(x, PLACE_DECIMALS), round(y, PLACE_DECIMALS))
            for landmark, (x, y) in person.figure.items()
        },
        seat=person.seat,
        face=None if person.face is None else _face(person.face),
        faults=tuple(fault.value for fault in person.faults),
    )


def _face(face: FaceSight) -> AimFaceData:
    return AimFaceData(
        side_px=round(face.side_px, NUMBER_DECIMALS),
        yaw_deg=round(face.yaw_deg, NUMBER_DECIMALS),
        trust=round(face.trust, SHARE_DECIMALS),
        lids_readable=face.eyes_readable,
        sharpness=round(face.sharpness, SHARE_DECIMALS),
        contrast=round(face.contrast, NUMBER_DECIMALS),
    )


def _rounded(places: Sequence[float]) -> list[float]:
    return [round(place, PLACE_DECIMALS) for place in places]
