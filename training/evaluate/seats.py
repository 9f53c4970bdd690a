"""Whether each seat of a camera reads the person who truly sits there, on clips with exact truth.

A clip of ``python -m training.simulator row`` goes through the box's perception, one perceiver
per seat, at the clip's own rate. A 5 Hz token is made by the votes of the box's own windows
(``FrameSlots``) and belongs to the person whose true shoulders and nose its landmarks lie on:

* right: the person sits on this seat;
* wrong: the person sits on another seat;
* unseated: the person sits on none (gets up, walks by, sits down);
* nobody: no person is near.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.observations import Landmark, Observation
from appliance.domain.seats import Region, SeatKey
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice
from appliance.perception.build import build_perceivers
from training.progress import tracked
from training.shipped import load_engines, play

NEAR_WIDTHS = 0.5
"""Landmarks belong to the nearest person if they are at most this far off, in shoulder widths."""

MAX_SWAP_S = 1.0
"""A change of person counts as noticed up to this long after the new one has sat down."""


class Reading(StrEnum):
    """What became of one token of one seat."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSEATED = "unseated"
    NOBODY = "nobody"
    MASKED = "masked"
    ABSENT = "absent"


READ = (Reading.RIGHT, Reading.WRONG, Reading.UNSEATED, Reading.NOBODY)
"""Tokens that go on to fusion."""

