"""A whole picture becomes numbers: everybody in it, and which seat would get whom."""

import cv2
import numpy as np
import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.arrays import UInt8Array
from appliance.domain.seats import Region, SeatKey
from appliance.perception.aiming.aimer import Aimer, assign_seats
from appliance.perception.aiming.proposal import draw_regions, find_sitters, match_seats
from appliance.perception.aiming.view import PersonFault, PictureFault
from appliance.perception.seating.prior import SeatPrior
from appliance.perception.seating.torso import Torso
from tests.support.aims import HALVES, shipped_aimer

LEFT, RIGHT = HALVES


@pytest.fixture(scope="module")
def aimer() -> Aimer:
    """Return what measures the demo's two seats."""
    return shipped_aimer(HALVES)


@pytest.fixture(scope="module")
def pictures() -> list[UInt8Array]:
    """Return six pictures of the packaged clip, two seconds apart."""
    clip = cv2.VideoCapture(str(packaged_clip()))
    found = []
    for number in range(6 * 30):
        picture = clip.read()[1]
        if number % 30 == 0:
            found.append(np.asarray(picture, dtype=np.uint8))
    clip.release()
    return found


def test_two_students_are_on_their_two_seats(aimer: Aimer, pictures: list[UInt8Array]) -> None:
    """Large faces, nothing wrong."""
    view = aimer.measure(pictures[0])
    assert view.size_wh == (640, 360)
    assert [person.seat for person in view.people] == [LEFT, RIGHT]
    assert view.counts == {LEFT: 1, RIGHT: 1}
    assert [person.faults for person in view.people] == [(), ()]
    assert view.faults == ()
    for person in view.people:
        assert person.face is not None
        assert 90 < person.face.side_px < 150


def test_proposed_regions_are_close_to_those_of_the_demo(
    aimer: Aimer, pictures: list[UInt8Array]
) -> None:
    """Each person inside, IoU with the halves at least .8."""
    looks = [[person.box_xyxy for person in aimer.measure(each).people] for each in pictures]
    sitters = find_sitters(looks)
    drawn = dict(zip(sitters, draw_regions(sitters), strict=True))
    matched = match_seats(sitters, HALVES)
    assert set(matched) == set(HALVES)
    for seat, half in HALVES.items():
        region = drawn[matched[seat]]
        assert share_of_both(region, half) >= 0.8
        middles = [(box[0] + box[2]) / 2 for look in looks for box in look]
        assert sum(region.x0 <= x <= region.x1 for x in middles) == len(looks)


def test_somebody_small_in_a_large_picture_is_found(
    aimer: Aimer, pictures: list[UInt8Array]
) -> None:
    """In the whole picture's 224 pixels nobody would see this face; it is too small to be read."""
    height, width = 1080, 1920
    picture = np.full((height, width, 3), 120, dtype=np.uint8)
    small = cv2.resize(pictures[0][:, :320], (90, 101), interpolation=cv2.INTER_AREA)
    picture[700:801, 1200:1290] = small
    (person,) = aimer.measure(picture).people
    assert person.seat == RIGHT
    assert person.face is not None
    assert person.face.side_px < 45
    assert {PersonFault.FACE_SMALL, PersonFault.LIDS_SMALL} & set(person.faults)


def test_a_picture_out_of_focus_is_said_to_be(aimer: Aimer, pictures: list[UInt8Array]) -> None:
    """And so are the faces."""
    blurred = np.asarray(cv2.GaussianBlur(pictures[0], (0, 0), 5), dtype=np.uint8)
    view = aimer.measure(blurred)
    assert PictureFault.BLURRED in view.faults
    assert view.people
    assert all(PersonFault.BLURRED in person.faults for person in view.people)


def test_a_region_that_ends_within_a_face_is_said_to(pictures: list[UInt8Array]) -> None:
    """The person is there and the face large enough."""
    narrow = {SeatKey("left"): Region(x0=0.0, y0=0.5, x1=0.5, y1=1.0)}
    first = shipped_aimer(narrow).measure(pictures[0]).people[0]
    assert first.seat == "left"
    assert first.faults == (PersonFault.CUT,)


def test_nobody_leaves_no_trace(aimer: Aimer) -> None:
    """A grey picture is just that."""
    view = aimer.measure(np.full((90, 160, 3), 128, dtype=np.uint8))
    assert view.people == ()
    assert view.counts == {LEFT: 0, RIGHT: 0}


def torso(x: float, y: float = 100.0) -> Torso:
    """Return a body of 40 pixels' width."""
    return Torso(shoulders=np.array([x, y]), hips=np.array([x, y + 57.0]), nose=None, width_px=40.0)


PRIORS = {
    LEFT: SeatPrior(region_xyxy=(0, 0, 200, 200)),
    RIGHT: SeatPrior(region_xyxy=(200, 0, 400, 200)),
}


@pytest.mark.parametrize(
    ("bodies", "owners"),
    [
        ([torso(100), torso(300)], [LEFT, RIGHT]),
        ([torso(300), torso(90)], [RIGHT, LEFT]),
        ([torso(60), torso(100)], [None, LEFT]),
        ([torso(100, y=250)], [None]),
        ([], []),
    ],
    ids=["one-each", "any-order", "two-on-one-seat", "below-the-region", "nobody"],
)
def test_a_seat_gets_whom_its_region_explains_best(
    bodies: list[Torso], owners: list[SeatKey | None]
) -> None:
    """As the association of a running box begins."""
    assert assign_seats(bodies, PRIORS) == owners


def test_the_only_seat_of_a_camera_gets_the_surest_body() -> None:
    """There is nobody to share with, so the detector decides, as in a running box."""
    only = {LEFT: PRIORS[LEFT]}
    assert assign_seats([torso(20), torso(100)], only) == [LEFT, None]


def share_of_both(one: Region, other: Region) -> float:
    """Return intersection over union."""
    across = max(0.0, min(one.x1, other.x1) - max(one.x0, other.x0))
    along = max(0.0, min(one.y1, other.y1) - max(one.y0, other.y0))
    areas = sum((each.x1 - each.x0) * (each.y1 - each.y0) for each in (one, other))
    return across * along / (areas - across * along)
