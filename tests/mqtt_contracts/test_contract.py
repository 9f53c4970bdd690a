"""Schema, example, dataclass, topic and AsyncAPI document say the same."""

import copy
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.errors import ContractError
from appliance.mqtt.contract.envelope import BODIES, parse_message
from appliance.mqtt.contract.schemas import CONTRACT_VERSION, ENVELOPE, Contracts
from appliance.mqtt.contract.tokens import TOKENS_TTL_S, encode_tokens, parse_tokens
from appliance.mqtt.contract.topics import RoomTopics
from tests.support.token_packets import SEAT, as_json, as_payload

TOKENS = "tokens"
"""The one message that is CBOR, and has no envelope."""

ROOT = files("mqtt_contracts")


def read_folder(*path: str) -> dict[str, Any]:
    """Every JSON file of a folder, by name without ending."""
    folder = ROOT.joinpath(*path)
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }


def spoil(valid: Mapping[str, Any], case: Mapping[str, Any]) -> object:
    """Apply one case of a table to the valid example.

    ``path`` is a JSON pointer (RFC 6901). A case without ``value`` takes the field away, one with
    ``times`` puts the text or list there so many times over.
    """
    document = copy.deepcopy(dict(valid))
    *above, last = case["path"].split("/")
    if not above:
        return case["value"]
    place: Any = document
    for name in above[1:]:
        place = place[int(name) if isinstance(place, list) else name]
    key = int(last) if isinstance(place, list) else last
    if "value" in case:
        place[key] = case["value"] * case["times"] if "times" in case else case["value"]
    else:
        del place[key]
    return document


SCHEMAS = read_folder("schemas")
VALID = read_folder("examples", "valid")
TABLES = read_folder("examples", "invalid")
INVALID = {
    f"{schema}--{case['name']}": spoil(VALID["box.status" if schema == ENVELOPE else schema], case)
    for schema, cases in TABLES.items()
    for case in cases
}
ASYNCAPI = ROOT.joinpath("asyncapi.yaml").read_text(encoding="utf-8")
CONTRACTS = Contracts.load()
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def test_every_message_type_has_everything() -> None:
    """A schema, a dataclass, a valid example, a table of invalid ones, an AsyncAPI message."""
    types = set(SCHEMAS) - {ENVELOPE}

    assert types == {*BODIES, TOKENS}
    assert types == set(VALID)
    assert set(SCHEMAS) == set(TABLES)
    assert types == set(re.findall(r'\$ref: "\./schemas/(.+)\.json"', ASYNCAPI))
    assert types == {
        name for name, _ in re.findall(r"^    (\S+):\n      name: (\S+)$", ASYNCAPI, re.MULTILINE)
    }


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_valid_and_versioned(name: str) -> None:
    """Each schema is a 2020-12 schema whose id carries the major version and its own name."""
    Draft202012Validator.check_schema(SCHEMAS[name])

    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["$id"] == f"https://classbox.example/mqtt/v1/{name}.json"


@pytest.mark.parametrize("name", sorted(BODIES))
def test_valid_example_survives_the_dataclass(name: str) -> None:
    """JSON to dataclass to JSON loses nothing, so both have the same fields."""
    message = parse_message(json.dumps(VALID[name]), CONTRACTS)

    assert type(message.body) is BODIES[name]
    assert json.loads(message.to_json()) == VALID[name]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_unknown_fields_are_ignored(name: str) -> None:
    """A newer sender may add fields anywhere in envelope and data."""
    newer = {**VALID[name], "later": 1, "data": {**VALID[name]["data"], "later": {"x": []}}}

    assert parse_message(json.dumps(newer), CONTRACTS) == parse_message(
        json.dumps(VALID[name]), CONTRACTS
    )


def test_the_example_of_tokens_survives_the_packet() -> None:
    """The same, by way of CBOR; and the schema has its keys and no other."""
    example = VALID[TOKENS]

    assert as_json(encode_tokens(parse_tokens(as_payload(example), seat=SEAT))) == example
    assert set(example) == set(SCHEMAS[TOKENS]["properties"])


@pytest.mark.parametrize("name", sorted(name for name in INVALID if name.startswith("tokens--")))
def test_tokens_that_the_schema_refuses_are_not_parsed(name: str) -> None:
    """The parser is written by hand, for speed; it must be no more lenient than the schema."""
    spoilt: Any = INVALID[name]

    with pytest.raises(ContractError):
        parse_tokens(as_payload(spoilt), seat=SEAT)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_dataclass_has_the_fields_of_the_schema(name: str) -> None:
    """Same names, and required exactly where the dataclass has no default."""
    for kind, schema in nested_pairs(BODIES[name], SCHEMAS[name]["properties"]["data"]):
        fields = dataclasses.fields(kind)
        required = {
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }
        assert {field.name for field in fields} == set(schema["properties"]), kind
        assert required == set(schema["required"]), kind


def test_every_case_has_a_name_of_its_own() -> None:
    """A case that hides another would be lost without a word."""
    assert len(INVALID) == sum(len(cases) for cases in TABLES.values())


@pytest.mark.parametrize("name", sorted(INVALID))
def test_invalid_example_is_wrong_in_one_field_and_named_after_it(name: str) -> None:
    """``<schema>--<field>-<what>`` breaks that schema at that field and nowhere else."""
    schema, _, what = name.partition("--")

    errors = errors_of(INVALID[name], schema=schema)

    broken = {field_of(error) for error in errors}
    assert len(broken) == 1, [error.message for error in errors]
    words = re.sub(r"[^a-z0-9]+", "-", broken.pop().lower())
    assert set(words.split("-")) & set(what.split("-")), (words, what)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_constraint_has_an_invalid_example(name: str) -> None:
    """Delete any keyword of any schema and some invalid example becomes valid."""
    hit = {
        place
        for example, document in INVALID.items()
        if example.startswith(f"{name}--")
        for error in errors_of(document, schema=name)
        for place in places_of(error)
    }

    assert set(constraints(SCHEMAS[name], ())) - hit == set()


