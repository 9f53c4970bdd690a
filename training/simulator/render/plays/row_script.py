"""What four people in a row do: sit, lean, stretch, swap seats, leave and come back; no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from appliance.domain.arrays import Float64Array
from training.simulator.render.plays.tempo import bump

SEATS = 4
AWAY = -1
"""Seat of a person who sits on none."""

STAND_S = 1.2  # up or down; by eye
STEP_S = 0.7  # back from the desk, or to it
WALK_M_PER_S = 0.9  # along a row of chairs; by eye
RISE_M = 0.38  # hips over the chair when standing
OUTSIDE_M = 0.9  # how far beyond the outer seats somebody is out of sight


class Phase(StrEnum):
    """What a person does in a frame."""

    SITTING = "sitting"
    LEANING = "leaning"
    """Far to one side, over to a neighbour."""
    STRETCHING = "stretching"
    WALKING = "walking"
    """From getting up to having sat down again."""
    AWAY = "away"
    """Out of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """Where one person is over T frames; x to the left of whoever faces the camera, y back."""

    seat: list[int]
    """Seat the person truly sits on, from 0 at the picture's left; ``AWAY`` for none."""

    phase: list[Phase]
    """What the person does."""

    x_m: Float64Array = field(repr=False)
    """(T,) hips, 0 in the middle of the picture."""

    y_m: Float64Array = field(repr=False)
    """(T,) how far behind the chairs."""

    rise_m: Float64Array = field(repr=False)
    """(T,) 0 sitting to ``RISE_M`` standing."""

    turn_rad: Float64Array = field(repr=False)
    """(T,) whole body about the vertical, to the person's left positive."""

    side_rad: Float64Array = field(repr=False)
    """(T,) trunk bent to the person's left."""

    stretch: Float64Array = field(repr=False)
    """(T,) 0 to 1 arms over the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A person goes from one seat to another, or out and later in again."""

    person: int
    """Who."""

    start_s: float
    """When the person begins to rise."""

    target: int
    """Seat to sit down on."""

    behind_m: float
    """How far behind the chairs the way is; two who pass each other keep apart."""

    out_s: float = 0.0
    """How long the person stays out of sight on the way; 0 = goes straight there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    """A person leans or stretches on the seat."""

    person: int
    """Who."""

    start_s: float
    """When it begins."""

    length_s: float
    """How long it takes with both ramps."""

    side_rad: float
    """Bend of the trunk to the person's left at the height of it; 0 stretches instead."""

    slide_m: float = 0.0
    """How far the hips go along, to the person's left."""


def plan_row(*, seconds: float, rng: np.random.Generator) -> tuple[Sequence[Walk], Sequence[Lean]]:
    """Draw what four people do; every clip has two swaps, one absence and leans between them.

    Args:
        seconds: Length; at least 120 shows everything.
        rng: Randomness of the clip.
    """
    scale = seconds / 160
    seat_of = list(range(SEATS))  # person -> seat
    walks: list[Walk] = []
    leans: list[Lean] = []
    first = int(rng.integers(0, SEATS - 1))
    leans += _leans(seat_of, 8 * scale, 56 * scale, rng=rng)
    walks += _swap(seat_of, first, first + 1, start_s=58 * scale, rng=rng)
    leans += _leans(seat_of, 72 * scale, 88 * scale, rng=rng, each=1)
    leaver = int(rng.integers(0, SEATS))
    seat = seat_of[leaver]
    walks.append(
        Walk(
            person=leaver,
            start_s=90 * scale,
            target=seat,
            behind_m=0.45,
            out_s=float(rng.uniform(10, 14)) * scale,
        )
    )
    # Whoever sits beside the empty seat leans over it.
    for neighbour in (person for person in range(SEATS) if abs(seat_of[person] - seat) == 1):
        side = float(np.sign(seat - seat_of[neighbour]))
        start_s = (100 if neighbour < leaver else 105) * scale
        leans.append(
            Lean(
                person=neighbour,
                start_s=start_s,
                length_s=4.5,
                side_rad=side * float(np.radians(rng.uniform(38, 50))),
                slide_m=side * float(rng.uniform(0.1, 0.25)),
            )
        )
    pairs = [pair for pair in ((0, 1), (1, 2), (2, 3), (0, 2), (1, 3)) if pair[0] != first]
    low, high = pairs[int(rng.integers(0, len(pairs)))]
    walks += _swap(seat_of, low, high, start_s=122 * scale, rng=rng)
    leans += _leans(seat_of, 138 * scale, seconds - 6, rng=rng, each=1)
    return walks, leans


def courses(
    walks: Sequence[Walk],
    leans: Sequence[Lean],
    *,
    seats_x_m: Sequence[float],
    seconds: float,
    fps: float,
) -> list[Course]:
    """Play the plan.

    Args:
        walks: Who goes where, in order of time per person.
        leans: Who leans when.
        seats_x_m: Where the seats are.
        seconds: Length.
        fps: Frames per second.

    Returns:
        One course per person; person p starts on seat p.
    """
    total = round(seconds * fps)
    return [
        _course(
            person,
            [walk for walk in walks if walk.person == person],
            [lean for lean in leans if lean.person == person],
            seats_x_m=seats_x_m,
            total=total,
            fps=fps,
        )
        for person in range(SEATS)
    ]


