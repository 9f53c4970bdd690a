"""Five good cameras are touched when they lose frames or time, from the exact boundary on."""

from typing import Any

import pytest

from appliance.commands.bench.endurance.faults import find_touched

ALONE = {"name": "cam-01", "pose_fps": 15.0, "p95_age_ms": 20.0}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"pose_fps": 14.7, "p95_age_ms": 70.0}, None),
        ({"pose_fps": 14.69}, "cam-01: 14.69 fps beside bad cameras, 15.00 without"),
        ({"p95_age_ms": 71.0}, "cam-01: p95 age 71 ms beside bad cameras, 20 ms without"),
        ({"p95_age_ms": None}, "cam-01: no frame was looked at"),
    ],
)
def test_what_counts_as_touched(change: dict[str, Any], problem: str | None) -> None:
    """Below 98 % of the rate alone, or more than 50 ms older."""
    assert find_touched([ALONE], [ALONE | change]) == ([] if problem is None else [problem])
