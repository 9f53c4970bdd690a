"""From settings to a lock."""

from collections.abc import Iterable

from starlette.routing import Route

from appliance.domain.seats import TerminalKey
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.locks.lock import Lock, OwnCover
from appliance.screens.locks.veyon import VeyonLock
from appliance.screens.locks.webapi import VeyonWebApi
from appliance.settings.screens import LockKind, LockTable


def build_lock(
    table: LockTable, terminals: Iterable[TerminalKey], *, allowed: ShowsAllowed = only_allowed
) -> tuple[Lock, list[Route]]:
    """Return the lock and the pages that it needs.

    Args:
        table: ``[lock]``.
        terminals: Those of this server.
        allowed: Keeps names of states from what is shown.

    Raises:
        ConfigError: Veyon's address or key cannot be used.
    """
    if table.kind is not LockKind.VEYON:
        return OwnCover(table.kind), []
    veyon, agents = table.veyon, {TerminalKey(one) for one in table.veyon.agents}
    messages = None
    if veyon.key_file is not None:
        messages = VeyonWebApi(veyon.url, key_name=veyon.key_name, key_file=veyon.key_file)
    lock = VeyonLock(
        agents=agents,
        hosts={one: veyon.hosts.get(one, one) for one in terminals},
        messages=messages,
        allowed=allowed,
    )
    return lock, lock.routes()