def _course(
    person: int,
    walks: Sequence[Walk],
    leans: Sequence[Lean],
    *,
    seats_x_m: Sequence[float],
    total: int,
    fps: float,
) -> Course:
    time_s = np.arange(total) / fps
    seat = np.full(total, person)
    phase = np.full(total, Phase.SITTING, dtype=object)
    here = person
    keys = [(0.0, seats_x_m[here], 0.0, 0.0, 0.0)]
    for walk in walks:
        steps, hidden = _steps(walk, seats_x_m[here], seats_x_m[walk.target], max(seats_x_m))
        keys += steps
        moving = (time_s >= steps[0][0]) & (time_s < steps[-1][0])
        seat[time_s >= steps[-1][0]] = walk.target
        seat[moving] = AWAY
        phase[moving] = Phase.WALKING
        phase[(time_s >= hidden[0]) & (time_s < hidden[1])] = Phase.AWAY
        here = walk.target
    x_m, y_m, rise_m, turn_rad = (
        _eased(time_s, [key[0] for key in keys], [key[column] for key in keys])
        for column in range(1, 5)
    )
    side_rad, stretch = np.zeros(total), np.zeros(total)
    for lean in leans:
        ramp = min(0.45, 1.1 / lean.length_s)
        level = bump(
            total,
            np.array([lean.start_s * fps]),
            np.array([lean.length_s]),
            fps=fps,
            rise=ramp,
            hold=1 - 2 * ramp,
        )
        stretches = lean.side_rad == 0
        phase[level > 0.1] = Phase.STRETCHING if stretches else Phase.LEANING
        side_rad += level * lean.side_rad
        x_m = x_m + level * lean.slide_m
        y_m = y_m - 0.12 * level * (not stretches)  # bodies do not pass through each other
        stretch += level * stretches
    return Course(
        seat=[int(one) for one in seat],
        phase=[Phase(str(one)) for one in phase],
        x_m=x_m,
        y_m=y_m,
        rise_m=rise_m,
        turn_rad=turn_rad,
        side_rad=side_rad,
        stretch=stretch,
    )


def _steps(
    walk: Walk, from_m: float, to_m: float, outer_m: float
) -> tuple[list[tuple[float, float, float, float, float]], tuple[float, float]]:
    """Return key frames (time, x, y, rise, turn), and from when to when nobody is seen."""
    at = walk.start_s
    keys = [(at, from_m, 0.0, 0.0, 0.0)]
    keys.append((at := at + STAND_S, from_m, 0.0, RISE_M, 0.0))
    hidden = (np.inf, np.inf)
    legs = [to_m]
    if walk.out_s > 0:
        outside = (outer_m + OUTSIDE_M) * (1.0 if from_m > 0 else -1.0)
        legs = [outside, to_m]
    keys.append((at := at + STEP_S, from_m, walk.behind_m, RISE_M, _turn(legs[0] - from_m)))
    x = from_m
    for goal in legs:
        keys.append((at, x, walk.behind_m, RISE_M, _turn(goal - x)))
        at += abs(goal - x) / WALK_M_PER_S
        keys.append((at, goal, walk.behind_m, RISE_M, _turn(goal - x)))
        if goal is legs[0] and walk.out_s > 0:
            hidden = (at, at + walk.out_s)
            at += walk.out_s
        x = goal
    keys.append((at := at + STEP_S, to_m, 0.0, RISE_M, 0.0))
    keys.append((at + STAND_S, to_m, 0.0, 0.0, 0.0))
    return keys, hidden


def _turn(along_m: float) -> float:
    """Whoever walks along the row turns most of the way into it."""
    return float(np.sign(along_m) * np.radians(55.0))


def _eased(time_s: Float64Array, at_s: Sequence[float], values: Sequence[float]) -> Float64Array:
    """Interpolate key frames with a smooth start and stop at each."""
    knots = np.array(at_s)
    index = np.clip(np.searchsorted(knots, time_s, side="right") - 1, 0, len(knots) - 1)
    after = np.minimum(index + 1, len(knots) - 1)
    span = np.maximum(knots[after] - knots[index], 1e-9)
    share = np.clip((time_s - knots[index]) / span, 0, 1)
    share = share * share * (3 - 2 * share)
    level = np.array(values)
    eased: Float64Array = level[index] * (1 - share) + level[after] * share
    return eased


def _swap(
    seat_of: list[int], low: int, high: int, *, start_s: float, rng: np.random.Generator
) -> list[Walk]:
    """Let whoever sits on two seats change places; updates ``seat_of``."""
    one, other = seat_of.index(low), seat_of.index(high)
    seat_of[one], seat_of[other] = high, low
    late_s = float(rng.uniform(0.0, 0.8))
    return [
        Walk(person=one, start_s=start_s, target=high, behind_m=0.4),
        Walk(person=other, start_s=start_s + late_s, target=low, behind_m=0.8),
    ]


def _leans(
    seat_of: Sequence[int],
    from_s: float,
    to_s: float,
    *,
    rng: np.random.Generator,
    each: int = 2,
) -> list[Lean]:
    """Let everybody lean or stretch a few times, one after the other, overlapping a little."""
    turns = rng.permutation(np.repeat(np.arange(len(seat_of)), each))
    starts = np.linspace(from_s, to_s - 5, len(turns))
    leans = []
    for person, start_s in zip(turns, starts, strict=True):
        stretches = rng.random() < 0.25
        seat = seat_of[int(person)]
        # Outer people lean to the neighbour they have.
        sign = 1.0 if seat == 0 else -1.0 if seat == len(seat_of) - 1 else rng.choice((-1.0, 1.0))
        leans.append(
            Lean(
                person=int(person),
                start_s=float(start_s),
                length_s=float(rng.uniform(3.5, 6.0)),
                side_rad=0.0 if stretches else float(sign * np.radians(rng.uniform(20, 50))),
                slide_m=0.0 if stretches else float(sign * rng.uniform(0.0, 0.25)),
            )
        )
    return leans
