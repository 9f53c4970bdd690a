"""What size a picture of a film announces, read before a decoder sees it.

A picture of 20,000 x 20,000 pixels is 1.2 GB once it is decoded and a few kilobytes before.
"""

import contextlib
import re
from collections.abc import Callable, Iterator

from appliance.cameras.feed import FeedError

MAX_BYTES = 16 * 2**20
"""Longest picture that is taken: more than 4096 x 2304 pixels have before they are compressed."""

WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 134, 135, 138, 139})
"""Profiles of H.264 whose parameters begin with the format of colour (ITU-T H.264, 7.3.2.1.1)."""

H264_PARAMETERS, H265_PARAMETERS = 7, 33
"""Kinds of the units that have the size (sequence parameter sets)."""

FULL_COLOUR = 3
"""Format of colour in which every pixel has its own (4:4:4)."""

FLAT_LISTS = 6
"""Scaling lists of 4 x 4; the others are of 8 x 8."""

LONGEST_ZEROS = 31
LONGEST_PARAMETERS = 4096

_START = re.compile(b"\0\0\1")


def require_size(width: int, height: int, *, max_pixels: int) -> None:
    """Refuse what is too large.

    Args:
        width: Pixels.
        height: Pixels.
        max_pixels: Largest product of both.

    Raises:
        FeedError: It is.
    """
    if width * height > max_pixels:
        msg = (
            f"sends pictures of {width} x {height} pixels, more than max_pixels = {max_pixels}; "
            f"lower the camera's resolution, or raise max_pixels"
        )
        raise FeedError(msg)


def h264_sizes(picture: bytes) -> Iterator[tuple[int, int]]:
    """Yield each width and height that a picture of H.264 announces.

    Raises:
        ValueError: Parameters are damaged.
    """
    for unit in _units(picture):
        if unit[0] & 0x1F == H264_PARAMETERS:
            yield _h264_size(_Bits(_plain(unit[1:])))
            # FFmpeg reads parameters that it does not understand once more as they were sent.
            with contextlib.suppress(ValueError):
                yield _h264_size(_Bits(unit[1:LONGEST_PARAMETERS]))


def h265_sizes(picture: bytes) -> Iterator[tuple[int, int]]:
    """Yield each width and height that a picture of H.265 announces.

    Raises:
        ValueError: Parameters are damaged.
    """
    for unit in _units(picture):
        if unit[0] >> 1 & 0x3F == H265_PARAMETERS:
            yield _h265_size(_Bits(_plain(unit[2:])))


def vp8_sizes(picture: bytes) -> Iterator[tuple[int, int]]:
    """Yield the width and height of a key picture of VP8 (RFC 6386, section 9.1)."""
    if is_vp8_key(picture):
        head = picture[6:10].ljust(4, b"\0")
        yield (
            int.from_bytes(head[:2], "little") & 0x3FFF,
            int.from_bytes(head[2:], "little") & 0x3FFF,
        )


def is_h264_key(picture: bytes) -> bool:
    """Tell whether a decoder can begin with a picture: it is one, or has parameters."""
    return any(unit[0] & 0x1F in (5, H264_PARAMETERS) for unit in _units(picture))


def is_h265_key(picture: bytes) -> bool:
    """Tell whether a decoder can begin with a picture: it is one, or has parameters."""
    return any(unit[0] >> 1 & 0x3F in (*range(16, 22), H265_PARAMETERS) for unit in _units(picture))


def is_vp8_key(picture: bytes) -> bool:
    """Tell whether a decoder can begin with a picture."""
    return bool(picture) and not picture[0] & 1


SizesOf = Callable[[bytes], Iterator[tuple[int, int]]]


def _units(picture: bytes) -> Iterator[bytes]:
    """Yield the units of a picture as a decoder finds them, whoever put them there."""
    ends = [found.end() for found in _START.finditer(picture)]
    for start, end in zip(ends, [*ends[1:], len(picture)], strict=True):
        if start < end:
            yield picture[start:end]


def _plain(unit: bytes) -> bytes:
    """Return the front of a unit without what keeps beginnings out of it (ITU-T H.264, 7.4.1)."""
    return unit[:LONGEST_PARAMETERS].replace(b"\0\0\3", b"\0\0")


class _Bits:
    """Reads the parameters of a film bit by bit (ITU-T H.264, 7.2 and 9.1)."""

    def __init__(self, text: bytes) -> None:
        """Begin at the front of what stands behind the head of a unit."""
        self._bits = int.from_bytes(text)
        self._left = 8 * len(text)

    def take(self, count: int) -> int:
        """Return a number of fixed length.

        Raises:
            ValueError: The parameters end before.
        """
        self._left -= count
        if self._left < 0:
            raise ValueError
        return self._bits >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        """Return a number of Golomb's code.

        Raises:
            ValueError: It is none.
        """
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > LONGEST_ZEROS:
                raise ValueError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Return a number of Golomb's code with a sign.

        Raises:
            ValueError: It is none.
        """
        code = self.unsigned()
        return (code + 1) // 2 * (1 if code % 2 else -1)


def _h264_size(bits: _Bits) -> tuple[int, int]:
    """ITU-T H.264, 7.3.2.1.1; what is cut off at the border counts, for it is decoded."""
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    if profile in WITH_CHROMA:
        _skip_chroma(bits)
    bits.unsigned()
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
    bits.unsigned()
    bits.take(1)
    width, height = bits.unsigned() + 1, bits.unsigned() + 1
    fields = 2 - bits.take(1)
    return 16 * width, 16 * height * fields


def _skip_chroma(bits: _Bits) -> None:
    chroma = bits.unsigned()
    if chroma == FULL_COLOUR:
        bits.take(1)
    bits.unsigned()
    bits.unsigned()
    bits.take(1)
    if not bits.take(1):
        return
    for number in range(12 if chroma == FULL_COLOUR else 8):
        if bits.take(1):
            last = following = 8
            for _ in range(16 if number < FLAT_LISTS else 64):
                if following:
                    following = (last + bits.signed()) % 256
                last = following or last


def _h265_size(bits: _Bits) -> tuple[int, int]:
    """ITU-T H.265, 7.3.2.2.1 and, for the profile, 7.3.3."""
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 96)
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    bits.unsigned()
    if bits.unsigned() == FULL_COLOUR:
        bits.take(1)
    return bits.unsigned(), bits.unsigned()
