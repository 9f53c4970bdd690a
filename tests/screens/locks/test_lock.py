"""The locks that do nothing but say so."""

import pytest

from appliance.domain.seats import TerminalKey
from appliance.screens.locks.lock import Lock, OwnCover
from appliance.settings.screens import LockKind


@pytest.mark.parametrize("kind", [LockKind.PAGE, LockKind.NOTICE])
def test_a_page_says_what_covers_it(kind: LockKind) -> None:
    """As configured, for every seat, and nothing else happens."""
    lock: Lock = OwnCover(kind)

    assert lock.kind is kind
    assert lock.cover(TerminalKey("pc-01"), "Look up for a while.", 30.0) is kind
    lock.release(TerminalKey("pc-01"))
    lock.close()
