"""Mosquitto with the shipped configuration, and certificates for everybody who asks."""

import datetime as dt
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Self

from appliance.commands.pki.authority import Authority
from appliance.commands.pki.certificate import CertificateSubject, Kind, key_pem, new_key, pem
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress

BOX = "box-1"
TOPICS = RoomTopics(site="north-school", room="lab-2")
"""As the shipped ACL names them."""

CONFIG_FOLDER = "/etc/mosquitto/classbox"


class School:
    """A broker and its authority in one folder; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Make everybody's files; nothing runs yet.

        Raises:
            MissingProgramError: Mosquitto is not installed.
        """
        self._folder = folder
        self._now = dt.datetime.now(dt.UTC)
        folder.mkdir(parents=True)
        self._authority = Authority.create("school", now=self._now)
        (folder / "ca.crt").write_bytes(self._authority.files()[0])
        (folder / "crl.pem").write_bytes(self._authority.revocation_list([], now=self._now))
        self._issue("broker", Kind.BROKER)
        shipped = files("mqtt_contracts") / "mosquitto"
        acl = folder / "acl"
        acl.write_text((shipped / "acl").read_text(encoding="utf-8"), encoding="utf-8")
        acl.chmod(0o600)
        config = (shipped / "mosquitto.conf").read_text(encoding="utf-8")
        config = config.replace("listener 8883", f"listener {{port}} {LOOPBACK}")
        self._broker = PrivateBroker(
            folder / "broker", config=config.replace(CONFIG_FOLDER, str(folder))
        )

    def __enter__(self) -> Self:
        """Start the broker."""
        self._broker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._broker.stop()

    def start(self) -> None:
        """Run the broker."""
        self._broker.start()

    def kill(self) -> None:
        """End the broker as a power cut would."""
        self._broker.kill()

    @property
    def port(self) -> int:
        """Of the broker, on loopback."""
        return self._broker.port

    def address(self, name: str) -> BrokerAddress:
        """Return how somebody connects, with a certificate of their own."""
        if not (self._folder / f"{name}.key").exists():
            self._issue(name, Kind.TERMINAL)
        return address_in(self._folder, name, port=self.port)

    def serve_pages(self) -> None:
        """Make the files of a server of pages."""
        self._issue("screens", Kind.SCREENS)

    def _issue(self, name: str, kind: Kind) -> None:
        key = new_key()
        hosts = [] if kind is Kind.TERMINAL else [LOOPBACK, "localhost"]
        subject = CertificateSubject(name=name, kind=kind, hosts=hosts)
        certificate = self._authority.sign(subject, key.public_key(), now=self._now)
        (self._folder / f"{name}.crt").write_bytes(pem(certificate))
        own = self._folder / f"{name}.key"
        own.touch(mode=0o600)
        own.write_bytes(key_pem(key))


def surroundings() -> Mapping[str, str]:
    """Return the environment in which another process finds this code."""
    root = Path(__file__).parents[3]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [root, root / "packaging"]))}


def address_in(folder: Path, name: str, *, port: int) -> BrokerAddress:
    """Return how somebody connects whose files are there."""
    return BrokerAddress(
        host=LOOPBACK,
        port=port,
        ca_file=folder / "ca.crt",
        cert_file=folder / f"{name}.crt",
        key_file=folder / f"{name}.key",
    )
