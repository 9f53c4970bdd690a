"""The commands that were shown, on disk: a restart must not show one again."""

import contextlib
import fcntl
import json
import os
import stat
import threading
from collections import OrderedDict
from pathlib import Path

import structlog

from appliance.errors import StorageError
from appliance.mqtt.contract.classroom import AckStatus, CommandAck
from appliance.permissions import THROUGH_NO_LINK

log = structlog.get_logger()

APPLIED_FILE = "applied.json"
REMEMBERED = 256
"""Commands whose duplicates are recognised; a lesson has a few dozen."""

LONGEST_LIFE_S = 300.0  # docs/DESIGN.md, 7: hint and content
FILE_LIMIT = 1 << 20
"""Bytes; a longer file is not one of ours."""

INTERRUPTED = CommandAck(status=AckStatus.FAILED, reason="restarted")
"""What became of a command that the terminal did not survive."""

_SHOWN = frozenset({AckStatus.STARTED, AckStatus.SUCCEEDED, AckStatus.FAILED})

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_FLAGS = os.O_RDONLY | THROUGH_NO_LINK
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class AppliedCommands:
    """Which commands this terminal has begun to show, and what became of them; any thread may call.

    Bounded. The file is replaced as a whole, so that a crash leaves the old or the new one.
    """

    def __init__(self, folder: Path | None, *, now_s: float) -> None:
        """Read what an earlier run has left, and keep other terminals out of the folder.

        Args:
            folder: Made where there is none; None keeps nothing beyond this process.
            now_s: Wall time.

        Raises:
            StorageError: The folder cannot be used, is open to others or in use.
        """
        self._lock = threading.Lock()
        self._acks: OrderedDict[str, CommandAck] = OrderedDict()
        self._forgot_s: float | None = None
        self._path = None if folder is None else folder / APPLIED_FILE
        self._folder = -1
        if folder is None:
            return
        try:
            self._folder = _open_folder(folder)
            self._read(now_s)
        except OSError as error:
            self.close()
            msg = f"state folder {folder} cannot be used: {error.strerror}"
            raise StorageError(msg, next_step="name another one with --state") from error
        except StorageError:
            self.close()
            raise

    def was_shown(self, command: str) -> bool:
        """Tell whether a command has been on the screen, before a restart too."""
        ack = self._acks.get(command)
        return ack is not None and ack.status in _SHOWN

    def ack_of(self, command: str) -> CommandAck | None:
        """Return what is to be said about a command that was shown before, None for any other."""
        return self._acks.get(command)

    def may_have_shown(self, issued_s: float, *, now_s: float) -> bool:
        """Tell whether a command could be one of those whose record was damaged.

        Args:
            issued_s: By the box's wall clock.
            now_s: Own wall time. Whatever was shown before the damage has expired after the
                longest lifetime, so that a wrong clock cannot silence a box for ever.
        """
        forgot_s = self._forgot_s
        if forgot_s is None or abs(now_s - forgot_s) >= LONGEST_LIFE_S:
            return False
        return issued_s < forgot_s

    def keep(self, command: str, ack: CommandAck) -> None:
        """Note how far a command has come; it is on disk when this returns.

        Raises:
            StorageError: It is not; nothing was noted.
        """
        with self._lock:
            noted = self._acks.copy()
            noted[command] = ack
            while len(noted) > REMEMBERED:
                noted.popitem(last=False)
            try:
                self._write(noted)
            except OSError as error:
                msg = f"{self._path}: {error.strerror}"
                raise StorageError(msg) from error
            self._acks = noted

    def close(self) -> None:
        """Let another terminal use the folder; a second call does nothing."""
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _read(self, now_s: float) -> None:
        try:
            kept = json.loads(self._text())
            forgot_s = kept["forgot_s"]
            self._forgot_s = None if forgot_s is None else float(forgot_s)
            self._acks = OrderedDict(
                (str(command), _ended(AckStatus(status), str(reason)))
                for command, status, reason in kept["commands"][-REMEMBERED:]
                if status != AckStatus.RECEIVED  # never seen: when it comes again it is shown
            )
        except FileNotFoundError:
            return
        except OSError as error:  # a link, a socket, another user's
            self._move_aside(now_s, str(error.strerror))
        except (ValueError, TypeError, KeyError, RecursionError):
            self._move_aside(now_s, "damaged")

    def _text(self) -> bytes:
        """Return the file; nothing of what cannot be one of ours."""
        descriptor = os.open(APPLIED_FILE, _READ_FLAGS, dir_fd=self._folder)
        try:
            found = os.fstat(descriptor)
            ours = stat.S_ISREG(found.st_mode) and found.st_size <= FILE_LIMIT
            return os.read(descriptor, FILE_LIMIT) if ours else b""
        finally:
            os.close(descriptor)

    def _move_aside(self, now_s: float, why: str) -> None:
        """Begin afresh, in the knowledge that something was forgotten."""
        aside = f"{APPLIED_FILE}.corrupt-{int(now_s)}"
        os.rename(APPLIED_FILE, aside, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        log.warning("applied_commands_lost", why=why, kept_as=aside)
        self._forgot_s, self._acks = now_s, OrderedDict()
        self._write(self._acks)

    def _write(self, noted: OrderedDict[str, CommandAck]) -> None:
        if self._path is None:
            return
        kept = {
            "forgot_s": self._forgot_s,
            "commands": [[command, ack.status, ack.reason] for command, ack in noted.items()],
        }
        fresh = f"{APPLIED_FILE}.new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=self._folder)
        descriptor = os.open(fresh, _WRITE_FLAGS, 0o600, dir_fd=self._folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(fresh, APPLIED_FILE, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        os.fsync(self._folder)


def _ended(status: AckStatus, reason: str) -> CommandAck:
    """Return what is said of a command after a restart: what was begun then is not begun again."""
    return INTERRUPTED if status is AckStatus.STARTED else CommandAck(status=status, reason=reason)


def _open_folder(folder: Path) -> int:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, _FOLDER_FLAGS)
    try:
        _take_alone(folder, descriptor)
    except (OSError, StorageError):
        os.close(descriptor)
        raise
    return descriptor


def _take_alone(folder: Path, descriptor: int) -> None:
    """Lock a folder that nobody else can write into; the kernel lets go when the process ends."""
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        msg = f"state folder {folder} belongs to others or can be written by them"
        raise StorageError(msg, next_step="name a folder of your own with --state")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        msg = f"state folder {folder} is in use by another terminal"
        raise StorageError(msg, next_step="end that one first") from error
