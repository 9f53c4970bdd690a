"""``seat/{terminal}/tokens``: tokens as one CBOR map, the only message that is not JSON.

A second of a seat is 575 numbers. As float16 in byte strings they are 1,150 bytes and are read by
one call; as JSON they would be four times as much. The map is in ``mqtt_contracts/README.md`` as
CDDL, and in ``mqtt_contracts/schemas/tokens.json`` as it is after decoding, byte strings as base64.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import cbor2
import numpy as np

from appliance.domain.arrays import AnyArray, BoolArray, Float32Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import (
    MAX_PACKET_TOKENS,
    TOKENS_VERSION,
    SensorKey,
    TokenPacket,
)
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus
from appliance.errors import ContractError, ShapeError
from appliance.mqtt.contract.envelope import UUID7_PATTERN
from appliance.mqtt.contract.topics import ID_PATTERN

MAX_TOKENS_BYTES = 8192
"""A longer message is refused unread; ten tokens in float32 are 4,900 bytes."""

TOKENS_TTL_S = 5  # Message Expiry: an older second is a gap already

MAX_ENCODER_CHARS = 80
MAX_OCCUPANCY_CHARS = 64
MAX_ID_CHARS = 32
MAX_FIRST = 2**53  # what every receiver's numbers can count to
MAX_AT_S = 1e12

Precision = Literal["f2", "f4"]

_WIDTH: Mapping[str, str] = {"f2": "<f2", "f4": "<f4"}


def encode_tokens(packet: TokenPacket, *, precision: Precision = "f2") -> bytes:
    """Write a packet as the broker carries it.

    Args:
        packet: Tokens; the seat is in the topic, by its terminal.
        precision: Of the two streams: float16, within 2e-3 of what was measured, or float32, the
            same bits. Ages are float32 and times float64 always.

    Raises:
        ValueError: A number of the streams is beyond what float16 can hold.
    """
    keys = tuple(dict.fromkeys(key for key in packet.occupancies if key is not None))
    document = {
        "v": TOKENS_VERSION,
        "sensor": packet.sensor,
        "boot": packet.boot,
        "first": packet.first,
        "encoder": packet.encoder,
        "f": precision,
        "at": np.array(packet.at_s, dtype="<f8").tobytes(),
        "status": [str(each) for each in packet.status],
        "keys": list(keys),
        "who": [None if key is None else keys.index(key) for key in packet.occupancies],
        "age": packet.age_s.astype("<f4").tobytes(),
        "restarted": packet.restarted.tolist(),
        "face": _packed("face", packet.face, precision),
        "pose": _packed("pose", packet.pose, precision),
        "step": packet.step,
        "camera": packet.camera_ok,
    }
    return cbor2.dumps(document, canonical=True)


def _packed(name: str, stream: Float32Array, precision: Precision) -> bytes:
    with np.errstate(over="ignore"):
        packed = stream.astype(_WIDTH[precision])
    if not np.isfinite(packed).all():
        msg = f"{name}: expected numbers that {precision} can hold"
        raise ValueError(msg)
    return packed.tobytes()


def parse_tokens(payload: bytes, *, seat: SeatKey) -> TokenPacket:
    """Read what came in on a seat's topic, and trust nothing of it before it has been looked at.

    Unknown keys are ignored, so a newer sensor stays readable while ``v`` is the same.

    Args:
        payload: What the broker delivered.
        seat: Whose topic it came on.

    Raises:
        ContractError: Too long, not such a map, or a value out of its range. The text names the
            key and what was expected, never the value; of ``v`` it names both.
    """
    if len(payload) > MAX_TOKENS_BYTES:
        _refuse(f"expected at most {MAX_TOKENS_BYTES} bytes, got {len(payload)}")
    document = _decoded(payload)
    version = _text(document, "v", longest=16)
    if version != TOKENS_VERSION:
        # Shown: it is about programs, and not about a student.
        _refuse(
            f"the sensor sends tokens of version {version!a}, and this box reads version "
            f"{TOKENS_VERSION!r}: install the same release of Classroom Box on both"
        )
    at_s = _numbers(document, "at", "<f8")
    count = len(at_s)
    if not 1 <= count <= MAX_PACKET_TOKENS:
        _refuse(f"at: expected 1 to {MAX_PACKET_TOKENS} numbers of 8 bytes")
    if not all(abs(each) <= MAX_AT_S for each in at_s):
        _refuse("at: expected seconds")
    width = _WIDTH.get(_text(document, "f", longest=2))
    if width is None:
        _refuse("f: expected f2 or f4")
    try:
        return TokenPacket(
            seat=seat,
            sensor=SensorKey(_id(document, "sensor")),
            boot=_boot(document),
            first=_whole(document, "first", most=MAX_FIRST),
            encoder=_text(document, "encoder", longest=MAX_ENCODER_CHARS),
            at_s=tuple(float(each) for each in at_s),
            status=_status(document, count),
            occupancies=_occupancies(document, count),
            age_s=_stream(document, "age", "<f4", (count,)),
            restarted=_flags(document, "restarted", count),
            face=_stream(document, "face", width, (count, FACE_SIZE)),
            pose=_stream(document, "pose", width, (count, POSE_STREAM_SIZE)),
            step=_whole(document, "step", most=MAX_FIRST),
            camera_ok=_flag(document, "camera"),
        )
    except (ShapeError, ValueError) as error:
        msg = f"tokens: {error}"  # TokenPacket's own words, which hold no value
        raise ContractError(msg) from None


def _refuse(why: str) -> NoReturn:
    msg = f"tokens: {why}"
    raise ContractError(msg)


def _no_tag(*_: object) -> NoReturn:
    msg = "no tag is known here"
    raise ValueError(msg)


_TAGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261)
_NO_TAGS = dict.fromkeys((*_TAGS, 1004, 43000, 55799), _no_tag)
"""Those for which cbor2 builds something: patterns, fractions, addresses, shared values."""


def _decoded(payload: bytes) -> Mapping[Any, Any]:
    try:
        document = cbor2.loads(
            payload,
            max_depth=4,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_NO_TAGS,
            tag_hook=_no_tag,
        )
    except (cbor2.CBORDecodeError, ValueError, ArithmeticError):
        document = None
    if not isinstance(document, Mapping):
        _refuse("expected one CBOR map of definite length, without tags")
    return document


def _value(document: Mapping[Any, Any], key: str) -> object:
    if key not in document:
        _refuse(f"{key}: a required key is missing")
    value: object = document[key]
    return value


def _text(document: Mapping[Any, Any], key: str, *, longest: int) -> str:
    value = _value(document, key)
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        _refuse(f"{key}: expected a text of 1 to {longest} characters")
    return value


def _id(document: Mapping[Any, Any], key: str) -> str:
    value = _text(document, key, longest=MAX_ID_CHARS)
    if not ID_PATTERN.fullmatch(value):
        _refuse(f"{key}: expected an id of a-z, 0-9 and -")
    return value


def _boot(document: Mapping[Any, Any]) -> str:
    value = _text(document, "boot", longest=36)
    if not UUID7_PATTERN.fullmatch(value):
        _refuse("boot: expected a UUIDv7")
    return value


def _whole(document: Mapping[Any, Any], key: str, *, most: int) -> int:
    value = _value(document, key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        _refuse(f"{key}: expected a whole number from 0 on")
    return value


def _flag(document: Mapping[Any, Any], key: str) -> bool:
    value = _value(document, key)
    if not isinstance(value, bool):
        _refuse(f"{key}: expected true or false")
    return value


def _list(document: Mapping[Any, Any], key: str, count: int) -> list[object]:
    value = _value(document, key)
    if not isinstance(value, list) or len(value) != count:
        _refuse(f"{key}: expected one per token")
    return value


def _flags(document: Mapping[Any, Any], key: str, count: int) -> BoolArray:
    values = _list(document, key, count)
    if not all(isinstance(each, bool) for each in values):
        _refuse(f"{key}: expected true or false for each token")
    flags = np.array(values, dtype=np.bool_)
    flags.flags.writeable = False
    return flags


_STATUS: Mapping[object, SeatStatus] = {each.value: each for each in SeatStatus}


def _status(document: Mapping[Any, Any], count: int) -> tuple[SeatStatus, ...]:
    words = _list(document, "status", count)
    if not all(isinstance(word, str) and word in _STATUS for word in words):
        _refuse(f"status: expected {', '.join(SeatStatus)}")
    return tuple(_STATUS[word] for word in words)


def _occupancies(document: Mapping[Any, Any], count: int) -> tuple[OccupancyKey | None, ...]:
    keys = _value(document, "keys")
    if not isinstance(keys, list) or len(keys) > count:
        _refuse("keys: expected a list of no more than one per token")
    for key in keys:
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_OCCUPANCY_CHARS:
            _refuse(f"keys: expected texts of 1 to {MAX_OCCUPANCY_CHARS} characters")
    found: list[OccupancyKey | None] = []
    for at in _list(document, "who", count):
        if at is None:
            found.append(None)
        elif isinstance(at, int) and not isinstance(at, bool) and 0 <= at < len(keys):
            found.append(OccupancyKey(keys[at]))
        else:
            _refuse("who: expected null or a place in keys for each token")
    return tuple(found)


def _numbers(document: Mapping[Any, Any], key: str, width: str) -> AnyArray:
    value = _value(document, key)
    if not isinstance(value, bytes) or len(value) % np.dtype(width).itemsize:
        _refuse(f"{key}: expected a byte string of whole numbers")
    return np.frombuffer(value, dtype=width)


def _stream(
    document: Mapping[Any, Any], key: str, width: str, shape: tuple[int, ...]
) -> Float32Array:
    numbers = _numbers(document, key, width)
    if len(numbers) != math.prod(shape):
        _refuse(f"{key}: expected {math.prod(shape)} numbers of {np.dtype(width).itemsize} bytes")
    stream = numbers.astype(np.float32).reshape(shape)
    stream.flags.writeable = False
    return stream
