"""What has to hold on a machine on which the room works: nobody types these."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from acceptance.machine import Machine
from acceptance.outcome import Outcome

EXPOSURE = 1.5
"""Highest score of ``systemd-analyze security``; 0 is nothing to object to, 10 no protection."""

QUIET_S = 15.0
"""Three times ``RestartSec``: who restarts for ever has done it by then."""

WRONG = "printf '[warning]\\ntheta = 7\\n' > /etc/classbox/config.d/99-wrong.toml"
DAMAGED = (
    "cp -r /opt/classbox/current/lib/python3*/site-packages/optimized_models /srv/models"
    " && truncate --size=100 /srv/models/fusion_fatigue/model.bin"
    ' && printf \'[box]\\nmodels_dir = "/srv/models"\\n[engines]\\nfusion = "openvino"\\n\''
    " > /etc/classbox/config.d/99-wrong.toml"
)
HEAL = "rm -f /etc/classbox/config.d/99-wrong.toml && systemctl restart classbox"
LAST_LINE = "journalctl --unit {unit} _SYSTEMD_UNIT={unit} --output cat --lines 1"
UNIT = "classbox.service"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to hold."""

    what: str
    look: Callable[[Machine], tuple[bool, str]]
    """Returns whether it does, and what was seen."""


def checked(machine: Machine, checks: tuple[Check, ...]) -> Iterator[Outcome]:
    """Look at one after the other; a failure does not keep the next from being looked at."""
    for check in checks:
        began_s = time.monotonic()
        passed, fact = check.look(machine)
        yield Outcome(check.what, passed, time.monotonic() - began_s, fact)


def exposure(unit: str) -> Callable[[Machine], tuple[bool, str]]:
    """Return the check that systemd finds little open to whoever takes a service over."""

    def look(machine: Machine) -> tuple[bool, str]:
        text = machine.run(f"systemd-analyze security --no-pager {unit}").text
        found = re.search(rf"Overall exposure level for {unit}: ([\d.]+)", text)
        if found is None:
            return False, text
        return float(found[1]) <= EXPOSURE, f"{found[1]}; at most {EXPOSURE}"

    return look


def stays_down(
    break_it: str, code: int, reason: str, unit: str = UNIT, heal: str = HEAL
) -> Callable[[Machine], tuple[bool, str]]:
    """Return the check that a fault stops a service once, and that the journal says why."""

    def look(machine: Machine) -> tuple[bool, str]:
        machine.run(f"{break_it} && systemctl restart {unit}")
        time.sleep(QUIET_S)
        shown = machine.run(
            f"systemctl show --value -p ActiveState -p ExecMainStatus -p NRestarts {unit}"
        )
        said = machine.run(LAST_LINE.format(unit=unit)).text.strip()
        machine.run(heal)
        values = shown.text.split()
        passed = sorted(values) == sorted(["failed", str(code), "0"]) and reason in said
        return passed, f"{' '.join(values)}; {said}"

    return look


def _sockets(machine: Machine) -> tuple[bool, str]:
    """The service talks to its broker and its camera, which are both on this machine here."""
    command = "ss --no-header --numeric --processes --tcp --udp | grep '\"python3\"'"
    peers = {line.split()[5] for line in machine.run(command).text.splitlines()}
    outside = {peer for peer in peers if not peer.startswith(("127.", "[::1]", "[::ffff:127."))}
    return bool(peers) and not outside, ", ".join(sorted(outside or peers))


CHECKS = (
    Check("exposure by systemd's own judgement", exposure(UNIT)),
    Check("sockets of the running service", _sockets),
    Check("78 for a wrong configuration: down", stays_down(WRONG, 78, "warning.theta")),
    Check("65 for a damaged model: down", stays_down(DAMAGED, 65, "fusion_fatigue")),
)
