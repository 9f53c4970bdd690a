"""A real RTSP server: read over TCP with its password, and named exactly when it refuses."""

import threading
import time

import numpy as np
import pytest

from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError
from tests.cameras.source_contract import read_some
from tests.support.cameras import FRONT, make_reader
from tests.support.rtsp_camera import PASSWORD, USER, RtspCamera
from tests.support.waiting import wait_until

LOGIN = f"{USER}:{PASSWORD}"
SMALL, LARGE = (240, 320, 3), (480, 640, 3)
BARS, SNOW = np.s_[:150], np.s_[185:, 245:]
"""Of the test picture at its small size."""

TIMEOUT_S = 3.0


def source_of(url: str, *, timeout_s: float = TIMEOUT_S) -> StreamSource:
    """Return the source of a camera, not yet open."""
    return StreamSource(
        camera=FRONT, source=url, open_timeout_s=timeout_s, read_timeout_s=timeout_s
    )


def reason_of(url: str) -> str:
    """Return why a camera does not open."""
    with pytest.raises(CameraError) as refused:
        source_of(url).open()
    return str(refused.value)


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg", "vp8"])
def test_pictures_arrive(codec: str) -> None:
    """What cameras send is read, in order of time and of the size that was sent."""
    with RtspCamera(codec=codec) as camera:
        source = source_of(camera.url())
        source.open()
        frames = read_some(source, 5)
        source.close()

    assert [frame.continues for frame in frames] == [False, True, True, True, True]
    assert {frame.pixels.shape for frame in frames} == {SMALL}
    assert len({frame.pixels.tobytes() for frame in frames}) > 1


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_password_is_used_and_refused(auth: str) -> None:
    """The right password opens, a wrong or missing one is said so; it stands in no message."""
    with RtspCamera(auth=auth) as camera:
        source = source_of(camera.url(login=LOGIN))
        source.open()
        assert read_some(source, 1)[0].pixels.shape == SMALL
        source.close()
        wrong = reason_of(camera.url(login=f"{USER}:hunter2"))
        missing = reason_of(camera.url())
        elsewhere = reason_of(camera.url(login=LOGIN, path="/nowhere"))

    assert "user name or password refused (401); put right" in wrong
    assert "the camera wants a password (401); write USER:PASSWORD@" in missing
    assert "no stream at this path (404)" in elsewhere
    for text in (wrong, missing, elsewhere, repr(source)):
        assert not any(secret in text for secret in (USER, PASSWORD, "hunter2"))


def test_only_tcp_is_taken() -> None:
    """A camera that sends over TCP alone is read; one that sends over UDP alone is told to."""
    with RtspCamera(transport="tcp") as camera:
        source = source_of(camera.url())
        source.open()
        assert read_some(source, 1)
        source.close()
    with RtspCamera(transport="udp") as camera:
        assert "does not send over TCP (461); switch RTSP over TCP on" in reason_of(camera.url())


@pytest.mark.parametrize(
    ("codec", "reason"),
    [
        ("jpeg2000", "its video is JPEG2000, which cannot be read here; set the camera to H.264"),
        ("audio", "the stream has no video; take another path"),
    ],
)
def test_what_cannot_be_read_is_named(codec: str, reason: str) -> None:
    """Neither a codec that is missing nor a microphone looks like a camera that is off."""
    with RtspCamera(codec=codec) as camera:
        assert reason in reason_of(camera.url())


def test_killed_camera_is_named() -> None:
    """A camera that is switched off looks different from one that refuses."""
    with RtspCamera() as camera:
        camera.kill()
        assert "nobody listens on port" in reason_of(camera.url())


def test_resolution_of_single_pictures_may_change() -> None:
    """Pictures of the new size follow; the first begins anew, as after a reconnect."""
    with RtspCamera(codec="mjpeg") as camera:
        source = source_of(camera.url())
        source.open()
        frames = read_some(source, 5)
        camera.order("large")
        frames += read_some(source, 50)
        source.close()

    shapes = [frame.pixels.shape for frame in frames]
    change = shapes.index(LARGE)
    assert shapes == [*[SMALL] * change, *[LARGE] * (55 - change)]
    assert [frame.index for frame in frames if not frame.continues] == [0, change]


def test_resolution_of_a_film_may_change() -> None:
    """Behind a new size the pictures are scaled to the old one and show what they showed."""
    with RtspCamera(codec="h264") as camera:
        source = source_of(camera.url())
        source.open()
        before = read_some(source, 5)[-1].pixels
        camera.order("large")
        frames = read_some(source, 50)
        source.close()

    after = frames[-1].pixels
    assert all(frame.continues and frame.pixels.shape == SMALL for frame in frames)
    assert np.abs(after[BARS].astype(float) - before[BARS]).mean() < 5
    assert after[SNOW].std() < 0.8 * before[SNOW].std()  # finer snow, seen from afar


def test_stall_is_noticed_and_recovers_beside_another() -> None:
    """Silence ends within the time-out and is retried; the other camera never notices."""
    stop = threading.Event()
    with RtspCamera() as stalling, RtspCamera() as steady:
        reader, other = (
            make_reader(
                source_of(camera.url(), timeout_s=1.0), wait=lambda s: stop.wait(s / 100), seed=seed
            )
            for seed, camera in enumerate((stalling, steady))
        )
        reader.start()
        other.start()
        wait_until(lambda: reader.health().frames > 5 and other.health().frames > 5)

        stalling.order("stall")
        stalled_s = time.monotonic()
        wait_until(lambda: "sent no picture for 1 s" in reader.health().last_error)
        noticed_s = time.monotonic() - stalled_s
        stalling.order("flow")
        wait_until(lambda: reader.health().reconnects == 1, timeout_s=30)
        frames = other.health().frames
        stalling.kill()
        wait_until(lambda: "nobody listens" in reader.health().last_error)
        stalling.start()
        wait_until(lambda: reader.health().reconnects == 2, timeout_s=30)
        wait_until(lambda: other.health().frames > frames)
        assert reader.stop(timeout_s=5)
        assert other.stop(timeout_s=5)

    assert noticed_s < 5.0
    assert (other.health().reconnects, other.health().last_error) == (0, "")
