"""A camera that says nothing, or nothing useful, keeps no other waiting."""

import contextlib
import time

import pytest

from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Frame
from appliance.errors import CameraError
from tests.support.cameras import FRONT, make_reader
from tests.support.films import KEY, packets_of
from tests.support.mjpeg_server import MjpegServer
from tests.support.rtsp_camera import RtspCamera
from tests.support.silent_cameras import Silence, SilentCamera
from tests.support.waiting import wait_until

NOWHERE = "rtsp://198.51.100.1/live"
"""Nobody has this address (RFC 5737); what is sent there is lost or refused."""

FIRST_S = 3.0
"""The box promises one second; this machine may be busy. It was 5 s for each dead camera."""

FPS = 15.0
LOOK_S = 2.0


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_seven_dead_cameras_delay_no_other(scheme: str) -> None:
    """The first picture of a good one comes at once, and then as many as without them."""
    with contextlib.ExitStack() as stack:
        silences = [silence for silence in Silence if silence is not Silence.ACCEPT]
        dead = [stack.enter_context(SilentCamera(silence)).url for silence in silences]
        if scheme == "http":
            good = stack.enter_context(MjpegServer(fps=2 * FPS)).url
        else:
            good = stack.enter_context(RtspCamera()).url()
        arrived: list[float] = []
        readers = [
            make_reader(StreamSource(camera=CameraKey(f"dead-{number}"), source=url))
            for number, url in enumerate([*dead, NOWHERE])
        ]
        for reader in readers:
            reader.start()
        time.sleep(0.2)  # they are being opened

        def note(_: Frame) -> None:
            arrived.append(time.monotonic())

        asked_s = time.monotonic()
        reader = make_reader(StreamSource(camera=FRONT, source=good, fps=FPS), deliver=note)
        reader.start()
        wait_until(lambda: arrived, timeout_s=30)
        time.sleep(LOOK_S)

        assert arrived[0] - asked_s < FIRST_S
        assert len(arrived) > FPS * LOOK_S / 2
        assert not any(each.health().frames for each in readers)
        for each in (reader, *readers):
            each.stop(timeout_s=0)


@pytest.mark.parametrize("silence", Silence)
def test_silence_ends_in_time_and_is_said_alike(silence: Silence) -> None:
    """Wherever a camera stops, its reader is free again, with the same words every time."""
    with SilentCamera(silence) as camera:
        source = StreamSource(
            camera=FRONT, source=camera.url, open_timeout_s=0.4, read_timeout_s=0.4
        )
        started_s = time.monotonic()
        said = {complaint(source) for _ in range(2)}

        assert time.monotonic() - started_s < 2 * 4 * 0.8
        (text,) = said
        assert text.startswith("front: ")
        assert "no answer; check that the camera is on" in text or "sent no picture for" in text


@pytest.mark.parametrize("codec", KEY)
def test_film_that_stops_behind_its_first_picture_holds_nobody(codec: str) -> None:
    """FFmpeg wants more than one before it gives any; it gets no time to wait for them."""
    packets = packets_of(codec, [KEY[codec]])
    with SilentCamera(Silence.PLAY, codec=codec, packets=packets) as camera:
        source = StreamSource(camera=FRONT, source=camera.url, read_timeout_s=2.0)
        source.open()
        asked_s = time.monotonic()
        frame = source.read()
        source.close()

        assert frame.pixels.shape == (48, 64, 3)
        assert time.monotonic() - asked_s < 2.0


def complaint(source: StreamSource) -> str:
    """Return what a camera is said to lack."""
    with pytest.raises(CameraError) as said:
        look(source)
    return str(said.value)


def look(source: StreamSource) -> None:
    """Take a picture."""
    source.open()
    source.read()
