"""Proposed regions hold each person whole, with room, and nobody else where that is possible."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.seats import WHOLE_PICTURE, Region, SeatKey
from appliance.perception.aiming.proposal import draw_regions, find_sitters, match_seats
from appliance.perception.aiming.view import BoxXyxy

LEFT: BoxXyxy = (0.1, 0.2, 0.3, 0.8)
RIGHT: BoxXyxy = (0.6, 0.3, 0.8, 0.9)
BEHIND: BoxXyxy = (0.35, 0.05, 0.5, 0.35)


def shaken(box: BoxXyxy, *, looks: int = 20) -> list[BoxXyxy]:
    """Return a box that moves a little from look to look."""
    moves = np.random.default_rng(2).normal(scale=0.005, size=(looks, 4))
    return [(a, b, c, d) for a, b, c, d in (np.array(box) + moves).clip(0, 1).tolist()]


def looks_at(*boxes: BoxXyxy, looks: int = 20) -> list[Sequence[BoxXyxy]]:
    """Return looks at people who sit."""
    return list(zip(*(shaken(box, looks=looks) for box in boxes), strict=True))


def holds(region: Region, box: BoxXyxy) -> bool:
    """Tell whether a box is inside of a region, to the rounding of what is written."""
    left, top, right, bottom = box
    slack = 0.001
    return (
        region.x0 <= left + slack
        and region.y0 <= top + slack
        and region.x1 >= right - slack
        and region.y1 >= bottom - slack
    )


def meet(one: Region, other: Region) -> bool:
    """Tell whether two regions share more than an edge."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    along = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > 1e-9 and along > 1e-9


def test_people_who_sit_are_found_from_left_to_right() -> None:
    """However they are ordered in a look."""
    sitters = find_sitters(looks_at(RIGHT, BEHIND, LEFT), most=3)
    assert [round(sitter.centre_xy[0], 1) for sitter in sitters] == [0.2, 0.4, 0.7]
    assert all(sitter.share == 1.0 for sitter in sitters)


def test_somebody_who_walks_by_is_no_sitter() -> None:
    """Not in one place for half of the time."""
    walking = [
        (*boxes, (0.05 * index, 0.1, 0.05 * index + 0.1, 0.9))
        for index, boxes in enumerate(looks_at(LEFT))
    ]
    (sitter,) = find_sitters(walking, most=5)
    assert sitter.centre_xy == pytest.approx((0.2, 0.5), abs=0.02)


@pytest.mark.parametrize(("seen", "found"), [(10, 1), (9, 0)], ids=["half", "less"])
def test_half_of_the_looks_make_a_sitter(seen: int, found: int) -> None:
    """A detector may miss somebody now and then."""
    looks: list[Sequence[BoxXyxy]] = [(LEFT,)] * seen + [()] * (20 - seen)
    assert len(find_sitters(looks, most=2)) == found


def test_no_more_are_proposed_than_there_are_seats() -> None:
    """Those seen least are left out."""
    looks = [boxes if index % 3 else boxes[1:] for index, boxes in enumerate(looks_at(LEFT, RIGHT))]
    (sitter,) = find_sitters(looks, most=1)
    assert sitter.centre_xy[0] > 0.5


def test_regions_have_room_and_part_between_neighbours() -> None:
    """Head room above, room beside, and no neighbour inside."""
    regions = draw_regions(find_sitters(looks_at(LEFT, RIGHT, BEHIND), most=3))
    assert regions[0].y0 < LEFT[1] - 0.1
    for box, region in zip((LEFT, BEHIND, RIGHT), regions, strict=True):
        assert holds(region, box)
    assert not any(
        meet(one, other) for place, one in enumerate(regions) for other in regions[:place]
    )


def test_people_who_overlap_are_not_cut() -> None:
    """Their regions overlap, too; the box tells them apart by where they sit."""
    near: BoxXyxy = (0.25, 0.25, 0.45, 0.85)
    one, other = draw_regions(find_sitters(looks_at(LEFT, near), most=2))
    assert holds(one, LEFT)
    assert holds(other, near)
    assert one.x1 - other.x0 == pytest.approx(LEFT[2] - near[0], abs=0.03)


boxes = st.tuples(
    st.floats(0.0, 0.8), st.floats(0.0, 0.8), st.floats(0.05, 0.2), st.floats(0.05, 0.2)
).map(lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3]))


@given(st.lists(boxes, min_size=1, max_size=6))
def test_nobody_is_ever_cut(people: list[BoxXyxy]) -> None:
    """Whatever the room looks like, each region holds its person and lies in the picture."""
    sitters = find_sitters([people] * 3, most=6)
    for sitter, region in zip(sitters, draw_regions(sitters), strict=True):
        assert holds(region, sitter.hull_xyxy)


def test_seats_without_regions_are_taken_from_left_to_right() -> None:
    """In the order of the configuration."""
    sitters = find_sitters(looks_at(LEFT, RIGHT, BEHIND), most=3)
    seats = {SeatKey(key): WHOLE_PICTURE for key in ("a01", "a02", "a03")}
    matched = match_seats(sitters, seats)
    assert [matched[seat] for seat in seats] == sitters


def test_seats_with_regions_stay_where_they_are() -> None:
    """A proposal moves a region, it does not exchange two students."""
    sitters = find_sitters(looks_at(LEFT, RIGHT), most=2)
    seats = {
        SeatKey("a01"): Region(x0=0.5, y0=0, x1=1, y1=1),
        SeatKey("a02"): Region(x0=0, y0=0, x1=0.5, y1=1),
    }
    matched = match_seats(sitters, seats)
    assert matched == {"a01": sitters[1], "a02": sitters[0]}


def test_a_seat_on_which_nobody_sat_is_left_out() -> None:
    """The one person is closest to the second seat."""
    sitters = find_sitters(looks_at(RIGHT), most=2)
    seats = {
        SeatKey("a01"): Region(x0=0, y0=0, x1=0.5, y1=1),
        SeatKey("a02"): Region(x0=0.5, y0=0, x1=1, y1=1),
    }
    assert match_seats(sitters, seats) == {"a02": sitters[0]}
