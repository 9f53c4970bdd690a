"""Reads the configuration; the only reader of its files and the environment.

The tree is frozen and closed: an unknown key is an error. Sources in order of precedence: the
environment (``CLASSBOX_WARNING__THETA=0.7``), the files of ``config.d`` beside the configuration
file in name order (later wins), the configuration file. Tables are keyed by id, so each source can
override one field of one camera.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
)

from appliance.errors import ConfigError
from appliance.settings.tree import Settings

DEFAULT_CONFIG = Path("/etc/classbox/config.toml")


def load_settings(config_file: Path) -> Settings:
    """Read the config file and ``config.d``, apply the environment, check everything at once.

    Raises:
        ConfigError: One line per problem, each naming the setting as the operator wrote it.
    """
    files = [config_file, *sorted((config_file.parent / "config.d").glob("*.toml"))]
    return parse_settings(*(_read(file) for file in files), origin=str(config_file))


def parse_settings(*tables: Mapping[str, Any], origin: str) -> Settings:
    """Check tables as they come from TOML.

    Args:
        tables: Later ones win, key by key; the environment wins over them all.
        origin: Stands at the head of the message.

    Raises:
        ConfigError: One line per problem.
    """

    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, dotenv_settings, file_secret_settings  # nothing else is read
            files = (InitSettingsSource(settings_cls, dict(table)) for table in reversed(tables))
            return env_settings, *files

    try:
        return Sourced()
    except SettingsError as error:
        # Its text names the table, its cause the value.
        msg = f"{origin}: environment: {error}; a table or a list is written as JSON"
        raise ConfigError(msg) from None
    except ValidationError as error:
        # Neither echoed nor chained: pydantic's own text shows the rejected input,
        # which may be a password.
        problems = [
            line for problem in error.errors(include_input=False) for line in _describe(problem)
        ]
        msg = "\n  ".join([f"{origin}: {len(problems)} problem(s)", *problems])
        raise ConfigError(msg) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{file}: {error}"
        raise ConfigError(msg) from error


def _describe(problem: ErrorDetails) -> list[str]:
    setting = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    text = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "string_pattern_mismatch":
        text = "only a-z, 0-9 and - may be used, at most 32 characters"
    if setting == "policy.profile" and problem["type"] in ("missing", "enum"):
        text = "choose fatigue-only or four-state; the configuration's example says what each means"
    if problem["type"] == "extra_forbidden":
        text = "no such setting"
    return [f"{setting}: {line}" if setting else line for line in text.splitlines()]
