"""A network camera of our own, in a process of its own: motion JPEG over HTTP on loopback.

``python -m appliance.commands.bench.player --clip FILE --port PORT --fps FPS --mode MODE``. It
ends with its parent: when its standard input is closed.
"""

import argparse
import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Self

import cv2

from appliance.cameras.clip import play_clip
from appliance.errors import CameraError
from appliance.mqtt.private_broker import LOOPBACK

PICTURES = 300
"""At most so many are kept, some 10 MB at 640 x 480; they are shown from the first again."""

JPEG_QUALITY = 80
"""As cameras do; OpenCV's own 95 makes pictures of twice the size."""

FLAP_S = 5.0
"""A flapping camera is there for so long, then away for so long."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n"
PART = b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


class Mode(StrEnum):
    """How the camera behaves."""

    FINE = "fine"
    FROZEN = "frozen"
    """The same picture for ever."""
    FLAPPING = "flapping"
    """``FLAP_S`` up, ``FLAP_S`` down."""


class Player:
    """The parent's side: starts, kills and restarts a camera on one port."""

    def __init__(self, *, clip: Path, port: int, fps: float, mode: Mode = Mode.FINE) -> None:
        """Remember what to play; ``start`` begins.

        Args:
            clip: What it shows.
            port: On loopback.
            fps: Pictures per second.
            mode: How it behaves.
        """
        self._command = [
            sys.executable,
            "-m",
            "appliance.commands.bench.player",
            "--clip",
            str(clip),
        ]
        self._command += ["--port", str(port), "--fps", str(fps), "--mode", mode.value]
        self.url = f"http://{LOOPBACK}:{port}/live.mjpg"
        """Where the camera is."""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run it; ``ready`` waits until it answers."""
        self._process = subprocess.Popen(  # noqa: S603 - this program, with arguments of our own
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ready(self) -> None:
        """Wait until it answers.

        Raises:
            CameraError: It has ended instead.
        """
        if self._process is None or self._process.stdout is None:
            return
        if not self._process.stdout.readline():
            msg = f"the player of {self.url} has ended"
            raise CameraError(msg)

    def kill(self) -> None:
        """End it at once; a second call does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self.start()
        try:
            self.ready()
        except CameraError:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        self.kill()


class _Server:
    """The child's side: sends the pictures to whoever connects, at their rate."""

    def __init__(self, pictures: Sequence[bytes], *, port: int, fps: float) -> None:
        self._pictures = pictures
        self._port = port
        self._period_s = 1 / fps
        self._listener: socket.socket | None = None
        self._clients: list[socket.socket] = []

    def open(self) -> None:
        """Begin to listen."""
        self._listener = socket.create_server((LOOPBACK, self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody and listen no more."""
        for each in (self._listener, *self._clients):
            if each is not None:
                with contextlib.suppress(OSError):  # already gone
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self._listener = None
        self._clients.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # the box or we have hung up
            client.recv(4096)
            client.sendall(HEAD)
            began_s = time.monotonic()
            for number, jpeg in enumerate(itertools.cycle(self._pictures)):
                time.sleep(max(0.0, began_s + number * self._period_s - time.monotonic()))
                client.sendall(PART % len(jpeg) + jpeg + b"\r\n")


def encode_pictures(clip: Path, *, fps: float, most: int) -> list[bytes]:
    """Return the first pictures of a clip as JPEG.

    Raises:
        CameraError: It cannot be read.
    """
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    return [
        cv2.imencode(".jpg", frame.pixels, quality)[1].tobytes()
        for frame in itertools.islice(play_clip(clip, fps=fps), most)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Be a camera until the parent is gone."""
    parser = argparse.ArgumentParser(prog="appliance.commands.bench.player", description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--fps", type=float, required=True)
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FINE)
    options = parser.parse_args(arguments)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    most = 1 if options.mode is Mode.FROZEN else PICTURES
    pictures = encode_pictures(options.clip, fps=options.fps, most=most)
    server = _Server(pictures, port=options.port, fps=options.fps)
    server.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        time.sleep(FLAP_S)
        if options.mode is Mode.FLAPPING:
            server.close()
            time.sleep(FLAP_S)
            server.open()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
