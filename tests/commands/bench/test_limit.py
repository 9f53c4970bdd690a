"""The limit is found with few probes, and held means what the design says, to the boundary."""

from typing import Any

import pytest

from appliance.commands.bench.limit import probe_row, search_limit
from appliance.commands.bench.probes import doublings

MOST = 64


def probed(limit: int) -> tuple[int, list[int]]:
    """Search a limit; return it and what was tried."""
    tried: list[int] = []

    def holds(cameras: int) -> bool:
        tried.append(cameras)
        return cameras <= limit

    return search_limit(holds, most=MOST), tried


@pytest.mark.parametrize("limit", range(MOST + 1))
def test_every_limit_is_found(limit: int) -> None:
    """No number is tried twice, and none above the most."""
    found, tried = probed(limit)

    assert found == limit
    assert len(tried) == len(set(tried)) <= 13
    assert max(tried) <= MOST


def test_it_doubles_and_then_bisects() -> None:
    """As announced."""
    assert probed(13)[1] == [1, 2, 4, 8, 16, 12, 14, 13]


def test_the_most_need_not_be_a_power_of_two() -> None:
    """The last step is shorter."""
    assert search_limit(lambda _: True, most=12) == 12


def report(*rows: dict[str, Any]) -> dict[str, Any]:
    """Make a report of cameras that differ from a good one."""
    good = {"pose_fps": 15.0, "expression_fps": 15.0, "dropped": 0.0, "p95_age_ms": 20.0}
    return {"cameras": [good | row for row in rows], "cpu_cores_used": 1.0, "rss_mb": 300.0}


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ({"dropped": 0.0199}, True),
        ({"dropped": 0.02}, False),
        ({"p95_age_ms": 150.0}, True),
        ({"p95_age_ms": 150.1}, False),
        ({"p95_age_ms": None}, False),
        ({"pose_fps": 14.7}, True),
        ({"pose_fps": 14.69}, False),
    ],
)
def test_one_bad_camera_is_enough(row: dict[str, Any], held: object) -> None:
    """Less than 2 % dropped, at most 150 ms, and 98 % of the undisturbed rate."""
    assert probe_row(report({}, row), rate_fps=15.0)["holds"] is held


def test_a_probe_tells_the_worst_camera() -> None:
    """Not a mean that hides it."""
    row = probe_row(
        report({"p95_age_ms": 80.0}, {"pose_fps": 14.8, "dropped": 0.01}), rate_fps=15.0
    )

    assert row == {
        "cameras": 2,
        "pose_fps": 14.8,
        "expression_fps": 15.0,
        "dropped": 0.01,
        "p95_age_ms": 80.0,
        "cpu_cores_used": 1.0,
        "rss_mb": 300.0,
        "holds": True,
    }


@pytest.mark.parametrize(
    ("most", "steps"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (8, [1, 2, 4, 8]), (9, [1, 2, 4, 8, 9])],
)
def test_a_plot_measures_the_doublings_and_the_end(most: int, steps: list[int]) -> None:
    """The number that was asked for is always a point."""
    assert doublings(most) == steps
