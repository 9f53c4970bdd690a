"""Where the screens are, as somebody typed it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from appliance.errors import ConfigError


def read_address(address: str) -> SplitResult:
    """Return the parts of a server's address.

    Raises:
        ConfigError: It is none, or what is said would not be encrypted.
    """
    try:
        server = urlsplit(address)
        known = server.port is None or server.port > 0
    except ValueError:
        known = False
    if not (known and server.hostname and server.scheme in ("http", "https")):
        msg = f"{address!r} is no address"
        raise ConfigError(msg, next_step="write https://NAME:8443")
    if server.scheme == "http" and not _is_loopback(server.hostname):
        msg = f"{address} would not be encrypted"
        raise ConfigError(msg, next_step="write https://…; http is for this computer itself")
    return server


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
