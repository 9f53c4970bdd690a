"""Frozen dataclasses to plain JSON values and back."""

import dataclasses
import types
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Body = TypeVar("Body")


def to_plain(value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Turn a dataclass tree into dicts, lists, strings and numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[Body], value: Mapping[str, Any]) -> Body:
    """Build a dataclass from an object that has already passed its schema.

    Unknown fields are ignored, so a newer sender stays readable; a missing optional field
    takes the dataclass's default.
    """
    hints = get_type_hints(kind)
    known = {
        field.name: _convert(hints[field.name], value[field.name])
        for field in dataclasses.fields(kind)  # type: ignore[arg-type] # every body is a dataclass
        if field.name in value
    }
    return kind(**known)


def _convert(hint: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911 - one return per JSON shape
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else _convert(inner, value)
    if origin is not None and issubclass(origin, Mapping):
        return {
            _convert(arguments[0], key): _convert(arguments[1], item) for key, item in value.items()
        }
    if origin is tuple:
        return tuple(_convert(arguments[0], item) for item in value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_plain(hint, value)
    if isinstance(hint, type) and issubclass(hint, (StrEnum, float)):
        return hint(value)  # a JSON 1 is a float where the schema says number
    if hint is int:
        return int(value)  # and a JSON 1.0 is an integer where the schema says so
    return value
