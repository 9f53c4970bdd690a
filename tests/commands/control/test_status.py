"""What classbox status says has a next step for everything that can be wrong."""

import io

import pytest
from rich.console import Console

from appliance.commands.control.status import FEWER, describe, next_step, show
from appliance.mqtt.contract.codec import to_plain
from appliance.service.report import write_report
from tests.support.facts import WELL


@pytest.mark.parametrize(
    ("problem", "step"),
    [
        ("camera front: no route to host", "sudo classbox check"),
        ("camera front: more than a fifth of its frames are dropped", FEWER),
        ("camera front: frames are lost; tokens close too late", FEWER),
        ("camera front: looking at its frames fails; the log says why", "sudo classbox check"),
        ("load: degraded to pose 7.5 Hz, expression 15 Hz: 7% of the frames were dropped", FEWER),
        ("broker: connection refused", "sudo classbox check"),
        ("storage: writing fails; the log says why", "df -h"),
        ("thread lane[0]: no sign of life", "journalctl"),
        ("storage: the disk is full; free some space", ""),
    ],
)
def test_every_problem_has_a_next_step(problem: str, step: str) -> None:
    """Of its own, or one that is said beside it."""
    told = next_step(problem)

    assert (step in told) if step else (told == "")


def test_what_is_shown() -> None:
    """State, reasons, problems and what is seen; long lines are not broken."""
    answer = {
        "state": "degraded",
        "since_s": 1_795_000_000.0,
        "closed": {"switch": "/etc/classbox/off is on"},
        "exams": {"a01": "since 10:05, announced by teacher/t1"},
        "problems": ["camera front: [Errno 113] no route to host" + " far away" * 20],
        "health": to_plain(write_report(WELL)),
    }
    out = io.StringIO()

    show(describe(answer), Console(file=out, width=80, soft_wrap=True))

    lines = out.getvalue().splitlines()
    assert lines[0].startswith("degraded since 2026-11-")
    assert lines[1] == "  closed by switch: /etc/classbox/off is on"
    assert "explore" not in out.getvalue()
    assert lines[2] == f"  ✗ {answer['problems'][0]}"  # type: ignore[index]  # a list
    assert lines[3].startswith("    → look at its power")
    assert lines[4] == "  exam on a01: nothing interrupts; since 10:05, announced by teacher/t1"
    assert [line.split() for line in lines[5:]] == [
        ["broker", "connected"],
        ["camera", "front", "live", "15.0", "fps"],
        ["seat", "a01", "absent"],
    ]
