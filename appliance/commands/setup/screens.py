"""What ``classbox setup`` has to know of the screens, from a file of answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.commands.setup.table import Reader

SCREENS_PORT = 8443
HTTPS_PORT = 443
"""That of a URL without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensAnswer:
    """Who serves pages to students, teachers and IT staff."""

    hosts: tuple[str, ...]
    """Names and addresses of that machine; QR codes lead to the first."""

    here: bool = True
    """False: another machine, and its folder has to be carried there."""

    port: int = SCREENS_PORT
    """Of the pages."""

    @property
    def origin(self) -> str:
        """What browsers are told."""
        host = f"[{self.hosts[0]}]" if ":" in self.hosts[0] else self.hosts[0]
        return f"https://{host}" + ("" if self.port == HTTPS_PORT else f":{self.port}")


def read_screens(
    reader: Reader, table: Mapping[str, Any], *, usual_hosts: tuple[str, ...]
) -> ScreensAnswer | None:
    """Return what a file of answers says of the screens; None where it wants none.

    Args:
        reader: Notes what is wrong.
        table: ``[screens]``.
        usual_hosts: Names of this machine, where the file gives none.
    """
    here, host, names = (table.get(key) for key in ("here", "host", "names"))
    port = reader.number(table, "screens.port", usual=SCREENS_PORT, between=(1, 65535))
    if here is not None and not isinstance(here, bool):
        reader.problem("screens.here", "true or false")
    if host is not None and not (isinstance(host, str) and host):
        reader.problem("screens.host", "the name of the machine that serves the pages")
    if names is not None and not (
        isinstance(names, list) and names and all(isinstance(one, str) and one for one in names)
    ):
        reader.problem("screens.names", 'names and addresses, such as ["box-1.local"]')
        names = None
    if here is True and host is not None:
        reader.problem("screens", "here and host exclude each other")
    if here is True:
        return ScreensAnswer(hosts=tuple(names or usual_hosts), port=port)
    if host is not None:
        return ScreensAnswer(hosts=tuple(names or (str(host),)), here=False, port=port)
    return None
