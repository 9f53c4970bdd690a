"""Requests that another site, or nobody's browser, would send."""

import http.client
import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from acceptance.screens.attacks.callers import (
    PASSWORD,
    UP,
    AnyCaller,
    enrolled,
    make_account,
    signed_in,
)
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab

FORGERY, HOSTS, PATHS = "cross-site requests", "hosts", "paths"
OK = http.client.OK
EVIL = "https://evil.example"

TARGETS: Mapping[str, Mapping[str, object]] = {
    "/seat/here": {"here": True},
    "/seat/pause": {"paused": False},
    "/teacher/request": {"command": "resume"},
    "/box/codes": {"terminals": ["pc-2"]},
    "/box/revoke": {"terminal": "pc-2"},
    "/language": {"language": "de"},
    "/sign-in": {"name": "anna", "password": PASSWORD},
    "/enrol": {"code": "AAAAAAAAAA"},
    "/sign-out": {},
}
"""POST to fields with which it would be done; the last one ends what the others need."""

ANYBODYS = ("/language", "/sign-in", "/enrol")
"""Whoever posts there has no session yet, and so no token."""

KINDS = (
    "",
    "text/plain",
    "text/plain; application/json",
    "text/plain;charset=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/jsonp",
    "application/json-patch+json",
    "application/csp-report",
    "text/json",
    "*/*",
)
"""Those that a form, a beacon or a report of a browser sends, and some that only look alike."""

TOKENS = ("", "x", "0" * 64, "null", "undefined", "é", "A" * 5000)
SITES = ("cross-site", "same-site", "none", "")


def _origins(lab: Lab) -> list[str]:
    port = lab.port
    return [
        EVIL,
        "",
        "null",
        "file://",
        f"http://localhost:{port}",
        f"https://localhost:{port + 1}",
        "https://localhost",
        f"https://localhost:{port}.evil.example",
        f"https://evil.localhost:{port}",
        f"https://localhost:{port}/",
        f"https://127.0.0.1:{port}",
        f"https://LOCALHOST:{port}",
        f"https://a@localhost:{port}",
        f"https://localhost:{port} {EVIL}",
        f"{EVIL}, {lab.origin}",
        "chrome-extension://abcdefghijklmnop",
    ]


def _forged(lab: Lab) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what is wrong with a request that is good otherwise."""
    for kind in KINDS:
        yield "content type", {"content_type": kind}
    for origin in _origins(lab):
        yield "origin", {"origin": origin}
    for site in SITES[:2]:
        yield "Sec-Fetch-Site", {"sec_fetch_site": site}
    yield (
        "form of another site",
        {
            "content_type": "text/plain",
            "origin": EVIL,
            "sec_fetch_site": "cross-site",
            "x_classbox_token": "",
        },
    )
    for token in TOKENS:
        yield "token", {"x_classbox_token": token}


def try_forgery(lab: Lab, tally: Tally) -> None:
    """Say everything in a student's, a teacher's and IT's name, from elsewhere."""
    for name, role in (("anna", "teacher"), ("ida", "it")):
        make_account(lab, name, role)
    seat, ida, anna = enrolled(lab, "pc-1"), signed_in(lab, "ida"), signed_in(lab, "anna")
    for path, said in TARGETS.items():
        caller = seat if path.startswith("/seat") else ida if path.startswith("/box") else anna
        for what, headers in _forged(lab):
            if what == "token" and path in ANYBODYS:
                continue
            reply = caller.post(path, said, **headers)
            heard = reply.status == OK or reply.error == "code"
            tally.attack(FORGERY, f"wrong {what}", succeeded=heard, about=(path, headers, reply))
        for other in (seat, ida, anna):
            if other is not caller and path not in ANYBODYS:
                token = other.token_for(path)
                reply = caller.post(path, said, x_classbox_token=token)
                tally.attack(FORGERY, "somebody else's token", succeeded=reply.status == OK)
        query = f"{path}?{urlencode(said)}"
        for method in (
            "GET",
            "HEAD",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "TRACE",
            "post",
            "POSTX",
        ):
            sent = {"origin": lab.origin, "x_classbox_token": caller.token_for(path)}
            override = {"x_http_method_override": "POST", "x_method_override": "POST"}
            reply = caller.send(
                method,
                f"{query}&_method=POST",
                None if method in ("GET", "HEAD") else json.dumps(said),
                content_type="application/json",
                **sent,
                **override,
            )
            shell = b"<!doctype html>" in reply.body or method == "HEAD"
            wrong = (reply.status == OK and not shell) or any(
                name.startswith("access-control") for name in reply.headers
            )
            tally.attack(FORGERY, "method", succeeded=wrong, about=(method, path, reply))
        reply = caller.post(path, said)
        honest = reply.status == OK or reply.error == "code"
        tally.control(FORGERY, f"an own page's {path}", held=honest, about=reply)


