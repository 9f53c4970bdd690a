"""A room that ``classbox setup`` has set up below a folder, and the broker it configured."""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from appliance.commands.command_line import build_app
from appliance.commands.pki.authority import Authority
from appliance.commands.pki.certificate import CertificateSubject, Kind, key_pem, new_key, pem
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress

ANSWERS = """\
[box]
site = "north-school"
room = "lab-2"
id = "box-1"
[policy]
profile = "fatigue-only"
[cameras.front]
source = "/dev/video0"
seats = 2
[broker]
names = ["127.0.0.1"]
"""

DEBIANS_OWN = """\
persistence true
persistence_location {folder}/
log_type all
pid_file {folder}/pid
"""
"""What stands in /etc/mosquitto/mosquitto.conf on Debian, before it includes conf.d."""

RELOAD_S = 1.0
"""Mosquitto looks at its signals between two turns of its loop."""


@dataclass(frozen=True, slots=True)
class SetUpRoom:
    """The files of one machine."""

    root: Path

    @classmethod
    def below(cls, root: Path, answers: str = ANSWERS) -> "SetUpRoom":
        """Set up a room."""
        room = cls(root)
        root.mkdir(exist_ok=True)
        room.set_up(answers)
        return room

    def set_up(self, answers: str, *options: str) -> Result:
        """Run ``classbox setup`` with a file of answers; it has to succeed."""
        file = self.root / "answers.toml"
        file.write_text(answers, encoding="utf-8")
        return self.ok("setup", "--answers", str(file), *options)

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Run a command on this machine's files."""
        return CliRunner().invoke(
            build_app(words[0]), [*words, "--root", str(self.root)], input=typed
        )

    def ok(self, *words: str, typed: str | None = None) -> Result:
        """Run a command that has to succeed."""
        result = self.run(*words, typed=typed)
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    def path(self, name: str) -> Path:
        """Return where a file below /etc lies."""
        return self.root / "etc" / name

    def broker(self, folder: Path) -> PrivateBroker:
        """Return a broker with the files that were written, not started."""
        text = self.path("mosquitto/conf.d/classbox.conf").read_text(encoding="utf-8")
        assert "listener 8883\n" in text
        text = text.replace("listener 8883\n", f"listener {{port}} {LOOPBACK}\n")
        text = text.replace("/etc/mosquitto", str(self.path("mosquitto")))
        return PrivateBroker(folder, config=DEBIANS_OWN + text)

    def address(self, port: int, folder: str, stem: str) -> BrokerAddress:
        """Return how the holder of a pair reaches the broker."""
        home = self.path(folder)
        return BrokerAddress(
            host=LOOPBACK,
            port=port,
            ca_file=home / "ca.crt",
            cert_file=home / f"{stem}.crt",
            key_file=home / f"{stem}.key",
        )

    def box(self, port: int) -> BrokerAddress:
        """Return how the box reaches the broker."""
        return self.address(port, "classbox/credentials", "box")

    def terminal(self, port: int, name: str) -> BrokerAddress:
        """Return how a terminal reaches the broker."""
        return self.address(port, f"classbox/terminals/{name}", name)

    def person(self, port: int, name: str) -> BrokerAddress:
        """Return how a teacher or an IT person reaches the broker."""
        return self.address(port, f"classbox/people/{name}", name)

    def environment(self) -> Mapping[str, str]:
        """Return what points a command at the credentials below the folder."""
        home = self.path("classbox/credentials")
        return {
            "CLASSBOX_MQTT__CA_FILE": str(home / "ca.crt"),
            "CLASSBOX_MQTT__CERT_FILE": str(home / "box.crt"),
            "CLASSBOX_MQTT__KEY_FILE": str(home / "box.key"),
            "CLASSBOX_BOX__STATE_DIR": str(self.root / "state"),
        }


def reload_broker(folder: Path) -> None:
    """Send what ``systemctl reload mosquitto`` sends."""
    os.kill(int((folder / "pid").read_text(encoding="utf-8")), signal.SIGHUP)
    time.sleep(RELOAD_S)


def foreign_pair(
    folder: Path,
    name: str,
    *,
    authority: Authority | None = None,
    age_days: int = 0,
    days: int = 2,
) -> tuple[Path, Path]:
    """Write a client's certificate and key.

    Args:
        folder: Where.
        name: Common name.
        authority: Who signs; a stranger without.
        age_days: How long ago it was signed.
        days: For how long.
    """
    now = datetime.now(UTC)
    signer = authority or Authority.create("stranger", now=now - timedelta(days=age_days + 1))
    key = new_key()
    subject = CertificateSubject(name=name, kind=Kind.TERMINAL)
    certificate = signer.sign(
        subject, key.public_key(), now=now - timedelta(days=age_days), days=days
    )
    cert_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    cert_file.write_bytes(pem(certificate))
    key_file.write_bytes(key_pem(key))
    key_file.chmod(0o600)
    return cert_file, key_file


def read_authority(room: SetUpRoom) -> Authority:
    """Return the room's own authority."""
    home = room.path("classbox/pki")
    return Authority.read((home / "ca.crt").read_bytes(), (home / "ca.key").read_bytes())
