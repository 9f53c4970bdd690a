"""A live camera is read, timed and given up in time, and its URL stays secret."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from appliance.cameras.rate import EARLY
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey
from appliance.errors import CameraError
from appliance.ports import FrameSource
from tests.cameras.source_contract import SourceContract, read_some
from tests.support.clips import number_of
from tests.support.mjpeg_server import MjpegServer

FRONT = CameraKey("front")
TIMEOUT_S = 1.5  # a busy machine takes a while to answer


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    """Serve numbered pictures."""
    with MjpegServer() as running:
        yield running


@pytest.fixture
def source(server: MjpegServer) -> Iterator[FrameSource]:
    """Return a source for the server, not yet open."""
    made = StreamSource(
        camera=FRONT, source=server.url, open_timeout_s=TIMEOUT_S, read_timeout_s=TIMEOUT_S
    )
    yield made
    made.close()


class TestContract(SourceContract):
    """The promises of the port."""


def test_reads_the_pictures_in_order(source: FrameSource) -> None:
    """Every picture comes once, with the time of its arrival."""
    before_s = time.monotonic()
    source.open()
    frames = read_some(source, 5)

    assert [number_of(frame) for frame in frames] == [0, 1, 2, 3, 4]
    assert before_s < frames[0].captured_at_s < frames[-1].captured_at_s < time.monotonic()


def test_rate_is_capped(server: MjpegServer) -> None:
    """Of a 100 Hz feed a 20 Hz camera leaves out most pictures."""
    source = StreamSource(camera=FRONT, source=server.url, fps=20)
    source.open()

    frames = read_some(source, 6)
    source.close()

    assert frames[-1].captured_at_s - frames[0].captured_at_s >= (5 - EARLY) / 20
    assert number_of(frames[-1]) - number_of(frames[0]) > 2 * 5


def test_stalled_socket_ends_within_the_time_out(source: FrameSource, server: MjpegServer) -> None:
    """A socket that stays open without data is an error, not an endless wait."""
    source.open()
    read_some(source, 2)
    server.stall()

    started_s = time.monotonic()
    with pytest.raises(CameraError, match=r"sent no picture for 1\.5 s"):
        read_some(source, 100)

    assert time.monotonic() - started_s < 4 * TIMEOUT_S


def test_server_that_never_answers_ends_within_the_time_out(
    source: FrameSource, server: MjpegServer
) -> None:
    """Opening is bounded too."""
    server.stall()

    started_s = time.monotonic()
    with pytest.raises(CameraError, match=r"cannot open .*: no answer; check"):
        source.open()

    assert time.monotonic() - started_s < 4 * TIMEOUT_S


def test_killed_server_is_noticed_and_can_be_reopened(
    source: FrameSource, server: MjpegServer
) -> None:
    """The end of the connection is an error; a new server at the same address is a new start."""
    source.open()
    read_some(source, 2)
    server.kill()
    with pytest.raises(CameraError, match="ended the stream"):
        read_some(source, 100)
    with pytest.raises(CameraError, match="cannot open"):
        source.open()

    server.start()
    source.open()

    assert [frame.continues for frame in read_some(source, 2)] == [False, True]


def test_frozen_picture_is_an_error() -> None:
    """A camera that repeats itself to the bit is dead, even if its connection is not."""
    with MjpegServer(still=True) as server:
        source = StreamSource(camera=FRONT, source=server.url, frozen_after_s=0.2)
        source.open()

        with pytest.raises(CameraError, match=r"is frozen: one picture for 0\.2 s"):
            read_some(source, 100)


@pytest.mark.parametrize("device", ["/dev/video-none", "99"])
def test_missing_device_is_named(device: str) -> None:
    """A camera that is not plugged in does not open."""
    with pytest.raises(
        CameraError, match=f"front: cannot open {device}: no such device; plug the camera in"
    ):
        StreamSource(camera=FRONT, source=device).open()


def test_credentials_are_in_no_error_and_no_repr(source: FrameSource, server: MjpegServer) -> None:
    """The operator sees host and path; user, password and key stay hidden."""
    source.open()
    server.kill()
    with pytest.raises(CameraError) as ended:
        read_some(source, 100)
    with pytest.raises(CameraError) as refused:
        source.open()

    for text in (str(ended.value), str(refused.value), repr(source)):
        assert "/live.mjpg" in text
        assert not any(secret in text for secret in ("teacher", "s3cret", "hunter2"))


def test_wrong_password_is_named(server: MjpegServer) -> None:
    """A camera that refuses looks different from one that is away."""
    source = StreamSource(camera=FRONT, source=server.url.replace("s3cret", "hunter3"))

    with pytest.raises(
        CameraError, match=r"user name or password refused \(401\); put right"
    ) as no:
        source.open()

    assert not any(secret in str(no.value) for secret in ("teacher", "hunter"))


SPEAKING = """
import sys
from appliance.cameras.rate import EARLY
from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError
for url in sys.argv[1:]:
    source = StreamSource(camera="front", source=url, open_timeout_s=0.3, read_timeout_s=0.3)
    try:
        source.open()
        while source.read().index < 5:
            pass
        raise CameraError("enough")
    except CameraError as error:
        print(error)
"""


def test_libraries_write_nothing_to_standard_error(server: MjpegServer) -> None:
    """OpenCV and FFmpeg are silent at the level of the file descriptor, whatever goes wrong."""
    port = server.url.partition("127.0.0.1:")[2].partition("/")[0]
    with MjpegServer() as stalled:
        stalled.stall()
        urls = [
            server.url,
            stalled.url,
            f"rtsp://teacher:s3cret@127.0.0.1:{port}/hunter",
            "rtsp://teacher:s3cret@127.0.0.1:1/live",
            "http://teacher:s3cret@127.0.0.1:1/live",
            "https://teacher:s3cret@127.0.0.1:1/live",
        ]
        run = subprocess.run(
            [sys.executable, "-c", SPEAKING, *urls],
            env={"OPENCV_LOG_LEVEL": "DEBUG", "OPENCV_FFMPEG_DEBUG": "1"},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )

    assert run.stderr == ""
    assert len(run.stdout.splitlines()) == len(urls)
    assert "s3cret" not in run.stdout
