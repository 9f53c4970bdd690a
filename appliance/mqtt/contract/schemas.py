"""Checks messages against the JSON Schemas of the ``mqtt_contracts`` package."""

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Self

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource

from appliance.errors import ContractError

CONTRACT_VERSION = "1.6.0"
"""``info.version`` of ``mqtt_contracts/asyncapi.yaml``; the major version is in every topic."""

ENVELOPE = "envelope"
"""Name of the schema that every message type builds on."""


class Contracts:
    """Every schema of the contract, compiled once."""

    def __init__(self, schemas: Iterable[dict[str, Any]]) -> None:
        """Compile the schemas; most callers want ``load``."""
        by_uri = {schema["$id"]: schema for schema in schemas}
        registry: Registry[Any] = Registry().with_resources(
            (uri, Resource.from_contents(schema)) for uri, schema in by_uri.items()
        )
        self._validators = {
            uri.rsplit("/", 1)[1].removesuffix(".json"): Draft202012Validator(
                schema, registry=registry
            )
            for uri, schema in by_uri.items()
        }

    @classmethod
    def load(cls) -> Self:
        """Read the schemas that were installed with the package."""
        folder = files("mqtt_contracts") / "schemas"
        return cls(
            json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(folder.iterdir(), key=lambda file: file.name)
            if file.name.endswith(".json")
        )

    def check(self, document: object, *, schema: str) -> None:
        """Pass a message that matches a schema.

        Args:
            document: Parsed JSON.
            schema: A message type, or ``ENVELOPE`` for what all messages share.

        Raises:
            ContractError: It does not match. The text names schema, field and constraint and
                never the value, which may be about a student.
        """
        error = best_match(self._validators[schema].iter_errors(document))
        if error is not None:
            msg = f"{schema}: {describe(error)}"
            raise ContractError(msg)


def describe(error: ValidationError) -> str:
    """Name the field and the constraint of a violation, not the value."""
    field = ".".join(str(part) for part in error.absolute_path) or "message"
    if error.validator == "required":
        return f"{field}: a required field is missing"
    return f"{field}: expected {error.validator} {json.dumps(error.validator_value)[:120]}"