def test_message_text_never_shows_the_value() -> None:
    """A contract error may end in a log, and values may be about a student."""
    with pytest.raises(ContractError) as caught:
        CONTRACTS.check(INVALID["presence--occupant-malformed"], schema="presence")

    assert "occupant" in str(caught.value)
    assert "Not Valid" not in str(caught.value)


def test_asyncapi_names_the_topics_that_the_code_builds() -> None:
    """Addresses, filled with ids, are the topics of ``RoomTopics``, and none is missing."""
    room = RoomTopics(site="s", room="r")
    box, terminal = room.box("b"), room.terminal(TerminalKey("t"))
    seat, sensor = SeatKey("a"), room.sensor(SensorKey("e"))
    built = {
        box.status, box.info, box.health, box.echo,
        room.alert(seat), room.alert_ack(seat),
        room.control_request("x"), room.control_response("x"),
        terminal.command, terminal.ack, terminal.feedback, terminal.context, terminal.presence,
        room.aim(CameraKey("c")), room.board(seat), terminal.view,
        terminal.tokens, sensor.status, sensor.info, sensor.health, sensor.lease,
    }  # fmt: skip

    addresses = re.findall(r"^    address: (\S+)$", ASYNCAPI, re.MULTILINE)
    ids = {"site": "s", "room": "r", "box": "b", "seat": "a", "terminal": "t", "camera": "c"}
    ids |= {"client": "x", "sensor": "e"}
    assert {address.format(**ids) for address in addresses} == built
    assert len(addresses) == len(built)


def test_asyncapi_has_the_version_of_the_code() -> None:
    """``info.version`` is what boxes publish, and its major version is in topics and ids."""
    assert f"version: {CONTRACT_VERSION}\n" in ASYNCAPI
    assert CONTRACT_VERSION.startswith("1.")


def test_asyncapi_expiry_is_the_longest_lifetime_of_the_schemas() -> None:
    """A lifetime is written once in a schema; the document repeats it."""
    channels = dict(
        re.findall(
            r"^  (\w+):\n    address.*?    messages:\n((?: {6}[^\n]*\n)+)",
            ASYNCAPI,
            re.MULTILINE | re.DOTALL,
        )
    )
    operations = re.findall(
        r'channels/(\w+)"\n    bindings:\n      mqtt:\n        qos: \d\n        retain: \w+\n'
        r"(?:        messageExpiryInterval: (\d+)\n)?",
        ASYNCAPI,
    )
    assert len(operations) == len(channels)
    for channel, expiry in operations:
        types = re.findall(r"components/messages/(.+)\"", channels[channel])
        lifetimes = [
            TOKENS_TTL_S if each == TOKENS else SCHEMAS[each]["properties"]["ttl_s"].get("maximum")
            for each in types
        ]
        assert max(lifetimes, key=lambda each: each or 0) == (int(expiry) if expiry else None)


def errors_of(document: object, *, schema: str) -> list[ValidationError]:
    """Every violation of a schema, not only the best one."""
    return list(Draft202012Validator(SCHEMAS[schema], registry=REGISTRY).iter_errors(document))


def constraints(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Every place of a schema that can refuse something."""
    for keyword, value in schema.items():
        here = (*path, keyword)
        if keyword == "required":
            yield from ("/".join((*here, field)) for field in value)
        elif keyword == "properties":
            for field, inner in value.items():
                yield from constraints(inner, (*here, field))
        elif keyword in {"additionalProperties", "items", "propertyNames", "then", "else"}:
            yield from constraints(value, here)
        elif keyword == "type" and not path and "allOf" in schema:
            continue  # the envelope has refused everything but objects
        elif keyword not in {"$schema", "$id", "title", "description", "allOf", "if"}:
            yield "/".join(here)


def places_of(error: ValidationError) -> Iterator[str]:
    """Where in the schema an error arose, written as ``constraints`` does."""
    path = [str(part) for part in error.absolute_schema_path]
    path = [
        part
        for index, part in enumerate(path)
        if [part, *path[index + 1 : index + 2]] not in (["if", "then"], ["if", "else"])
    ]
    place = "/".join(path)
    if error.validator == "required":
        yield from (f"{place}/{field}" for field in missing_fields(error))
    else:
        yield place


def missing_fields(error: ValidationError) -> list[str]:
    """What a ``required`` error misses."""
    required, instance = error.validator_value, error.instance
    assert isinstance(required, list)
    assert isinstance(instance, dict)
    return [field for field in required if field not in instance]


def field_of(error: ValidationError) -> str:
    """The field that an error is about, also when it is a missing or an extra one."""
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        path += missing_fields(error)[:1]
    return "-".join(path) or "message"


def nested_pairs(
    kind: type[Any], schema: Mapping[str, Any]
) -> Iterator[tuple[type[Any], Mapping[str, Any]]]:
    """A dataclass with its schema, then the dataclasses inside it with theirs."""
    yield kind, schema
    hints = get_type_hints(kind)
    for name, inner in schema["properties"].items():
        below = inner.get("additionalProperties", inner.get("items", inner))
        for hint in (hints[name], *get_args(hints[name])):
            if dataclasses.is_dataclass(hint) and isinstance(hint, type):
                yield from nested_pairs(hint, below)
