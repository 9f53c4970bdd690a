"""Packets of tokens for tests, and their map as JSON writes it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import cbor2
import numpy as np

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus

SEAT = SeatKey("c01")
BOOT = "019abc00-0000-7000-8000-000000000001"
BYTES = ("at", "age", "face", "pose")
"""Keys of the map whose values are byte strings."""


def make_packet(count: int = 5, *, seed: int = 1, first: int = 0, **changes: object) -> TokenPacket:
    """A second of one seat, with random numbers of a likely size."""
    random = np.random.default_rng(seed)
    fields: dict[str, Any] = {
        "seat": SEAT,
        "sensor": SensorKey("sensor-pc-07"),
        "boot": BOOT,
        "first": first,
        "encoder": "expression_mobilevit 2.0.0",
        "at_s": tuple(1000.0 + 0.2 * (first + each) for each in range(count)),
        "status": (SeatStatus.PRESENT,) * count,
        "occupancies": (OccupancyKey("019abc00-0000-7000-8000-00000000000f"),) * count,
        "age_s": (0.2 * (1 + np.arange(count))).astype(np.float32),
        "restarted": np.array([first == 0, *[False] * (count - 1)]),
        "face": random.uniform(-3, 3, (count, FACE_SIZE)).astype(np.float32),
        "pose": random.uniform(-3, 3, (count, POSE_STREAM_SIZE)).astype(np.float32),
        "step": 0,
        "camera_ok": True,
    }
    return TokenPacket(**fields | changes)


def as_json(payload: bytes) -> dict[str, Any]:
    """Return the decoded map, byte strings as base64."""
    document: dict[str, Any] = cbor2.loads(payload)
    return {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in document.items()
    }


def as_payload(document: object) -> bytes:
    """Return the payload that ``as_json`` would show like this."""
    if not isinstance(document, Mapping):
        return cbor2.dumps(document)
    return cbor2.dumps(
        {key: _bytes(value) if key in BYTES else value for key, value in document.items()}
    )


def _bytes(value: object) -> object:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error:
        return value  # a text then, where there have to be bytes
