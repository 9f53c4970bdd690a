"""Tells systemd's services on this machine that something changed."""

import shutil
import subprocess
from pathlib import Path

from appliance.commands.placing.machine import Machine
from appliance.errors import ServiceAwayError

BROKER_UNIT = "mosquitto.service"
BOX_UNIT = "classbox.service"
SCREENS_UNIT = "classbox-screens.service"


class Services:
    """systemd where it runs; elsewhere a list of what somebody else has to do."""

    def __init__(self, machine: Machine) -> None:
        """Look whether systemd runs here."""
        self._systemctl = shutil.which("systemctl")
        self._running = (
            machine.here and self._systemctl is not None and Path("/run/systemd/system").is_dir()
        )
        self.left: list[str] = []
        """Commands that are left to do, because no systemd runs here."""

    def do(self, *words: str) -> None:
        """Run ``systemctl`` with these words, or note that somebody has to.

        Raises:
            ServiceAwayError: systemd could not do it; its own words are in the message.
        """
        if not self._running:
            self.left.append(f"systemctl {' '.join(words)}")
            return
        done = subprocess.run(  # noqa: S603 - a fixed program and our own units
            [str(self._systemctl), *words], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = done.stderr.strip() or done.stdout.strip()
            msg = f"systemctl {' '.join(words)}: {said}; look at: journalctl -u {words[-1]}"
            raise ServiceAwayError(msg)

    def restart_box(self) -> None:
        """Let a box that runs read its configuration again; it goes on where it was."""
        self.do("try-restart", BOX_UNIT)

    def restart_screens(self) -> None:
        """Let screens that run take new keys; pages connect again by themselves."""
        self.do("try-restart", SCREENS_UNIT)

    def reload_broker(self) -> None:
        """Let Mosquitto read certificates, keys, revocations and ACL again; nobody is cut off."""
        self.do("try-reload-or-restart", BROKER_UNIT)

    def restart_broker(self) -> None:
        """Cut every client off, so that each has to show its certificate again.

        Mosquitto, 2.0.11 as 2.0.21, reads ``crlfile`` on a reload, and asks only new connections
        for it: who is revoked and connected would stay.
        """
        self.do("try-restart", BROKER_UNIT)
