"""Tokens cross the broker as they were made, and whatever else comes is refused in words."""

import struct
import sys
from dataclasses import fields
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.seats import OccupancyKey
from appliance.domain.token_packets import MAX_PACKET_TOKENS, TokenPacket
from appliance.domain.tokens import SeatStatus
from appliance.errors import ContractError
from appliance.mqtt.contract.tokens import MAX_TOKENS_BYTES, encode_tokens, parse_tokens
from tests.support.token_packets import SEAT, make_packet

VALID = encode_tokens(make_packet())
DOCUMENT: dict[str, Any] = cbor2.loads(VALID)


def same(one: TokenPacket, other: TokenPacket) -> bool:
    """Tell whether two packets are equal bit by bit."""
    return all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name))
        if isinstance(getattr(one, each.name), np.ndarray)
        else getattr(one, each.name) == getattr(other, each.name)
        for each in fields(TokenPacket)
    )


@pytest.mark.parametrize("count", [1, 5, MAX_PACKET_TOKENS])
def test_float32_loses_nothing(count: int) -> None:
    """So that a decider elsewhere comes to the same bits."""
    packet = make_packet(
        count,
        status=tuple([*SeatStatus, *SeatStatus][:count]),
        occupancies=tuple(None if each % 3 == 2 else OccupancyKey(f"k{each % 2}")
                          for each in range(count)),
        at_s=tuple(0.1 + each / 3 for each in range(count)),
    )  # fmt: skip

    assert same(parse_tokens(encode_tokens(packet, precision="f4"), seat=SEAT), packet)


def test_float16_is_near_and_everything_else_exact() -> None:
    """Only the two streams are rounded; 2e-3 is half a step of float16 from 2 to 4."""
    packet = make_packet()
    parsed = parse_tokens(encode_tokens(packet), seat=SEAT)

    assert np.abs(parsed.face - packet.face).max() <= 2e-3
    assert np.abs(parsed.pose - packet.pose).max() <= 2e-3
    assert (parsed.face != packet.face).any()
    assert parsed.at_s == packet.at_s
    assert (parsed.age_s == packet.age_s).all()


def test_a_second_of_a_seat_is_at_most_2048_bytes() -> None:
    """Five tokens in float16, with the longest names, two students and the rarest status."""
    packet = make_packet(
        sensor="s" * 32,
        first=2**40,
        encoder="expression_mobilevit_fatigue 10.10.10",
        status=(SeatStatus.CAMERA_LOST,) * 5,
        occupancies=(OccupancyKey("a" * 36),) * 2 + (OccupancyKey("b" * 36),) * 3,
    )
    usual, longest = len(VALID), len(encode_tokens(packet))
    sys.stdout.write(f"five tokens: {usual} bytes, {longest} at most")

    assert usual <= longest <= 2048


def test_ten_tokens_in_float32_fit_into_the_limit() -> None:
    """What a sensor may send is never too long to be read."""
    assert len(encode_tokens(make_packet(10), precision="f4")) <= MAX_TOKENS_BYTES


def test_a_number_that_float16_cannot_hold_is_not_sent() -> None:
    """It would arrive as infinity, which is refused."""
    face = make_packet().face.copy()
    face[0, 0] = 1e5

    with pytest.raises(ValueError, match="face: expected numbers that f2 can hold"):
        encode_tokens(make_packet(face=face))


def test_what_came_in_cannot_be_changed() -> None:
    """As every array between stages."""
    parsed = parse_tokens(VALID, seat=SEAT)

    for array in (parsed.face, parsed.pose, parsed.age_s, parsed.restarted):
        assert not array.flags.writeable


def test_unknown_keys_are_ignored() -> None:
    """A newer sensor may say more."""
    later: dict[object, object] = {"later": [1, {"x": None}], 7: b""}
    newer = cbor2.dumps(DOCUMENT | later)

    assert same(parse_tokens(newer, seat=SEAT), parse_tokens(VALID, seat=SEAT))


@pytest.mark.parametrize("key", sorted(DOCUMENT))
def test_a_missing_key_is_named(key: str) -> None:
    """None has a default."""
    rest = {name: value for name, value in DOCUMENT.items() if name != key}

    with pytest.raises(ContractError, match=f"^tokens: {key}: a required key is missing$"):
        parse_tokens(cbor2.dumps(rest), seat=SEAT)


def test_another_version_names_both_and_what_to_do() -> None:
    """The columns may mean something else then."""
    with pytest.raises(ContractError, match="version '2', and this box reads version '1': install"):
        parse_tokens(cbor2.dumps({**DOCUMENT, "v": "2"}), seat=SEAT)


