"""Codes and passwords that are guessed, used twice, at once, or too late."""

import http.client
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from acceptance.screens.attacks.callers import AnyCaller, Reply, age, code_of, make_account
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.screens.http.visitors import Role
from appliance.screens.people.doors import CODES as CODES_AN_HOUR
from appliance.screens.people.doors import CODES_IN_ALL, SIGN_INS, SIGN_INS_OF_A_NAME
from appliance.screens.people.enrolment import ALPHABET, LENGTH

CODES, PASSWORDS = "codes", "passwords"
OK = http.client.OK
AT_ONCE = 20


def try_codes(lab: Lab, tally: Tally) -> None:
    """Use good codes wrongly, then guess as thirty addresses may."""
    code = code_of(lab, "pc-1")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # From as many addresses: nothing but the code itself stands in the way.
        replies = list(pool.map(lambda own: _enrol(lab, code, own), range(2, 2 + AT_ONCE)))
    in_ = sum(reply.status == OK for reply in replies)
    for number in range(AT_ONCE):
        tally.attack(CODES, f"one code {AT_ONCE} times at once", succeeded=1 <= number < in_)
    tally.control(CODES, "one of them is in", held=in_ == 1, about=in_)
    second = _enrol(lab, code, 30)
    tally.attack(CODES, "used twice", succeeded=second.status == OK)
    old = code_of(lab, "pc-1")
    code_of(lab, "pc-1")
    tally.attack(CODES, "after a new one", succeeded=_enrol(lab, old, 31).status == OK)
    withdrawn = code_of(lab, "pc-1")
    lab.command("revoke", "pc-1")
    tally.attack(CODES, "after revocation", succeeded=_enrol(lab, withdrawn, 32).status == OK)
    late = code_of(lab, "pc-1")
    age(lab, "enrolments.json")
    tally.attack(CODES, "expired", succeeded=_enrol(lab, late, 33).status == OK)
    good = code_of(lab, "pc-1")
    near = [good[:-1], f"{good}2", good[::-1], good.replace(good[0], "O", 1), "", "%", "\x00" * 10]
    for number, typed in enumerate(near):
        reply = _enrol(lab, typed, 40 + number)
        tally.attack(CODES, "almost a code", succeeded=reply.status == OK, about=typed)
    _guess_codes(lab, tally)
    reply = _enrol(lab, good, 250)
    held = reply.status == OK
    tally.control(CODES, "a good code while others guess", held=held, about=reply.status)


def _guess_codes(lab: Lab, tally: Tally) -> None:
    heard = dict.fromkeys(range(50, 80), 0)
    for own in heard:
        for _ in range(CODES_AN_HOUR + 3):
            guess = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
            reply = _enrol(lab, guess, own)
            heard[own] += reply.status != http.client.TOO_MANY_REQUESTS
            tally.attack(CODES, "guessed", succeeded=reply.status == OK)
    tally.attack(CODES, "more guesses of an address", succeeded=max(heard.values()) > CODES_AN_HOUR)
    tally.attack(CODES, "more guesses in all", succeeded=sum(heard.values()) > CODES_IN_ALL)
    tally.figures["guesses of codes that were compared"] = str(sum(heard.values()))


def try_passwords(lab: Lab, tally: Tally) -> None:
    """Guess from one address, and from many."""
    make_account(lab, "anna", Role.TEACHER)
    began_s = time.monotonic()
    heard = [_sign_in(lab, "anna", f"guess {number}", 2) for number in range(60)]
    compared = sum(status == http.client.FORBIDDEN for status in heard)
    minutes = 1 + (time.monotonic() - began_s) // 60
    for status in heard:
        tally.attack(PASSWORDS, "guessed", succeeded=status == OK)
    tally.attack(PASSWORDS, "often from one address", succeeded=compared > SIGN_INS * minutes)
    began_s = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        heard = list(
            pool.map(lambda own: _sign_in(lab, "anna", "guess", own), range(3, 123), chunksize=1)
        )
    compared = sum(status == http.client.FORBIDDEN for status in heard)
    minutes = 1 + (time.monotonic() - began_s) // 60
    tally.attack(
        PASSWORDS,
        "often from 120 addresses",
        succeeded=compared > SIGN_INS_OF_A_NAME * minutes,
        about=compared,
    )
    own = 124
    for name in ("", "anna\x00", "ANNA' OR '1'='1", "..\\anna", "a" * 300, "{}", "anna\n"):
        for word in ("", "\x00", "a" * 256, "' OR 1=1", "a" * 300):
            own += 1
            status = _sign_in(lab, name, word, own)
            tally.attack(PASSWORDS, "odd names", succeeded=status == OK)


def _sign_in(lab: Lab, name: str, password: str, own: int) -> int:
    caller = AnyCaller(lab=lab, source=f"127.0.1.{own}", patience_s=0.0)
    return caller.post("/sign-in", {"name": name, "password": password}).status


def _enrol(lab: Lab, code: str, own: int) -> Reply:
    caller = AnyCaller(lab=lab, source=f"127.0.0.{own}", patience_s=0.0)
    return caller.post("/enrol", {"code": code})
