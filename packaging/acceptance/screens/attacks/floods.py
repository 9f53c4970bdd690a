"""Too much of everything, while an honest page is watched: it hears of each change in time."""

import contextlib
import http.client
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from acceptance.screens.attacks.callers import (
    SEAT,
    AnyCaller,
    encrypted,
    enrolled,
    make_account,
    signed_in,
)
from acceptance.screens.attacks.hostile import HostileBox
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from acceptance.screens.pages import StreamPage
from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.http.visitors import csrf_token

FLOODS = "floods"
LATEST_S = 2.0
"""After which an honest page has what the box has said."""

MOST_FILES = 1024
"""What systemd lets a service open."""

MOST_MB = 256.0
"""Half of what the unit gives the service."""

LASTS_S = 8.0
ELSEWHERE = "127.0.0.9"
"""The attacker's address; honest pages have another."""


class _Honest:
    """A page that is told something every quarter second, and how long it takes."""

    def __init__(self, lab: Lab, box: HostileBox, terminal: str) -> None:
        self._box, self._terminal = box, terminal
        self._sent_s: dict[str, float] = {}
        self.late_s: list[float] = []
        self._seen: set[str] = set()
        cookie = enrolled(lab, terminal).cookies[SEAT]
        self.page = StreamPage(lab, terminal, cookie=f"{SEAT}={cookie}", on_state=self._hear)
        self.page.open()

    def probe(self, seconds: float) -> float:
        """Return the longest time from a word of the box to the page, seconds."""
        self._sent_s.clear()
        self._seen.clear()
        self.late_s.clear()
        until_s = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until_s:
            number += 1
            left_s = float(number % 97) + number / 1000
            self._sent_s[f"{left_s}"] = time.monotonic()
            self._box.view(self._terminal, left_s)
            time.sleep(0.25)
        time.sleep(LATEST_S)
        missed = [at for key, at in self._sent_s.items() if key not in self._seen]
        # A page is shown the newest word; an earlier one may be passed over with it.
        lost = list(self._sent_s)[-1] not in self._seen
        return max([*self.late_s, *([time.monotonic() - missed[-1]] if lost else [])])

    def _hear(self, _terminal: str, state: object, at_s: float) -> None:
        view = state.get("view") if isinstance(state, dict) else None
        key = str(view.get("calibrating_left_s")) if isinstance(view, dict) else ""
        if key in self._sent_s and key not in self._seen:
            self._seen.add(key)
            self.late_s.append(at_s - self._sent_s[key])


def try_floods(lab: Lab, box: HostileBox, tally: Tally) -> None:
    """Take the server's connections, memory and time."""
    make_account(lab, "anna", "teacher")
    honest = _Honest(lab, box, "pc-1")
    evil = enrolled(lab, "pc-2")
    evil.source = ELSEWHERE
    until_s = time.monotonic() + 20.0
    while not honest.page.connected and time.monotonic() < until_s:
        time.sleep(0.1)
    before_mb = memory_mb(lab.server)
    tally.figures["no flood"] = f"a state after {honest.probe(4.0):.2f} s, {before_mb:.0f} MB"
    floods: dict[str, Callable[[], Flood]] = {
        "1,000 connections that say nothing": lambda: _open(lab, 1000, encrypt=False),
        "1,000 encrypted connections": lambda: _open(lab, 1000, encrypt=True),
        "1,000 connections of eight computers": lambda: _open(lab, 1000, encrypt=False, own=8),
        "the eight computers again": lambda: _open(lab, 1000, encrypt=False, own=8),
        "slow headers": lambda: _slow(lab, b"GET / HTTP/1.1\r\n", b"X-A: b\r\n"),
        "slow bodies": lambda: _slow(lab, _post_head(lab, evil, 9000), b"x"),
        "headers of 1 MB": lambda: _again(lab, b"GET / HTTP/1.1\r\nCookie: " + b"x" * 1_000_000),
        "bodies of 5 MB": lambda: _again(lab, _post_head(lab, evil, 5_000_000) + b"x" * 5_000_000),
        "200 streams of a session": lambda: _streams(evil, 200, read=True),
        "100 streams that nobody reads": lambda: _streams(evil, 100, read=False),
        "posts": lambda: _posts(lab, evil),
        "guesses of passwords": lambda: _guesses(lab),
        "questions of nobody": lambda: _again(
            lab, f"GET /texts/en.ftl HTTP/1.1\r\nHost: {lab.host}\r\n\r\n".encode() * 8
        ),
    }
    for what, begin in floods.items():
        flood = begin()
        try:
            late_s = honest.probe(LASTS_S)
            came_s = _first_page_s(lab)
        finally:
            flood.end()
        now_mb, files = memory_mb(lab.server), open_files(lab.server)
        tally.attack(FLOODS, what, succeeded=late_s > LATEST_S, about=f"{late_s:.1f} s")
        tally.attack(FLOODS, f"{what}: memory", succeeded=now_mb > MOST_MB, about=now_mb)
        most = max(files, flood.most_files)
        tally.attack(FLOODS, f"{what}: files", succeeded=most > MOST_FILES * 0.8, about=most)
        tally.attack(FLOODS, f"{what}: a new page", succeeded=came_s > 2 * LATEST_S, about=came_s)
        tally.figures[what] = (
            f"a state after {late_s:.2f} s at most, a new page after {came_s:.2f} s, "
            f"{now_mb:.0f} MB, {most} files"
        )
    honest.page.close()
    tally.control(FLOODS, "people still sign in", held=bool(signed_in(lab, "anna").cookies))


