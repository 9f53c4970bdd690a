"""Camera URLs without the secrets in them."""

HIDDEN = "***"


def redact_url(source: str) -> str:
    """Return a source as it may stand in a log, an error or a ``repr``.

    User, password, query and fragment are cut out; scheme, host, port and path stay, so that an
    operator still knows which camera is meant. Where it is unclear what is the password, because
    somebody did not escape it, everything behind the scheme is cut.

    Args:
        source: URL, device or path as written in the configuration.

    Returns:
        For a URL such as ``rtsp://me:pw@host/live?key=1``: ``rtsp://***@host/live?***``. Devices
        and paths come back unchanged.
    """
    scheme, separator, rest = source.partition("://")
    if not separator:
        return source
    secrets, at_sign, place = rest.rpartition("@")
    if any(mark in secrets for mark in "?#"):
        return f"{scheme}://{HIDDEN}"
    shown = place
    for mark in "?#":
        head, found, _ = shown.partition(mark)
        shown = f"{head}{found}{HIDDEN}" if found else head
    return f"{scheme}://{HIDDEN}@{shown}" if at_sign else f"{scheme}://{shown}"
