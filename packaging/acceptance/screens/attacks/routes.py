"""Every route of the server against everybody who may not use it, and seats against each other."""

import http.client
import itertools
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass

from starlette.routing import Route

from acceptance.screens.attacks.callers import (
    PERSON,
    SEAT,
    UP,
    AnyCaller,
    Reply,
    enrolled,
    make_account,
    signed_in,
    state_of,
)
from acceptance.screens.attacks.hostile import HostileBox
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.mqtt.private_broker import free_port
from appliance.screens.http.visitors import Role, csrf_token
from appliance.screens.serve import Screens
from appliance.settings.load import load_screens

ROUTES, PAIRS = "routes by role", "pairs of seats"

OPEN = ("/", "/sign-in", "/enrol", "/texts", "/texts/{name}", "/language", "/static/{path:path}")
"""What is there for everybody; each is tried in another way."""

OWNERS: Mapping[str, frozenset[str]] = {
    "/seat": frozenset({Role.SEAT}),
    "/teacher": frozenset({Role.TEACHER}),
    "/box": frozenset({Role.IT}),
    "/sign-out": frozenset({Role.TEACHER, Role.IT}),
}
FILLED = {"kind": "hint", "topic": "general", "code": "AAAAAAAAAA", "name": "en.ftl"}
FIELDS: Mapping[str, object] = {
    "id": "0190a1b2-0000-7000-8000-000000000000",
    "kind": "accepted",
    "here": True,
    "granted": True,
    "paused": True,
    "command": "test-alert",
    "seat": "pc-1",
    "verdict": "useful",
    "alert": "x",
    "camera": "front",
    "on": True,
    "terminal": "none-of-ours",
    "terminals": ["none-of-ours"],
}
"""What every POST may be about, so that nothing but the role is wrong."""

OK = http.client.OK
REFUSED = (http.client.UNAUTHORIZED, http.client.FORBIDDEN)


@dataclass(slots=True, kw_only=True)
class Everybody:
    """One browser of each kind."""

    seats: Mapping[str, AnyCaller]
    teacher: AnyCaller
    it: AnyCaller
    nobody: AnyCaller

    def by_role(self) -> dict[str, AnyCaller]:
        """Return one of each."""
        return {
            Role.SEAT: next(iter(self.seats.values())),
            Role.TEACHER: self.teacher,
            Role.IT: self.it,
            "nobody": self.nobody,
        }


def everybody(lab: Lab) -> Everybody:
    """Enrol all seats and sign two people in."""
    for name, role in (("anna", "teacher"), ("ida", "it")):
        make_account(lab, name, role)
    return Everybody(
        seats={terminal: enrolled(lab, terminal) for terminal in lab.terminals},
        teacher=signed_in(lab, "anna"),
        it=signed_in(lab, "ida"),
        nobody=AnyCaller(lab=lab),
    )


def routes_of(lab: Lab) -> list[tuple[str, str]]:
    """Return method and path of all that the server answers, as it is put together."""
    settings = load_screens(lab.config)
    table = settings.screens.model_copy(
        update={"port": free_port(), "state_dir": lab.folder / "beside"}
    )
    screens = Screens(settings.model_copy(update={"screens": table}))
    found = [
        (method, route.path)
        for route in screens.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or {"GET"})
    ]
    screens.close()
    return found


