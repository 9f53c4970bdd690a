"""A network camera: GStreamer's RTSP server on loopback, obedient to its standard input.

Runs under the system's Python, which has GStreamer; ``tests/support/rtsp_camera.py`` starts it.
It says ``ready PORT`` once it listens, or ``missing`` and what GStreamer lacks; later ``watched``
when somebody begins to watch. Each line it reads is an order: ``stall`` sends nothing more and
keeps the connection, ``flow`` goes on, ``large`` and ``small`` change the resolution. It ends when
its input is closed.
"""

import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions come first

PICTURES = (
    "videotestsrc is-live=true pattern=smpte ! "
    "capsfilter name=size caps=video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! "
    "valve name=valve ! "
)
H264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! "
PAYLOADS = {
    "h264": PICTURES + H264 + "rtph264pay config-interval=1 name=pay0 pt=96",
    "h265": PICTURES
    + "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! "
    + "rtph265pay config-interval=1 name=pay0 pt=96",
    "mjpeg": PICTURES + "jpegenc ! rtpjpegpay name=pay0 pt=26",
    "vp8": PICTURES + "vp8enc deadline=1 keyframe-max-dist=10 ! rtpvp8pay name=pay0 pt=96",
    "jpeg2000": PICTURES + "openjpegenc ! rtpj2kpay name=pay0 pt=96",
    "audio": "audiotestsrc is-live=true ! valve name=valve ! alawenc ! rtppcmapay name=pay0 pt=8",
}
SIZES = {"small": "width=320,height=240", "large": "width=640,height=480"}
TRANSPORTS = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
    "both": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
}
ROLE = "viewer"


def main() -> None:
    """Serve until the input is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--codec", choices=PAYLOADS, default="h264")
    parser.add_argument("--transport", choices=TRANSPORTS, default="both")
    parser.add_argument("--auth", choices=("none", "basic", "digest"), default="none")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    Gst.init(None)
    loop = GLib.MainLoop()
    launch = f"( {PAYLOADS[options.codec]} )"
    try:
        Gst.parse_launch(launch)
    except GLib.Error as error:
        say(f"missing {error.message}")
        return
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(launch)
    factory.set_shared(True)
    factory.set_protocols(TRANSPORTS[options.transport])
    if options.auth != "none":
        protect(server, factory, options)
    media: list[GstRtspServer.RTSPMedia] = []
    factory.connect("media-configure", lambda _, one: media.append(one))
    server.connect("client-connected", lambda _, client: client.connect("play-request", tell))
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    threading.Thread(target=obey, args=(loop, media), daemon=True).start()
    say(f"ready {server.get_bound_port()}")
    loop.run()


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(*_: object) -> None:
    """Say that somebody watches from now on."""
    say("watched")


def protect(
    server: GstRtspServer.RTSPServer,
    factory: GstRtspServer.RTSPMediaFactory,
    options: argparse.Namespace,
) -> None:
    """Ask everybody for the user and the password."""
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    if options.auth == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(ROLE, right, allowed=True)
    factory.set_permissions(permissions)


def obey(loop: GLib.MainLoop, media: list[GstRtspServer.RTSPMedia]) -> None:
    """Do what the lines of the input say, with what is being sent now."""
    for line in sys.stdin:
        order = line.strip()
        pipeline = media[-1].get_element()
        if order in SIZES:
            caps = Gst.Caps.from_string(f"video/x-raw,format=I420,{SIZES[order]},framerate=25/1")
            pipeline.get_by_name("size").set_property("caps", caps)
        else:
            pipeline.get_by_name("valve").set_property("drop", order == "stall")
    loop.quit()


if __name__ == "__main__":
    main()
