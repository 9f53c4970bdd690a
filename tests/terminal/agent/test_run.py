"""The agent against a real server of screens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.screens.locks.veyon import VeyonLock
from appliance.settings.screens import LockKind
from appliance.terminal.address import read_address
from appliance.terminal.agent import keeper
from appliance.terminal.agent.run import run_agent
from tests.support.lockable import FileScreen, holder_command
from tests.support.locking_server import CODE, LockingServer
from tests.support.waiting import wait_until

PC1 = TerminalKey("pc-01")


@contextmanager
def agent_of(server: LockingServer, folder: Path, *, code: str | None = None) -> Iterator[None]:
    """Run an agent while a block lasts."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_agent,
        args=(server.url,),
        kwargs={"state": folder, "stop": stop, "code": code, "screen": FileScreen(folder)},
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(autouse=True)
def file_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are held on a screen in a folder."""
    monkeypatch.setattr(keeper, "HOLDER", holder_command())


def test_a_computer_is_enrolled_once_locked_and_unlocked(tmp_path: Path) -> None:
    """The second start needs no code; a server that goes does not leave it locked."""
    screen = FileScreen(tmp_path)
    lock = VeyonLock(agents=[PC1], hosts={}, messages=None)
    with LockingServer(lock) as server, agent_of(server, tmp_path, code=CODE):
        wait_until(lambda: lock.agents)
        assert (tmp_path / "cookie").stat().st_mode & 0o077 == 0
        assert lock.cover(PC1, "", 30) is LockKind.VEYON
        wait_until(screen.locked)
        lock.release(PC1)
        wait_until(lambda: not screen.locked())

    again = VeyonLock(agents=[PC1], hosts={}, messages=None)
    with LockingServer(again) as server:
        with agent_of(server, tmp_path):
            wait_until(lambda: again.agents)
            again.cover(PC1, "", 30)
            wait_until(screen.locked)
        assert not screen.locked()  # an agent that ends takes its lock along


def test_a_lock_goes_on_and_ends_without_its_server(tmp_path: Path) -> None:
    """By the computer's own clock."""
    screen = FileScreen(tmp_path)
    lock = VeyonLock(agents=[PC1], hosts={}, messages=None)
    server = LockingServer(lock)
    server.__enter__()
    with agent_of(server, tmp_path, code=CODE):
        wait_until(lambda: lock.agents)
        lock.cover(PC1, "", 5)
        wait_until(screen.locked)
        server.__exit__()
        assert screen.locked()
        wait_until(lambda: not screen.locked())


def test_a_wrong_code_and_no_code_are_said(tmp_path: Path) -> None:
    """With where to get one."""
    with LockingServer(VeyonLock(agents=[PC1], hosts={}, messages=None)) as server:
        with pytest.raises(ConfigError, match=r"did not take the code \(HTTP 403\); take a new"):
            run_agent(server.url, state=tmp_path, stop=threading.Event(), code="WRONG")
        with pytest.raises(ConfigError, match="not enrolled; take a code of its seat from"):
            run_agent(server.url, state=tmp_path, stop=threading.Event())


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://box-1:8443", "would not be encrypted"),
        ("http://10.0.0.1", "would not be encrypted"),
        ("box-1:8443", "is no address"),
        ("https://box-1:port", "is no address"),
        ("https://", "is no address"),
        ("file:///etc/passwd", "is no address"),
    ],
)
def test_an_address_is_https_or_this_computers(address: str, problem: str) -> None:
    """Said at once."""
    with pytest.raises(ConfigError, match=problem):
        read_address(address)


def test_a_computers_own_address_needs_no_certificate() -> None:
    """By any of its names."""
    for address in ("http://127.0.0.1:8443", "http://localhost", "http://[::1]:8443"):
        assert read_address(address).scheme == "http"
