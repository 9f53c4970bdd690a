"""Time-ordered random ids (UUIDv7), from a passed-in time and passed-in randomness."""

import uuid

RANDOM_BYTES = 10
"""Random bytes that one id consumes; RFC 9562, 5.7 uses 74 of their 80 bits."""


def uuid7(*, wall_s: float, randomness: bytes) -> str:
    """Make one UUIDv7 without reading a clock or a random source.

    Args:
        wall_s: Seconds since the Unix epoch; only whole milliseconds are kept.
        randomness: ``RANDOM_BYTES`` bytes, ``os.urandom(10)`` outside of tests.

    Returns:
        Canonical text, lower case, 36 characters; sorts by time.

    Raises:
        ValueError: The time does not fit, or ``randomness`` has the wrong length.

    Source:
        RFC 9562, 5.7: 48 bits of milliseconds, version 7, 12 random bits, variant 10,
        62 random bits.
    """
    milliseconds = int(wall_s * 1000)
    if not 0 <= milliseconds < 1 << 48:
        msg = f"wall_s: expected a time that fits 48 bits of milliseconds, got {wall_s}"
        raise ValueError(msg)
    if len(randomness) != RANDOM_BYTES:
        msg = f"randomness: expected {RANDOM_BYTES} bytes, got {len(randomness)}"
        raise ValueError(msg)
    low = int.from_bytes(randomness)
    rand_a, rand_b = low >> 62 & 0xFFF, low & ((1 << 62) - 1)
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b))
