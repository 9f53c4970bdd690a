"""What a learner has learned, as a file: written at once or not at all, with the one before kept.

The weights lie in a file and not only in the database, because a roll-back must work when the
database does not.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from appliance.errors import PolicyError, StorageError
from appliance.storage.folder import FILE_MODE, give_to_owner

_NAME = "learned.policy"

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW

T = TypeVar("T")


class PolicyFiles:
    """The newest weights and those before them, in the state folder."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; nothing is read or made yet."""
        self.current = folder / _NAME
        self.previous = folder / f"{_NAME}.previous"
        self.moved_aside: list[str] = []
        """Names that damaged files were given."""

    def save(self, content: bytes) -> None:
        """Keep these weights; those before them become the previous ones.

        However the process ends, either file is whole: at the worst the newest is missing.

        Raises:
            StorageError: The disk does not take it; what was there is still there.
        """
        fresh = self.current.with_suffix(".new")
        try:
            with os.fdopen(os.open(fresh, _FLAGS, FILE_MODE), "wb") as file:
                give_to_owner(file.fileno(), fresh.parent)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self.current.exists():
                self.current.replace(self.previous)
            fresh.replace(self.current)
            self._sync_folder()
        except OSError as error:
            fresh.unlink(missing_ok=True)
            msg = f"the learned policy cannot be written to {self.current}: {error.strerror}"
            raise StorageError(msg) from error

    def load(self, read: Callable[[bytes], T]) -> T | None:
        """Return what the newest file that can be read holds; None when there is none.

        Args:
            read: Makes something of the content; raises ``PolicyError`` where it is damaged. Such
                a file is moved aside, and the previous one is read.

        Raises:
            StorageError: A file is there and cannot be opened.
        """
        for path in (self.current, self.previous):
            try:
                return read(path.read_bytes())
            except FileNotFoundError:
                continue
            except PolicyError:
                self._move_aside(path)
            except OSError as error:
                msg = f"the learned policy {path} cannot be read: {error.strerror}"
                raise StorageError(msg) from error
        return None

    def roll_back(self) -> bool:
        """Give up the newest weights for those before; tell whether there were any before.

        Without any before, none are left, so the next ``load`` returns None: the warm start.

        Raises:
            StorageError: The files cannot be moved.
        """
        if not self.previous.exists():
            self.forget()
            return False
        try:
            self.previous.replace(self.current)
            self._sync_folder()
        except OSError as error:
            msg = f"the learned policy {self.current} cannot be rolled back: {error.strerror}"
            raise StorageError(msg) from error
        return True

    def forget(self) -> None:
        """Delete both: what has been learned must not outlive what it was learned from.

        Raises:
            StorageError: They cannot be deleted.
        """
        try:
            self.current.unlink(missing_ok=True)
            self.previous.unlink(missing_ok=True)
            self._sync_folder()
        except OSError as error:
            msg = f"the learned policy {self.current} cannot be deleted: {error.strerror}"
            raise StorageError(msg) from error

    def _move_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.name}.corrupt")  # one is enough to look into
        try:
            path.replace(aside)
        except OSError as error:
            msg = f"the damaged policy {path} cannot be moved aside: {error.strerror}"
            raise StorageError(msg) from error
        self.moved_aside.append(aside.name)

    def _sync_folder(self) -> None:
        """Let a loss of power not undo what was renamed."""
        descriptor = os.open(self.current.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
