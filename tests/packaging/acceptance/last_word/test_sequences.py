"""Random sequences obey the last word; and a box that does not would be found."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from acceptance.last_word.model import ASKED, ON_FILE, LastWord

DEAF = """
import sys
from acceptance.last_word.sequences import run_one
from appliance.service.control.pausing import Pausing
from appliance.storage.keeping import consent_book
from appliance.storage.tables.consent import Consents

faults = {
    "revoke": lambda: setattr(Consents, "revoke", lambda *_, **__: None),
    "pause": lambda: setattr(Pausing, "pause", lambda *_, **__: ""),
    "loss": lambda: setattr(consent_book, "weigh", lambda rows, *_, **__: consent_book.Weighed(
        records=rows, changed={}, lost=False)),
}
faults[sys.argv[1]]()
found = (run_one(seed).contradiction for seed in range(40))
print(next(one for one in found if one))
"""
"""A program that breaks one promise of the box and runs sequences until that shows."""


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own: whoever forks must have no threads."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=root,
        env={"PYTHONPATH": f"{root}:{root / 'packaging'}", "OMP_NUM_THREADS": "1"},
    )


def test_nobody_is_looked_at_against_the_last_word(root: Path) -> None:
    """Whatever is said, killed, damaged or moved in time in between."""
    told = run(root, "-m", "acceptance.last_word", "--sequences", "24", "--json")

    result = json.loads(told.stdout)
    assert result["contradictions"] == []
    assert told.returncode == 0
    assert result["looks"] > 24 * 10


@pytest.mark.parametrize("fault", ["revoke", "pause", "loss"])
def test_a_box_that_does_not_obey_is_found(root: Path, fault: str) -> None:
    """A revocation or a pause that goes unheard; damage that forgets a no."""
    told = run(root, "-c", DEAF, fault)

    assert told.returncode == 0, told.stderr
    assert any(word in told.stdout for word in ("against the last word", "the camera is open"))


def test_a_stay_takes_its_consent_along() -> None:
    """Whoever comes next has not agreed, and whoever returns has not either."""
    model = LastWord()
    model.sit(ASKED, "one")
    model.agree(ASKED)
    assert model.allowed() == {ON_FILE, ASKED}

    model.sit(ASKED, "two")
    model.sit(ASKED, "one")

    assert model.allowed() == {ON_FILE}
