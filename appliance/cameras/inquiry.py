"""Why a camera did not open, and what to do: asked of the camera itself, after the failure."""

import errno
import os
import socket
import ssl
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit, urlunsplit

from appliance.cameras.conversation import PORTS, Conversation
from appliance.cameras.login import Login

MOVED = frozenset({301, 302, 303, 305, 307, 308})
READABLE = frozenset({"H264", "H265", "JPEG", "MP4V-ES", "H263-1998", "VP8", "VP9"})
"""Video that FFmpeg takes apart and decodes, by its names in RTP (RFC 4855)."""

ADVICE = "set the camera to H.264 or MJPEG"
STATIC_PAYLOAD = "26 JPEG/90000"
"""What a video without an ``rtpmap`` is: the one static payload that cameras send (RFC 3551)."""

INTERLEAVED = "RTP/AVP/TCP;unicast;interleaved=0-1"

STATUS = {
    403: "this user may not see the stream (403); allow it in the camera's settings",
    404: "the camera has no stream at this path (404); look the path up in its manual",
    453: "the camera serves no more viewers (453); close the others",
    454: "the camera serves no more viewers (454); close the others",
    461: "the camera does not send over TCP (461); switch RTSP over TCP on in its settings",
    503: "the camera serves no more viewers (503); close the others",
}
AWAY: tuple[tuple[type[OSError], str], ...] = (
    (ssl.SSLError, "port {port} does not speak TLS; check scheme and port of source"),
    (socket.gaierror, "no such host; check its name, or write its IP address"),
    (TimeoutError, "no answer; check that the camera is on and in this network, or restart it"),
    (ConnectionRefusedError, "nobody listens on port {port}; check it, and switch the stream on"),
    (ConnectionError, "port {port} hangs up at once; check it, or restart the camera"),
)
DEVICE = {
    errno.ENOENT: "no such device; plug the camera in, and look for its name in /dev/v4l/by-id",
    errno.ENODEV: "the device is gone; plug the camera in again",
    errno.EACCES: "not allowed; the user of the box belongs into the group video",
    errno.EBUSY: "another program uses it; end that",
}


def explain_failure(source: str, *, timeout_s: float) -> str:
    """Return why a camera cannot be opened and what to do, without its credentials.

    Args:
        source: URL, device or device number, as configured.
        timeout_s: Longest time to ask a network camera, seconds; resolving its name comes on top.
    """
    if "://" not in source:
        return _explain_device(f"/dev/video{source}" if source.isdigit() else source)
    url = urlsplit(source)
    port = url.port or PORTS[url.scheme]
    word, ask = ("HTTP", _ask_http) if url.scheme.startswith("http") else ("RTSP", _ask_rtsp)
    try:
        with Conversation(url, timeout_s=timeout_s) as conversation:
            return ask(conversation, url)
    except OSError as error:
        return _explain_connection(error, port)
    except (HTTPException, ValueError):  # neither lines nor text of the protocol
        return f"port {port} does not speak {word}; check scheme and port of source"


def _explain_connection(error: OSError, port: int) -> str:
    known = (text for kind, text in AWAY if isinstance(error, kind))
    reason = os.strerror(error.errno or errno.EIO)
    return next(known, f"no connection ({reason}); check address and cable").format(port=port)


def _explain_device(path: str) -> str:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        return DEVICE.get(error.errno or errno.EIO, f"{reason}; plug the camera in again")
    return "it is no camera, or another program uses it; look with v4l2-ctl --list-devices"


def _ask_http(conversation: Conversation, url: SplitResult) -> str:
    target = urlunsplit(("", "", url.path or "/", url.query, ""))
    answer = conversation.ask("GET", target, Connection="close")
    if answer.status != HTTPStatus.OK:
        return _explain_status(answer.status, conversation.login)
    kind = answer.headers.get_content_type()
    if kind.startswith(("multipart/", "video/", "image/", "application/octet-stream")):
        return f"it answers with {kind}, in which no picture was found; {ADVICE}"
    return f"it sends {kind} instead of pictures; source is the address of the stream itself"


def _ask_rtsp(conversation: Conversation, url: SplitResult) -> str:
    host = url.netloc.rpartition("@")[2]
    target = urlunsplit((url.scheme, host, url.path, url.query, ""))
    answer = conversation.ask("DESCRIBE", target, Accept="application/sdp")
    if answer.status != HTTPStatus.OK:
        return _explain_status(answer.status, conversation.login)
    video = _find_video(answer.body)
    if video is None:
        return "the stream has no video; take another path of the camera"
    codec = video.get("rtpmap", STATIC_PAYLOAD).partition(" ")[2].partition("/")[0].upper()
    if codec not in READABLE:
        return f"its video is {codec}, which cannot be read here; {ADVICE}"
    track = video.get("control", "*")
    base = answer.headers.get("Content-Base", target)
    if "://" not in track:
        track = base if track == "*" else f"{base.rstrip('/')}/{track}"
    setup = conversation.ask("SETUP", track, Transport=INTERLEAVED)
    if setup.status != HTTPStatus.OK:
        return _explain_status(setup.status, conversation.login)
    conversation.ask("TEARDOWN", target, Session=setup.headers.get("Session", ""))
    return f"it answers, but no picture could be read ({codec}); restart it, or {ADVICE}"


def _find_video(description: str) -> dict[str, str] | None:
    """Return the attributes of the first video in a description (SDP, RFC 8866)."""
    for section in description.replace("\r\n", "\n").split("\nm=")[1:]:
        if section.startswith("video "):
            lines = [line for line in section.splitlines() if line.startswith("a=")]
            return dict(line.removeprefix("a=").partition(":")[::2] for line in lines)
    return None


def _explain_status(status: int, login: Login) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        if login.foreign:
            return f"the camera wants a log-in by {login.foreign}; allow Digest MD5 or Basic in it"
        if login.known:
            return (
                "user name or password refused (401); put right what stands before the @ of "
                "source, special characters as %XX"
            )
        return "the camera wants a password (401); write USER:PASSWORD@ before the host in source"
    if status in MOVED:
        return f"the camera points elsewhere ({status}); write the final address into source"
    return STATUS.get(status, f"the camera refuses with {status}; look it up in its manual")
