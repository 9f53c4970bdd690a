"""``classbox doctor`` names the link that is broken, and nothing where nothing is."""

from pathlib import Path

import pytest

from tests.support.faults.every import FAULTS, Fault
from tests.support.faults.student import box_with_student
from tests.support.faults.table import ask_doctor, inject, named
from tests.support.scenes import SEAT, scene
from tests.support.service import run_classbox

QUICK = [fault for fault in FAULTS if fault.quick]


@pytest.mark.long
@pytest.mark.broker
@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_fault_is_the_first_broken_link(tmp_path: Path, fault: Fault) -> None:
    """With a fact that shows it and a next step, and never everything green."""
    report = inject(fault, tmp_path)

    assert named(fault, report), report["first_broken"]
    assert report["first_broken"]["next"]
    assert not report["ok"]


@pytest.mark.long
@pytest.mark.broker
def test_a_box_on_which_all_is_well_has_no_broken_link(tmp_path: Path) -> None:
    """A student before it, a terminal that has shown the test: every link works or has to wait."""
    with scene(tmp_path) as here:
        box_with_student(here)
        shown = run_classbox("test-alert", SEAT, "--config", str(here.config))
        report = ask_doctor(here.config)

    assert (shown.returncode, shown.stderr) == (0, "")
    assert report["ok"], report["first_broken"]
    assert report["running"]
    standing = {link["part"]: link["verdict"] for link in report["links"]}
    waiting = {part for part, verdict in standing.items() if verdict == "open"}
    assert waiting <= {"clock", "reading", "alert", "rule"}