def try_hosts(lab: Lab, tally: Tally) -> None:
    """Come by a name that is not the server's, as a rebound name of an attacker's would."""
    seat = enrolled(lab, "pc-1")
    for host in (
        "evil.example",
        f"evil.example:{lab.port}",
        f"localhost:{lab.port}@evil.example",
        f"localhost:{lab.port}.evil.example",
        f"localhost.:{lab.port}",
        "localhost",
        f"localhost:{lab.port + 1}",
        f"localhost:{lab.port}, evil.example",
        f"10.0.0.1:{lab.port}",
        "[::]",
        "",
    ):
        for path in ("/seat", "/seat/stream", "/", "/static/house/base.css"):
            reply = seat.get(path, host=host)
            tally.attack(HOSTS, "wrong host", succeeded=reply.status == OK, about=(host, path))
        reply = seat.post("/seat/here", {"here": True}, host=host, origin=f"https://{host}")
        tally.attack(HOSTS, "wrong host and its origin", succeeded=reply.status == OK, about=host)
    for name in (
        "x_forwarded_host",
        "x_forwarded_for",
        "forwarded",
        "x_original_url",
        "x_rewrite_url",
    ):
        for path in ("/seat", "/sign-in", "/teacher"):
            reply = seat.get(path, accept="text/html", **{name: "evil.example/teacher"})
            told = "evil.example" in reply.text + str(reply.headers)
            wrong = told or (path == "/teacher" and reply.status == OK)
            tally.attack(HOSTS, "forwarded", succeeded=wrong, about=(name, path))


def try_paths(lab: Lab, tally: Tally) -> None:
    """Reach what is not there for a seat, or not there at all, by other spellings."""
    seat, nobody = enrolled(lab, "pc-1"), AnyCaller(lab=lab)
    for caller in (seat, nobody):
        for top in ("teacher", "teacher/stream", "box", "box/stream", "box/sheet"):
            for path in _spellings(top):
                reply = caller.get(path, accept="text/html")
                tally.attack(PATHS, "others' pages", succeeded=reply.status == OK, about=path)
        for path in FILES:
            reply = caller.get(path)
            tally.attack(PATHS, "files", succeeded=reply.status == OK, about=path)


def _spellings(top: str) -> Iterator[str]:
    coded = "".join(f"%{ord(one):02x}" for one in top)
    yield from (f"/{top}", f"//{top}", f"///{top}", f"/./{top}", f"/seat/{UP}/{top}", f"/{top}/")
    yield from (f"/seat/%2e%2e/{top}", f"/seat/..%2f{top}", f"/{coded}", f"/%2f{top}", f"/{top}%00")
    yield from (
        f"/{top.upper()}",
        f"/{top.title()}",
        f"/{top};a=b",
        f"/{top}?a=/seat",
        f"/{top}%20",
    )
    yield from (f"/\\{top}", f"/seat/stream/..;/{UP}/{top}", f"/static/{UP}/{top}", f"/{top}.html")
    yield from (f"/static/..%2f{top}", f"/texts/%2e%2e/{top}", f"https://evil.example/{top}")
    yield from (
        f"/{top}%23",
        f"/%252e%252e/{top}",
        f"/{top}/.",
        f"/{top}%2f",
        f"/seat%2f..%2f{top}",
    )


FILES = (
    *(
        "/static/",
        "/static",
        f"/static/{UP}/serve.py",
        "/static/%2e%2e/serve.py",
        "/static//etc/passwd",
    ),
    *("/static/..%2f..%2fpeople%2faccounts.py", f"/static/house/{UP}/{UP}/http/guard.py"),
    *("/static/texts/states.en.ftl", "/static/texts/en.ftl", "/static/content/general/hint.en.txt"),
    *("/static/seat/page.html", "/static/house/vendor/README.md", "/static/house/base.css%00.js"),
    *("/static/house/base.css/", "/STATIC/house/base.css", "/static/house/BASE.CSS"),
    *("/texts/states.en.ftl", "/texts/states.de.ftl", "/texts/en.room.ftl", f"/texts/{UP}/en.ftl"),
    *("/texts/..%2fstates.en.ftl", "/texts/%2e%2e%2f%2e%2e%2fserve.py", "/texts/en.ftl%00"),
    *("/texts/en", "/texts/.ftl", "/texts/en.FTL", "/texts/en.ftl/", "/texts/en.ftl.bak"),
    *("/seat/content/picture/hint/..%2f..%2fetc", "/seat/content/picture/hint/%2fetc%2fpasswd"),
    *("/seat/content/picture/..%2fhint/general", f"/seat/content?kind={UP}/hint&topic=general"),
    *("/box/qr/AAAAAAAAAA.svg", "/box/qr/..%2fstream.svg", "/.well-known/x", "/favicon.ico"),
    *("/accounts.json", "/screens/sessions.json", "/.git/config", "/docs", "/openapi.json"),
)
