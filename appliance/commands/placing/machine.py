"""Writes files below a prefix: atomically, with owner and mode, following no link."""

import ctypes
import fcntl
import grp
import os
import pwd
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import ConfigError

RENAME_EXCHANGE = 2  # renameat2(2)
SECRET_MODE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """What is to stand in a file."""

    content: bytes = field(repr=False)
    """All of it; may be a key."""

    mode: int = 0o644
    """Permissions; a key has 0600, or 0640 where a service of another user reads it."""

    owner: str = "root"
    """User; only who insists on it has a file of its own."""


class Machine:
    """The files of this machine, or of one that is being prepared below a folder."""

    def __init__(self, root: Path) -> None:
        """Take the prefix; ``/`` is this machine itself.

        Raises:
            ConfigError: This machine's own files need root.
        """
        self.root = root.resolve()
        """Below it every absolute path is meant."""
        self.here = self.root == Path("/")
        """True for this machine: files get their groups, and systemd can be told."""
        if self.here and os.geteuid() != 0:
            msg = "only root may write the machine's keys and configuration; run it with sudo"
            raise ConfigError(msg)

    def path(self, path: Path) -> Path:
        """Return where a file of the machine lies."""
        return self.root / path.relative_to("/")

    def read(self, path: Path) -> bytes | None:
        """Return what stands in a file; None when there is none.

        Raises:
            ConfigError: It is there and cannot be read.
        """
        try:
            return self.path(path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            msg = f"{path}: cannot be read: {error.strerror}"
            raise ConfigError(msg) from error

    def write(
        self, path: Path, file: NewFile, *, group: str = "root", folder_mode: int = 0o755
    ) -> bool:
        """Put a file in place with one rename.

        Args:
            path: Absolute, of the machine.
            file: Content and mode.
            group: Who besides root may read it where the mode says so, also the folder's.
            folder_mode: Of the last folder, if it has to be made.

        Returns:
            False when it stood there already.

        Raises:
            ConfigError: A folder on the way is a link or cannot be written.
        """
        if self.stands(path, file):
            return False
        with self._folder(path.parent, mode=folder_mode, group=group) as folder:
            new = f".{path.name}.{secrets.token_hex(4)}"
            try:
                self._fill(folder, new, file, group=group)
                os.rename(new, path.name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except OSError as error:
                with suppress(FileNotFoundError):
                    os.unlink(new, dir_fd=folder)
                msg = f"{path}: cannot be written: {error.strerror}"
                raise ConfigError(msg) from error
        return True

    def write_together(
        self,
        path: Path,
        files: Mapping[str, NewFile],
        *,
        group: str = "root",
        mode: int = 0o700,
        gone: str = "",
    ) -> None:
        """Put several files of one folder in place with one rename, so that they always match.

        A folder beside it is filled, with what else stands in the old one, and changes places with
        it: whoever reads sees the old files or the new ones.

        Args:
            path: Folder, absolute, of the machine.
            files: Name to content and mode.
            group: Who besides root may read them where the modes say so.
            mode: Of the folder.
            gone: Name of a file that does not stay.

        Raises:
            ConfigError: A folder on the way is a link or cannot be written.
        """
        new = f".{path.name}.new"
        with self._folder(path.parent, mode=0o755, group="root") as parent:
            beside = self.path(path).parent / new
            shutil.rmtree(beside, ignore_errors=True)  # of a run that was cut off
            try:
                os.mkdir(new, 0o700, dir_fd=parent)
                folder = os.open(new, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
                try:
                    others = self._others(path)
                    others.pop(gone, None)
                    for name, file in {**others, **files}.items():
                        self._fill(folder, name, file, group=group)
                    self._own(folder, group)
                    os.fchmod(folder, mode)
                    os.fsync(folder)
                finally:
                    os.close(folder)
                self._change_places(parent, new, path.name)
                os.fsync(parent)
            except OSError as error:
                msg = f"{path}: cannot be written: {error.strerror}"
                raise ConfigError(msg) from error
            shutil.rmtree(beside, ignore_errors=True)

    @contextmanager
    def alone(self, folder: Path) -> Iterator[None]:
        """Keep every other process that asks for the same out of a folder for a while.

        Raises:
            ConfigError: The folder cannot be used.
        """
        with self._folder(folder, mode=0o700, group="root") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield

    def stands(self, path: Path, file: NewFile) -> bool:
        """Tell whether a file is already as it should be."""
        here = self.path(path)
        return (
            not here.is_symlink()
            and self.read(path) == file.content
            and stat.S_IMODE(here.stat().st_mode) == file.mode
            and (not self.here or here.owner() == file.owner)
        )

    def _others(self, path: Path) -> dict[str, NewFile]:
        folder = self.path(path)
        if folder.is_symlink() or not folder.is_dir():
            return {}
        return {
            each.name: NewFile(
                content=each.read_bytes(),
                mode=stat.S_IMODE(each.stat().st_mode),
                owner=each.owner(),
            )
            for each in folder.iterdir()
            if each.is_file() and not each.is_symlink()
        }

    def _fill(self, folder: int, name: str, file: NewFile, *, group: str) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
        with os.fdopen(os.open(name, flags, SECRET_MODE, dir_fd=folder), "wb") as new:
            self._own(new.fileno(), group, user=file.owner)
            os.fchmod(new.fileno(), file.mode)
            new.write(file.content)
            new.flush()
            os.fsync(new.fileno())

    def _own(self, descriptor: int, group: str, *, user: str = "root") -> None:
        if not self.here:
            return
        try:
            os.fchown(descriptor, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
        except KeyError:
            msg = f"there is no user {user!r} or no group {group!r} here; "
            msg += "install the packages classbox and mosquitto first"
            raise ConfigError(msg) from None

    @contextmanager
    def _folder(self, path: Path, *, mode: int, group: str) -> Iterator[int]:
        """Open a folder, one name after the other, so that no link leads elsewhere."""
        names = path.relative_to("/").parts
        folder = self._open_root()
        try:
            for place, name in enumerate(names):
                made = False
                try:
                    os.mkdir(name, 0o700, dir_fd=folder)
                    made = True
                except FileExistsError:
                    pass
                inner = os.open(name, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
                if made:
                    last = place == len(names) - 1
                    os.fchmod(folder, mode if last else 0o755)
                    self._own(folder, group if last else "root")
        except OSError as error:
            os.close(folder)
            msg = f"{path}: not a folder of its own that can be written: {error.strerror}"
            raise ConfigError(msg) from error
        try:
            yield folder
        finally:
            os.close(folder)

    def _open_root(self) -> int:
        try:
            self.root.mkdir(parents=True, exist_ok=True)  # that of a machine may be prepared anew
            return os.open(self.root, os.O_DIRECTORY)
        except OSError as error:
            msg = f"{self.root}: not a folder that can be written: {error.strerror}"
            raise ConfigError(msg) from error

    @staticmethod
    def _change_places(folder: int, new: str, old: str) -> None:
        try:
            os.stat(old, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(new, old, src_dir_fd=folder, dst_dir_fd=folder)
            return
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(folder, new.encode(), folder, old.encode(), RENAME_EXCHANGE) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
