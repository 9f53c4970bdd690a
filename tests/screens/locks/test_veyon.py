"""Locks by Veyon, as the server sees them: who is locked, who is shown a message."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance.domain.seats import TerminalKey
from appliance.errors import LockError
from appliance.screens.allowed import StateNames
from appliance.screens.locks.veyon import VeyonLock
from appliance.settings.screens import LockKind
from tests.support.locking_server import LockingServer
from tests.support.waiting import wait_until

PC1, PC2 = TerminalKey("pc-01"), TerminalKey("pc-02")


class Slow:
    """``Messages`` that are shown when the test lets them."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self.let = threading.Event()
        self.shown: list[tuple[str, str]] = []
        self.fails = False

    def show_message(self, computer: str, text: str) -> None:
        """See ``Messages.show_message``."""
        self.let.wait(10)
        if self.fails:
            msg = "off"
            raise LockError(msg)
        self.shown.append((computer, text))


@contextmanager
def stream(server: LockingServer, cookie: str) -> Iterator[http.client.HTTPResponse]:
    """Ask for the stream of agents."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/seat/agent", headers={"Cookie": f"seat={cookie}"})
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def next_cover(answer: http.client.HTTPResponse) -> dict[str, object] | None:
    """Return what the next state says."""
    while not (line := answer.readline()).startswith(b'data: {"now_s"'):
        assert line
    cover: dict[str, object] | None = json.loads(line[6:])["cover"]
    return cover


def test_a_computer_is_locked_only_where_an_agent_is_connected() -> None:
    """The page of any other says that it covers itself."""
    lock = VeyonLock(agents=[PC1], hosts={}, messages=None)
    with LockingServer(lock) as server:
        assert lock.cover(PC1, "Rest.", 30) is LockKind.PAGE
        with stream(server, PC1) as answer:
            assert next_cover(answer) is None
            assert list(lock.agents) == [PC1]

            assert lock.cover(PC1, "Rest.", 300) is LockKind.VEYON
            first = next_cover(answer)
            assert first is not None
            assert 29 < float(str(first["left_s"])) <= 30  # whatever was asked for

            assert lock.cover(PC1, "Rest.", 30) is LockKind.VEYON  # extends nothing
            lock.release(PC1)
            assert next_cover(answer) is None
        wait_until(lambda: not lock.agents)
        assert lock.cover(PC1, "Rest.", 30) is LockKind.PAGE
        lock.close()


@pytest.mark.parametrize(("cookie", "status"), [("pc-02", 403), ("nobody", 401)])
def test_only_agents_of_the_settings_follow(cookie: str, status: int) -> None:
    """Each its own computer's."""
    with (
        LockingServer(VeyonLock(agents=[PC1], hosts={}, messages=None)) as server,
        stream(server, cookie) as answer,
    ):
        assert answer.status == status


def test_a_lock_ends_in_the_state_without_anybody() -> None:
    """An agent that connects after its time hears of no lock."""
    now_s = [100.0]
    lock = VeyonLock(agents=[PC1], hosts={}, messages=None, monotonic_s=lambda: now_s[0])
    with LockingServer(lock) as server:
        with stream(server, PC1) as answer:
            next_cover(answer)
            lock.cover(PC1, "Rest.", 30)
            assert next_cover(answer) is not None
        now_s[0] += 30.0
        with stream(server, PC1) as answer:
            assert next_cover(answer) is None


def test_elsewhere_a_message_is_shown_and_nobody_waits_for_it() -> None:
    """A slow Veyon holds nothing up, and of one computer only the first message is on its way."""
    messages = Slow()
    lock = VeyonLock(agents=[], hosts={PC1: "10.0.0.1", PC2: "10.0.0.2"}, messages=messages)

    assert lock.cover(PC1, "Look up.", 30) is LockKind.PAGE
    assert lock.cover(PC1, "Again.", 30) is LockKind.PAGE
    assert lock.cover(PC2, "Look up.", 30) is LockKind.PAGE
    assert lock.cover(TerminalKey("pc-03"), "Look up.", 30) is LockKind.PAGE
    assert messages.shown == []
    messages.let.set()

    wait_until(lambda: len(messages.shown) == 2)
    assert sorted(messages.shown) == [("10.0.0.1", "Look up."), ("10.0.0.2", "Look up.")]


def test_a_message_that_fails_fails_alone() -> None:
    """The next one is tried again."""
    messages = Slow()
    messages.let.set()
    messages.fails = True
    lock = VeyonLock(agents=[], hosts={PC1: "10.0.0.1"}, messages=messages)
    lock.cover(PC1, "Look up.", 30)
    messages.fails = False

    def shown() -> bool:
        lock.cover(PC1, "Again.", 30)
        return bool(messages.shown)

    wait_until(shown)


def test_no_message_names_a_state() -> None:
    """A box that was taken over says it nowhere, in whatever language the school has."""
    messages = Slow()
    messages.let.set()
    names = StateNames(["state-bored = plictisit\n"])
    lock = VeyonLock(
        agents=[], hosts={PC1: "pc", PC2: "pc"}, messages=messages, allowed=names.only_allowed
    )

    assert lock.cover(PC1, "You look Bored.", 30) is LockKind.PAGE
    assert lock.cover(PC1, "Ești plictisit!", 30) is LockKind.PAGE
    lock.cover(PC2, "Look up.", 30)

    wait_until(lambda: messages.shown == [("pc", "Look up.")])
