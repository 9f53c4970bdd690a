"""Each real check runs by itself."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.errors import ConfigError
from training.evaluate.__main__ import app
from training.real.checks import CHECKS, RealCheck, RealSources, run_real_checks


def fail(sources: RealSources) -> dict[str, object]:
    """Stand for a check whose data are missing."""
    msg = f"{sources.data}: nothing there"
    raise ConfigError(msg)


def test_a_check_that_cannot_run_stops_no_other(tmp_path: Path) -> None:
    """It has not passed, and says why."""
    tables = run_real_checks(
        RealSources(data=tmp_path, work=None),
        chosen=[RealCheck.BLINKS, RealCheck.QUIET],
        checks={RealCheck.BLINKS: fail, RealCheck.QUIET: lambda _: {"passed": True}},
    )

    assert tables["quiet"] == {"passed": True}
    assert tables["blinks"] == {"passed": False, "not_run": f"{tmp_path}: nothing there"}


def test_every_check_has_a_way_to_be_done() -> None:
    """None is forgotten."""
    assert set(CHECKS) == set(RealCheck)


@pytest.mark.parametrize("check", [RealCheck.IDENTITY, RealCheck.QUIET])
def test_missing_clips_are_named(tmp_path: Path, check: RealCheck) -> None:
    """Without data the command still answers in JSON."""
    command = ["real", "--data", str(tmp_path), "--work", str(tmp_path / "work")]
    result = CliRunner().invoke(app, [*command, "--check", check.value, "--json"])

    assert result.exit_code == 0
    assert '"not_run"' in result.stdout
    assert "talking_face.webm" in result.stdout


def test_groups_need_renders(tmp_path: Path) -> None:
    """It says how to make them, and nothing else stops."""
    command = ["real", "--data", str(tmp_path), "--check", "groups", "--json"]
    result = CliRunner().invoke(app, command)

    assert result.exit_code == 0
    assert "python -m training.simulator awake" in result.stdout
