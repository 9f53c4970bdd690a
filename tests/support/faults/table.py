"""``python -m tests.support.faults.table [NAME…]``: every fault, and what doctor says of it."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import structlog
from typer.testing import CliRunner

from appliance.commands.command_line import build_app
from appliance.host.logs import configure_logs
from tests.support.faults.every import FAULTS, Fault
from tests.support.scenes import scene

LOOK_S = 2.0


def ask_doctor(config: Path) -> dict[str, Any]:
    """Run ``classbox doctor --json`` as an operator does."""
    words = ["doctor", "--config", str(config), "--json", "--seconds", str(LOOK_S)]
    logging = structlog.get_config()
    said = CliRunner().invoke(build_app("doctor"), words, catch_exceptions=False)
    structlog.configure(**logging)  # the box in this process goes on
    report: dict[str, Any] = json.loads(said.stdout)
    assert (said.exit_code == 0) is report["ok"]
    return report


def inject(fault: Fault, folder: Path) -> dict[str, Any]:
    """Set a box up that has the fault, and ask doctor."""
    with scene(folder) as here:
        fault.inject(here)
        return ask_doctor(here.config)


def named(fault: Fault, report: dict[str, Any]) -> bool:
    """Tell whether doctor names the fault as the first broken link."""
    first = report["first_broken"]
    return first is not None and first["part"] == fault.at and fault.said in first["fact"]


def main(names: list[str]) -> int:
    """Print a row for each fault; return 0 when every one is named."""
    configure_logs(level="error")
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    right = 0
    for fault in chosen:
        with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
            report = inject(fault, Path(folder))
        first = report["first_broken"] or {"part": "nothing", "fact": "", "next": ""}
        right += named(fault, report)
        mark = "✓" if named(fault, report) else "✗"
        print(f"{mark} {fault.name} | {first['part']} | {first['fact']} | {first['next']}")  # noqa: T201
    print(f"{right} of {len(chosen)} named as the first broken link")  # noqa: T201
    return 0 if right == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
