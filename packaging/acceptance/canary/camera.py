"""A network camera that shows given pictures: motion JPEG over HTTP."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Self

from appliance.mqtt.private_broker import LOOPBACK

PART = b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"


class PictureCamera:
    """Shows its pictures one after the other for ever, to everybody; a context manager."""

    def __init__(self, pictures: Sequence[bytes], *, fps: float) -> None:
        """Take the pictures.

        Args:
            pictures: JPEG.
            fps: Pictures per second.
        """
        stop = threading.Event()

        class Show(BaseHTTPRequestHandler):
            """One viewer."""

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=cut")
                self.end_headers()
                try:
                    for picture in cycle(pictures):
                        self.wfile.write(PART % (len(picture), picture))
                        if stop.wait(1 / fps):
                            return
                except OSError:  # the viewer left
                    return

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._stop = stop
        self._server = ThreadingHTTPServer((LOOPBACK, 0), Show)
        self._server.daemon_threads = True

    def url(self, *, turn: int) -> str:
        """Return its address; with another turn it is another camera, in quarantine or not."""
        return f"http://{LOOPBACK}:{self._server.server_port}/live.mjpg?turn={turn}"

    def __enter__(self) -> Self:
        """Show."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
