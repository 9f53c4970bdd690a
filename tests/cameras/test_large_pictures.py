"""A picture that is too large is refused by what it announces; it is never decoded."""

import subprocess
import sys

import pytest

from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError
from tests.support.cameras import FRONT
from tests.support.films import KEY, announcing, packets_of
from tests.support.mjpeg_server import MjpegServer, jpeg_announcing
from tests.support.silent_cameras import Silence, SilentCamera

WIDE = 20_000
MORE_MB = 50
"""A decoded picture of this size has 1200 MB."""

LOOKING = """
import sys
from pathlib import Path
from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError


def most_mb():
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


source = StreamSource(camera="front", source=sys.argv[1])
try:
    source.open()
    while source.read().index < 2:
        pass
    before_mb = most_mb()
    while True:
        source.read()
except CameraError as error:
    print(error)
    print(most_mb() - before_mb)
"""


def look(url: str) -> tuple[str, float]:
    """Watch a camera in a process of its own.

    Returns:
        What was said in the end, and how much its memory had grown by then, MB.
    """
    run = subprocess.run(
        [sys.executable, "-c", LOOKING, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said, grown = run.stdout.splitlines()
    return said, float(grown)


def refusal(wide: int) -> str:
    """Return what is said of a camera."""
    return (
        f"sends pictures of {wide} x {wide} pixels, more than max_pixels = 9437184; "
        "lower the camera's resolution, or raise max_pixels"
    )


def test_large_jpeg_over_http_is_not_decoded() -> None:
    """Behind small pictures comes a large one: the camera is named, and memory stays."""
    with MjpegServer(special={5: jpeg_announcing(WIDE, WIDE)}) as camera:
        said, grown_mb = look(camera.url)

    assert said.startswith("front: http://***@127.0.0.1")
    assert said.endswith(refusal(WIDE))
    assert grown_mb < MORE_MB


@pytest.mark.parametrize(("codec", "wide"), [("H264", WIDE), ("H265", WIDE), ("VP8", 16_368)])
def test_large_film_over_rtsp_is_not_decoded(codec: str, wide: int) -> None:
    """Parameters in the middle of a film count as those at its beginning; VP8 ends at 14 bits."""
    pictures = [KEY[codec]] * 6 + [announcing(codec, wide, wide)]
    packets = packets_of(codec, pictures)
    with SilentCamera(Silence.PLAY, codec=codec, packets=packets) as camera:
        said, grown_mb = look(camera.url)

    assert said.endswith(refusal(wide))
    assert grown_mb < MORE_MB


def test_large_film_is_not_begun() -> None:
    """The first picture is measured before FFmpeg is shown it."""
    packets = packets_of("H264", [announcing("H264", WIDE, WIDE)])
    with SilentCamera(Silence.PLAY, packets=packets) as camera:
        source = StreamSource(camera=FRONT, source=camera.url)
        source.open()
        with pytest.raises(CameraError, match=f"pictures of {WIDE} x {WIDE} pixels"):
            source.read()


def test_limit_is_a_setting() -> None:
    """Pictures of 64 x 48 pixels are too large for who allows one less, and fine for who does."""
    with MjpegServer() as camera:
        allowing = StreamSource(camera=FRONT, source=camera.url, max_pixels=64 * 48)
        allowing.open()
        assert allowing.read().pixels.shape == (48, 64, 3)
        allowing.close()
        refusing = StreamSource(camera=FRONT, source=camera.url, max_pixels=64 * 48 - 1)
        refusing.open()
        with pytest.raises(CameraError, match="64 x 48 pixels, more than max_pixels = 3071"):
            refusing.read()
