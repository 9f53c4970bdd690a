"""Sessions: a cookie of 256 random bits, of which only the hash is kept."""

import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.screens.http.visitors import Role, Visitor, csrf_token, hash_of
from appliance.screens.people.accounts import Account, Accounts
from appliance.screens.people.kept import KeptRows, Rows

SESSIONS_FILE = "sessions.json"

LASTS_S: Mapping[Role, float] = {
    Role.SEAT: 180 * 24 * 3600.0,
    Role.TEACHER: 12 * 3600.0,
    Role.IT: 12 * 3600.0,
}
"""From the beginning; nothing prolongs a session."""

MOST: Mapping[Role, int] = {Role.SEAT: 4, Role.TEACHER: 20, Role.IT: 20}
"""Sessions of one name; the oldest ends when there is one more."""


class Sessions:
    """Who is signed in and which browser is which terminal; any thread may call.

    A session ends by its time, at sign-out, when its account is removed or gets another password,
    and when its terminal is revoked or is none of this server's any more.
    """

    def __init__(
        self,
        folder: Path,
        *,
        accounts: Accounts,
        is_terminal: Callable[[str], bool],
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """Read them.

        Args:
            folder: The state folder.
            accounts: Who may be signed in.
            is_terminal: Tells whether this server has the key of a terminal.
            wall_s: Clock.

        Raises:
            StorageError: The folder or file cannot be used.
        """
        self._kept = KeptRows(folder, SESSIONS_FILE)
        self._accounts = accounts
        self._is_terminal = is_terminal
        self._wall_s = wall_s

    def find(self, secret: str) -> Visitor | None:
        """Return whose session a cookie is, None when there is no such session any more."""
        session = hash_of(secret)
        row = self._kept.rows().get(session)
        if row is None or not self._is_good(row):
            return None
        return Visitor(
            role=Role(str(row["role"])),
            name=str(row["name"]),
            token=csrf_token(secret),
            session=session,
        )

    def open(self) -> set[str]:
        """Return the visitors' sessions that still are some."""
        return {session for session, row in self._kept.rows().items() if self._is_good(row)}

    def begin_seat(self, terminal: str) -> str:
        """Make a session of an enrolled terminal and return its cookie."""
        return self._begin(Role.SEAT, terminal, credential="")

    def begin_person(self, account: Account) -> str:
        """Make a session of whoever has just proved to be somebody, and return its cookie."""
        return self._begin(account.role, account.name, credential=account.credential)

    def end(self, session: str) -> None:
        """End one session; one that has ended is left alone."""
        with self._kept.change() as rows:
            rows.pop(session, None)

    def end_terminal(self, terminal: str) -> int:
        """End all sessions of a terminal.

        Returns:
            How many there were.
        """
        with self._kept.change() as rows:
            found = _of(rows, Role.SEAT, terminal)
            for session in found:
                del rows[session]
        return len(found)

    def enrolled(self, terminal: str) -> int:
        """Return how many browsers are enrolled as a terminal."""
        rows = self._kept.rows()
        return sum(self._is_good(rows[one]) for one in _of(rows, Role.SEAT, terminal))

    def open_sessions(self) -> list[tuple[Role, str, float]]:
        """Return role, name and end in Unix time of each session that still is one."""
        good = [row for row in self._kept.rows().values() if self._is_good(row)]
        return sorted(
            (Role(str(row["role"])), str(row["name"]), float(str(row["ends_s"]))) for row in good
        )

    def _begin(self, role: Role, name: str, *, credential: str) -> str:
        secret = secrets.token_urlsafe(32)
        now_s = self._wall_s()
        with self._kept.change() as rows:
            for session in [one for one, row in rows.items() if not self._is_good(row)]:
                del rows[session]
            for session in _of(rows, role, name)[: 1 - MOST[role] or None]:
                del rows[session]
            rows[hash_of(secret)] = {
                "role": str(role),
                "name": name,
                "credential": credential,
                "began_s": now_s,
                "ends_s": now_s + LASTS_S[role],
            }
        return secret

    def _is_good(self, row: Mapping[str, object]) -> bool:
        if self._wall_s() >= float(str(row["ends_s"])):
            return False
        if row["role"] == Role.SEAT:
            return self._is_terminal(str(row["name"]))
        account = self._accounts.of(str(row["name"]))
        return (
            account is not None
            and account.role == row["role"]
            and account.credential == row["credential"]
        )


def _of(rows: Rows, role: Role, name: str) -> list[str]:
    """Return the sessions of a name, the oldest first."""
    found = [key for key, row in rows.items() if (row["role"], row["name"]) == (role, name)]
    return sorted(found, key=lambda key: float(str(rows[key]["began_s"])))
