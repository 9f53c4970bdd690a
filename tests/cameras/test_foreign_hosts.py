"""The box connects to the configured host alone, whatever a camera or a file points to."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from appliance.cameras.clip import ClipSource
from appliance.cameras.stream import StreamSource
from appliance.errors import CameraError
from appliance.ports import FrameSource
from tests.support.cameras import FRONT
from tests.support.clips import write_clip
from tests.support.scripted_host import ScriptedHost

ELSEWHERE = "127.0.0.2"
WAIT_S = 0.5


class Bystander:
    """Another host, which counts who connects to it and says nothing; a context manager."""

    def __init__(self) -> None:
        """Listen."""
        self._listener = socket.create_server((ELSEWHERE, 0))
        self.place = f"{ELSEWHERE}:{self._listener.getsockname()[1]}"
        self.visits = 0
        self._thread = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> Self:
        """Count."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _count(self) -> None:
        with contextlib.suppress(OSError):  # the test is over
            while True:
                connection, _ = self._listener.accept()
                self.visits += 1
                connection.close()


@pytest.fixture
def bystander() -> Iterator[Bystander]:
    """Return a host that nobody configured."""
    with Bystander() as host:
        yield host


def watch(source: FrameSource) -> None:
    """Look for a while."""
    try:
        source.open()
        for _ in range(100):
            if source.read() is None:
                return
    finally:
        source.close()


def stream(url: str) -> StreamSource:
    """Return a camera."""
    return StreamSource(camera=FRONT, source=url, open_timeout_s=WAIT_S, read_timeout_s=WAIT_S)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_redirect_is_refused(bystander: Bystander, scheme: str, status: int) -> None:
    """The operator is told to write the final address; nobody goes there."""
    word = {"http": "HTTP/1.1", "rtsp": "RTSP/1.0"}[scheme]
    answer = (
        f"{word} {status} Moved\r\nCSeq: 1\r\nLocation: {scheme}://{bystander.place}/live\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    with ScriptedHost(*[answer] * 5) as host:
        source = stream(f"{scheme}://127.0.0.1:{host.port}/live")
        with pytest.raises(CameraError, match=rf"points elsewhere \({status}\); write the final"):
            watch(source)

    assert bystander.visits == 0


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://{place}/a.ts\n#EXT-X-ENDLIST\n"
DESCRIPTION = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    "m=video 5004 RTP/AVP 26\r\n"
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/vnd.apple.mpegurl", PLAYLIST),
        ("multipart/x-mixed-replace; boundary=x", PLAYLIST),
        ("application/octet-stream", PLAYLIST),
        ("application/octet-stream", "ffconcat version 1.0\nfile 'http://{place}/a.ts'\n"),
        ("application/octet-stream", "ffconcat version 1.0\nfile 'file:/etc/hostname'\n"),
        ("application/sdp", DESCRIPTION),
        ("video/mp2t", PLAYLIST),
    ],
)
def test_playlist_of_a_camera_is_not_followed(bystander: Bystander, kind: str, body: str) -> None:
    """What is no picture is not interpreted."""
    text = body.format(place=bystander.place)
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    ).encode()
    with ScriptedHost(*[answer] * 5) as host, pytest.raises(CameraError):
        watch(stream(f"http://127.0.0.1:{host.port}/live.m3u8"))

    assert bystander.visits == 0


def test_track_of_another_host_is_asked_for_here(bystander: Bystander) -> None:
    """A description that names another host for its video changes no connection."""
    text = DESCRIPTION + f"a=control:rtsp://{bystander.place}/track1\r\n"
    described = (
        f"RTSP/1.0 200 OK\r\nContent-Base: rtsp://{bystander.place}/\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}"
    ).encode()
    refused = b"RTSP/1.0 404 No\r\nContent-Length: 0\r\n\r\n"
    with ScriptedHost(described, refused, described, refused) as host:
        with pytest.raises(CameraError, match="no stream at this path"):
            watch(stream(f"rtsp://127.0.0.1:{host.port}/live"))
        assert host.requests[1].startswith(f"SETUP rtsp://{bystander.place}/track1 ")

    assert bystander.visits == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", PLAYLIST),
        ("list.m3u8", PLAYLIST.replace("http://{place}/a.ts", "other.avi")),
        ("list.ffconcat", "ffconcat version 1.0\nfile other.avi\n"),
        ("list.sdp", DESCRIPTION),
    ],
)
def test_clip_that_names_others_is_refused(
    bystander: Bystander, tmp_path: Path, name: str, text: str
) -> None:
    """A file of the configuration is that file alone."""
    write_clip(tmp_path / "other.avi", frames=8)
    (tmp_path / name).write_text(text.format(place=bystander.place), encoding="utf-8")

    with pytest.raises(CameraError, match=f"front: clip .*{name} is not a video"):
        watch(ClipSource(camera=FRONT, path=tmp_path / name))

    assert bystander.visits == 0


@pytest.mark.parametrize("name", ["concat:other.avi", "file:other.avi", "subfile,,start,0,,:x"])
def test_clip_with_a_colon_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What FFmpeg would take for a protocol is looked for as a file."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "other.avi", frames=8)
    (tmp_path / name).write_bytes(b"no film")

    with pytest.raises(CameraError, match="is not a video that can be read"):
        watch(ClipSource(camera=FRONT, path=Path(name)))


def test_pipe_is_no_clip(tmp_path: Path) -> None:
    """Whoever opens a pipe waits for its writer, and every other opening with him."""
    os.mkfifo(tmp_path / "pipe.avi")

    with pytest.raises(CameraError, match=r"front: clip .*pipe\.avi is no file"):
        ClipSource(camera=FRONT, path=tmp_path / "pipe.avi").open()
