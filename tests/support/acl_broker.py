"""A Mosquitto with passwords, and with an ACL that a test writes."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Self

from appliance.mqtt.contract.permissions import permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress

TERMINAL_PATTERNS = """\
pattern read cb/v1/+/+/seat/%u/cmd
pattern write cb/v1/+/+/seat/%u/ack
pattern write cb/v1/+/+/seat/%u/feedback
pattern write cb/v1/+/+/seat/%u/context
pattern write cb/v1/+/+/seat/%u/presence
"""


class AclBroker:
    """A plain listener whose users are known by password; a context manager."""

    def __init__(self, folder: Path, *, users: tuple[str, ...], acl: str) -> None:
        """Write passwords and ACL.

        Args:
            folder: Of the broker.
            users: Everybody who may connect, with ``password_of``.
            acl: What they may do.
        """
        folder.mkdir()
        self._folder = folder
        self._acl, passwords = folder / "acl", folder / "passwd"
        self.write(acl)
        passwords.write_text("".join(f"{user}:{password_of(user)}\n" for user in users))
        passwords.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True, capture_output=True)
        self.broker = PrivateBroker(
            folder,
            config=f"listener {{port}} {LOOPBACK}\nallow_anonymous false\n"
            f"password_file {passwords}\nacl_file {self._acl}\nuse_username_as_clientid true\n"
            "persistence true\npersistence_location {folder}/\npid_file {folder}/pid\n",
        )

    def __enter__(self) -> Self:
        """Start."""
        self.broker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.broker.stop()

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.broker.port

    def write(self, acl: str) -> None:
        """Set what everybody may do, from the next start or ``reload`` on."""
        self._acl.write_text(acl, encoding="utf-8")
        self._acl.chmod(0o600)

    def reload(self) -> None:
        """Let the running broker read its ACL again; its connections stay."""
        os.kill(int((self._folder / "pid").read_text()), signal.SIGHUP)

    def address(self, user: str) -> BrokerAddress:
        """How a user connects."""
        secret = self._folder / f"{user}.password"
        secret.write_text(password_of(user), encoding="utf-8")
        secret.chmod(0o600)
        return BrokerAddress(host=LOOPBACK, port=self.port, username=user, password_file=secret)


def password_of(user: str) -> str:
    """A made-up password."""
    return f"secret of {user}"


def box_acl(room: RoomTopics, box: str, *, trials: bool = True) -> str:
    """Return the lines of one box, as small as they can be.

    Args:
        room: Where it is.
        box: Its id.
        trials: False: as a school writes them that only lets the box do its work.
    """
    permissions = permissions_of(room, box)
    lines = [f"user {box}", *(one.acl_line for one in permissions)]
    if trials:
        lines += [one.trial_line for one in permissions]
    return "\n".join(lines) + "\n"
