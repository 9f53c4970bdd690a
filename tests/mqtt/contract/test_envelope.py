"""Envelopes are complete, and nothing that came in is trusted early."""

import json
from importlib.resources import files
from typing import Any

import pytest

from appliance.errors import ContractError
from appliance.mqtt.contract import envelope as messages
from appliance.mqtt.contract.box import AlertMessage, BoxEcho, BoxState, BoxStatus
from appliance.mqtt.contract.commands import CommandBody
from appliance.mqtt.contract.envelope import (
    BODIES,
    MAX_PAYLOAD_BYTES,
    UUID7_PATTERN,
    Stamper,
    format_time,
    parse_message,
)
from appliance.mqtt.contract.schemas import Contracts
from tests.support.clocks import ManualClock

CONTRACTS = Contracts.load()
EXAMPLE: dict[str, Any] = json.loads(
    files("mqtt_contracts").joinpath("examples/valid/alert.json").read_text(encoding="utf-8")
)


def make_stamper() -> Stamper:
    """A box whose clock stands still."""
    return Stamper(src="box/box-1", clock=ManualClock(), clock_state=lambda: "unsynced")


def test_stamped_messages_pass_their_schema_and_count_up() -> None:
    """Every envelope is complete; ``seq`` counts from 0 within one boot."""
    stamper = make_stamper()
    first, second = (
        json.loads(stamper.stamp(BoxStatus(state=BoxState.READY), ttl_s=None).to_json())
        for _ in range(2)
    )

    CONTRACTS.check(first, schema="box.status")
    assert (first["seq"], second["seq"]) == (0, 1)
    assert first["boot"] == second["boot"]
    assert first["id"] != second["id"]
    assert UUID7_PATTERN.fullmatch(first["id"])
    assert (first["v"], first["src"], first["clock"]) == (1, "box/box-1", "unsynced")


def test_an_id_that_receivers_would_refuse_is_refused_first() -> None:
    """A UUIDv4 is a mistake of the caller, seen before it reaches a classroom."""
    with pytest.raises(ValueError, match="message_id: expected a UUIDv7"):
        make_stamper().stamp(
            BoxEcho(count=1), ttl_s=60, message_id="3b241101-e2bb-4255-8caf-4136c566a962"
        )


@pytest.mark.parametrize(
    ("wall_s", "text"),
    [
        pytest.param(0.0, "1970-01-01T00:00:00.000Z", id="epoch"),
        pytest.param(1795356185.9999, "2026-11-22T14:03:05.999Z", id="never-rounds-up"),
    ],
)
def test_times_have_milliseconds_and_utc(wall_s: float, text: str) -> None:
    """RFC 3339 with exactly three decimals."""
    assert format_time(wall_s) == text


def test_an_unknown_type_is_readable_but_has_no_body() -> None:
    """A newer box may send what this version does not know."""
    message = parse_message(json.dumps({**EXAMPLE, "type": "command.sing"}), CONTRACTS)

    assert (message.type, message.body) == ("command.sing", None)


def test_envelope_only_reads_past_wrong_data() -> None:
    """So that a command with wrong data can still be answered."""
    document = json.dumps({**EXAMPLE, "data": {}})

    with pytest.raises(ContractError, match="a required field is missing"):
        parse_message(document, CONTRACTS)
    assert parse_message(document, CONTRACTS, envelope_only=True).id == EXAMPLE["id"]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="not-utf-8"),
        pytest.param(b"[" * 60000, id="too-deep"),
        pytest.param(b"[]", id="not-an-object"),
        pytest.param(b"x" * (MAX_PAYLOAD_BYTES + 1), id="too-long"),
        pytest.param(json.dumps(EXAMPLE).replace("0.82", "NaN").encode(), id="nan"),
        pytest.param(json.dumps(EXAMPLE).replace("130.0", "1e400").encode(), id="infinite"),
        pytest.param(json.dumps(EXAMPLE).replace("5f0c2d", "\\ud800").encode(), id="surrogate"),
        pytest.param(json.dumps(EXAMPLE).replace("410", "1e300").encode(), id="no-int"),
        pytest.param(json.dumps(EXAMPLE).replace("130.0", "1" * 400).encode(), id="no-float"),
    ],
)
def test_hostile_payloads_are_refused(payload: bytes) -> None:
    """Each would otherwise be an exception, or a value, far from the network."""
    with pytest.raises(ContractError):
        parse_message(payload, CONTRACTS)


def test_a_payload_of_the_greatest_length_is_read() -> None:
    """The limit itself is allowed."""
    text = json.dumps(EXAMPLE)

    assert parse_message(text + " " * (MAX_PAYLOAD_BYTES - len(text)), CONTRACTS).type == "alert"


def test_an_integer_written_with_a_point_becomes_an_integer() -> None:
    """JSON Schema calls 410.0 an integer, so the dataclass holds one too."""
    text = json.dumps(EXAMPLE).replace("410", "410.0")

    body = parse_message(text, CONTRACTS).body
    assert isinstance(body, AlertMessage)
    assert body.evidence is not None
    assert isinstance(body.evidence.tokens_above, int)


def test_a_number_too_large_to_hold_is_named_and_not_quoted() -> None:
    """JSON Schema calls 1e300 an integer."""
    text = json.dumps(EXAMPLE).replace("410", "1e300")

    with pytest.raises(ContractError, match=r"^AlertMessage: evidence\.tokens_above: expected"):
        parse_message(text, CONTRACTS)


def test_lifetimes_of_the_code_are_those_of_the_schemas() -> None:
    """Every lifetime that the code gives is the longest that the schema allows."""
    schemas = files("mqtt_contracts") / "schemas"
    limits = {
        name: json.loads((schemas / f"{name}.json").read_text(encoding="utf-8"))["properties"][
            "ttl_s"
        ].get("maximum")
        for name in BODIES
    }
    commands = {kind.TYPE: kind.TTL_S for kind in CommandBody.__args__}

    assert {name: limits[name] for name in commands} == commands
    assert limits["ack"] == messages.ACK_TTL_S
    assert limits["alert"] == messages.ALERT_TTL_S
    assert limits["context"] == messages.CONTEXT_TTL_S
    assert limits["control.request"] == limits["control.response"] == messages.CONTROL_TTL_S
    assert limits["feedback"] == limits["alert.ack"] == messages.DAY_TTL_S
    assert limits["seat.view"] == limits["board.seat"] == messages.SEAT_TTL_S
    assert limits["box.health"] == limits["box.echo"] == messages.HEALTH_TTL_S
