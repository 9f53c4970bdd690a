"""The accounts of teachers and IT."""

import re
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import ConfigError
from appliance.screens.http.visitors import Role
from appliance.screens.people.kept import KeptRows
from appliance.screens.people.passwords import (
    NOBODYS,
    hash_password,
    is_password,
    require_good,
)

ACCOUNTS_FILE = "accounts.json"
LONGEST_NAME = 64
_NAME = re.compile(r"[\w.@-]+( [\w.@-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who signs in with a password."""

    name: str
    """As it is typed, in small letters."""

    role: Role
    """Teacher or IT."""

    since_s: float
    """When it was made or got its password, Unix time."""

    credential: str = field(repr=False)
    """Which password; another one ends all sessions of the account."""


class Accounts:
    """Who may sign in; any thread may call."""

    def __init__(self, folder: Path, *, wall_s: Callable[[], float] = time.time) -> None:
        """Read them.

        Args:
            folder: The state folder.
            wall_s: Clock.

        Raises:
            StorageError: The folder or file cannot be used.
        """
        self._kept = KeptRows(folder, ACCOUNTS_FILE)
        self._wall_s = wall_s

    def all(self) -> list[Account]:
        """Return the accounts by name."""
        rows = self._kept.rows()
        return [_account(name, rows[name]) for name in sorted(rows)]

    def of(self, name: str) -> Account | None:
        """Return one, None when there is no such account."""
        row = self._kept.rows().get(name)
        return None if row is None else _account(name, row)

    def add(self, name: str, role: Role, password: str) -> Account:
        """Make an account, or give one another password and role; its sessions end.

        Raises:
            ConfigError: The name or the password will not do.
            StorageError: It could not be kept.
        """
        plain = plain_name(name)
        if len(plain) > LONGEST_NAME or _NAME.fullmatch(plain) is None:
            msg = f"{name!r} will not do as a name"
            raise ConfigError(msg, next_step="take letters, digits, spaces and . @ - _")
        if role is Role.SEAT:
            msg = "a seat has no account"
            raise ConfigError(msg, next_step="enrol the terminal with a code")
        require_good(password, name=plain)
        row: dict[str, object] = {
            "role": str(role),
            "since_s": self._wall_s(),
            "credential": secrets.token_hex(8),
            "hash": hash_password(password),
        }
        with self._kept.change() as rows:
            rows[plain] = row
        return _account(plain, row)

    def remove(self, name: str) -> bool:
        """Take an account away; its sessions end.

        Returns:
            Whether there was one.
        """
        with self._kept.change() as rows:
            return rows.pop(plain_name(name), None) is not None

    def check(self, name: str, password: str) -> Account | None:
        """Return whose password that is; it takes as long when there is no such account."""
        plain = plain_name(name)
        row = self._kept.rows().get(plain)
        right = is_password(NOBODYS if row is None else str(row["hash"]), password)
        return _account(plain, row) if row is not None and right else None


def plain_name(name: str) -> str:
    """Return a name as it is kept, however somebody has typed it."""
    return unicodedata.normalize("NFC", name).casefold().strip()


def _account(name: str, row: dict[str, object]) -> Account:
    return Account(
        name=name,
        role=Role(str(row["role"])),
        since_s=float(str(row["since_s"])),
        credential=str(row["credential"]),
    )
