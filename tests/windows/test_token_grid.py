"""Tokens close exactly when everything up to their end has been looked at."""

import math

import pytest

from appliance.windows.token_grid import GAP_S, TokenGrid


def closed(grid: TokenGrid, settled_s: float) -> list[float]:
    """Close all that is due."""
    ends: list[float] = []
    while (end_s := grid.close(settled_s)) is not None:
        ends.append(end_s)
    return ends


def test_nothing_is_due_before_the_first_frame() -> None:
    """A camera that never delivered has no clock."""
    assert TokenGrid(skip_gaps=True).close(-math.inf) is None


@pytest.mark.parametrize(
    ("settled_s", "ends"),
    [
        pytest.param(10.19, [], id="just-before-the-end"),
        pytest.param(10.2, [10.2], id="exactly-at-the-end"),
        pytest.param(10.2 - 1e-9, [10.2], id="rounding-of-frame-periods"),
        pytest.param(10.61, [10.2, 10.4, 10.6], id="several-at-once"),
    ],
)
def test_a_token_is_due_at_its_end(settled_s: float, ends: list[float]) -> None:
    """Its own last frame closes it."""
    grid = TokenGrid(skip_gaps=True)
    assert closed(grid, 10.1) == []

    assert closed(grid, settled_s) == pytest.approx(ends)


def test_each_token_closes_once() -> None:
    """Asking again gives nothing new."""
    grid = TokenGrid(skip_gaps=True)

    assert closed(grid, 1.0) == [1.0]
    assert closed(grid, 1.0) == []
    assert grid.next_end_s == 1.2


def test_a_short_silence_is_filled_and_a_long_one_left_out() -> None:
    """Two seconds are a busy box; more is a lost camera, in which no time passes."""
    short, long = TokenGrid(skip_gaps=True), TokenGrid(skip_gaps=True)
    assert closed(short, 1.0) == closed(long, 1.0) == [1.0]

    assert len(closed(short, 1.0 + GAP_S)) == 10
    assert closed(long, 100.0) == [100.0]


def test_replay_leaves_nothing_out() -> None:
    """However far behind, every token of a clip closes."""
    grid = TokenGrid(skip_gaps=False)
    closed(grid, 1.0)

    assert len(closed(grid, 101.0)) == 500
