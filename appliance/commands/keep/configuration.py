"""The configuration as it may stand in a backup: without a secret."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.cameras.redaction import HIDDEN, redact_url
from appliance.errors import ConfigError
from appliance.settings.tree import Settings

FOLDER = "configuration"
"""Of the archive; below it the files have the names that they have beside ``config.toml``."""

MAIN = f"{FOLDER}/config.toml"
RESTORED = ".restored"
"""Ends the name of a file that is laid beside one that is different."""

CONFIG_MODE = 0o640

_USER = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s\"']*@", re.IGNORECASE)
_QUERY = re.compile(r"(?P<place>\b[a-z][a-z0-9+.-]*://[^\s\"'?#]*[?#])[^\s\"']*", re.IGNORECASE)


def configuration_files(config: Path) -> list[Path]:
    """Return the files that make up a configuration; later ones win."""
    return [config, *sorted((config.parent / "config.d").glob("*.toml"))]


def copy_configuration(config: Path, folder: Path) -> None:
    """Write the files of a configuration into a folder, secrets in URLs masked, comments too.

    Raises:
        ConfigError: A secret is written in a way that cannot be masked.
    """
    for file in configuration_files(config):
        target = folder / FOLDER / ("config.toml" if file == config else f"config.d/{file.name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(mask(file), encoding="utf-8")


def mask(file: Path) -> str:
    """Return a file's text without user, password and query in any URL.

    Raises:
        ConfigError: See ``copy_configuration``.
    """
    text = _USER.sub(rf"\g<scheme>{HIDDEN}@", file.read_text(encoding="utf-8"))
    text = _QUERY.sub(rf"\g<place>{HIDDEN}", text)
    for key, value in _strings(tomllib.loads(text)):
        if redact_url(value) != value:
            msg = f"{file}: {key}: write its password without spaces and quotes (%20, %22, %27)"
            raise ConfigError(msg)
    return text


def secrets_of(settings: Settings) -> list[str]:
    """Return what a box needs and a backup of it does not hold."""
    mqtt = settings.mqtt
    files = {
        f"mqtt.{key}": getattr(mqtt, key)
        for key in ("password_file", "ca_file", "cert_file", "key_file")
    }
    masked = [
        f"cameras.{key}.source (user and password of {redact_url(camera.source)})"
        for key, camera in settings.cameras.items()
        if redact_url(camera.source) != camera.source
    ]
    return [*(f"{key} ({file})" for key, file in files.items() if file is not None), *masked]


def put_back(folder: Path, config: Path, *, group: int) -> tuple[list[Path], list[Path]]:
    """Put an archive's configuration where there is none, else beside where it is different.

    Args:
        folder: Into which the archive was unpacked.
        config: The configuration file of this box.
        group: Whose members may read it.

    Returns:
        The files that are in use now, and those that lie beside.

    Raises:
        OSError: One cannot be written.
    """
    used: list[Path] = []
    beside: list[Path] = []
    present = configuration_files(config) if config.exists() else []
    source = folder / FOLDER
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        target = config if file == folder / MAIN else config.parent / file.relative_to(source)
        if target in present and mask(target) == file.read_text(encoding="utf-8"):
            continue
        if present:  # a file more would change a configuration that somebody has made since
            target = target.with_name(target.name + RESTORED)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
        target.chmod(CONFIG_MODE)
        _give(target, group)
        (beside if present else used).append(target)
    return used, beside


def _give(path: Path, group: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, -1, group)


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - TOML
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)
