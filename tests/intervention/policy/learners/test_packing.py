"""Bytes that come back as they were, or not at all."""

import hashlib
import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import PolicyError
from appliance.intervention.policy.learners.packing import digest, pack, unpack

ARRAYS = {
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
    "float64": np.array(np.pi),
    "int64": np.array([-(2**40), 3]),
    "uint8": np.zeros((0, 4), dtype=np.uint8),
}
CONTENT = pack("thing", ARRAYS, {"made": "2026-11-30", "for": "übung"})


def forge(told: object, data: bytes = b"") -> bytes:
    """Return what somebody could write who knows the format, digest and all."""
    head = json.dumps(told).encode()
    body = head + zlib.compress(data)
    return struct.pack("<8sI32s", b"CBPOLICY", len(head), hashlib.sha256(body).digest()) + body


def test_everything_comes_back_as_it_was() -> None:
    """Numbers, kinds, shapes and words; the arrays can be written to."""
    arrays, words = unpack(CONTENT, kind="thing")

    assert words == {"made": "2026-11-30", "for": "übung"}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        arrays[name][...] = 0


def test_the_same_content_is_the_same_bytes() -> None:
    """Whatever the layout in memory; so a digest of it is a version."""
    turned = ARRAYS | {"float32": np.asfortranarray(ARRAYS["float32"])}

    assert pack("thing", turned, {"for": "übung", "made": "2026-11-30"}) == CONTENT
    assert digest(CONTENT) != digest(pack("thing", ARRAYS))


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, change: int) -> None:
    """By the digest, or before."""
    damaged = bytearray(CONTENT)
    damaged[at] ^= change

    with pytest.raises(PolicyError, match=r"damaged|no thing"):
        unpack(bytes(damaged), kind="thing")


@pytest.mark.parametrize("length", [0, 7, 8, 43, 44, 60, len(CONTENT) - 1])
def test_a_part_of_it_is_refused(length: int) -> None:
    """As a full disk leaves it."""
    with pytest.raises(PolicyError):
        unpack(CONTENT[:length], kind="thing")


def test_something_else_is_refused_by_name() -> None:
    """Whole, but not what was asked for."""
    with pytest.raises(PolicyError, match="this is the thing of a learned policy, not its weights"):
        unpack(CONTENT, kind="weights")


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"kind": "thing", "words": {}},
        {"kind": "thing", "words": [], "arrays": []},
        {"kind": "thing", "words": {}, "arrays": [["a", "|O", [1]]]},
        {"kind": "thing", "words": {}, "arrays": [["a", "<f8", [2]]]},
        {"kind": "thing", "words": {}, "arrays": [["a", "<f8", "many"]]},
    ],
    ids=["list", "no arrays", "words", "objects", "too long", "no shape"],
)
def test_what_was_forged_is_refused(told: object) -> None:
    """With the right digest, which anybody can compute."""
    with pytest.raises(PolicyError, match="damaged"):
        unpack(forge(told, b"12345678"), kind="thing")


def test_arrays_of_other_kinds_are_not_packed() -> None:
    """A mistake of the program, so it is no error of its own."""
    with pytest.raises(ValueError, match="must be of"):
        pack("thing", {"objects": np.array(["a"])})
