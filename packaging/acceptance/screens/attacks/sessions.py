"""Sessions that are guessed, stolen, used again or begun twice, and codes that are guessed."""

import http.client
import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from acceptance.screens.attacks.callers import (
    PERSON,
    SEAT,
    AnyCaller,
    code_of,
    enrolled,
    make_account,
    signed_in,
    state_of,
)
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.screens.http.visitors import csrf_token, hash_of
from appliance.screens.people.enrolment import ALPHABET, LENGTH

SESSIONS, CODES = "sessions", "codes"
OK = http.client.OK
AT_ONCE = 20
DAY_S = 86400.0


def try_sessions(lab: Lab, tally: Tally) -> None:
    """Forge them, and use those that have ended."""
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
    _attributes(lab, tally)

    def replay(what: str, caller: AnyCaller, home: str, end: Callable[[], object]) -> None:
        """End a session in some way and go on under a copy of its cookie, and its stream."""
        copy = AnyCaller(lab=lab, cookies=dict(caller.cookies))
        tally.control(SESSIONS, f"before {what}", held=copy.get(home).status == OK)
        with closing(copy.follow(f"{home}/stream")) as stream:
            state_of(stream)
            end()
            until_s = time.monotonic() + 3.0
            over = False
            while not over and time.monotonic() < until_s:
                over = not stream.readline()
            tally.attack(SESSIONS, f"stream after {what}", succeeded=not over)
        for method, path in (("GET", home), ("GET", f"{home}/stream"), ("POST", "/sign-out")):
            if method == "GET":
                status = copy.get(path).status
            else:
                status = copy.post(path, {}).status
            tally.attack(
                SESSIONS, f"replayed after {what}", succeeded=status == OK, about=(path, status)
            )

    replay("sign-out", signed_in(lab, "anna"), "/teacher", lambda: None)
    replay("a new password", anna, "/teacher", lambda: make_account(lab, "anna", "teacher", "xx"))
