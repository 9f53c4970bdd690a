"""What each fault means, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from appliance.mqtt.contract.aim import AimFrame, AimPersonData
from appliance.perception.aiming.view import PersonFault, PictureFault


class Mark(StrEnum):
    """How good something is."""

    GOOD = "✓"
    POOR = "!"
    """It works, but not all of it."""
    BAD = "✗"


STYLES = {Mark.GOOD: "green", Mark.POOR: "yellow", Mark.BAD: "red"}

_POOR = frozenset(
    {PersonFault.LIDS_SMALL, PersonFault.BLURRED, PersonFault.GLARE, PictureFault.SLOW}
)
"""The face is read, only its lids are not; the others keep it from being read at all."""


def times(value: float, least: float) -> str:
    """Return how many times what is needed there is: one scale for pictures and faces."""
    return f"{value / least:.2f}\N{MULTIPLICATION SIGN}"


_PICTURE: dict[str, Callable[[AimFrame], str]] = {
    PictureFault.DARK: lambda frame: (
        f"light {frame.light.mean:.0%}: more light, or a longer exposure"
    ),
    PictureFault.BRIGHT: lambda frame: (
        f"light {frame.light.mean:.0%}, {frame.light.white:.0%} of it white: turn the camera away "
        "from the window, or expose less"
    ),
    PictureFault.BLURRED: lambda frame: (
        f"sharpness {times(frame.sharpness, frame.limits.sharpness)} what is needed: focus or "
        "clean the lens"
    ),
    PictureFault.SLOW: lambda frame: (
        f"{frame.fps or 0:.1f} of {frame.wanted_fps:g} frames/s arrive: look at cable and network; "
        "in the dark many cameras send fewer"
    ),
}

_PERSON: dict[str, Callable[[AimFrame, AimPersonData], str]] = {
    PersonFault.NO_SEAT: lambda *_: "on no seat: end this and take the proposed regions",
    PersonFault.NO_FACE: lambda *_: "no face: look towards the screen; nothing before the face",
    PersonFault.TURNED: lambda frame, person: (
        f"head turned {abs(_yaw(person)):.0f}° of {frame.limits.turned_deg:.0f}°: "
        "place the camera near the screen"
    ),
    PersonFault.OUTSIDE: lambda *_: "the picture ends within the face: turn the camera",
    PersonFault.CUT: lambda *_: "the region ends within the face: make the region larger",
    PersonFault.FACE_SMALL: lambda frame, person: (
        f"face {_side(person):.0f} px of {frame.limits.face_px:.0f}: "
        "move the camera closer or take a larger picture"
    ),
    PersonFault.LIDS_SMALL: lambda frame, _: (
        f"lids need a face of {frame.limits.lids_px:.0f} px: "
        "move the camera closer or take a larger picture"
    ),
    PersonFault.BLURRED: lambda *_: "face blurred: focus or clean the lens; more light",
    PersonFault.FLAT: lambda *_: "face too flat: light from the front, no window behind",
    PersonFault.GLARE: lambda *_: "glasses reflect: move the lamp or the camera",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A mark and what to do."""

    mark: Mark
    text: str


def picture_advice(frame: AimFrame) -> list[Advice]:
    """Return what is wrong with the whole picture."""
    return [
        Advice(_mark(fault), _PICTURE[fault](frame)) for fault in frame.faults if fault in _PICTURE
    ]


def person_advice(frame: AimFrame, person: AimPersonData) -> Advice:
    """Return what is most wrong with how one person is seen."""
    known = [fault for fault in person.faults if fault in _PERSON]
    if not known:
        return Advice(Mark.GOOD, "")
    worst = next((fault for fault in known if _mark(fault) is Mark.BAD), known[0])
    return Advice(_mark(worst), _PERSON[worst](frame, person))


def seat_advice(frame: AimFrame) -> Iterator[tuple[str, AimPersonData | None, Advice]]:
    """Yield every seat with its person, then everybody without a seat."""
    owners = {person.seat: person for person in frame.people if person.seat is not None}
    for seat, its in frame.seats.items():
        person = owners.get(seat)
        if its.people > 1:
            text = f"{its.people} people in its region: end this and take the proposed ones"
            yield seat, person, Advice(Mark.BAD, text)
        elif person is None:
            yield seat, None, Advice(Mark.BAD, "nobody: sit somebody here while you aim")
        else:
            yield seat, person, person_advice(frame, person)
    for person in frame.people:
        if person.seat is None:
            yield "", person, person_advice(frame, person)


def _mark(fault: str) -> Mark:
    return Mark.POOR if fault in _POOR else Mark.BAD


def _side(person: AimPersonData) -> float:
    return 0.0 if person.face is None else person.face.side_px


def _yaw(person: AimPersonData) -> float:
    return 0.0 if person.face is None else person.face.yaw_deg
