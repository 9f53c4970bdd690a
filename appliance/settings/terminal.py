"""``terminal.toml``: what a student's terminal knows of itself; nothing of the box's."""

import os
from pathlib import Path

from appliance.settings.mqtt import MqttSettings
from appliance.settings.section import Id, SchemaVersion, Section


class TerminalIdentity(Section):
    """Which terminal this is, and where it stands."""

    site: Id
    """School, as it stands in every topic."""

    room: Id
    """Classroom, as it stands in every topic."""

    id: Id
    """This terminal, as a seat of the box names it."""


class TerminalSettings(Section):
    """Everything that can be configured of a terminal."""

    schema_version: SchemaVersion
    """Version of this file's layout; always 1."""

    terminal: TerminalIdentity
    mqtt: MqttSettings = MqttSettings()


def terminal_state(terminal: str) -> Path:
    """Return the folder in which a terminal keeps what a restart must not forget.

    Source: XDG Base Directory Specification 0.8; a path that is not absolute is ignored.

    Raises:
        RuntimeError: The user has no home.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".local" / "state"
    return base / "classbox" / terminal
