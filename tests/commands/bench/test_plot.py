"""The picture shows every panel, and says beforehand where it cannot be written."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from appliance.commands.bench.plot import (
    BLUE,
    HEAD_PX,
    PANEL_PX,
    Panel,
    check_target,
    draw_panels,
    probe_panels,
    round_step,
    write_png,
)
from appliance.domain.arrays import UInt8Array
from appliance.errors import ConfigError


def row(p95_age_ms: float) -> dict[str, Any]:
    """Make a probe."""
    return {"pose_fps": 15.0, "p95_age_ms": p95_age_ms, "cpu_cores_used": 0.5}


def draw(panels: list[Panel], places: list[float]) -> UInt8Array:
    """Draw with words that do not matter."""
    return draw_panels(panels, places=places, title="title", facts="facts", axis="axis")


def blue_rows(sheet: UInt8Array, panel: int) -> list[int]:
    """Return the rows of one panel in which the curve is."""
    top = HEAD_PX + panel * PANEL_PX
    part = sheet[top : top + PANEL_PX].astype(int)
    return np.flatnonzero((np.abs(part - BLUE).sum(axis=2) < 30).any(axis=1)).tolist()


def test_every_panel_has_its_curve(tmp_path: Path) -> None:
    """Rate, age and load, in a file that can be opened."""
    rows = [row(20.0), row(40.0), row(200.0)]

    write_png(draw(probe_panels(rows, fps=15.0), [1, 2, 4]), tmp_path / "limit.png")

    picture = cv2.imread(str(tmp_path / "limit.png"))
    assert picture is not None
    sheet = np.asarray(picture[:, :, ::-1], dtype=np.uint8)
    assert all(blue_rows(sheet, panel) for panel in range(3))


def test_a_larger_value_stands_higher() -> None:
    """The curve of 15 above that of 5, on the same scale."""
    high, low = (
        blue_rows(draw([Panel(title="fps", values=[value] * 2, limit=15.0)], [1, 2]), 0)
        for value in (15.0, 5.0)
    )

    assert max(high) < min(low)


def test_a_gap_is_left_where_nothing_is_known() -> None:
    """And a panel of gaps is only empty."""
    assert blue_rows(draw([Panel(title="age", values=[None, None])], [1, 2]), 0) == []


@pytest.mark.parametrize(
    ("length", "step"), [(0.0, 1.0), (6.0, 1.0), (6.1, 2.0), (15.0, 5.0), (0.9, 0.2), (64, 20.0)]
)
def test_steps_are_round_and_few(length: float, step: float) -> None:
    """At most six of 1, 2 or 5 times a power of ten."""
    assert round_step(length) == pytest.approx(step)


def test_only_png_is_written(tmp_path: Path) -> None:
    """Said before an hour is measured for nothing."""
    with pytest.raises(ConfigError, match=r"--plot: only PNG"):
        check_target(tmp_path / "limit.jpg")
    with pytest.raises(ConfigError, match=r"--plot: no folder"):
        check_target(tmp_path / "none" / "limit.png")
    check_target(tmp_path / "limit.png")