EMPTY, VISITED, SITTING, AWAY = "empty", "visited", "sitting", "away"
"""Phases of a seat beside those of the person on it; visited: sitting, another one reaches in."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowTruth:
    """Who is where: P people, T frames, S seats; pixels."""

    fps: float
    """Frames per second."""

    regions: Sequence[Region]
    """S regions."""

    size_wh: tuple[int, int]
    """Picture."""

    seat: Float64Array = field(repr=False)
    """(P, T) seat the person sits on, -1 for none."""

    phase: Sequence[Sequence[str]] = field(repr=False)
    """P lists of T phases."""

    middles: Float64Array = field(repr=False)
    """(P, T, 2) middle of the shoulders."""

    noses: Float64Array = field(repr=False)
    """(P, T, 2) tip of the nose."""

    width_px: Float64Array = field(repr=False)
    """(P,) shoulder width while sitting, median."""


def read_truth(path: Path) -> RowTruth:
    """Read the truth that the renderer wrote beside a clip."""
    told = json.loads(path.read_text(encoding="utf-8"))
    people = told["people"]
    shoulders = np.array([person["shoulders"] for person in people])
    phase = [person["phase"] for person in people]
    across = np.linalg.norm(shoulders[:, :, 0] - shoulders[:, :, 1], axis=-1)
    sitting = np.array(phase) == SITTING
    return RowTruth(
        fps=float(told["fps"]),
        regions=[Region(x0=x0, y0=y0, x1=x1, y1=y1) for x0, y0, x1, y1 in told["seats"]],
        size_wh=(int(told["size_wh"][0]), int(told["size_wh"][1])),
        seat=np.array([person["seat"] for person in people]),
        phase=phase,
        middles=shoulders.mean(axis=2),
        noses=np.array([person["nose"] for person in people]),
        width_px=np.array(
            [np.median(row[mask]) for row, mask in zip(across, sitting, strict=True)]
        ),
    )


def evaluate_seats(clip: Path, truth_file: Path) -> dict[str, object]:
    """Play a clip through the perception of all its seats and count its tokens."""
    truth = read_truth(truth_file)
    regions = {SeatKey(f"s{number}"): region for number, region in enumerate(truth.regions)}
    perceivers = build_perceivers(load_engines(EngineChoice.OPENVINO), regions).values()
    observed: list[list[Observation]] = [[] for _ in perceivers]
    for frame in tracked(play(clip), clip.name):
        for seat, perceiver in enumerate(perceivers):
            observed[seat].append(perceiver.observe(frame, run_expression=False))
    return score_seats(observed, truth)


def score_seats(observed: Sequence[Sequence[Observation]], truth: RowTruth) -> dict[str, object]:
    """Count the tokens of all seats.

    Args:
        observed: Per seat one observation per frame.
        truth: Who was where.
    """
    per_token = round(TOKEN_S * truth.fps)
    counts: dict[str, Counter[Reading]] = {}
    for seat, observations in enumerate(observed):
        for first in range(0, len(observations) - per_token + 1, per_token):
            frames = range(first, first + per_token)
            reading = read_token([observations[f] for f in frames], frames, seat, truth)
            phase = seat_phase(first + per_token - 1, seat, truth)
            counts.setdefault(phase, Counter())[reading] += 1
    total = sum(counts.values(), Counter())
    read = sum(total[reading] for reading in READ)
    swaps = [
        noticed
        for seat, observations in enumerate(observed)
        for noticed in _changes(observations, seat, truth)
    ]
    sitting = counts.get(SITTING, Counter())
    return {
        "tokens": total.total(),
        "read": read,
        "wrong": total[Reading.WRONG],
        "wrong_per_1000": 1000 * total[Reading.WRONG] / max(read, 1),
        "coverage_sitting": sitting[Reading.RIGHT] / max(sitting.total(), 1),
        "masked_share": total[Reading.MASKED] / max(total.total(), 1),
        "changes_of_person": len(swaps),
        "changes_noticed": sum(swaps),
        "phases": [
            {"phase": phase, "tokens": row.total()}
            | {reading.value: row[reading] for reading in Reading}
            for phase, row in sorted(counts.items())
        ],
    }


def read_token(
    observations: Sequence[Observation], frames: Sequence[int], seat: int, truth: RowTruth
) -> Reading:
    """Return what became of one token; one wrong frame makes it wrong."""
    count = len(observations)
    if 2 * sum(one.ambiguous for one in observations) > count:
        return Reading.MASKED
    if 2 * sum(one.present for one in observations) <= count:
        return Reading.ABSENT
    found = [
        _belongs(one.pose.points, frame, seat, truth)
        for one, frame in zip(observations, frames, strict=True)
        if one.pose is not None
    ]
    worst = (Reading.WRONG, Reading.NOBODY, Reading.UNSEATED, Reading.RIGHT)
    return next((reading for reading in worst if reading in found), Reading.MASKED)


def seat_phase(frame: int, seat: int, truth: RowTruth) -> str:
    """Return what goes on at a seat in a frame."""
    owners = np.flatnonzero(truth.seat[:, frame] == seat)
    if len(owners) == 0:
        return EMPTY
    phase = truth.phase[int(owners[0])][frame]
    left, top, right, bottom = truth.regions[seat].pixel_box(
        width_px=truth.size_wh[0], height_px=truth.size_wh[1]
    )
    others = [
        point[person, frame]
        for person in range(len(truth.seat))
        if person != owners[0] and truth.phase[person][frame] != AWAY
        for point in (truth.middles, truth.noses)
    ]
    visited = any(left <= x < right and top <= y < bottom for x, y in others)
    return VISITED if phase == SITTING and visited else phase


def _belongs(points: Float32Array, frame: int, seat: int, truth: RowTruth) -> Reading:
    middle = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER], :2].mean(axis=0)
    nose = points[Landmark.NOSE, :2]
    away = (
        np.linalg.norm(truth.middles[:, frame] - middle, axis=1)
        + np.linalg.norm(truth.noses[:, frame] - nose, axis=1)
    ) / (2 * truth.width_px)
    away[[phases[frame] == AWAY for phases in truth.phase]] = np.inf
    person = int(away.argmin())
    if away[person] > NEAR_WIDTHS:
        return Reading.NOBODY
    sits = int(truth.seat[person, frame])
    if sits < 0:
        return Reading.UNSEATED
    return Reading.RIGHT if sits == seat else Reading.WRONG


def _changes(observations: Sequence[Observation], seat: int, truth: RowTruth) -> Iterator[bool]:
    """Yield for every change of the person on a seat whether the track ended."""
    on_seat = truth.seat == seat
    who = np.where(on_seat.any(axis=0), on_seat.argmax(axis=0), -1)[: len(observations)]
    taken = [int(frame) for frame in np.flatnonzero(who >= 0)]
    for last, first in itertools.pairwise(taken):
        if who[last] != who[first]:
            until = min(len(observations) - 1, first + round(MAX_SWAP_S * truth.fps))
            yield observations[last].track != observations[until].track
