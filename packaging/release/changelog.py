"""``CHANGELOG.md`` in the form that Debian's tools read."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from release.control import package_version
from release.targets import Target


def debian_changelog(text: str, target: Target, stamp: datetime) -> str:
    """Return the newest section as the entry of this package.

    Args:
        text: Of ``CHANGELOG.md``: a heading per release, then bullets.
        target: Whose version stands over the entry.
        stamp: When the package was built.
    """
    lines = [f"classbox ({package_version(target)}) {target.release.codename}; urgency=medium", ""]
    for bullet in _bullets(text):
        lines += textwrap.wrap(bullet, 78, initial_indent="  * ", subsequent_indent="    ")
    lines += ["", f" -- Classroom Box <classbox@localhost>  {format_datetime(stamp)}", ""]
    return "\n".join(lines)


def _bullets(text: str) -> Iterator[str]:
    """Yield the bullets of the first release, each on one line."""
    _, _, newest = text.partition("\n## ")
    newest = newest.partition("\n## ")[0]
    for block in newest.split("\n- ")[1:]:
        bullet = block.partition("\n\n")[0]
        yield " ".join(bullet.split())
