"""How other machines reach this one, and what would not lead them here."""

import ipaddress
import socket


def usual_hosts() -> tuple[str, ...]:
    """Return how others reach this machine: by address, which needs no DNS, then by name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # RFC 5737; nothing is sent, a route is looked up
            address = [str(asking.getsockname()[0])]
        except OSError:
            address = []  # no network yet
    return tuple(dict.fromkeys((*address, socket.gethostname())))


def leads_nowhere(host: str) -> bool:
    """Tell whether a name is known here as this machine's own loopback alone.

    Debian writes a machine's own name into /etc/hosts so; other machines do not know that name.
    """
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False  # another machine's DNS may know it
    return all(ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_loopback for one in found)
