"""What the machine says of the service: systemd, the journal, the clock, the certificates."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.commands.doctor.links import ChainLink, Hop, broken, unknown, works
from appliance.host.quarantine import ENDS_FILE
from appliance.mqtt.wire.address import RENEW
from appliance.mqtt.wire.certificate import own_certificate_ends_s
from appliance.service.assembly import broker_address
from appliance.settings.tree import Settings

UNIT = "classbox.service"
PATIENCE_S = 10.0
DAY_S = 86400.0
FEW_DAYS = 7.0
"""A certificate that ends sooner is one that nobody has renewed in time."""

START = "sudo systemctl start classbox"
EXIT_CODES = {
    "65": "a model is missing or damaged: sudo classbox check names it",
    "70": "a native call did not end or crashed; systemd starts the box again",
    "78": "the configuration is wrong: sudo classbox check names every problem",
}
"""What the exit status of the main process means (appliance/errors.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """What systemd and the journal know of the service."""

    active: str
    """``active``, ``inactive``, ``failed``, …"""

    result: str
    """``success``, ``exit-code``, ``watchdog``, ``oom-kill``, …"""

    exit_status: str
    """Of the last main process, as systemd prints it."""

    restarts: str
    """Automatic restarts since it was last started by hand."""

    last_line: str
    """Last line of the journal that the service wrote; empty where it cannot be read."""


def read_unit() -> UnitState | None:
    """Ask systemd; None where there is none, or where it does not know the unit."""
    fields = ("LoadState", "ActiveState", "Result", "ExecMainStatus", "NRestarts")
    said = run_program("systemctl", "show", UNIT, f"--property={','.join(fields)}")
    values = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    if values.get("LoadState") != "loaded":
        return None
    return UnitState(
        active=values.get("ActiveState", ""),
        result=values.get("Result", ""),
        exit_status=values.get("ExecMainStatus", ""),
        restarts=values.get("NRestarts", ""),
        last_line=run_program(
            "journalctl", "--unit", UNIT, "--lines", "1", "--output", "cat", "--quiet"
        ).strip(),
    )


def stopped_link(unit: UnitState | None, state_dir: Path) -> ChainLink:
    """Say why the service does not run, as far as anybody knows."""
    crash = _native_end(state_dir)
    if unit is None:
        fact = "not running, and systemd does not know it"
        return broken(Hop.SERVICE, f"{fact}; {crash}" if crash else fact, f"start it: {START}")
    facts = [f"not running: {unit.active}, {unit.result}"]
    if unit.exit_status not in {"", "0"}:
        facts.append(f"exit status {unit.exit_status}")
    if crash:
        facts.append(crash)
    if unit.last_line:
        facts.append(f"its last line: {unit.last_line[:300]}")
    why = EXIT_CODES.get(unit.exit_status, "sudo journalctl -u classbox says more")
    return broken(Hop.SERVICE, "; ".join(facts), f"{why}; then {START}")


def clock_link() -> ChainLink:
    """Say whether the clock is right, as far as systemd knows."""
    said = _time_setting("NTPSynchronized")
    if said == "yes":
        return works(Hop.CLOCK, "synchronised")
    if said == "no":
        return broken(
            Hop.CLOCK,
            "not synchronised: terminals and teachers judge by it how old a message is",
            _clock_step(),
        )
    return unknown(Hop.CLOCK, "timedatectl does not say", "look at the time of the machine")


def _clock_step() -> str:
    """Return what synchronises the clock, by what is installed and switched on."""
    if _time_setting("CanNTP") == "no":
        return "nothing here asks a time server: sudo apt install systemd-timesyncd"
    if _time_setting("NTP") == "yes":
        return "let the box reach a time server (UDP port 123), or name the school's own"
    return "sudo timedatectl set-ntp true, and let the box reach a time server"


def _time_setting(name: str) -> str:
    return run_program("timedatectl", "show", f"--property={name}", "--value").strip()


def run_program(*words: str) -> str:
    """Return what a program prints; empty where it is missing, fails or hangs."""
    program = shutil.which(words[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - programs of the system, words of our own
            [program, *words[1:]], capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _native_end(state_dir: Path) -> str:
    """Say where the process last ended in native code, within the last day."""
    try:
        ends = json.loads((state_dir / ENDS_FILE).read_text(encoding="utf-8"))
        end = max(ends, key=lambda one: one["at_s"])
        camera, stage = end["camera"], end["stage"]
    except (OSError, ValueError, TypeError, KeyError):
        return ""
    return f"it ended while {stage} at a picture of camera {camera}"


def certificate_link(settings: Settings, *, problems: Iterable[str], now_s: float) -> ChainLink:
    """Say how long the certificates are valid.

    Args:
        settings: Name the box's own.
        problems: What a running box says; it knows the broker's, too.
        now_s: Wall time.
    """
    said = [line.removeprefix("certificate: ") for line in problems if line.startswith("certifi")]
    if said:
        return broken(Hop.CERTIFICATES, "; ".join(said), RENEW)
    mqtt = broker_address(settings.mqtt)
    if mqtt.ca_file is None:
        return works(Hop.CERTIFICATES, "none: the broker is reached without TLS")
    if mqtt.cert_file is None or mqtt.key_file is None:
        return works(Hop.CERTIFICATES, "the box shows none of its own")
    try:
        ends_s = own_certificate_ends_s(mqtt.cert_file, mqtt.key_file)
    except OSError as error:  # ssl.SSLError is one
        return broken(Hop.CERTIFICATES, f"the box's own cannot be used: {error}", RENEW)
    if ends_s is None:
        return unknown(Hop.CERTIFICATES, "the box's own does not say", RENEW)
    days = (ends_s - now_s) / DAY_S
    fact = f"the box's own ends in {days:.0f} days"
    return (
        broken(Hop.CERTIFICATES, fact, RENEW) if days < FEW_DAYS else works(Hop.CERTIFICATES, fact)
    )
