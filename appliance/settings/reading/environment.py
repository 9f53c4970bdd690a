"""One variable of the environment as the tables it stands for."""

from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from appliance.settings.reading.schema import inside, locate

PREFIX = "CLASSBOX_"
"""Of every variable that is a setting."""

DELIMITER = "__"
"""Between the keys of a variable's name."""


_BOOLEANS = {"true": True, "false": False}


def variable_key(name: str) -> tuple[str, ...]:
    """Return the setting that a variable's name means."""
    return tuple(name[len(PREFIX) :].lower().split(DELIMITER))


def variable_tables(table: type[BaseSettings], name: str, text: str) -> dict[str, Any]:
    """Return the tree with the one setting that a variable means.

    One variable at a time, so that it is known who said what. Where a table or a list is not
    written as JSON the setting is the text, against which validation has something to say. A
    variable has no other way to say true or false than as text, so that is what it means.

    Args:
        table: What can be configured.
        name: Of the variable.
        text: Its value.
    """
    key = variable_key(name)
    spot = locate(table, key)
    if spot.key == key and spot.field is not None and inside(spot.field) is bool:
        return as_tables(name, _BOOLEANS.get(text.lower(), text))
    source = EnvSettingsSource(table, env_prefix=PREFIX, env_nested_delimiter=DELIMITER)
    source.env_vars = {name.lower(): text}
    try:
        tree = source()
    except SettingsError:
        tree = {}
    return tree or as_tables(name, text)


def as_tables(name: str, value: object) -> dict[str, Any]:
    """Return the tree in which a variable's setting is a value."""
    values: Any = value
    for part in reversed(variable_key(name)):
        values = {part: values}
    tree: dict[str, Any] = values
    return tree