NAN, INFINITE = struct.pack("<e", float("nan")), struct.pack("<e", float("inf"))


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("face", NAN + DOCUMENT["face"][2:], "face: expected finite"),
        ("pose", DOCUMENT["pose"][:-2] + INFINITE, "pose: expected finite"),
        ("face", DOCUMENT["face"][2:], "face: expected 170 numbers of 2 bytes"),
        ("face", DOCUMENT["face"][1:], "face: expected a byte string"),
        ("face", [0.0] * 170, "face: expected a byte string"),
        ("pose", DOCUMENT["pose"] * 2, "pose: expected 405 numbers"),
        ("f", "f4", "face: expected 170 numbers of 4 bytes"),
        ("f", "f8", "f: expected f2 or f4"),
        ("at", b"", "at: expected 1 to 10"),
        ("at", struct.pack("<11d", *range(11)), "at: expected 1 to 10"),
        ("at", struct.pack("<5d", 0, 1, 2, 2, 3), "at_s: expected finite numbers, increasing"),
        ("at", struct.pack("<5d", 0, 1, float("nan"), 2, 3), "at: expected seconds"),
        ("at", struct.pack("<5d", 0, 1, 2, 3, float("inf")), "at: expected seconds"),
        ("age", struct.pack("<5f", 0, 1, 2, 3, -1), "age_s: expected finite numbers of at least 0"),
        ("age", struct.pack("<5f", 0, 1, 2, 3, float("nan")), "age_s: expected finite"),
        ("status", ["present"] * 4, "status: expected one per token"),
        ("status", ["asleep"] * 5, "status: expected present, absent"),
        ("restarted", [0, 0, 0, 0, 0], "restarted: expected true or false"),
        ("who", [0, 0, 0, 0, 1], "who: expected null or a place in keys"),
        ("who", [0, 0, 0, 0, -1], "who: expected null or a place in keys"),
        ("who", [0, 0, 0, 0, True], "who: expected null or a place in keys"),
        ("keys", ["k" * 65], "keys: expected texts of 1 to 64"),
        ("keys", "k", "keys: expected a list"),
        ("first", -1, "first: expected a whole number"),
        ("first", 1.0, "first: expected a whole number"),
        ("first", True, "first: expected a whole number"),
        ("step", 5, "step: expected 0 to 4"),
        ("camera", 1, "camera: expected true or false"),
        ("boot", "b" * 36, "boot: expected a UUIDv7"),
        ("sensor", "a/b", "sensor: expected an id"),
        ("encoder", "", "encoder: expected a text"),
        ("encoder", "a\x1b[2J", "encoder: expected a text"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(key: str, value: object, why: str) -> None:
    """And never repeated: a log is no place for a student's numbers."""
    with pytest.raises(ContractError, match=f"^tokens: {why}"):
        parse_tokens(cbor2.dumps({**DOCUMENT, key: value}), seat=SEAT)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="json"),
        pytest.param(cbor2.dumps([DOCUMENT]), id="a-list"),
        pytest.param(b"\x81" * 8000 + b"\x01", id="deep"),
        pytest.param(b"\x5b" + b"\x7f" * 8, id="a-huge-byte-string"),
        pytest.param(b"\x7b" + b"\xff" * 8, id="a-huge-text"),
        pytest.param(b"\x9b" + struct.pack(">Q", 1 << 40), id="a-huge-list"),
        pytest.param(b"\xbb" + struct.pack(">Q", 1 << 40), id="a-huge-map"),
        pytest.param(b"\xbf\xff", id="without-end"),
        pytest.param(b"\xa2\x61v\x611\x61v\x611", id="a-key-twice"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(35, "(a+)+$")), id="a-pattern"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(5, [10**9, 3])), id="a-big-number"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(28, {"v": cbor2.CBORTag(29, 0)})), id="itself"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(9999, DOCUMENT)), id="an-unknown-tag"),
    ],
)
def test_what_is_no_plain_map_is_refused(payload: bytes) -> None:
    """At once, whatever lengths and nesting it claims."""
    with pytest.raises(ContractError, match=r"^tokens: expected one CBOR map"):
        parse_tokens(payload, seat=SEAT)


def test_a_long_message_is_not_looked_at() -> None:
    """Before decoding."""
    with pytest.raises(ContractError, match="expected at most 8192 bytes, got 8193"):
        parse_tokens(VALID.ljust(8193, b"\0"), seat=SEAT)


def only_refused(payload: bytes) -> None:
    """Parse; anything but a packet or a ``ContractError`` fails the test."""
    try:
        packet = parse_tokens(payload, seat=SEAT)
    except ContractError:
        return
    assert 1 <= len(packet.at_s) <= MAX_PACKET_TOKENS


@given(st.binary(max_size=300))
def test_random_bytes_only_ever_are_refused(payload: bytes) -> None:
    """No other error leaves the parser."""
    only_refused(payload)


@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=8),
       st.integers(0, len(VALID)))  # fmt: skip
def test_damaged_payloads_only_ever_are_refused(
    damage: list[tuple[int, int]], end: int
) -> None:  # fmt: skip
    """Bytes replaced, half of the time the end cut off."""
    payload = bytearray(VALID)
    for place, byte in damage:
        payload[place] = byte
    only_refused(bytes(payload))
    only_refused(bytes(payload[:end]))


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=9)
    | st.binary(max_size=40)
)  # fmt: skip
ANYTHING = SCALARS | st.lists(SCALARS, max_size=6) | st.dictionaries(st.text(max_size=3), SCALARS)


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENT)), ANYTHING, min_size=1))
def test_other_values_only_ever_are_refused(changes: dict[str, object]) -> None:
    """Well-formed maps with values of every kind."""
    only_refused(cbor2.dumps({**DOCUMENT, **changes}))
