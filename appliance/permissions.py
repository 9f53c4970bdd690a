"""Where a named file can be read, and why it cannot be or must not be by everybody."""

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import NamedTuple

OTHERS_READ_OR_WRITE = 0o006
OTHERS_WRITE = 0o022

CREDENTIALS = "classbox"
"""Name of the folder of credentials in systemd/classbox.service."""

GROUP = "classbox"
"""Group of the service's own user; people run the commands with sudo."""

WITH_SUDO = "run it with sudo: sudo classbox \N{HORIZONTAL ELLIPSIS}"


class Complaint(NamedTuple):
    """What is wrong with a file."""

    problem: str
    """The fact."""

    next_step: str
    """What to do about it."""


def complaint_about(path: Path, *, secret: bool = False) -> Complaint | None:
    """Return what keeps a file from being used; None when nothing does.

    Args:
        path: A file; a folder is not one.
        secret: Nobody but owner and group may read or write it.
    """
    try:
        with path.open("rb"):
            mode = path.stat().st_mode & 0o7777
    except FileNotFoundError:
        return Complaint(f"there is no file {path}", "put it there, or correct the path")
    except PermissionError:
        return no_right(path)
    except OSError as error:
        return Complaint(f"{path} cannot be read ({error.strerror})", "put a readable file there")
    if secret and mode & OTHERS_READ_OR_WRITE:
        return Complaint(f"everybody can read {path} (mode {mode:04o})", f"run: chmod o-rwx {path}")
    return None


def not_from_root(path: Path) -> Complaint | None:
    """Return why a file may be somebody else's than the administrator's; None when it is not.

    Where a link leads counts, and so does the folder: whoever may write there may put another file
    in its place.
    """
    for place in (path, path.resolve().parent):
        try:
            status = place.stat()
        except OSError as error:
            return Complaint(f"{place} cannot be read ({error.strerror})", "correct the path")
        owner, mode = status.st_uid, status.st_mode & 0o7777
        if owner != 0 or mode & OTHERS_WRITE:
            return Complaint(
                f"others than root may write to {place} (owner {_user_name(owner)}, "
                f"mode {mode:04o}), and what it says is done to students",
                f"look at it, then run: sudo chown root {place} && sudo chmod go-w {place}",
            )
    return None


def no_right(path: Path) -> Complaint:
    """Return who may read a file or a folder, where this account may not."""
    try:
        status = path.stat()
    except OSError:
        folder = path.parent
        return Complaint(f"this account may not enter {folder}", _open_to_group(folder))
    owner, group = _user_name(status.st_uid), _group_name(status.st_gid)
    return Complaint(
        f"this account may not read {path} "
        f"(owner {owner}, group {group}, mode {status.st_mode & 0o7777:04o})",
        _open_to_group(path),
    )


def _open_to_group(path: Path) -> str:
    """Return what opens a file or folder to the service, or who else has to ask."""
    try:
        status = path.stat()
    except OSError:
        return f"run: sudo chgrp {GROUP} {path} && sudo chmod g+rx {path}"
    folder = stat.S_ISDIR(status.st_mode)
    needed = stat.S_IRGRP | stat.S_IXGRP if folder else stat.S_IRGRP
    if _group_name(status.st_gid) == GROUP and status.st_mode & needed == needed:
        return WITH_SUDO
    return f"run: sudo chgrp {GROUP} {path} && sudo chmod {'g+rx' if folder else 'g+r'} {path}"


def credential(path: Path) -> Path:
    """Return the copy that systemd made of a file which the service's own user may not read.

    A file that may be read is read where it is: it may be replaced while the service runs, and the
    copies are those of the start.

    Source: systemd.exec(5), LoadCredential: a folder's files get its name in front.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None or os.access(path, os.R_OK):
        return path
    copy = Path(folder) / f"{CREDENTIALS}_{path.name}"
    return copy if copy.exists() else path


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