def try_routes(lab: Lab, people: Everybody, tally: Tally) -> None:
    """Ask for everything as everybody, with all that is right but the role."""
    for method, path in routes_of(lab):
        if path in OPEN:
            continue
        owners = next(
            (roles for top, roles in OWNERS.items() if f"{path}/".startswith(f"{top}/")), None
        )
        tally.control(ROUTES, f"somebody owns {path}", held=owners is not None)
        for role, caller in people.by_role().items():
            if role in (owners or ()):
                if path != "/sign-out":  # tried with the sessions
                    reply = _ask(caller, method, path)
                    held = reply.status not in REFUSED or reply.error == "no-agent"
                    tally.control(ROUTES, f"{role} may {method} {path}", held=held, about=reply)
                continue
            # What is good under one name must be nothing under another.
            twice = [
                AnyCaller(lab=lab, cookies={SEAT: one, PERSON: one})
                for one in caller.cookies.values()
            ]
            for who in (caller, *twice):
                status = _ask(who, method, path).status
                tally.attack(
                    ROUTES,
                    f"{role} on others' routes",
                    succeeded=status not in REFUSED,
                    about=(method, path, status),
                )


def _ask(caller: AnyCaller, method: str, path: str) -> Reply:
    filled = path.format_map(FILLED)
    return caller.post(filled, FIELDS) if method == "POST" else caller.send(method, filled)


def try_pairs(people: Everybody, box: HostileBox, tally: Tally) -> None:
    """Read, answer and lock for each other, for all ordered pairs of seats."""
    with ExitStack() as stack:
        streams = {
            name: stack.enter_context(closing(seat.follow("/seat/stream")))
            for name, seat in people.seats.items()
        }
        ids = {name: _command_on(streams[name], box, name, tally) for name in streams}
        for mine, other in itertools.permutations(people.seats, 2):
            _pair(people, mine, other, ids, tally)
        for name, seat in people.seats.items():
            # The right page still may: nobody has used its command up.
            for path, said in (("shown", {}), ("answer", {"kind": "accepted"})):
                reply = seat.post(f"/seat/{path}", {"id": ids[name], **said})
                tally.control(PAIRS, f"own {path}", held=reply.status == OK, about=reply)


def _pair(people: Everybody, mine: str, other: str, ids: Mapping[str, str], tally: Tally) -> None:
    caller, neighbour = people.seats[mine], people.seats[other]
    theirs = csrf_token(neighbour.cookies[SEAT])
    foreign = {"id": ids[other]}
    for path in (
        "/seat/stream",
        f"/seat/stream?terminal={other}",
        f"/seat/stream/{UP}/{UP}/{other}",
    ):
        text = caller.get(path, x_terminal=other, x_classbox_token=theirs).text
        tally.attack(PAIRS, "read the stream", succeeded=f"for-{other}" in text, about=text)
    for path in ("/seat/content/picture/hint/general", "/seat/content?kind=hint&topic=general"):
        text = caller.get(f"{path}?terminal={other}").text
        tally.attack(PAIRS, "read content", succeeded=ids[other] in text, about=text)
    for path, said in (
        ("shown", foreign),
        ("answer", {**foreign, "kind": "accepted"}),
        ("answer", {**foreign, "kind": "completed"}),
        ("answer", {**foreign, "kind": "rated", "rating": 1}),
    ):
        reply = caller.post(f"/seat/{path}", {**said, "terminal": other, "seat": other})
        tally.attack(PAIRS, f"{path} for B's command", succeeded=reply.status == OK, about=reply)
    for path in ("shown", "answer", "here", "consent", "pause", "calibrate"):
        reply = caller.post(f"/seat/{path}", {**FIELDS, **foreign}, x_classbox_token=theirs)
        tally.attack(PAIRS, f"{path} with B's token", succeeded=reply.status == OK, about=reply)


def _command_on(
    stream: http.client.HTTPResponse, box: HostileBox, terminal: str, tally: Tally
) -> str:
    """Have a page show a command; return its id."""
    state = state_of(stream)
    while state and not state.get("connected"):
        state = state_of(stream)
    box.command(terminal, "x", f"for-{terminal}")
    prompts = state.get("prompts")
    while state and not prompts:
        state = state_of(stream)
        prompts = state.get("prompts")
    found = prompts[0]["id"] if isinstance(prompts, list) and prompts else ""
    tally.control(PAIRS, f"{terminal} has a command", held=bool(found))
    return str(found)
