"""What the tables of the configuration say about themselves, in words an operator knows."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from appliance.settings.section import Expected

Table = type[BaseModel]
Key = tuple[str, ...]

_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
"""Attributes of pydantic's limits, and how they are said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The setting that an error of pydantic belongs to."""

    key: Key
    """As the operator wrote it."""

    field: FieldInfo | None
    """None for the name of a camera or a seat."""


def inside(field: FieldInfo) -> Any:  # noqa: ANN401 - an annotation may be anything
    """Return what a setting holds where it is not left out."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    optional = get_origin(field.annotation) in (Union, types.UnionType) and len(kinds) == 1
    return kinds[0] if optional else field.annotation


def settings_of(table: Table) -> dict[str, FieldInfo]:
    """Return the settings of a table by the name they have in a file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def required_tables(table: Table) -> list[str]:
    """Return the tables that a configuration cannot be without."""
    return [
        name
        for name, field in settings_of(table).items()
        if field.is_required() and _is_table(inside(field))
    ]


def locate(table: Table, location: Sequence[int | str]) -> Spot:
    """Return the setting at a location, without what pydantic adds below it: items, kinds."""
    key: Key = ()
    field: FieldInfo | None = None
    inner: Any = table
    for part in map(str, location):
        if part == "[key]":
            return Spot(key=key, field=None)
        if _is_table(inner):
            field = settings_of(inner).get(part)
            inner = None if field is None else inside(field)
        elif get_origin(inner) is dict:
            inner = get_args(inner)[1]
        else:
            break
        key = (*key, part)
    return Spot(key=key, field=field)


def unknown_keys(table: Table, values: Mapping[str, Any], *, above: Key = ()) -> Iterator[Key]:
    """Yield every key that no table has."""
    known = settings_of(table)
    for name, value in values.items():
        if name not in known:
            yield (*above, name)
            continue
        inner: Any = inside(known[name])
        if not isinstance(value, Mapping):
            continue
        if _is_table(inner):
            yield from unknown_keys(inner, value, above=(*above, name))
        elif get_origin(inner) is dict:
            for each, below in value.items():
                if isinstance(below, Mapping):
                    item = get_args(inner)[1]
                    yield from unknown_keys(item, below, above=(*above, name, each))


def keys_of(table: Table, values: Mapping[str, Any], *, above: Key = ()) -> Iterator[Key]:
    """Yield every setting that can be written, with the cameras and seats that ``values`` has."""
    for name, field in settings_of(table).items():
        inner: Any = inside(field)
        below = values.get(name)
        below = below if isinstance(below, Mapping) else {}
        if _is_table(inner):
            yield from keys_of(inner, below, above=(*above, name))
        elif get_origin(inner) is dict:
            for each, item in below.items():
                there = item if isinstance(item, Mapping) else {}
                yield from keys_of(get_args(inner)[1], there, above=(*above, name, each))
        else:
            yield (*above, name)


def siblings(table: Table, key: Key) -> list[str]:
    """Return the settings of the table in which a key stands."""
    inner: Any = table
    for part in key[:-1]:
        inner = inside(settings_of(inner)[part]) if _is_table(inner) else get_args(inner)[1]
    return list(settings_of(inner))


def nearest(name: str, names: Sequence[str]) -> str:
    """Return the name that somebody may have meant; empty when none is near."""
    return next(iter(get_close_matches(name, names, n=1, cutoff=0.6)), "")


def choices(field: FieldInfo) -> list[str]:
    """Return the words that a setting may be; empty where it is something else than words."""
    kind = inside(field)
    if get_origin(kind) is Literal:
        return [str(each) for each in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(each.value) for each in kind]
    return []


def expected(field: FieldInfo) -> str:
    """Return what a setting has to be."""
    for item in field.metadata:
        if isinstance(item, Expected):
            return item.text
    words = " or ".join(f'"{each}"' for each in choices(field))
    return words or _kind(inside(field), field.metadata)


def _kind(annotation: Any, metadata: Sequence[object]) -> str:  # noqa: ANN401 - may be anything
    if get_origin(annotation) is tuple:
        return "a list in [ ]"
    if annotation in (int, float):
        bounds = [
            f"{words} {limit:g}"
            for item in metadata
            for attribute, words in _BOUNDS.items()
            if (limit := getattr(item, attribute, None)) is not None
        ]
        number = "a whole number" if annotation is int else "a number"
        return f"{number} {' and '.join(bounds)}".strip()
    plain = {bool: "true or false, without quotes", Path: "a path in quotes", str: "text in quotes"}
    return plain.get(annotation, "a table")


def _is_table(annotation: Any) -> bool:  # noqa: ANN401 - an annotation may be anything
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
