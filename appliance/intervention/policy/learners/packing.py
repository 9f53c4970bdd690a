"""Arrays and words as one block of bytes: the same bytes for the same content, and no pickle."""

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.errors import PolicyError

_MAGIC = b"CBPOLICY"
_HEAD = struct.Struct("<8sI32s")  # magic, length of the words, SHA-256 of all behind the head
_TYPES = {kind: np.dtype(kind) for kind in ("<f4", "<f8", "<i8", "|u1")}
_LIMIT = 64 * 1024 * 1024
_DIGITS = 16


def digest(content: bytes) -> str:
    """Return what tells this content from any other, short enough to be read aloud."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def pack(
    kind: str, arrays: Mapping[str, AnyArray], words: Mapping[str, str] | None = None
) -> bytes:
    """Return one block of arrays of float32, float64, int64 or uint8, and words beside them.

    Args:
        kind: What it is; ``unpack`` wants the same.
        arrays: By name.
        words: By name.
    """
    kept = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    kept = {name: array.astype(array.dtype.newbyteorder("<")) for name, array in kept.items()}
    shapes = [[name, array.dtype.str, list(array.shape)] for name, array in kept.items()]
    if not all(array.dtype.str in _TYPES for array in kept.values()):
        msg = f"pack: arrays must be of {list(_TYPES)}, not {shapes}"
        raise ValueError(msg)
    told = {"kind": kind, "words": dict(words or {}), "arrays": shapes}
    head = json.dumps(told, sort_keys=True).encode()
    # Level 1: most of a network is noise, the rest is zeros.
    body = head + zlib.compress(b"".join(array.tobytes() for array in kept.values()), level=1)
    return _HEAD.pack(_MAGIC, len(head), hashlib.sha256(body).digest()) + body


def unpack(content: bytes, *, kind: str) -> tuple[dict[str, AnyArray], dict[str, str]]:
    """Return the arrays, which belong to the caller, and the words.

    Args:
        content: What ``pack`` returned.
        kind: What it has to be.

    Raises:
        PolicyError: It is damaged, or something else.
    """
    if len(content) < _HEAD.size or not content.startswith(_MAGIC):
        msg = f"this is no {kind} of a learned policy"
        raise PolicyError(msg)
    _, length, expected = _HEAD.unpack_from(content)
    body = content[_HEAD.size :]
    if hashlib.sha256(body).digest() != expected:
        msg = f"the {kind} of a learned policy is damaged: its digest has changed"
        raise PolicyError(msg)
    try:
        told = json.loads(body[:length])
        data = zlib.decompressobj().decompress(body[length:], _LIMIT)
        arrays, at = {}, 0
        for name, element, shape in told["arrays"]:
            count = int(np.prod(shape))
            values = np.frombuffer(data, dtype=_TYPES[element], count=count, offset=at)
            arrays[str(name)] = values.reshape(shape).copy()
            at += values.nbytes
        found, words = told["kind"], {str(name): str(word) for name, word in told["words"].items()}
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        # Somebody has written the digest of something else.
        msg = f"the {kind} of a learned policy is damaged: {type(error).__name__}"
        raise PolicyError(msg) from error
    if found != kind:
        msg = f"this is the {found} of a learned policy, not its {kind}"
        raise PolicyError(msg)
    return arrays, words
