"""A camera over RTSP is kept sending and told when nobody watches any more."""

import time
from urllib.parse import urlsplit

from appliance.cameras.network.rtsp import RtspFeed
from tests.support.films import KEY, packets_of
from tests.support.silent_cameras import Silence, SilentCamera
from tests.support.waiting import wait_until

FPS = 10.0


def test_camera_hears_from_its_viewer() -> None:
    """It would end a session of one second; goodbye is said at the end."""
    packets = packets_of("VP8", [KEY["VP8"]] * 12)
    with SilentCamera(Silence.PLAY, codec="VP8", packets=packets, fps=FPS) as camera:
        feed = RtspFeed(
            urlsplit(camera.url), open_timeout_s=5.0, read_timeout_s=5.0, max_pixels=64 * 48
        )
        for _ in packets:
            feed.grab()
        wait_until(lambda: any(text.startswith("OPTIONS") for text in camera.requests))
        feed.close()
        wait_until(lambda: camera.requests[-1].startswith("TEARDOWN"))

    assert all("Session: 1\r\n" in text for text in camera.requests[2:])


def test_what_a_camera_says_between_pictures_is_no_picture() -> None:
    """Answers, and requests of its own, are passed over."""
    first, *others = packets_of("VP8", [KEY["VP8"]] * 3)
    with ChattyCamera(Silence.PLAY, codec="VP8", packets=[first, *others]) as camera:
        feed = RtspFeed(
            urlsplit(camera.url), open_timeout_s=5.0, read_timeout_s=5.0, max_pixels=64 * 48
        )
        started_s = time.monotonic()
        for _ in range(3):
            feed.grab()
            assert feed.retrieve() is not None
        feed.close()

    assert time.monotonic() - started_s < 4.0


class ChattyCamera(SilentCamera):
    """Says something before each packet."""

    between = (
        b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 4\r\n\r\n$abc"
        b"ANNOUNCE rtsp://cam/live RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        b"OPTIONS * RTSP/1.0\r\nCSeq: 2\r\n\r\n"
        b"RTSP/1.0 401 No\r\nCSeq: 3\r\nWWW-Authenticate: Basic realm=x\r\n\r\n"
        b"$\1\0\3abc"
    )
