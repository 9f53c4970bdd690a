"""Pictures over HTTP are read however their body is cut."""

from urllib.parse import urlsplit

import pytest
from numpy.testing import assert_array_equal

from appliance.cameras.feed import FeedError
from appliance.cameras.network.motion_jpeg import MotionJpegFeed
from appliance.cameras.pictures.jpeg import decode_jpeg
from tests.support.mjpeg_server import jpeg_of
from tests.support.scripted_host import ScriptedHost

PICTURES = [jpeg_of(number) for number in range(3)]
KIND = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n"


def feed_of(host: ScriptedHost) -> MotionJpegFeed:
    """Connect to a host."""
    return MotionJpegFeed(
        urlsplit(f"http://127.0.0.1:{host.port}/live"),
        open_timeout_s=1.0,
        read_timeout_s=0.3,
        max_pixels=64 * 48,
    )


def chunked(body: bytes, *, step: int) -> bytes:
    """Return a body in pieces (RFC 9112, 7.1)."""
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("step", [100, 100_000])
def test_body_in_pieces_is_put_together(step: int) -> None:
    """Their lengths do not end up in the pictures."""
    body = chunked(b"--cut\r\n".join(PICTURES), step=step)
    with ScriptedHost(KIND + b"Transfer-Encoding: chunked\r\n\r\n" + body) as host:
        feed = feed_of(host)
        for picture in PICTURES:
            feed.grab()
            assert_array_equal(feed.retrieve(), decode_jpeg(picture))
        with pytest.raises(FeedError, match="ended the stream"):
            feed.grab()
        feed.close()


@pytest.mark.parametrize("length", [b"xyz", b"-5", b"5" * 5000])
def test_piece_of_no_length_is_no_stream(length: bytes) -> None:
    """A host that talks nonsense is told apart from one that ended."""
    answer = KIND + b"Transfer-Encoding: chunked\r\n\r\n" + length + b"\r\n"
    with ScriptedHost(answer) as host:
        feed = feed_of(host)
        with pytest.raises(FeedError, match="sends what is no stream"):
            feed.grab()
        feed.close()


def test_single_picture_is_a_short_stream() -> None:
    """An address of snapshots gives one, and the end is said."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + PICTURES[0]
    with ScriptedHost(answer) as host:
        feed = feed_of(host)
        feed.grab()
        with pytest.raises(FeedError, match=r"sent no picture for 0\.3 s"):
            feed.grab()
        feed.close()
