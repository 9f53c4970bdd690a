"""Decides frame by frame whether the body a seat follows is that of its own person."""

import math
from collections.abc import Sequence
from enum import Enum, auto

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.seats import SeatKey
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.seating.prior import SeatPrior
from appliance.perception.seating.shared_tracks import SharedTracks, TrackEntry
from appliance.perception.seating.torso import Torso, torso_of_detection

KEEP_WIDTHS = 0.75
"""A body further from its seat's prior is not read: it stands, or lies over the neighbour. In
renders whoever sits stays within .33, whoever leans far over reaches .97, standing is 1.0."""

CLEARLY_WIDTHS = 0.25
"""Another seat explains a body clearly better when it does so by more than this."""

SAME_WIDTHS = 0.5
"""Two seats follow one body when shoulders and noses are this close on average."""

DOUBT_S = 1.0
"""A body that another seat explains better, or that is outside the region, is let go after more
than this long (the time of docs/DESIGN.md, 2 for two people in a region)."""

RESETTLE_S = 5.0
"""A body that stays away from its prior for longer than this, and still, has moved its chair."""

STILL_WIDTHS = 0.3
"""Still: no further than this from where it was when it came to rest."""

JUMP_WIDTHS_PER_S = 6.0
"""Shoulders and nose together never move faster: the landmarks have gone to another body."""

JUMP_MIN_WIDTHS = 0.3
"""Shorter jumps are noise of the landmarks, whatever the frame rate."""

HELD_S = 1.5
"""A body that was lost may still be there for this long; the neighbours leave it alone."""


class Association(Enum):
    """What a seat does with the body it follows."""

    OWN = auto()
    """Read it."""

    DOUBTFUL = auto()
    """Follow it without reading it."""

    LOST = auto()
    """There is none to follow."""

    FOREIGN = auto()
    """Let go of it: it is another seat's person, or another person than before."""


