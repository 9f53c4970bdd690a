"""A network camera with people: GStreamer's RTSP server sends a clip, in real time and for ever.

Runs under the system's Python, which has GStreamer: ``/usr/bin/python3 camera.py CLIP``.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - versions come first

# multifilesrc would send the container again in the middle of a stream; a camera that has reached
# the end of its clip hangs up instead, and the box connects again.
LAUNCH = (
    "( filesrc location={} ! qtdemux ! h264parse ! identity sync=true ! "
    "rtph264pay config-interval=1 name=pay0 )"
)


def main() -> None:
    """Send the clip to whoever connects, from its beginning."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("8554")
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(LAUNCH.format(sys.argv[1]))
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
