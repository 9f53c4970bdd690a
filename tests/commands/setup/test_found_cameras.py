"""Cameras are found where they are, and nobody is asked who was not meant."""

import fcntl
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.commands.setup.found_cameras import (
    CAPABILITY,
    DEVICE_CAPS,
    VIDEO_CAPTURE,
    local_cameras,
    network_cameras,
)

CAMERAS_ANSWER = (
    b"<e:Envelope><e:Body><d:ProbeMatches><d:ProbeMatch>"
    b"<d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs>"
    b"</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
)


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A camera with its metadata node, and a decoder: files that answer like devices."""
    nodes = {
        "video0": (b"Webcam", VIDEO_CAPTURE),
        "video1": (b"Webcam", 0x00800000),  # V4L2_CAP_META_CAPTURE
        "video10": (b"Decoder", 0x00008000),  # V4L2_CAP_VIDEO_M2M
    }
    for name in nodes:
        (tmp_path / name).touch()
    by_path = tmp_path / "v4l" / "by-path"
    by_path.mkdir(parents=True)
    (by_path / "usb-0:1-video-index0").symlink_to(tmp_path / "video0")

    def answer(device: object, _: int, buffer: bytearray) -> int:
        card, can = nodes[Path(str(getattr(device, "name", ""))).resolve().name]
        buffer[:] = CAPABILITY.pack(b"uvcvideo", card, b"", 0, DEVICE_CAPS | VIDEO_CAPTURE, can)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", answer)
    return tmp_path


def test_a_camera_is_named_by_its_plug_and_once(devices: Path) -> None:
    """A node that gives no pictures is none."""
    assert list(local_cameras(devices)) == [
        (str(devices / "v4l/by-path/usb-0:1-video-index0"), "Webcam")
    ]


def test_what_is_no_device_is_no_camera(tmp_path: Path) -> None:
    """The kernel says so."""
    (tmp_path / "video0").touch()

    assert list(local_cameras(tmp_path)) == []


@pytest.fixture
def network() -> Iterator[tuple[str, int]]:
    """A network in which a camera and something else answer one question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(10)

        def reply() -> None:
            question, asker = there.recvfrom(65535)
            assert b"NetworkVideoTransmitter" in question
            there.sendto(b"<printer/>", asker)
            there.sendto(CAMERAS_ANSWER, asker)

        camera = threading.Thread(target=reply)
        camera.start()
        yield there.getsockname()
        camera.join()


def test_cameras_of_the_network_answer_once(network: tuple[str, int]) -> None:
    """What else answers is no camera."""
    assert network_cameras(address=network, listen_s=0.5) == ["127.0.0.1"]


def test_without_a_network_nobody_answers() -> None:
    """Nothing can be sent to everybody: the kernel forbids it as it does without a route."""
    assert network_cameras(address=("255.255.255.255", 9)) == []
