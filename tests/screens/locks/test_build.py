"""What the settings become."""

from pathlib import Path

import pytest

from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.screens.locks.build import build_lock
from appliance.settings.screens import LockKind, LockTable
from tests.support.waiting import wait_until
from tests.support.web_api import KEY, FakeWebApi

PC1 = TerminalKey("pc-01")


@pytest.mark.parametrize("kind", [LockKind.PAGE, LockKind.NOTICE])
def test_a_page_needs_nothing(kind: LockKind) -> None:
    """No page more, and what is configured is what is said."""
    lock, routes = build_lock(LockTable(kind=kind), [PC1])

    assert (lock.kind, lock.cover(PC1, "", 30), routes) == (kind, kind, [])


def test_veyon_finds_a_computer_by_its_terminals_name(tmp_path: Path) -> None:
    """Unless the settings name another."""
    key = tmp_path / "key"
    key.write_text(KEY)
    with FakeWebApi() as api:
        veyon = {"url": api.url, "key_file": key, "hosts": {"pc-02": "10.0.0.2"}}
        table = LockTable.model_validate({"kind": "veyon", "veyon": veyon})
        lock, routes = build_lock(table, [PC1, TerminalKey("pc-02")])
        lock.cover(PC1, "Look up.", 30)
        lock.cover(TerminalKey("pc-02"), "Look up.", 30)
        wait_until(lambda: len(api.shown) == 2)

    assert [route.path for route in routes] == ["/seat/agent"]
    assert sorted(api.authenticated) == ["10.0.0.2", "pc-01"]


def test_a_key_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    """Not with the first lock."""
    veyon = {"url": "http://127.0.0.1:1", "key_file": tmp_path / "none"}

    with pytest.raises(ConfigError, match=r"lock.veyon.key_file"):
        build_lock(LockTable.model_validate({"kind": "veyon", "veyon": veyon}), [PC1])
