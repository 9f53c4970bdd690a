"""A camera that did not open is asked why, without a word of its password."""

import time

import pytest

from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError
from tests.support.cameras import FRONT
from tests.support.scripted_host import ScriptedHost

SDP = "v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:a\r\nm=video 0 RTP/AVP 96\r\n{}a=control:{}\r\n"


def rtsp(status: int, *headers: str, body: str = "") -> bytes:
    """Return an RTSP answer."""
    head = [f"RTSP/1.0 {status} Words", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def described(codec: str = "H264", control: str = "track1") -> bytes:
    """Return the description of a stream with sound and video."""
    return rtsp(200, body=SDP.format(f"a=rtpmap:96 {codec}/90000\r\n", control))


def look(stream: StreamSource) -> None:
    """Take a picture."""
    stream.open()
    stream.read()


def refusal(source: str, *, timeout_s: float = 1.0) -> str:
    """Return why a camera gives no picture."""
    stream = StreamSource(
        camera=FRONT, source=source, open_timeout_s=timeout_s, read_timeout_s=timeout_s / 2
    )
    with pytest.raises(CameraError) as refused:
        look(stream)
    assert "p%40ss" not in str(refused.value)
    return str(refused.value)


def explain(host: ScriptedHost, scheme: str = "rtsp") -> str:
    """Ask a host that has a password."""
    return refusal(f"{scheme}://me:p%40ss@127.0.0.1:{host.port}/live")


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([rtsp(403)], "may not see the stream (403); allow it"),
        ([rtsp(404)], "no stream at this path (404); look the path up"),
        ([rtsp(453)], "serves no more viewers (453); close the others"),
        ([rtsp(503), rtsp(503)], "serves no more viewers (503); close the others"),
        ([rtsp(503), rtsp(404)], "no stream at this path (404)"),
        ([rtsp(302, "Location: rtsp://elsewhere/")], "points elsewhere (302); write the final"),
        ([rtsp(500)], "refuses with 500; look it up"),
        ([rtsp(200, body="v=0\r\nm=audio 0 RTP/AVP 8\r\n")], "has no video; take another path"),
        ([described("AV1")], "its video is AV1, which cannot be read here; set the camera to"),
        ([described(), rtsp(461)], "does not send over TCP (461); switch RTSP over TCP on"),
        ([described(), rtsp(200), rtsp(453)], "serves no more viewers (453); close the others"),
        ([described(), rtsp(200), rtsp(200)], "live sent no picture for 1 s"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "does not speak RTSP; check scheme and port"),
        ([b"RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n"], "does not speak RTSP"),
        ([b"RTSP/1.0 200 " + b"x" * 70_000], "does not speak RTSP"),
        ([b""], "hangs up at once; check it, or restart the camera"),
        ([], "no answer; check that the camera is on"),
    ],
)
def test_rtsp_refusal_is_named(answers: list[bytes], reason: str) -> None:
    """Each refusal comes with what to do about it."""
    with ScriptedHost(*answers) as host:
        assert reason in explain(host)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 404 No\r\n\r\n", "no stream at this path (404)"),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n", "points elsewhere (301)"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
            "it sends text/html instead of pictures; source is the address of the stream itself",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n",
            "live sent no picture for 0.5 s",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n",
            "it sends video/mp2t, which is not read over HTTP; set the camera to MJPEG",
        ),
        (rtsp(200), "does not speak HTTP; check scheme and port"),
    ],
)
def test_http_refusal_is_named(answer: bytes, reason: str) -> None:
    """A web page is not a stream, and another host is never asked."""
    with ScriptedHost(answer) as host:
        assert reason in explain(host, "http")
        assert len(host.requests) == 1


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
def test_plain_port_behind_a_secure_scheme_is_named(scheme: str) -> None:
    """A camera without TLS is told apart from one that is off."""
    with ScriptedHost(b"RTSP/1.0 400 Bad\r\n\r\n") as host:
        assert "does not speak TLS; check scheme and port" in explain(host, scheme)


def test_name_that_nobody_knows_is_named() -> None:
    """A spelling mistake in the host is a cause of its own."""
    assert "no such host" in refusal("rtsp://camera.invalid/live")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/dev/video-none", "no such device; plug the camera in"),
        ("99", "no such device; plug the camera in"),
        ("/dev/null", "it is no camera, or another program uses it"),
    ],
)
def test_device_is_looked_at(source: str, reason: str) -> None:
    """A camera that is not plugged in differs from a device that is none."""
    assert reason in refusal(source)


def test_basic_password_is_sent_when_asked_for() -> None:
    """The first request is without; the second has it, unescaped."""
    challenge = rtsp(401, 'WWW-Authenticate: Basic realm="cam"')
    with ScriptedHost(challenge, challenge) as host:
        assert "user name or password refused (401)" in explain(host)

        assert "Authorization" not in host.requests[0]
        assert "Authorization: Basic bWU6cEBzcw==" in host.requests[1]  # me:p@ss


def test_digest_goes_before_basic() -> None:
    """The password itself is not sent where a camera takes a proof of it (RFC 2069, RFC 2617)."""
    offers = ('WWW-Authenticate: Basic realm="x"', 'WWW-Authenticate: Digest realm="c", nonce="n"')
    with ScriptedHost(rtsp(401, *offers), rtsp(404)) as host:
        assert "(404)" in explain(host)

        assert 'username="me", realm="c", nonce="n"' in host.requests[1]
        assert "Basic" not in host.requests[1]


def test_foreign_log_in_is_named() -> None:
    """What the box cannot say: then the camera has to be set."""
    offer = 'WWW-Authenticate: Digest realm="c", nonce="n", algorithm=SHA-256'
    with ScriptedHost(rtsp(401, offer)) as host:
        assert "wants a log-in by Digest SHA-256; allow" in explain(host)


def test_drop_by_drop_ends_in_time() -> None:
    """A host that keeps the line busy does not hold the box."""
    with ScriptedHost(b"RTSP/1.0 200 OK\r\nContent-Length: 999\r\n\r\n") as host:
        started_s = time.monotonic()
        assert "no answer" in explain(host)
        assert time.monotonic() - started_s < 3.0
