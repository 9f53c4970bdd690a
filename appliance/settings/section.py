"""What every table of the configuration has in common."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

OBJECTION = "objection"
"""Type by which pydantic hands an ``Objection`` back."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value has to be, in words, where its type does not say it."""

    text: str


Id = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,32}$"),
    Expected("only a-z, 0-9 and -, at most 32 characters"),
]
"""What may stand in an MQTT topic (docs/DESIGN.md, 7)."""

SchemaVersion = Annotated[int, Field(alias="schema", ge=1, le=1), Expected("1")]
"""Version of a file's layout."""


class Section(BaseModel):
    """A table: frozen, closed, and documented field by field."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Objection(NamedTuple):
    """What a rule has against a setting; never holds a value that may be a secret."""

    problem: str
    """The fact, and what follows from it."""

    next_step: str
    """What the operator does about it."""

    key: tuple[str, ...] = ()
    """The setting; pydantic knows it where a rule belongs to a field."""

    def as_error(self) -> PydanticCustomError:
        """Return what a validator of a field raises."""
        return PydanticCustomError(OBJECTION, "{problem}", self._asdict())
