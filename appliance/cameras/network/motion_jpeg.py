"""A camera that sends single JPEG pictures over HTTP."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlunsplit

from appliance.cameras.feed import FeedError
from appliance.cameras.network.conversation import Conversation
from appliance.cameras.network.refusals import opening, require_ok, streaming
from appliance.cameras.pictures.jpeg import JpegCutter, decode_jpeg
from appliance.domain.arrays import UInt8Array

PICTURES = ("multipart/", "image/jpeg", "application/octet-stream", "video/x-motion-jpeg")
ADVICE = "set the camera to MJPEG, or write its rtsp:// address"
MAX_LINE = 4096
_LENGTH = re.compile(rb"[0-9A-Fa-f]{1,8}(?![0-9A-Fa-f])")


class MotionJpegFeed:
    """Takes pictures off the wire; only those that are wanted are decoded."""

    def __init__(
        self, url: SplitResult, *, open_timeout_s: float, read_timeout_s: float, max_pixels: int
    ) -> None:
        """Connect.

        Args:
            url: Of the camera.
            open_timeout_s: Longest time to connect, seconds; resolving its name comes on top.
            read_timeout_s: Longest wait for one picture, seconds.
            max_pixels: Largest picture that is taken.

        Raises:
            FeedError: Nobody is there, or it refuses.
        """
        self._read_timeout_s = read_timeout_s
        self._cutter = JpegCutter(max_pixels=max_pixels)
        self._picture = b""
        self._conversation = Conversation(url, timeout_s=open_timeout_s)
        try:
            with opening(url):
                self._body = self._begin(url)
        except FeedError:
            self.close()
            raise

    def grab(self) -> None:
        """Take the next picture; see ``Feed.grab``."""
        with streaming(self._read_timeout_s):
            self._conversation.line.allow(self._read_timeout_s)
            while (picture := self._cutter.cut()) is None:
                self._cutter.add(next(self._body))
        self._picture = picture

    def retrieve(self) -> UInt8Array | None:
        """Decode it; see ``Feed.retrieve``."""
        return decode_jpeg(self._picture)

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        self._conversation.close()

    def _begin(self, url: SplitResult) -> Iterator[bytes]:
        target = urlunsplit(("", "", url.path or "/", url.query, ""))
        reply = self._conversation.ask("GET", target, Accept="*/*", Connection="close")
        require_ok(reply, self._conversation.login)
        kind = reply.headers.get_content_type()
        if kind.startswith("video/") and not kind.startswith(PICTURES):
            msg = f"it sends {kind}, which is not read over HTTP; {ADVICE}"
            raise FeedError(msg)
        if not kind.startswith(PICTURES):
            msg = f"it sends {kind} instead of pictures; source is the address of the stream itself"
            raise FeedError(msg)
        chunked = reply.headers.get("Transfer-Encoding", "").lower() == "chunked"
        return self._chunks() if chunked else self._bytes()

    def _bytes(self) -> Iterator[bytes]:
        while True:
            yield self._conversation.line.take_some()

    def _chunks(self) -> Iterator[bytes]:
        """Yield what stands in the pieces of a body of unknown length (RFC 9112, section 7.1)."""
        line = self._conversation.line
        while True:
            length = _LENGTH.match(line.take_until(b"\r\n", limit=MAX_LINE))
            if length is None:
                raise ValueError
            left = int(length[0], 16)
            if not left:
                raise ConnectionResetError
            while left:
                part = line.take_some(left)
                left -= len(part)
                yield part
            line.take(2)
