"""Copies of keys for ``classbox screens``, which speaks at the broker for terminals and people."""

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.register import Entry, Holder, Register
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import SCREENS_DIR, SCREENS_GROUP
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile
from appliance.errors import ConfigError

SCREENS = "screens"
"""Common name of the certificate that browsers are shown."""

TOLD = "terminal.toml"
_PLACES = {Kind.TERMINAL: "terminals", Kind.PERSON: "people"}


@dataclass(frozen=True, slots=True)
class ScreensHome:
    """The folder from which the screens read: theirs on this machine, or one to be carried."""

    folder: Path

    @property
    def here(self) -> bool:
        """True when the pages are served by this machine."""
        return self.folder == SCREENS_DIR

    @property
    def settings(self) -> Path:
        """``screens.toml``, which people may edit."""
        return self.folder / "screens.toml"

    @property
    def group(self) -> str:
        """Who besides root may read it."""
        return SCREENS_GROUP if self.here else "root"

    @property
    def secret_mode(self) -> int:
        """Of a key."""
        return 0o640 if self.here else SECRET_MODE

    @property
    def folder_mode(self) -> int:
        """Of a folder with keys."""
        return 0o750 if self.here else 0o700

    def copy(self, kind: Kind, name: str) -> Path:
        """Return where the copy of a terminal's or a person's folder lies."""
        return self.folder / _PLACES[kind] / name


def screens_home(register: Register) -> ScreensHome | None:
    """Return from where the screens read; None in a room without."""
    holder: Holder | None = register.current(SCREENS) or register.requests.get(SCREENS)
    return None if holder is None else ScreensHome(Path(holder.folder).parent)


def told_screens(machine: Machine, home: ScreensHome) -> Mapping[str, object]:
    """Return the table ``[screens]`` of ``screens.toml``; an empty one as long as there is none.

    Raises:
        ConfigError: It is damaged.
    """
    try:
        table = tomllib.loads((machine.read(home.settings) or b"").decode()).get("screens", {})
    except ValueError as error:
        msg = f"{home.settings}: {error}"
        raise ConfigError(msg) from error
    if not isinstance(table, dict):
        msg = f"{home.settings}: screens: is a table: [screens]"
        raise ConfigError(msg)
    return table


def copy_stands(
    machine: Machine, home: ScreensHome, entry: Entry, *, told: NewFile | None = None
) -> bool:
    """Tell whether a copy is as it has to be; also where the folder itself was carried away."""
    folder = home.copy(entry.kind, entry.name)
    files = _files(machine, home, entry, told)
    if f"{entry.name}.key" not in files:
        return machine.read(folder / f"{entry.name}.key") is not None
    return all(machine.stands(folder / name, file) for name, file in files.items())


def write_copy(
    machine: Machine, home: ScreensHome, entry: Entry, *, told: NewFile | None = None
) -> None:
    """Put certificate, key and configuration of somebody where the screens read them.

    Args:
        machine: Where.
        home: Of the screens.
        entry: Whose.
        told: ``terminal.toml``, where the folder of a person has none.

    Raises:
        ConfigError: The folder was carried away, or cannot be written.
    """
    files = _files(machine, home, entry, told)
    if f"{entry.name}.key" not in files:
        msg = f"{entry.folder} has no key any more, of which the screens need a copy; "
        msg += f"make a new one: sudo classbox pki renew {entry.name} --force, then again: "
        msg += "sudo classbox setup"
        raise ConfigError(msg)
    folder = home.copy(entry.kind, entry.name)
    machine.write_together(folder, files, group=home.group, mode=home.folder_mode)


def refresh_copies(machine: Machine, pki: RoomPki) -> list[str]:
    """Bring the copies that there are into line with the register.

    A terminal that was revoked loses the copy. A person's stays: the broker refuses it, while
    without the folder that they are told to read, the screens would not start for anybody.
    ``classbox setup`` makes new ones.

    Returns:
        Whose copy is new or gone.
    """
    home = screens_home(pki.register)
    if home is None:
        return []
    changed = []
    for kind, name in list(_copies(machine, home)):
        entry = pki.register.current(name)
        if entry is None and kind is Kind.TERMINAL:
            shutil.rmtree(machine.path(home.copy(kind, name)))
            changed.append(name)
        elif entry is not None and not copy_stands(machine, home, entry):
            write_copy(machine, home, entry)
            changed.append(name)
    return changed


def has_copy(machine: Machine, register: Register, entry: Entry) -> bool:
    """Tell whether the screens of this machine have the key of an entry's holder."""
    home = screens_home(register)
    return (
        home is not None
        and home.here
        and entry.kind in _PLACES
        and machine.path(home.copy(entry.kind, entry.name)).is_dir()
    )


def _files(
    machine: Machine, home: ScreensHome, entry: Entry, told: NewFile | None
) -> dict[str, NewFile]:
    """Return what a copy has to hold: nothing for Windows, and no passphrase."""
    source = Path(entry.folder)
    modes = {
        "ca.crt": 0o644,
        f"{entry.name}.crt": 0o644,
        f"{entry.name}.key": home.secret_mode,
        TOLD: 0o644,
    }
    found = ((name, mode, machine.read(source / name)) for name, mode in modes.items())
    files = {
        name: NewFile(content=content, mode=mode)
        for name, mode, content in found
        if content is not None
    }
    return {**({} if told is None else {TOLD: told}), **files}


def _copies(machine: Machine, home: ScreensHome) -> Iterator[tuple[Kind, str]]:
    for kind, place in _PLACES.items():
        folder = machine.path(home.folder / place)
        for each in sorted(folder.iterdir()) if folder.is_dir() else ():
            # What a run that was cut off left begins with a dot.
            if each.is_dir() and not each.is_symlink() and not each.name.startswith("."):
                yield kind, each.name
