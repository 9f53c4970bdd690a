"""Runs the broker configuration that is shipped, on loopback and with a test's files."""

import subprocess
from importlib.resources import files
from pathlib import Path

from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from tests.support.certificates import Authority

USERS = ("box-1", "teacher-1", "it-1", "pc-01", "pc-02", "pc-07", "sensor-pc-07")


def password_of(user: str) -> str:
    """A made-up password."""
    return f"secret of {user}"


def shipped_broker(
    folder: Path, authority: Authority, *, name: str, identity: tuple[Path, Path] | None = None
) -> PrivateBroker:
    """Return a broker with one of the shipped configurations and the shipped ACL.

    Args:
        folder: Where it writes.
        authority: Of the school.
        name: Of the configuration.
        identity: Certificate and key of the broker; a good one by default.
    """
    folder.mkdir()
    shipped = files("mqtt_contracts") / "mosquitto"
    acl, passwords = folder / "acl", folder / "passwd"
    acl.write_text((shipped / "acl").read_text(encoding="utf-8"), encoding="utf-8")
    acl.chmod(0o600)
    passwords.write_text("".join(f"{user}:{password_of(user)}\n" for user in USERS))
    passwords.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True, capture_output=True)
    certificate, key = identity or authority.sign("broker", host=LOOPBACK)
    config = (shipped / name).read_text(encoding="utf-8")
    for installed, here in (
        ("listener 8883", f"listener {{port}} {LOOPBACK}"),
        ("/etc/mosquitto/classbox/ca.crt", str(authority.certificate)),
        ("/etc/mosquitto/classbox/crl.pem", str(authority.revocations)),
        ("/etc/mosquitto/classbox/broker.crt", str(certificate)),
        ("/etc/mosquitto/classbox/broker.key", str(key)),
        ("/etc/mosquitto/classbox/acl", str(acl)),
        ("/etc/mosquitto/classbox/passwd", str(passwords)),
    ):
        config = config.replace(installed, here)
    return PrivateBroker(folder, config=config)
