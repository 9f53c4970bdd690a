"""What is printed of a box that has kept nothing of a kind."""

from pathlib import Path

import pytest

from tests.support.backups import call
from tests.support.clocks import HeldClock
from tests.support.rows import SEAT, TERMINAL, make_intervention, open_storage
from tests.support.service import write_config


@pytest.mark.parametrize("form", [[], ["--csv"]])
def test_nothing_is_said_where_a_table_is_not_expected(tmp_path: Path, form: list[str]) -> None:
    """On standard error, so that a file into which it is led stays empty; other kinds are there."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    storage = open_storage(tmp_path / "state", HeldClock())
    storage.decisions.record_intervention(make_intervention(seat=SEAT), terminal=TERMINAL)
    storage.flush()

    nothing = call("export", "--kind", "feedback", *form, "--config", str(config))
    done = call("export", "--kind", "decisions", *form, "--config", str(config))
    storage.stop()

    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert nothing.stderr == "nothing is on record: no feedback\n"
    assert "mandatory_rest" in done.stdout
    assert done.stderr == ""
