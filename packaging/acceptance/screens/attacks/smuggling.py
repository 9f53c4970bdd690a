"""Requests of which two readers would make different things."""

from acceptance.screens.attacks.callers import SEAT, AnyCaller, enrolled
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.screens.http.visitors import csrf_token

SMUGGLING = "smuggled requests"
SAID = b'{"here":true}'
INNER = b"GET /enrol HTTP/1.1\r\nHost: %s\r\n\r\n"


def try_smuggling(lab: Lab, tally: Tally) -> None:
    """Hide a request in another one's body, and send what has two lengths."""
    seat = enrolled(lab, "pc-1")
    secret, host = seat.cookies[SEAT], lab.host.encode()
    inner = INNER % host
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SAID), SAID)
    length = b"Content-Length: %d\r\n"
    coding = b"Transfer-Encoding: chunked\r\n"
    cookie = f"{SEAT}={secret}\r\nX-Classbox-Token: {csrf_token(secret)}".encode()

    def head(framing: bytes, *, method: bytes = b"POST /seat/here HTTP/1.1") -> bytes:
        return (
            b"%s\r\nHost: %s\r\nOrigin: https://%s\r\nContent-Type: application/json\r\n"
            b"Cookie: %s\r\n%s\r\n" % (method, host, host, cookie, framing)
        )

    honest = seat.raw(head(length % len(SAID)) + SAID)
    tally.control(SMUGGLING, "an own page's", held=_answers(honest) == ["200"], about=honest)
    ambiguous = {
        "both lengths": head(length % len(chunked) + coding) + chunked,
        "both lengths, short": head(length % 4 + coding) + chunked + inner,
        "both lengths, coding first": head(coding + length % len(chunked)) + chunked,
        "two lengths": head(length % len(SAID) + length % 0) + SAID + inner,
        "two lengths, the short one first": head(length % 0 + length % len(SAID)) + SAID + inner,
        "list of lengths": head(b"Content-Length: 13, 0\r\n") + SAID,
        "signed": head(b"Content-Length: +13\r\n") + SAID,
        "negative": head(b"Content-Length: -1\r\n") + SAID,
        "hexadecimal": head(b"Content-Length: 0xd\r\n") + SAID,
        "other digits": head("Content-Length: \u0661\u0663\r\n".encode()) + SAID,
        "underscore": head(b"Content-Length: 1_3\r\n") + SAID,
        "folded length": head(b"Content-Length: 1\r\n 3\r\n") + SAID,
        "space before the colon": head(b"Content-Length : 13\r\n") + SAID,
        "coding with a space": head(b"Transfer-Encoding : chunked\r\n" + length % 0) + chunked,
        "coding that is none": head(b"Transfer-Encoding: xchunked\r\n") + chunked,
        "two codings": head(b"Transfer-Encoding: chunked, identity\r\n") + chunked,
        "coding twice": head(coding + coding) + chunked,
        "coding with gzip": head(b"Transfer-Encoding: gzip, chunked\r\n") + chunked,
        "coding and HTTP/1.0": head(coding, method=b"POST /seat/here HTTP/1.0") + chunked,
        "chunk of 0x": head(coding) + b"0xd\r\n" + SAID + b"\r\n0\r\n\r\n",
        "chunk with a sign": head(coding) + b"+d\r\n" + SAID + b"\r\n0\r\n\r\n",
        "chunk of -1": head(coding) + b"-1\r\n" + SAID + b"\r\n0\r\n\r\n",
        "chunk beyond all": head(coding) + b"f" * 40 + b"\r\n" + SAID,
        "chunk without its end": head(coding) + b"d\r\n" + SAID + b"0\r\n\r\n",
        "NUL in a header": head(b"X-A: \x00\r\n" + length % len(SAID)) + SAID,
        "CR in a header": head(b"X-A: a\rContent-Length: 0\r\n" + length % len(SAID)) + SAID,
        "no colon": head(b"X-A\r\n" + length % len(SAID)) + SAID,
        "header of spaces": head(b" X-A: b\r\n" + length % len(SAID))[:0]
        + b"POST /seat/here HTTP/1.1\r\n X: y\r\n"
        + head(length % len(SAID)).partition(b"\r\n")[2]
        + SAID,
        "two hosts": head(b"Host: evil.example\r\n" + length % len(SAID)) + SAID,
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/0.9": b"POST /seat/here\r\n" + SAID,
        "space in the target": head(length % 13, method=b"POST /seat/here x HTTP/1.1") + SAID,
        "lower-case method": head(length % 13, method=b"post /seat/here HTTP/1.1") + SAID,
        "CR alone": head(length % len(SAID)).replace(b"\r\n", b"\r") + SAID,
    }
    for what, request in ambiguous.items():
        said = _answers(seat.raw(request, timeout_s=1.5))
        # What is hidden would be answered with 200; a second refusal does nothing.
        wrong = any(status.startswith("2") for status in said)
        tally.attack(SMUGGLING, "ambiguous", succeeded=wrong, about=(what, said))
    hidden = {
        "in a GET": head(length % len(inner), method=b"GET /seat HTTP/1.1") + inner,
        "in a refused POST": head(length % len(inner)).replace(b"Origin: h", b"Origin: x") + inner,
        "in an unknown path": head(length % len(inner), method=b"POST /none HTTP/1.1") + inner,
        "in a wrong host": (head(length % len(inner)) + inner).replace(host, b"evil", 1),
        "in another method": head(length % len(inner), method=b"PUT /seat/here HTTP/1.1") + inner,
        "in an upgrade": head(b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + length % len(inner))
        + inner,
        "in a chunk's extension": head(coding)
        + b"d;"
        + b"a" * 100
        + b"\r\n"
        + SAID
        + b"\r\n0\r\n\r\n",
        "in a trailer": head(coding) + chunked[:-2] + b"Host: evil\r\nCookie: x\r\n\r\n",
    }
    for what, request in hidden.items():
        said = _answers(seat.raw(request, timeout_s=1.5))
        tally.attack(SMUGGLING, "hidden", succeeded=len(said) > 1, about=(what, said))
    nobody = AnyCaller(lab=lab)
    for split in ("%0d%0aSet-Cookie:%20a=b", "\\r\\nX:y", "%E5%98%8A%E5%98%8DSet-Cookie:a=b"):
        for path in (
            f"/{split}",
            f"/sign-in?next={split}",
            f"/texts/{split}.ftl",
            f"/teacher?{split}",
        ):
            reply = nobody.get(path, accept="text/html", accept_language="en")
            wrong = "set-cookie" in reply.headers or "x" in reply.headers
            tally.attack(SMUGGLING, "split answer", succeeded=wrong, about=path)


def _answers(text: bytes) -> list[str]:
    """Return the statuses of all answers in what came."""
    parts = text.split(b"HTTP/1.1 ")[1:]
    return [part[:3].decode("ascii", "replace") for part in parts]
