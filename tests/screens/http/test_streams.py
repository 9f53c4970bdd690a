"""A stream carries the whole state at once and at each change, and ends when it has to."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.types import Message

from appliance.screens.http import streams
from appliance.screens.http.streams import (
    MOST_OF_A_SESSION,
    EventStream,
    OpenStreams,
    StateFeed,
)
from tests.support.pages import OwnPages, own_pages
from tests.support.waiting import wait_until


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[OwnPages]:
    """A server of its own: these tests end streams and the server."""
    with own_pages(tmp_path) as served:
        yield served


def next_event(stream: http.client.HTTPResponse) -> tuple[str, object]:
    """Read one event; empty at the end of the stream."""
    lines: list[str] = []
    while line := stream.readline():
        if not line.strip():
            break
        lines.append(line.decode())
    if not lines:
        return "", None
    name, data = lines
    return name.removeprefix("event: ").strip(), json.loads(data.removeprefix("data: "))


def test_the_whole_state_comes_first_and_at_each_change(pages: OwnPages) -> None:
    """Also text that looks like the protocol itself."""
    pages.state["text"] = "a\n\ndata: b\revent: c"
    with closing(pages.seat().stream("/seat/stream")) as stream:
        assert stream.getheader("content-type") == "text/event-stream; charset=utf-8"
        assert stream.getheader("cache-control") == "no-store, no-transform"
        assert next_event(stream) == ("state", {"count": 0, "text": "a\n\ndata: b\revent: c"})
        pages.state.update(count=1, text="ü")
        pages.feed.changed()
        assert next_event(stream) == ("state", {"count": 1, "text": "ü"})


def test_many_changes_become_few_events_and_the_last_one_counts(pages: OwnPages) -> None:
    """From whatever thread they come."""
    with closing(pages.seat().stream("/seat/stream")) as stream:
        next_event(stream)

        def change() -> None:
            for _ in range(500):
                pages.state["count"] = int(str(pages.state["count"])) + 1
                pages.feed.changed()

        changing = threading.Thread(target=change)
        changing.start()
        changing.join()
        seen = [next_event(stream)]
        while seen[-1] != ("state", {"count": 500}):
            seen.append(next_event(stream))
        assert len(seen) < 50


def test_silence_is_broken_by_pings(pages: OwnPages, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a page knows that the cable is in, also where nothing changes over and over."""
    monkeypatch.setattr(streams, "PING_S", 0.1)
    with closing(pages.seat().stream("/seat/stream")) as stream:
        assert next_event(stream)[0] == "state"
        pages.feed.changed()
        assert next_event(stream) == ("ping", {})
        pages.feed.changed()
        assert next_event(stream) == ("ping", {})


def test_a_fact_that_changes_and_changes_back_between_two_looks_reaches_a_page() -> None:
    """The page came in the middle, so it was told what no look has seen."""

    async def told() -> list[bytes]:
        connected, sent = [False], asyncio.Queue[bytes]()
        feed = StateFeed(
            lambda: {"connected": connected[0]}, standing=lambda: (connected[0], "broker")
        )
        feed.look()
        connected[0] = True
        ended = asyncio.Event()

        async def receive() -> Message:
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message.get("body"):
                await sent.put(message["body"])

        stream = EventStream(feed, on_open=lambda: None, on_close=lambda: None)
        running = asyncio.create_task(stream({}, receive, send))
        first = await sent.get()
        connected[0] = False
        feed.look()
        second = await sent.get()
        ended.set()
        await running
        return [first, second]

    states = asyncio.run(asyncio.wait_for(told(), 10))
    assert [b"true" in one for one in states] == [True, False]


def test_a_page_that_leaves_is_noticed(pages: OwnPages) -> None:
    """By its connection's end; nothing has to be sent for that."""
    stream = pages.seat().stream("/seat/stream")
    next_event(stream)
    assert (pages.feed.followers, len(pages.streams)) == (1, 1)

    stream.close()

    wait_until(lambda: pages.feed.followers == len(pages.streams) == 0, timeout_s=5)


def test_a_session_has_a_few_streams_and_the_oldest_goes(pages: OwnPages) -> None:
    """A page that opens streams without end takes none of anybody else's."""
    seat = pages.seat()
    with closing(pages.seat("pc-02").stream("/seat/stream")) as neighbour:
        next_event(neighbour)
        opened = []
        for _ in range(MOST_OF_A_SESSION + 2):
            opened.append(seat.stream("/seat/stream"))
            next_event(opened[-1])

        assert next_event(opened[0]) == next_event(opened[1]) == ("", None)
        wait_until(lambda: pages.feed.followers == MOST_OF_A_SESSION + 1, timeout_s=5)
        pages.state["count"] = 7
        pages.feed.changed()
        assert next_event(opened[-1]) == next_event(neighbour) == ("state", {"count": 7})
        for stream in opened:
            stream.close()


def test_streams_in_all_are_bounded() -> None:
    """The oldest goes first, whosever it is."""

    async def open_four() -> list[int]:
        feed = StateFeed(dict)
        opened = OpenStreams(in_all=3)
        for number in range(4):
            opened.open(
                EventStream(feed, on_open=feed.changed, on_close=feed.changed), f"session-{number}"
            )
        opened.end_session("session-0")  # has gone already
        counts = [len(opened)]
        opened.end_session("session-3")
        return [*counts, len(opened)]

    assert asyncio.run(open_four()) == [3, 2]


def test_the_server_ends_streams_when_it_stops(pages: OwnPages) -> None:
    """Within two seconds, however many follow."""
    opened = [pages.seat().stream("/seat/stream") for _ in range(2)]
    for stream in opened:
        next_event(stream)

    pages.server.stop()

    assert [next_event(stream) for stream in opened] == [("", None)] * 2
    assert not pages.server.alive
    for stream in opened:
        stream.close()


def test_a_page_that_reads_nothing_is_let_go(
    pages: OwnPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written for it would fill memory."""
    monkeypatch.setattr(streams, "SLOWEST_READER_S", 0.3)
    seat = pages.seat()
    pages.state["much"] = "x" * 3_000_000
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        connection.sendall(
            f"GET /seat/stream HTTP/1.1\r\nHost: 127.0.0.1:{pages.port}\r\n"
            f"Cookie: {seat.cookie_header()['Cookie']}\r\n\r\n".encode()
        )
        wait_until(lambda: pages.feed.followers == 1, timeout_s=5)
        for count in range(40):
            pages.state["count"] = count
            pages.feed.changed()
        wait_until(lambda: pages.feed.followers == 0, timeout_s=10)


def test_a_handler_hears_of_opening_and_closing_once(pages: OwnPages) -> None:
    """Whoever ends it; ``presence`` of a terminal hangs on it."""
    stream = pages.seat().stream("/seat/stream")
    next_event(stream)
    other = pages.seat("pc-02").stream("/seat/stream")
    next_event(other)
    assert pages.told == ["open", "open"]

    stream.close()
    wait_until(lambda: pages.told == ["open", "open", "close"], timeout_s=5)
    pages.server.stop()

    assert pages.told == ["open", "open", "close", "close"]
    other.close()