class Flood:
    """Threads that go on until ``end``; what they open is closed then."""

    def __init__(self, lab: Lab, act: Callable[[ExitStack], None], *, threads: int = 8) -> None:
        """Begin."""
        self._lab = lab
        self._over = threading.Event()
        self._act = act
        self.most_files = 0
        """Of the server, at once."""
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        self._threads.append(threading.Thread(target=self._count, daemon=True))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop it."""
        self._over.set()
        for thread in self._threads:
            thread.join(15.0)

    def _count(self) -> None:
        while not self._over.wait(0.2):
            self.most_files = max(self.most_files, open_files(self._lab.server))

    def _run(self) -> None:
        with ExitStack() as stack:
            while not self._over.is_set():
                try:
                    self._act(stack)
                except (OSError, http.client.HTTPException, ValueError):
                    time.sleep(0.05)


def _open(lab: Lab, count: int, *, encrypt: bool, own: int = 1) -> Flood:
    """Hold so many connections of some addresses, and open those again that the server ends."""
    numbers = itertools.cycle(range(9, 9 + own))

    def hold(stack: ExitStack, threads: int = 8) -> None:
        source = f"127.0.0.{next(numbers)}"
        held = [_connect(lab, source, encrypt=encrypt) for _ in range(count // threads)]
        for one in held:
            stack.callback(one.close)
        time.sleep(2.0)
        for one in held:
            one.close()

    return Flood(lab, hold)


def _connect(lab: Lab, source: str, *, encrypt: bool) -> socket.socket:
    plain = socket.socket()
    plain.settimeout(0.5)
    plain.bind((source, 0))
    with contextlib.suppress(OSError):  # refused: the next one
        plain.connect((LOOPBACK, lab.port))
        if encrypt:
            return lab.trust().wrap_socket(plain, server_hostname="localhost")
    return plain


def _slow(lab: Lab, begin: bytes, more: bytes) -> Flood:
    """Send requests letter by letter on some two hundred connections."""

    def drip(stack: ExitStack) -> None:
        held = []
        with contextlib.suppress(OSError):
            for _ in range(25):
                one = encrypted(lab, source=ELSEWHERE, timeout_s=0.5)
                stack.callback(one.close)
                one.sendall(begin)
                held.append(one)
        until_s = time.monotonic() + 10.0
        while held and time.monotonic() < until_s:
            for one in list(held):
                try:
                    one.sendall(more)
                except OSError:
                    held.remove(one)
            time.sleep(0.2)

    return Flood(lab, drip)


def _again(lab: Lab, request: bytes) -> Flood:
    """Send the same as fast as the server takes it."""

    def send(_stack: ExitStack) -> None:
        with closing(encrypted(lab, source=ELSEWHERE, timeout_s=2.0)) as one:
            one.sendall(request)
            while one.recv(65536):
                pass

    return Flood(lab, send)


def _streams(caller: AnyCaller, count: int, *, read: bool) -> Flood:
    """Follow so many streams of one session, or let them run full."""

    def follow(stack: ExitStack, threads: int = 8) -> None:
        held = []
        for _ in range(count // threads):
            stream = caller.follow("/seat/stream")
            stack.callback(stream.close)
            held.append(stream)
        for stream in held if read else ():
            stream.read1(4096)
        time.sleep(0.5)

    return Flood(caller.lab, follow)


def _posts(lab: Lab, caller: AnyCaller) -> Flood:
    """Say something as often as the server takes it, on connections that stay open."""
    body = json.dumps({"here": True}).encode()
    request = _post_head(lab, caller, len(body)) + body

    def post(_stack: ExitStack) -> None:
        with closing(encrypted(lab, source=ELSEWHERE, timeout_s=2.0)) as one:
            for _ in range(100):
                one.sendall(request)
                if not one.recv(65536):
                    return

    return Flood(lab, post)


def _guesses(lab: Lab) -> Flood:
    """Have passwords compared, which takes time and memory, from ever other addresses."""
    numbers = iter(range(10**9))

    def guess(_stack: ExitStack) -> None:
        number = next(numbers)
        source = f"127.{1 + number // 62500 % 200}.{number // 250 % 250}.{2 + number % 250}"
        caller = AnyCaller(lab=lab, source=source, patience_s=0.0)
        caller.post("/sign-in", {"name": f"anna{number}", "password": "guess" * 50})

    return Flood(lab, guess)


def _post_head(lab: Lab, caller: AnyCaller, length: int) -> bytes:
    secret = caller.cookies[SEAT]
    return (
        f"POST /seat/here HTTP/1.1\r\nHost: {lab.host}\r\nOrigin: {lab.origin}\r\n"
        f"Content-Type: application/json\r\nCookie: {SEAT}={secret}\r\n"
        f"X-Classbox-Token: {csrf_token(secret)}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _first_page_s(lab: Lab) -> float:
    """Return how long it takes until somebody else has a page, seconds."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < 10 * LATEST_S:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if AnyCaller(lab=lab).get("/enrol").status == http.client.OK:
                break
        time.sleep(0.05)
    return time.monotonic() - began_s


def memory_mb(process: int) -> float:
    """Return the resident memory of a process, MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def open_files(process: int) -> int:
    """Return how many files and sockets a process has open."""
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
