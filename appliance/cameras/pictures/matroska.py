"""A film as FFmpeg takes it from memory: Matroska without an end (RFC 9559).

It names the codec, says where each picture ends, and asks FFmpeg for no guess.
"""

from collections.abc import Iterator

ENDLESS = b"\x01" + b"\xff" * 7
TICK_NS = 1_000_000
PERIOD_MS = 40
"""Time stamps are never looked at: a picture counts when it comes. But with a rate on record FFmpeg
looks at one picture to find it out (H.264: seven), without at forty."""


def film_head(codec: bytes, size: tuple[int, int]) -> bytes:
    """Return what comes before the first picture.

    Args:
        codec: By its name in Matroska.
        size: Width and height that the first picture announces.
    """
    video = _element("B0", size[0].to_bytes(4)) + _element("BA", size[1].to_bytes(4))
    track = (
        _element("D7", b"\1")  # TrackNumber
        + _element("73C5", b"\1")  # TrackUID
        + _element("83", b"\1")  # TrackType: video
        + _element("86", codec)  # CodecID
        + _element("23E383", (PERIOD_MS * TICK_NS).to_bytes(4))  # DefaultDuration
        + _element("E0", video)
    )
    return (
        _element("1A45DFA3", _element("4282", b"matroska"))
        + bytes.fromhex("18538067")  # Segment
        + ENDLESS
        + _element("1549A966", _element("2AD7B1", TICK_NS.to_bytes(4)))
        + _element("1654AE6B", _element("AE", track))
    )


def film_picture(picture: bytes, number: int) -> Iterator[bytes]:
    """Yield one picture: what comes before it, and itself.

    Args:
        picture: As it is decoded.
        number: Of those before it.
    """
    stamp = _element("E7", (number * PERIOD_MS).to_bytes(8))
    block = bytes.fromhex("A3") + _length(4 + len(picture))  # SimpleBlock
    head = b"\x81\0\0\x80"  # of track 1, at the time of its cluster, and a key as far as it matters
    cluster = bytes.fromhex("1F43B675")
    yield cluster + _length(len(stamp + block + head) + len(picture)) + stamp + block + head
    yield picture


def _element(identity: str, content: bytes) -> bytes:
    return bytes.fromhex(identity) + _length(len(content)) + content


def _length(count: int) -> bytes:
    return (count | 1 << 56).to_bytes(8)
