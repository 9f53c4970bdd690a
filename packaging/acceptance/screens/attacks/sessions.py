"""Sessions that are guessed, stolen, used again or begun twice."""

import http.client
import secrets
import time
from collections.abc import Callable
from contextlib import closing

from acceptance.screens.attacks.callers import (
    PASSWORD,
    PERSON,
    SEAT,
    UP,
    AnyCaller,
    age,
    code_of,
    enrolled,
    make_account,
    signed_in,
    state_of,
)
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.screens.http.visitors import csrf_token, hash_of

SESSIONS = "sessions"
OK = http.client.OK
_ANNA = {"name": "anna", "password": PASSWORD}
FORGED = 200
GONE_S = 3.0
"""After which a stream of a session that has ended is over."""


def try_sessions(lab: Lab, tally: Tally) -> None:
    """Forge sessions, and go on under those that have ended."""
    for name, role in (("anna", "teacher"), ("otto", "teacher"), ("ida", "it")):
        make_account(lab, name, role)
    seat, anna, ida = enrolled(lab, "pc-1"), signed_in(lab, "anna"), signed_in(lab, "ida")
    for caller, kind, home in (
        (seat, SEAT, "/seat"),
        (anna, PERSON, "/teacher"),
        (ida, PERSON, "/box"),
    ):
        _forge(lab, tally, caller.cookies[kind], kind, home)
        tally.control(SESSIONS, home, held=caller.get(home).status == OK)
    _fixate(lab, tally)
    _hold_cookies(lab, tally)
    replay = _Replay(lab, tally)
    leaving = signed_in(lab, "otto")
    replay("sign-out", leaving, "/teacher", lambda: leaving.post("/sign-out"))
    again = signed_in(lab, "otto")
    said = {"name": "otto", "password": PASSWORD}
    replay("a second sign-in", again, "/teacher", lambda: again.post("/sign-in", said))
    replay(
        "another password",
        anna,
        "/teacher",
        lambda: make_account(lab, "anna", "teacher", "eight old boats rest"),
    )
    otto = signed_in(lab, "otto")
    replay("removal", otto, "/teacher", lambda: lab.command("account", "remove", "otto"))
    replay("another role", ida, "/box", lambda: make_account(lab, "ida", "teacher"))
    replay("revocation", seat, "/seat", lambda: lab.command("revoke", "pc-1"))
    late = enrolled(lab, "pc-2")
    replay("its time", late, "/seat", lambda: age(lab, "sessions.json"))


class _Replay:
    """Ends a session in some way and goes on under a copy of its cookie, and with its stream."""

    def __init__(self, lab: Lab, tally: Tally) -> None:
        self._lab = lab
        self._tally = tally

    def __call__(self, what: str, caller: AnyCaller, home: str, end: Callable[[], object]) -> None:
        copy = AnyCaller(lab=self._lab, cookies=dict(caller.cookies))
        self._tally.control(SESSIONS, f"before {what}", held=copy.get(home).status == OK)
        with closing(copy.follow(f"{home}/stream")) as stream:
            state_of(stream)
            end()
            until_s = time.monotonic() + GONE_S
            while (more := stream.readline()) and time.monotonic() < until_s:
                pass
            self._tally.attack(SESSIONS, f"stream goes on after {what}", succeeded=bool(more))
        post = "/seat/here" if home == "/seat" else "/sign-out"
        for method, path in (("GET", home), ("GET", f"{home}/stream"), ("POST", post)):
            reply = copy.get(path) if method == "GET" else copy.post(path, {"here": False})
            self._tally.attack(
                SESSIONS, f"replayed after {what}", succeeded=reply.status == OK, about=path
            )


def _forge(lab: Lab, tally: Tally, secret: str, kind: str, home: str) -> None:
    """Guess, and turn what is known into what is not."""
    bits = [
        secret[:place] + chr(ord(secret[place]) ^ bit) + secret[place + 1 :]
        for place in range(len(secret))
        for bit in (1, 2)
    ]
    made = [secrets.token_urlsafe(32) for _ in range(FORGED)]
    others = [
        "",
        '""',
        "x",
        secret[:-1],
        f"{secret}A",
        f"{secret}=",
        secret.swapcase(),
        hash_of(secret),
        csrf_token(secret),
        f"{secret[:-1]}%{ord(secret[-1]):02X}",
        "null",
        "true",
        "__proto__",
        f"{UP}/{UP}/sessions.json",
        "A" * 8000,
    ]
    for what, values in (("one bit flipped", bits), ("random", made), ("derived", others)):
        for value in values:
            if value == secret:
                continue
            reply = AnyCaller(lab=lab, cookies={kind: value}).get(home)
            tally.attack(SESSIONS, what, succeeded=reply.status == OK, about=repr(value[:60]))
    for name in (kind.removeprefix("__Host-"), kind.lower(), f"{kind}x", f" {kind}x", "classbox"):
        reply = AnyCaller(lab=lab, cookies={name: secret}).get(home)
        tally.attack(SESSIONS, "under another name", succeeded=reply.status == OK, about=name)


def _fixate(lab: Lab, tally: Tally) -> None:
    """Have somebody sign in under a cookie that we have chosen, or had before."""
    chosen = secrets.token_urlsafe(32)
    mine = signed_in(lab, "otto").cookies[PERSON]
    for planted in (chosen, mine):
        victim = AnyCaller(lab=lab, cookies={PERSON: planted})
        reply = victim.post("/sign-in", _ANNA, x_classbox_token="")
        tally.control(SESSIONS, "signs in", held=reply.status == OK, about=reply)
        tally.attack(SESSIONS, "fixed", succeeded=victim.cookies[PERSON] == planted)
        left = AnyCaller(lab=lab, cookies={PERSON: planted}).get("/teacher")
        tally.attack(SESSIONS, "fixed, and used", succeeded=left.status == OK)


def _hold_cookies(lab: Lab, tally: Tally) -> None:
    """Look at what keeps a browser from giving a cookie to somebody else."""
    wanted = {"secure", "httponly", "samesite=strict", "path=/"}
    for what, reply in (
        ("person", AnyCaller(lab=lab).post("/sign-in", _ANNA)),
        ("seat", AnyCaller(lab=lab).post("/enrol", {"code": code_of(lab, "pc-1")})),
        ("language", AnyCaller(lab=lab).post("/language", {"language": "de"})),
    ):
        cookie = reply.headers.get("set-cookie", "")
        parts = {part.strip().lower() for part in cookie.split(";")}
        loose = wanted - parts or any(part.startswith("domain") for part in parts)
        tally.attack(SESSIONS, "loose cookie", succeeded=bool(loose), about=(what, cookie))
        named = cookie.startswith("__Host-") or what == "language"
        tally.attack(SESSIONS, "cookie of another host", succeeded=not named, about=what)
