"""What pydantic has against the tree of the sources, in words and without the rejected values."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from appliance.settings.reading.problems import Problem, written
from appliance.settings.reading.schema import (
    Key,
    Spot,
    choices,
    expected,
    locate,
    nearest,
    required_tables,
)
from appliance.settings.reading.sources import ENVIRONMENT, Sources
from appliance.settings.section import OBJECTION, Objection

AnySection = TypeVar("AnySection", bound=BaseModel)

_NEEDS_JSON = frozenset({"dict_type", "model_type", "tuple_type"})


def validate(table: type[AnySection], sources: Sources) -> tuple[AnySection | None, list[Problem]]:
    """Return the tree of the sources, and a problem for each setting that is wrong or missing."""
    empty: dict[str, Any] = {name: {} for name in required_tables(table)}
    try:
        return table.model_validate(empty | sources.tree), []
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
    objections: dict[Key, Objection] = {}  # pydantic has several for a union or a list
    for each in errors:
        if each["type"] == "missing" and not sources.readable:
            continue
        spot = locate(table, each["loc"])
        in_environment = sources.origin(spot.key).startswith(ENVIRONMENT)
        written_as = sources.text(*spot.key) or ""
        objection = _objection(spot, each, written_as, in_environment=in_environment)
        objections.setdefault(objection.key, objection)
    return None, sources.as_problems(objections.values())


def _objection(
    spot: Spot, error: ErrorDetails, written_as: str, *, in_environment: bool
) -> Objection:
    if error["type"] == OBJECTION:
        context = error["ctx"]
        return Objection(context["problem"], context["next_step"], spot.key)
    if error["type"] == "value_error":
        return Objection(error["msg"].removeprefix("Value error, "), "correct it", spot.key)
    if spot.field is None:
        problem = "an id has only a-z, 0-9 and -, at most 32 characters"
        return Objection(problem, "rename it", spot.key)
    wanted = expected(spot.field)
    if error["type"] == "missing":
        where = f"under [{written(spot.key[:-1])}]" if spot.key[1:] else "at the top"
        return Objection("is missing", f"add it {where}: {wanted}", spot.key)
    if in_environment and error["type"] in _NEEDS_JSON:
        wanted += ", written as JSON"
    default = spot.field.default
    step = "correct it" if spot.field.is_required() else "correct it, or leave it out"
    if isinstance(default, str | int | float):
        step += f" for the default {json.dumps(default)}"  # true and "text", as TOML has them
    if meant := nearest(written_as.lower(), choices(spot.field)):
        step = f'did you mean "{meant}"? Otherwise {step}'
    return Objection(f"expected {wanted}", step, spot.key)
