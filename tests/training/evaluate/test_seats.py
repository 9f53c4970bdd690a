"""Tokens are counted by whose body they truly show."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.observations import Landmark, Observation, PoseLandmarks
from appliance.domain.seats import Region, SeatKey
from training.evaluate.seats import (
    AWAY,
    EMPTY,
    SITTING,
    VISITED,
    Reading,
    RowTruth,
    read_token,
    score_seats,
    seat_phase,
)

FPS = 15.0
HOMES = (160.0, 480.0)
FRAMES = 3


def truth(*, seats: tuple[int, int] = (0, 1), frames: int = FRAMES) -> RowTruth:
    """Two people who sit at their homes, on the seats given, for a while."""
    middles = np.tile(np.array([[[x, 200.0]] for x in HOMES]), (1, frames, 1))
    return RowTruth(
        fps=FPS,
        regions=[Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0), Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0)],
        size_wh=(640, 360),
        seat=np.tile(np.array(seats)[:, None], (1, frames)),
        phase=[[SITTING] * frames for _ in HOMES],
        middles=middles,
        noses=middles - (0, 60),
        width_px=np.array([100.0, 100.0]),
    )


def seen(
    x: float | None, *, ambiguous: bool = False, present: bool | None = None, track: int = 1
) -> Observation:
    """Return what a seat saw: a body with shoulders at x, or nobody."""
    pose = None
    if x is not None:
        points = np.zeros((33, 4), dtype=np.float32)
        points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER], :2] = (x, 200)
        points[Landmark.NOSE, :2] = (x, 140)
        pose = PoseLandmarks(points=points, presence=0.9)
    return Observation(
        seat=SeatKey("s0"),
        captured_at_s=0.0,
        pose=pose,
        face=None,
        present=x is not None if present is None else present,
        ambiguous=ambiguous,
        track=track,
    )


@pytest.mark.parametrize(
    ("frames", "reading"),
    [
        pytest.param([seen(160)] * 3, Reading.RIGHT, id="right"),
        pytest.param([seen(160), seen(160), seen(480)], Reading.WRONG, id="one wrong frame"),
        pytest.param([seen(210)] * 3, Reading.RIGHT, id="exactly half a width off"),
        pytest.param([seen(211)] * 3, Reading.NOBODY, id="further off"),
        pytest.param([seen(None)] * 2 + [seen(160)], Reading.ABSENT, id="mostly nobody"),
        pytest.param([seen(None)] + [seen(160)] * 2, Reading.RIGHT, id="mostly somebody"),
        pytest.param(
            [seen(480, ambiguous=True)] * 2 + [seen(160)], Reading.MASKED, id="mostly masked"
        ),
        pytest.param([seen(None, present=True)] * 3, Reading.MASKED, id="nothing to read"),
    ],
)
def test_a_token_is_read_as_the_windows_do(frames: list[Observation], reading: Reading) -> None:
    """Votes decide about presence and masks, the worst frame about the person."""
    assert read_token(frames, range(3), 0, truth()) is reading


def test_somebody_who_sits_nowhere_is_unseated() -> None:
    """Getting up, walking by, sitting down."""
    assert read_token([seen(160)] * 3, range(3), 0, truth(seats=(-1, 1))) is Reading.UNSEATED


def test_whoever_is_away_is_nobody() -> None:
    """Out of the picture there is nobody to be seen, wherever the truth puts the body."""
    told = replace(truth(), phase=[[AWAY] * FRAMES, [SITTING] * FRAMES])

    assert read_token([seen(160)] * 3, range(3), 0, told) is Reading.NOBODY


def test_a_seat_is_visited_when_somebody_reaches_in() -> None:
    """By nose or shoulders; nobody there is empty."""
    told = truth()
    told.noses[1, 2] = (310, 100)

    assert seat_phase(1, 0, told) == SITTING
    assert seat_phase(2, 0, told) == VISITED
    assert seat_phase(2, 0, truth(seats=(-1, 1))) == EMPTY


def test_rates_are_of_what_was_read() -> None:
    """Masking everything is no solution: coverage falls."""
    seats = [[seen(160)] * 3 + [seen(480)] * 3, [seen(480)] * 3 + [seen(None)] * 3]
    numbers = score_seats(seats, truth(frames=6))

    assert (numbers["tokens"], numbers["read"], numbers["wrong"]) == (4, 3, 1)
    assert numbers["wrong_per_1000"] == pytest.approx(1000 / 3)
    assert numbers["coverage_sitting"] == 0.5


@pytest.mark.parametrize(
    ("tracks", "noticed"),
    [
        pytest.param((1, 2), 1, id="a new track"),
        pytest.param((1, 1), 0, id="the same track"),
    ],
)
def test_a_change_of_person_is_noticed_by_the_track(tracks: tuple[int, int], noticed: int) -> None:
    """Person 1 sits down where person 0 sat."""
    told = truth(frames=60)
    told.seat[:, :20] = ((0,), (-1,))
    told.seat[:, 20:30] = -1
    told.seat[:, 30:] = ((-1,), (0,))
    seat = [seen(160, track=tracks[0])] * 30 + [seen(160, track=tracks[1])] * 30
    numbers = score_seats([seat], told)

    assert (numbers["changes_of_person"], numbers["changes_noticed"]) == (1, noticed)
