"""Codes that make a browser a terminal: once, for an hour, and only hashes of them are kept."""

import hmac
import io
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import segno
from argon2.low_level import Type, hash_secret_raw

from appliance.errors import ConfigError
from appliance.screens.people.kept import KeptRows

ENROLMENTS_FILE = "enrolments.json"

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L and U: a code is read from paper."""

LENGTH = 10
"""30^10 is 49 bits."""

LASTS_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A code that somebody may type."""

    terminal: str
    """Which terminal the browser becomes."""

    code: str = field(repr=False)
    """Ten characters of ``ALPHABET``."""

    url: str = field(repr=False)
    """Page that has it in the field already; the part behind ``#`` is sent to no server."""

    ends_s: float
    """Unix time."""


class EnrolmentCodes:
    """Codes of the terminals of this server, one at a time for each; any thread may call."""

    def __init__(
        self,
        folder: Path,
        *,
        is_terminal: Callable[[str], bool],
        origin: str,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """Read what is kept.

        Args:
            folder: The state folder.
            is_terminal: Tells whether this server has the key of a terminal.
            origin: Where browsers find this server: ``https://box-1.school:8443``.
            wall_s: Clock.

        Raises:
            StorageError: The folder or file cannot be used.
        """
        self._kept = KeptRows(folder, ENROLMENTS_FILE)
        self._is_terminal = is_terminal
        self._origin = origin
        self._wall_s = wall_s
        self._lock = threading.Lock()
        self._issued: dict[str, IssuedCode] = {}

    def issue(self, terminals: Iterable[str]) -> list[IssuedCode]:
        """Make a code for each terminal; an earlier one of the same is good no more.

        It takes some milliseconds each.

        Raises:
            ConfigError: One of them is none of this server's; nothing was made.
            StorageError: They could not be kept.
        """
        wanted = list(dict.fromkeys(terminals))
        if strange := [one for one in wanted if not self._is_terminal(one)]:
            msg = f"this server has no key of {', '.join(strange)}"
            raise ConfigError(msg, next_step="look at screens.terminals")
        now_s = self._wall_s()
        issued = []
        with self._kept.change() as rows:
            for terminal in wanted:
                code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
                salt = secrets.token_bytes(16)
                rows[terminal] = {
                    "salt": salt.hex(),
                    "hash": _hash(code, salt),
                    "ends_s": now_s + LASTS_S,
                }
                url = f"{self._origin}/enrol#{code}"
                issued.append(
                    IssuedCode(terminal=terminal, code=code, url=url, ends_s=now_s + LASTS_S)
                )
        with self._lock:
            self._issued.update({one.terminal: one for one in issued})
        return issued

    def issued(self) -> list[IssuedCode]:
        """Return the codes that this process has made and that are still good, for the sheet."""
        rows, now_s = self._kept.rows(), self._wall_s()
        with self._lock:
            self._issued = {
                terminal: one
                for terminal, one in self._issued.items()
                if now_s < one.ends_s == rows.get(terminal, {}).get("ends_s")
            }
            return list(self._issued.values())

    def withdraw(self, terminal: str) -> None:
        """Make the code of a terminal good for nothing."""
        with self._kept.change() as rows:
            rows.pop(terminal, None)

    def redeem(self, typed: str) -> str | None:
        """Use a code up; of two who come with the same at once one succeeds.

        It takes some milliseconds for each code that is open, whatever was typed.

        Returns:
            The terminal, or None when no such code is open.

        Raises:
            StorageError: It could not be used up.
        """
        code = plain_code(typed)
        with self._kept.change() as rows:
            now_s = self._wall_s()
            for terminal in list(rows):
                if now_s >= float(str(rows[terminal]["ends_s"])):
                    del rows[terminal]
            matches = [
                terminal
                for terminal, row in rows.items()
                if hmac.compare_digest(
                    _hash(code, bytes.fromhex(str(row["salt"]))), str(row["hash"])
                )
            ]
            for terminal in matches:
                del rows[terminal]
        found = next(iter(matches), None)
        return found if found is not None and self._is_terminal(found) else None


def plain_code(typed: str) -> str:
    """Return a code without what people put between its characters."""
    return "".join(one for one in typed.upper() if one in ALPHABET)[: LENGTH + 1]


def qr_svg(url: str) -> bytes:
    """Return a QR code as a picture that scales, dark on white.

    Source: ISO/IEC 18004; level M, which survives a fold in the paper.
    """
    picture = io.BytesIO()
    code = segno.make(url, error="m", micro=False)
    code.save(picture, kind="svg", scale=8, border=4, light="#fff", xmldecl=False)
    return picture.getvalue()


def qr_lines(url: str) -> str:
    """Return a QR code for a console: block characters, with the quiet zone around it."""
    code = segno.make(url, error="m", micro=False)
    rows = [[bool(cell) for cell in row] for row in code.matrix_iter(border=2)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    blocks = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return "\n".join(
        "".join(blocks[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def _hash(code: str, salt: bytes) -> str:
    # Slower than SHA-256: 49 bits alone could be searched for by whoever has stolen the file.
    raw = hash_secret_raw(
        code.encode(),
        salt,
        time_cost=1,
        memory_cost=1024,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )
    return raw.hex()
