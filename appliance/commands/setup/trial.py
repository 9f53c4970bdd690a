"""Tries a camera once, as soon as somebody named it."""

from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey
from appliance.errors import CameraError
from appliance.settings.cameras import SourceKind, kind_of


def camera_problem(camera: str, source: str) -> str:
    """Return why a camera gives no picture, without its password; empty when it gives one.

    One picture is taken and forgotten. A clip is left to ``classbox check``.

    Args:
        camera: Name of the camera.
        source: Device or URL, as it would stand in the configuration.
    """
    if kind_of(source) is SourceKind.CLIP:
        return ""
    stream = StreamSource(camera=CameraKey(camera), source=source)
    try:
        stream.open()
        stream.read()
    except CameraError as error:
        return str(error)
    except ValueError:  # such as a port of 99999
        return f"{camera}: this is no URL that can be opened"
    finally:
        stream.close()
    return ""
