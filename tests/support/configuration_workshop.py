"""A configuration in the making, whose mistakes can be made together."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.certificates import Authority

SECRET = "hunter2"
"""Stands wherever a password may; nobody may repeat it."""

MAIN = "config.toml"


@dataclass
class Workshop:
    """A configuration in the making: settings with dots and the TOML of their values, by file."""

    folder: Path
    authority: Authority
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    damage: dict[str, list[str]] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with a configuration that is right."""
        self.files[MAIN] = {
            "schema": "1",
            "box.site": '"school"',
            "box.room": '"lab"',
            "box.id": '"box-1"',
            "box.state_dir": f'"{self.folder / "state"}"',
            "policy.profile": '"four-state"',
            "cameras.front.source": '"/dev/video0"',
            "cameras.front.seats.a01.terminal": '"pc-01"',
            "timetable.timezone": '"Europe/Berlin"',
            "timetable.monday": '["08:00-08:45"]',
        }

    @property
    def config(self) -> Path:
        """Return the file that ``--config`` names."""
        return self.folder / MAIN

    @property
    def box_certificate(self) -> tuple[Path, Path]:
        """Return certificate and key of the box, made once."""
        certificate, key = (self.authority.folder / f"box-1.{kind}" for kind in ("crt", "key"))
        return (certificate, key) if key.exists() else self.authority.sign("box-1")

    def set(self, key: str, value: str, *, file: str = MAIN) -> None:
        """Give a setting a value, as TOML."""
        self.files.setdefault(file, {})[key] = value

    def remove(self, key: str) -> None:
        """Leave a setting out."""
        del self.files[MAIN][key]

    def break_toml(self, line: str, *, file: str = MAIN) -> None:
        """Put a line at the end of a file that no TOML reader takes."""
        self.files.setdefault(file, {})
        self.damage.setdefault(file, []).append(line)

    def path(self, name: str, text: str, *, mode: int = 0o600) -> str:
        """Make a file that the configuration can name, and return its path as TOML."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return f'"{path}"'

    def write(self) -> Path:
        """Write the files, and return the first."""
        for name, settings in self.files.items():
            file = self.folder / name
            file.parent.mkdir(exist_ok=True)
            lines = [f"{key} = {value}" for key, value in settings.items()]
            text = "\n".join([*lines, *self.damage.get(name, []), ""])
            file.write_bytes(os.fsencode(text))
            file.chmod(self.modes.get(name, 0o640))
        return self.config


@dataclass(frozen=True)
class Fault:
    """One mistake."""

    name: str
    make: Callable[[Workshop], None]
    key: str
    """The setting that its line names."""
    says: tuple[str, ...]
    """What else the line has: the fact, and the next step."""
    file: str = MAIN
    """The file that its line names, from the folder; or the variable."""
    lines: int = 1
    """How many lines there are of it."""
    against: frozenset[str] = frozenset()
    """Mistakes that cannot be made at the same time: in the same setting."""
