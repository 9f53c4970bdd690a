"""Messages that are almost of the contract: a valid one with a few things moved."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from importlib.resources import files
from typing import Any

TYPES = ("ack", "feedback", "context", "presence", "alert.ack", "control.request")
"""What a box hears; one of them comes on each of its topics."""

LONGEST = 400
"""Characters of a long text: as long as a limit of the contract and longer."""

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -0.0, 0.5, 1e308, "", " ", "x" * LONGEST,
    "\u0000", "\ud800", "\u202e", "🙂", "a/b", "+", "#", "NaN", "2026-13-45T99:99:99.000Z",
    [], {}, [[[[[[[[]]]]]]]], {"": {"": {}}}, {"v": 1},
)  # fmt: skip
"""What stands where it does not belong."""

RAW = (
    b"NaN",
    b"Infinity",
    b"1e400",
    b"\xff\xfe",
    b"[" * 3000,
    b'"\\ud800"',
    b"{}",
    b"",
    b"\x00",
    b"9" * 5000,
)
"""What is no JSON, or JSON that no program likes."""


class Mutations:
    """Draws messages for ever."""

    def __init__(self, *, seed: int) -> None:
        """Read the examples of the contract."""
        folder = files("mqtt_contracts") / "examples" / "valid"
        self._valid: Mapping[str, str] = {
            name: (folder / f"{name}.json").read_text(encoding="utf-8") for name in TYPES
        }
        self._rng = random.Random(seed)  # noqa: S311 - to be drawn again, not to be secret
        self._ways: tuple[Callable[[str], bytes], ...] = (
            self._change, self._change, self._change, self._cut, self._flip, self._raw,
        )  # fmt: skip

    def draw(self, name: str, *, src: str) -> bytes:
        """Return a mutation of a message type, or of another one, from a sender."""
        if self._rng.random() < 0.1:  # noqa: PLR2004 - one in ten
            name = self._rng.choice(TYPES)
        document = json.loads(self._valid[name])
        # A fresh id each, or the filter of duplicates would be all that is tried.
        document["id"] = f"{document['id'][:24]}{self._rng.getrandbits(48):012x}"
        document["src"] = src
        return self._rng.choice(self._ways)(json.dumps(document))

    def _change(self, text: str) -> bytes:
        document = json.loads(text)
        for _ in range(self._rng.randint(0, 3)):
            holder, key = self._rng.choice(list(_places(document)))
            if isinstance(holder, dict) and self._rng.random() < 0.3:  # noqa: PLR2004 - often
                holder.pop(key, None)
            else:
                holder[key] = deepcopy(self._rng.choice(JUNK))
        return json.dumps(document).encode()

    def _cut(self, text: str) -> bytes:
        return text.encode()[: self._rng.randrange(len(text))]

    def _flip(self, text: str) -> bytes:
        raw = bytearray(text.encode())
        for _ in range(self._rng.randint(1, 8)):
            raw[self._rng.randrange(len(raw))] = self._rng.randrange(256)
        return bytes(raw)

    def _raw(self, text: str) -> bytes:
        raw = text.encode()
        at = self._rng.randrange(len(raw))
        return raw[:at] + self._rng.choice(RAW) + raw[at:]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
