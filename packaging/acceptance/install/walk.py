"""Types the steps, one after the other, and takes the time."""

import re
import time
from collections.abc import Iterator, Sequence

from acceptance.install.steps import Step
from acceptance.machine import Machine
from acceptance.outcome import Outcome

LOOK_S = 2.0
"""Between two looks at whether a step has done its work."""


def walk(machine: Machine, steps: Sequence[Step]) -> Iterator[Outcome]:
    """Type the steps; the first that does not show what it should is the last."""
    for step in steps:
        began_s = time.monotonic()
        passed, seen = _type(machine, step)
        lines = seen.strip().splitlines()
        fact = (lines[-1] if lines else "") if passed else seen.strip()
        yield Outcome(step.typed, passed, time.monotonic() - began_s, fact)
        if not passed:
            return


def _type(machine: Machine, step: Step) -> tuple[bool, str]:
    """Type one; return whether it showed what it should within its time, and what it showed."""
    until_s = time.monotonic() + step.patience_s
    seen = ""
    if step.aside:
        machine.start(step.typed)
    else:
        answer = machine.run(step.typed, timeout_s=step.patience_s)
        seen = answer.text
        if answer.code != 0:
            return False, f"{seen}\nexit code {answer.code}"
    while step.until and time.monotonic() < until_s:
        seen = machine.run(step.until, timeout_s=step.patience_s).text
        if re.search(step.shows, seen, re.MULTILINE):
            break
        time.sleep(LOOK_S)
    return re.search(step.shows, seen, re.MULTILINE) is not None, seen
