"""Whoever sits at the PC can see whether the camera looks."""

from pathlib import Path

import pytest

from appliance.service.sensor.indicator import Indicator, indicator_file, read_indicator


def test_it_says_whether_and_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing once the sensor has ended."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    path = indicator_file()
    indicator = Indicator(path)
    indicator.tell(looks=False, why="nobody here has agreed")
    assert read_indicator(path) == "the camera is closed: nobody here has agreed"
    indicator.tell(looks=True, why="")
    assert read_indicator(path) == "the camera looks"
    indicator.clear()

    assert "does not run here" in read_indicator(path)


def test_without_a_log_in_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a box in a cupboard."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    Indicator(indicator_file()).tell(looks=True, why="")

    assert "does not run here" in read_indicator(indicator_file())
