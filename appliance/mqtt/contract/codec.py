"""Frozen dataclasses to plain JSON values and back."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from appliance.errors import ContractError

Body = TypeVar("Body")

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
"""A compiled conversion; made when the first message of its kind comes or goes."""


def to_plain(body: object) -> dict[str, Any]:
    """Turn a dataclass tree into dicts, lists, strings and numbers."""
    plain: dict[str, Any] = _adapter(type(body)).dump_python(body, mode="json")
    return plain


def from_plain(kind: type[Body], value: Mapping[str, Any]) -> Body:
    """Build a dataclass from an object that has already passed its schema.

    Unknown fields are ignored, so a newer sender stays readable; a missing optional field
    takes the dataclass's default. A JSON 1 becomes a float where the schema says number, a 1.0
    an integer where it says so.

    Raises:
        ContractError: A number is beyond what the field can hold; JSON has no limit.
    """
    try:
        body: Body = _adapter(kind).validate_python(value)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        msg = f"{kind.__name__}: {fields}: expected a value that can be held"
        raise ContractError(msg) from None  # the library's text quotes the value
    return body
