"""What every table of the configuration has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""What may stand in an MQTT topic (docs/DESIGN.md, 7)."""


class Section(BaseModel):
    """A table: frozen, closed, and documented field by field."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
