"""What the server says, as bytes on a real socket."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from appliance.errors import ContractError
from appliance.terminal.agent.stream import Wanted, follow


@contextmanager
def stream_of(*events: str) -> Iterator[http.client.HTTPResponse]:
    """Answer one request with events, then hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                connection.sendall("".join(events).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.getsockname()[1], timeout=5)
        try:
            connection.request("GET", "/seat/agent")
            yield connection.getresponse()
        finally:
            connection.close()
            thread.join()


def state(now_s: float, cover: object) -> str:
    """Return an event."""
    return f"event: state\ndata: {json.dumps({'now_s': now_s, 'cover': cover})}\n\n"


def heard(answer: http.client.HTTPResponse, came_s: Sequence[float]) -> list[Wanted | None]:
    """Follow to the end; each state comes at its time."""
    times = iter(came_s)
    return list(follow(answer, now_s=lambda: next(times)))


def test_locks_free_screens_and_signs_of_life_are_told_apart() -> None:
    """In the order in which they come."""
    cover = {"id": "a-1", "left_s": 30.0}
    with stream_of(state(1, None), "event: ping\ndata: {}\n\n", state(2, cover)) as answer:
        assert heard(answer, [501.0, 502.0]) == [
            Wanted(lock=None, left_s=0.0),
            None,
            Wanted(lock="a-1", left_s=30.0),
        ]


def test_what_lay_in_the_network_is_as_much_shorter() -> None:
    """Eight seconds late by the server's own time, it is a lock of 22 s; never a longer one."""
    cover = {"id": "a-1", "left_s": 30.0}
    with stream_of(state(1, None), state(2, cover), state(3, cover)) as answer:
        assert [one.left_s for one in heard(answer, [501.0, 510.0, 503.0]) if one] == [0, 22, 30]


@pytest.mark.parametrize(
    "data",
    [
        "nothing",
        "[]",
        "{}",
        '{"now_s": 1, "cover": {}}',
        '{"now_s": "x", "cover": null}',
        '{"now_s": 1, "cover": {"id": 7, "left_s": 1}}',
        '{"now_s": 1, "cover": {"id": "--state /etc", "left_s": 1}}',
        '{"now_s": 1, "cover": {"id": "a", "left_s": null}}',
    ],
)
def test_a_server_that_says_something_else_is_refused(data: str) -> None:
    """Nothing of it becomes a word of a command."""
    with (
        stream_of(f"event: state\ndata: {data}\n\n") as answer,
        pytest.raises(ContractError, match="update both"),
    ):
        heard(answer, [1.0])