class SeatAssociator:
    """One seat's say in whose body is whose; not shared between threads, the tracks are."""

    def __init__(self, *, seat: SeatKey, tracks: SharedTracks) -> None:
        """Begin with a seat of which only the region is known."""
        self._seat = seat
        self._tracks = tracks
        self._rank = tracks.rank(seat)
        self._since = 0
        self._prior: SeatPrior | None = None
        self._others: Sequence[TrackEntry] = ()
        self._body: Torso | None = None
        self._body_at_s = -math.inf
        self._before: tuple[float, Torso] | None = None
        self._rest: tuple[float, Float64Array] | None = None
        self._foreign_since_s: float | None = None
        self._away_since_s: float | None = None

    def reset(self) -> None:
        """Forget everything and take back what the others were told."""
        self._tracks.withdraw(self._seat)
        self._prior = None
        self._others = ()
        self._forget_body()

    def restart(self, index: int) -> None:
        """Forget everything before a frame: the feed goes on elsewhere."""
        self._since = index
        self._prior = None
        self._forget_body()

    def look_around(self, *, index: int, at_s: float, size_wh: tuple[int, int]) -> None:
        """Take in what the other seats know, before the frame is looked at.

        Args:
            index: Number of the frame.
            at_s: Its capture time, seconds.
            size_wh: Width and height of the whole picture.
        """
        self._index, self._at_s = index, at_s
        if self._prior is None:
            self._prior = self._tracks.empty_prior(self._seat, size_wh=size_wh)
        self._others = self._tracks.others(
            self._seat, index=index, since=self._since, at_s=at_s, size_wh=size_wh
        )

    def choose(self, people: Detections) -> int | None:
        """Return which detection to follow: the one that this seat's prior explains best.

        Bodies that another seat follows or explains better are left to it.

        Args:
            people: In pixels of the whole picture, best first.
        """
        costs = [self._acquisition_cost(torso_of_detection(points)) for points in people.points]
        best = min(range(len(costs)), key=costs.__getitem__, default=None)
        return None if best is None or costs[best] == math.inf else best

    def judge(self, body: Torso | None) -> Association:
        """Decide about the body that the tracker has found in this frame, and tell the others."""
        association = self._decide(body)
        if association is Association.FOREIGN:
            self._forget_body()
        elif body is not None:
            self._body, self._body_at_s = body, self._at_s
        held = self._body if self._at_s - self._body_at_s <= HELD_S else None
        self._tracks.publish(
            self._seat,
            TrackEntry(
                index=self._index,
                at_s=self._at_s,
                prior=self._own_prior(),
                body=held,
                rank=self._rank,
            ),
        )
        return association

    def _decide(self, body: Torso | None) -> Association:
        """Ask in order: is there a body, is it still the same, is it ours, is it at its place?"""
        before = self._before
        if body is None:
            self._forget_course()
            if self._at_s - self._body_at_s > DOUBT_S:
                self._rest = None  # whoever comes back to the place comes anew
            return Association.LOST
        prior = self._own_prior()
        unit_px = prior.unit_px(body)
        self._before = (self._at_s, body)
        own = prior.cost(body, unit_px=unit_px)
        jumped = before is not None and _jumped(
            *before, at_s=self._at_s, body=body, unit_px=unit_px
        )
        if jumped or any(cost < own for cost in self._followers(body, unit_px=unit_px)):
            return Association.FOREIGN
        rival = self._rival_cost(body, unit_px=unit_px)
        if prior.outside(body) or own > rival[0] + CLEARLY_WIDTHS:
            self._foreign_since_s = self._first(self._foreign_since_s)
            return (
                Association.FOREIGN if self._over(self._foreign_since_s) else Association.DOUBTFUL
            )
        self._foreign_since_s = None
        moved = prior.settled and own > KEEP_WIDTHS
        if (own, self._rank) > rival or (moved and not self._rested(body, unit_px=unit_px)):
            self._away_since_s = self._first(self._away_since_s)
            return Association.DOUBTFUL
        if moved:
            self._prior = prior.forgotten()
        if self._over(self._away_since_s):
            # Whoever sits down may be somebody else than whoever got up.
            return Association.FOREIGN
        self._rest = self._away_since_s = None
        passed_s = 0.0 if before is None else self._at_s - before[0]
        self._prior = self._own_prior().learnt(body, passed_s=passed_s)
        return Association.OWN

    def _first(self, since_s: float | None) -> float:
        return self._at_s if since_s is None else since_s

    def _over(self, since_s: float | None) -> bool:
        return since_s is not None and self._at_s - since_s > DOUBT_S

    def _acquisition_cost(self, body: Torso) -> float:
        """Return how badly the prior explains a detection; infinite for somebody else's."""
        prior = self._own_prior()
        unit_px = prior.unit_px(body)
        own = prior.cost(body, unit_px=unit_px)
        # Whoever follows a body keeps it, unless this seat explains it clearly better.
        kept = any(cost <= own + CLEARLY_WIDTHS for cost in self._followers(body, unit_px=unit_px))
        rivalled = (own, self._rank) > self._rival_cost(body, unit_px=unit_px)
        return math.inf if kept or rivalled or prior.outside(body) else own

    def _followers(self, body: Torso, *, unit_px: float) -> list[float]:
        """Return how badly the priors of the seats that follow this very body explain it."""
        return [
            entry.prior.cost(body, unit_px=unit_px)
            for entry in self._others
            if entry.body is not None and _same(entry.body, body, unit_px=unit_px)
        ]

    def _rival_cost(self, body: Torso, *, unit_px: float) -> tuple[float, int]:
        """Return the best other seat's cost and rank."""
        return min(
            ((entry.prior.cost(body, unit_px=unit_px), entry.rank) for entry in self._others),
            default=(math.inf, 0),
        )

    def _rested(self, body: Torso, *, unit_px: float) -> bool:
        """Tell whether a body away from its prior has been still for long enough."""
        if self._rest is not None:
            since_s, place = self._rest
            if np.linalg.norm(body.shoulders - place) <= STILL_WIDTHS * unit_px:
                return self._at_s - since_s > RESETTLE_S
        self._rest = (self._at_s, body.shoulders)
        return False

    def _own_prior(self) -> SeatPrior:
        if self._prior is None:
            msg = "look_around comes before everything else"
            raise ValueError(msg)
        return self._prior

    def _forget_body(self) -> None:
        self._body = self._rest = None
        self._body_at_s = -math.inf
        self._forget_course()

    def _forget_course(self) -> None:
        self._before = None
        self._foreign_since_s = self._away_since_s = None


def _same(one: Torso, other: Torso, *, unit_px: float) -> bool:
    """Tell whether two seats speak of one body: shoulders and noses, else hips, are close."""
    pair = (one.hips, other.hips)
    if one.nose is not None and other.nose is not None:
        pair = (one.nose, other.nose)
    away = np.linalg.norm(one.shoulders - other.shoulders) + np.linalg.norm(pair[0] - pair[1])
    return float(away) / 2 <= SAME_WIDTHS * unit_px


def _jumped(before_s: float, before: Torso, *, at_s: float, body: Torso, unit_px: float) -> bool:
    """Tell whether landmarks have gone further than the person can have."""
    moved = body.shoulders - before.shoulders
    if body.nose is not None and before.nose is not None:
        nose = body.nose - before.nose
        moved = moved if np.linalg.norm(moved) <= np.linalg.norm(nose) else nose
    reach = max(JUMP_WIDTHS_PER_S * (at_s - before_s), JUMP_MIN_WIDTHS)
    return float(np.linalg.norm(moved)) > reach * unit_px
