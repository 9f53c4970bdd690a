"""Which part of the picture should be whose seat: proposed from where people have sat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.seats import Region, SeatKey
from appliance.perception.aiming.view import BoxXyxy

MIN_WATCHED_S = 10.0
"""A shorter look does not tell who sits from who walks by."""

MIN_SHARE = 0.5
"""Whoever is seen in fewer of the looks than this does not sit there."""

SAME_OVERLAP = 0.3
"""Two boxes that share this much of what they cover together are of one person who sits."""

# Room that a person needs and the box has not seen yet, in widths and heights of the person's box:
# in renders whoever leans over moves by a third of the width, whoever sits up by a tenth of the
# height; the desk below may be left out, but arms lie on it.
BESIDE, ABOVE, BELOW = 0.35, 0.25, 0.10

EXTREMES = (5.0, 95.0)
"""Percentiles of a person's edges that must be inside: single looks, wrong ones or at somebody who
stretches, are left to the room around."""

DECIMALS = 3
"""Half a pixel of a picture of 1,000; what people read in a configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Somebody who sat in the picture for most of the time."""

    hull_xyxy: BoxXyxy
    """What the person has covered, fractions of the picture."""

    share: float
    """Part of the looks in which the person was seen, (0, 1]."""

    @property
    def centre_xy(self) -> tuple[float, float]:
        """Middle of the hull."""
        left, top, right, bottom = self.hull_xyxy
        return (left + right) / 2, (top + bottom) / 2


def find_sitters(looks: Sequence[Sequence[BoxXyxy]], *, most: int) -> list[Sitter]:
    """Return who has sat there, from left to right.

    Args:
        looks: The boxes of all people of each look.
        most: How many at most; those seen most often stay.
    """
    groups: list[list[BoxXyxy]] = []
    for boxes in looks:
        taken: set[int] = set()
        for box in boxes:
            scores = {
                index: _overlap(box, _middle(group))
                for index, group in enumerate(groups)
                if index not in taken
            }
            best = max(scores, key=scores.__getitem__, default=None)
            if best is None or scores[best] < SAME_OVERLAP:
                groups.append([box])
                taken.add(len(groups) - 1)
            else:
                groups[best].append(box)
                taken.add(best)
    sitters = [
        Sitter(hull_xyxy=_hull(group), share=len(group) / len(looks))
        for group in groups
        if len(group) >= MIN_SHARE * len(looks)
    ]
    sitters.sort(key=lambda sitter: -sitter.share)
    return sorted(sitters[:most], key=lambda sitter: sitter.centre_xy)


def draw_regions(sitters: Sequence[Sitter]) -> list[Region]:
    """Return a region for each: all of the person, with room to move, and none of a neighbour.

    Where two would overlap, each ends half-way between the two people. Only where the people
    themselves overlap in the picture do their regions too, by as much: nobody is cut.
    """
    hulls = [sitter.hull_xyxy for sitter in sitters]
    regions = [_with_room(hull) for hull in hulls]
    for one in range(len(hulls)):
        for other in range(one + 1, len(hulls)):
            if _overlap(_box(regions[one]), _box(regions[other])) > 0:
                regions[one], regions[other] = _parted(
                    (hulls[one], regions[one]), (hulls[other], regions[other])
                )
    return [_rounded(region) for region in regions]


def match_seats(
    sitters: Sequence[Sitter], seats: Mapping[SeatKey, Region]
) -> dict[SeatKey, Sitter]:
    """Return who sits on which seat: closest to the present regions, else from left to right.

    Args:
        sitters: No more than there are seats, from left to right.
        seats: Present regions in the order of the configuration.
    """
    order = sorted(seats, key=lambda seat: _centre(seats[seat])[0])  # stable: equals stay in order
    places: list[Sitter | None] = [*sitters, *[None] * (len(order) - len(sitters))]

    def cost(index: int, sitter: Sitter | None) -> float:
        if sitter is None:
            return 0.0
        away = np.subtract(sitter.centre_xy, _centre(seats[order[index]]))
        return float(np.hypot(*away))

    swapped = True
    while swapped:
        swapped = False
        for one in range(len(places)):
            for other in range(one + 1, len(places)):
                now = cost(one, places[one]) + cost(other, places[other])
                then = cost(one, places[other]) + cost(other, places[one])
                if then < now - 1e-9:
                    places[one], places[other] = places[other], places[one]
                    swapped = True
    matched = {seat: sitter for seat, sitter in zip(order, places, strict=True) if sitter}
    return {seat: matched[seat] for seat in seats if seat in matched}


def _with_room(hull: BoxXyxy) -> Float64Array:
    left, top, right, bottom = hull
    width, height = right - left, bottom - top
    roomy = (
        left - BESIDE * width, top - ABOVE * height,
        right + BESIDE * width, bottom + BELOW * height,
    )  # fmt: skip
    region: Float64Array = np.clip(roomy, 0.0, 1.0)
    return region


def _parted(
    one: tuple[BoxXyxy, Float64Array], other: tuple[BoxXyxy, Float64Array]
) -> tuple[Float64Array, Float64Array]:
    """Part two regions where there is most room between the two people."""
    (hull, region), (other_hull, other_region) = one, other
    region, other_region = region.copy(), other_region.copy()
    gaps = {
        (axis, flipped): (low[axis + 2], high[axis])
        for axis in (0, 1)
        for flipped, (low, high) in enumerate(((hull, other_hull), (other_hull, hull)))
    }
    (axis, flipped), (end, begin) = max(gaps.items(), key=lambda each: each[1][1] - each[1][0])
    low, high = (other_region, region) if flipped else (region, other_region)
    middle = (end + begin) / 2
    # Where the people overlap, each region ends with its own person.
    low[axis + 2] = min(low[axis + 2], max(end, middle))
    high[axis] = max(high[axis], min(begin, middle))
    return region, other_region


def _rounded(region: Float64Array) -> Region:
    x0, y0, x1, y1 = np.round(region, DECIMALS).tolist()
    return Region(x0=x0, y0=y0, x1=x1, y1=y1)


def _middle(group: Sequence[BoxXyxy]) -> BoxXyxy:
    left, top, right, bottom = np.median(group, axis=0).tolist()
    return left, top, right, bottom


def _hull(group: Sequence[BoxXyxy]) -> BoxXyxy:
    low, high = np.percentile(group, EXTREMES, axis=0).tolist()
    return low[0], low[1], high[2], high[3]


def _overlap(one: BoxXyxy, other: BoxXyxy) -> float:
    """Return intersection over union."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.clip(high - low, 0.0, None)))
    union = _area(one) + _area(other) - shared
    return shared / union if union > 0 else 0.0


def _area(box: BoxXyxy) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _box(region: Float64Array) -> BoxXyxy:
    left, top, right, bottom = region.tolist()
    return left, top, right, bottom


def _centre(region: Region) -> tuple[float, float]:
    return (region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2
