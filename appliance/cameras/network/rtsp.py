"""A camera that sends a film or JPEG pictures over RTSP, all on one connection (RFC 2326)."""

import contextlib
import re
import struct
import time
from base64 import b64decode
from collections.abc import Callable
from urllib.parse import SplitResult, urlunsplit

from appliance.cameras.feed import FeedError
from appliance.cameras.network.conversation import INTERLEAVED, Conversation
from appliance.cameras.network.description import Video, find_video
from appliance.cameras.network.refusals import opening, require_ok, streaming
from appliance.cameras.network.rtp import (
    START,
    Assembly,
    H264Assembly,
    H265Assembly,
    Vp8Assembly,
)
from appliance.cameras.network.rtp_jpeg import JpegAssembly
from appliance.cameras.pictures.film import FILMS, FilmDecoder
from appliance.cameras.pictures.jpeg import JpegCutter, decode_jpeg
from appliance.domain.arrays import UInt8Array

JPEG = "JPEG"
ASSEMBLIES: dict[str, Callable[[], Assembly]] = {
    "H264": H264Assembly,
    "H265": H265Assembly,
    "VP8": Vp8Assembly,
    JPEG: JpegAssembly,
}
PARAMETERS = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
"""Where a description may have what a decoder has to know first (RFC 6184, RFC 7798)."""

ADVICE = "set the camera to H.264 or MJPEG"
TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1"
SESSION_S = 60
"""How long a camera sends to somebody silent, unless it says so (RFC 2326, 12.37)."""

GOODBYE_S = 0.2


class RtspFeed:
    """Asks for the video, takes it off the wire and keeps the camera sending."""

    def __init__(
        self, url: SplitResult, *, open_timeout_s: float, read_timeout_s: float, max_pixels: int
    ) -> None:
        """Connect and have it send.

        Args:
            url: Of the camera.
            open_timeout_s: Longest time to connect, seconds; resolving its name comes on top.
            read_timeout_s: Longest wait for one picture, seconds; twice that for the first, because
                a film can be read from its next whole picture on only.
            max_pixels: Largest picture that is taken.

        Raises:
            FeedError: Nobody is there, or it refuses, or its video cannot be read.
        """
        self._wait_s = 2 * read_timeout_s
        self._read_timeout_s = read_timeout_s
        self._max_pixels = max_pixels
        self._channel = 0
        self._session: dict[str, str] = {}
        self._whole = ""
        self._alive_s = 0.0
        self._film: FilmDecoder | None = None
        self._ask_again_s = float("inf")
        self._conversation = Conversation(url, timeout_s=open_timeout_s)
        try:
            with opening(url):
                self._video = self._begin(url)
        except FeedError:
            self.close()
            raise
        self._assembly = ASSEMBLIES[self._video.codec]()
        self._picture = b""
        if self._video.codec in FILMS:
            self._film = FilmDecoder(
                FILMS[self._video.codec],
                parameters=_parameters(self._video),
                next_picture=self._next_picture,
                max_pixels=max_pixels,
            )

    def grab(self) -> None:
        """Take the next picture; see ``Feed.grab``."""
        with streaming(self._wait_s):
            self._conversation.line.allow(self._wait_s)
            if self._film is not None:
                self._film.grab()
            else:
                cutter = JpegCutter(max_pixels=self._max_pixels)
                cutter.add(self._next_picture())
                self._picture = cutter.cut() or b""
        self._wait_s = self._read_timeout_s

    def retrieve(self) -> UInt8Array | None:
        """Return it; see ``Feed.retrieve``."""
        return decode_jpeg(self._picture) if self._film is None else self._film.retrieve()

    def close(self) -> None:
        """Say goodbye and hang up; a second call does nothing."""
        if self._film is not None:
            self._film.close()
        if self._session:
            with contextlib.suppress(OSError):  # it hung up before
                self._conversation.line.allow(GOODBYE_S)
                self._conversation.send("TEARDOWN", self._whole, **self._session)
            self._session = {}
        self._conversation.close()

    def _begin(self, url: SplitResult) -> Video:
        host = url.netloc.rpartition("@")[2]
        target = urlunsplit((url.scheme, host, url.path, url.query, ""))
        ask, login = self._conversation.ask, self._conversation.login
        described = ask("DESCRIBE", target, Accept="application/sdp")
        require_ok(described, login)
        base = described.headers.get("Content-Base", target).strip()
        video = find_video(described.body, base=base)
        if video is None:
            msg = "the stream has no video; take another path of the camera"
            raise FeedError(msg)
        if video.codec not in ASSEMBLIES:
            msg = f"its video is {video.codec}, which cannot be read here; {ADVICE}"
            raise FeedError(msg)
        setup = ask("SETUP", video.track, Transport=TRANSPORT)
        require_ok(setup, login)
        channel = re.search(r"interleaved=(\d+)", setup.headers.get("Transport", ""))
        self._channel = int(channel[1]) if channel else 0
        session, _, rest = setup.headers.get("Session", "").partition(";")
        self._session = {"Session": session.strip()}
        lasts = re.search(r"timeout=(\d+)", rest)
        self._alive_s = max(1, int(lasts[1]) if lasts else SESSION_S) / 2
        self._whole = video.whole
        # Packets that come before the answer are lost; the camera sends what matters again.
        require_ok(ask("PLAY", video.whole, Range="npt=0.000-", **self._session), login)
        self._ask_again_s = time.monotonic() + self._alive_s
        return video

    def _next_picture(self) -> bytes:
        with streaming(self._wait_s):
            while True:
                packet = self._packet()
                if picture := self._assembly.add(packet, payload=self._video.payload):
                    return picture

    def _packet(self) -> bytes:
        """Return the next packet of the video; what else is said is of no interest."""
        if time.monotonic() >= self._ask_again_s:
            self._ask_again_s = time.monotonic() + self._alive_s
            self._conversation.send("OPTIONS", self._whole, **self._session)
        line = self._conversation.line
        while True:
            mark = line.take(1)
            if mark == INTERLEAVED:
                channel, length = struct.unpack(">BH", line.take(3))
                packet = line.take(length)
                if channel == self._channel:
                    return packet
            else:
                reply = self._conversation.receive(mark)
                self._conversation.login.accept(reply.headers.get_all("WWW-Authenticate", []))


def _parameters(video: Video) -> bytes:
    """Return what the description says that a decoder has to know first.

    Raises:
        ValueError: It cannot be read.
    """
    units = [video.parameters.get(name, "") for name in PARAMETERS]
    return b"".join(
        START + b64decode(unit) for text in units for unit in text.split(",") if unit.strip()
    )
