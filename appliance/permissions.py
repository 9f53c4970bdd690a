"""Where a named file can be read, and why it cannot be or must not be by everybody."""

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import NamedTuple

OTHERS_READ_OR_WRITE = 0o006
OTHERS_WRITE = 0o022

THROUGH_NO_LINK = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""For ``os.open`` where others may write: a link leads to a file that is somebody else's and is
refused; a pipe in the place of the file would hold the program for ever and is not waited for."""

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
    folder = path.resolve().parent
    try:
        own, around = _open_to_others(path), _open_to_others(folder)
    except OSError as error:
        return Complaint(f"{error.filename} cannot be read ({error.strerror})", "correct the path")
    if own is not None:
        fact, repair = own
        return Complaint(
            f"others than root may write to {path}: {fact}, and what it says is done to students",
            f"look at it, then run: {repair}",
        )
    if around is not None:
        return Complaint(
            f"others than root may write to {folder}, the folder of {path.name}: {around[0]}, and "
            "what that file says is done to students",
            # Not chmod: the folder may be /tmp, or somebody's home.
            "look at it, then move it where only root may write, such as /etc/classbox, and name "
            "that place",
        )
    return None


def _open_to_others(place: Path) -> tuple[str, str] | None:
    """Return who else than root may write to a place, and the command against it."""
    status = place.stat()
    facts, steps = [], []
    if status.st_uid != 0:
        facts.append(f"it belongs to {_user_name(status.st_uid)}")
        steps.append(f"sudo chown root {place}")
    if status.st_mode & stat.S_IWGRP:
        facts.append(f"its group {_group_name(status.st_gid)} may write")
    if status.st_mode & stat.S_IWOTH:
        facts.append("everybody may write")
    if status.st_mode & OTHERS_WRITE:
        steps.append(f"sudo chmod go-w {place}")
    if not facts:
        return None
    return f"{' and '.join(facts)} (mode {status.st_mode & 0o7777:04o})", " && ".join(steps)


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
