"""Four people in a row move as people do, and the truth about their seats is consistent."""

import numpy as np
import pytest

from training.simulator.render.plays.row_script import (
    AWAY,
    RISE_M,
    SEATS,
    WALK_M_PER_S,
    Course,
    Lean,
    Phase,
    Walk,
    courses,
    plan_row,
)

FPS = 15.0
SECONDS = 160.0
PLACES_M = (-1.2, -0.4, 0.4, 1.2)


@pytest.fixture(scope="module", params=range(4), ids=lambda seed: f"seed {seed}")
def row(request: pytest.FixtureRequest) -> list[Course]:
    """Play a drawn plan."""
    walks, leans = plan_row(seconds=SECONDS, rng=np.random.default_rng(request.param))
    return courses(walks, leans, seats_x_m=PLACES_M, seconds=SECONDS, fps=FPS)


def test_nobody_shares_a_seat(row: list[Course]) -> None:
    """In no frame."""
    seats = np.array([course.seat for course in row])

    for frame in seats.T:
        taken = frame[frame != AWAY]
        assert len(set(taken)) == len(taken)


def test_everybody_sits_somewhere_in_the_end_and_some_elsewhere(row: list[Course]) -> None:
    """Two swaps of pairs that differ leave at least two people on other seats."""
    ends = [course.seat[-1] for course in row]

    assert sorted(ends) == list(range(SEATS))
    assert sum(end != person for person, end in enumerate(ends)) >= 2


def test_somebody_leaves_and_comes_back(row: list[Course]) -> None:
    """Out of the picture for at least ten seconds."""
    away = [sum(phase is Phase.AWAY for phase in course.phase) / FPS for course in row]

    assert max(away) >= 10
    assert sum(seconds > 0 for seconds in away) == 1


def test_who_sits_is_at_the_seat(row: list[Course]) -> None:
    """Sitting means on the chair, not standing, not behind it."""
    for course in row:
        for frame, phase in enumerate(course.phase):
            if phase is Phase.SITTING:
                assert course.x_m[frame] == pytest.approx(PLACES_M[course.seat[frame]], abs=0.05)
                assert course.rise_m[frame] == pytest.approx(0, abs=1e-9)


def test_nobody_jumps(row: list[Course]) -> None:
    """Smooth starts and stops reach one and a half times the mean speed."""
    for course in row:
        speed = np.abs(np.diff(course.x_m)) * FPS
        assert speed.max() <= 1.5 * WALK_M_PER_S + 0.1


def test_a_walk_rises_goes_and_sits_down() -> None:
    """From the second seat to the third."""
    walk = Walk(person=1, start_s=2.0, target=2, behind_m=0.4)
    course = courses([walk], [], seats_x_m=PLACES_M, seconds=12, fps=FPS)[1]

    assert course.seat[0] == 1
    assert course.seat[-1] == 2
    assert course.rise_m.max() == pytest.approx(RISE_M)
    assert course.y_m.max() == pytest.approx(0.4)
    assert course.phase[round(4 * FPS)] is Phase.WALKING
    assert course.x_m[-1] == pytest.approx(PLACES_M[2])


def test_a_lean_bends_and_a_stretch_does_not() -> None:
    """Both end where they began."""
    lean = Lean(person=0, start_s=1.0, length_s=4.0, side_rad=0.5, slide_m=0.2)
    stretch = Lean(person=1, start_s=1.0, length_s=4.0, side_rad=0.0)
    first, second = courses([], [lean, stretch], seats_x_m=PLACES_M, seconds=8, fps=FPS)[:2]

    assert first.side_rad.max() == pytest.approx(0.5)
    assert first.x_m.max() == pytest.approx(PLACES_M[0] + 0.2)
    assert Phase.LEANING in first.phase
    assert not second.side_rad.any()
    assert second.stretch.max() == pytest.approx(1)
    assert Phase.STRETCHING in second.phase
    assert first.x_m[-1] == PLACES_M[0]
