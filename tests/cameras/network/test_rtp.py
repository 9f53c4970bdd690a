"""Packets become the pictures that the camera cut into them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cameras.network.rtp import (
    START,
    Assembly,
    H264Assembly,
    H265Assembly,
    Vp8Assembly,
)
from appliance.cameras.network.rtp_jpeg import JpegAssembly
from tests.support.films import rtp

H264 = [b"\x67par", b"\x68ame", b"\x65" + bytes(range(40))]
H265 = [b"\x42\x01par", b"\x44\x01ame", b"\x26\x01" + bytes(range(40))]
PICTURE = {
    "h264": b"".join(START + unit for unit in H264),
    "h265": b"".join(START + unit for unit in H265),
}
DAMAGE = (ValueError, IndexError, struct.error)
"""What an assembly may raise; ``streaming`` makes one message of them."""


def assemble(assembly: Assembly, *packets: bytes) -> list[bytes]:
    """Return the pictures that packets make."""
    made = (assembly.add(packet, payload=96) for packet in packets)
    return [picture for picture in made if picture is not None]


def several(units: list[bytes]) -> bytes:
    """Return units, each behind its length."""
    return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


def h264_pieces(unit: bytes) -> list[bytes]:
    """Cut a unit into packets (RFC 6184, 5.8)."""
    indicator, kind = bytes([unit[0] & 0xE0 | 28]), unit[0] & 0x1F
    first, middle, last = unit[1:15], unit[15:30], unit[30:]
    marks = [(0x80, first), (0, middle), (0x40, last)]
    return [indicator + bytes([mark | kind]) + piece for mark, piece in marks]


def h265_pieces(unit: bytes) -> list[bytes]:
    """Cut a unit into packets (RFC 7798, 4.4.3)."""
    head, kind = bytes([unit[0] & 0x81 | 49 << 1, unit[1]]), unit[0] >> 1 & 0x3F
    marks = [(0x80, unit[2:15]), (0, unit[15:30]), (0x40, unit[30:])]
    return [head + bytes([mark | kind]) + piece for mark, piece in marks]


@pytest.mark.parametrize(
    ("assembly", "bodies", "picture"),
    [
        (H264Assembly, H264, PICTURE["h264"]),
        (H264Assembly, [b"\x78" + several(H264)], PICTURE["h264"]),
        (H264Assembly, [*H264[:2], *h264_pieces(H264[2])], PICTURE["h264"]),
        (H265Assembly, H265, PICTURE["h265"]),
        (H265Assembly, [b"\x60\x01" + several(H265)], PICTURE["h265"]),
        (H265Assembly, [*H265[:2], *h265_pieces(H265[2])], PICTURE["h265"]),
        (Vp8Assembly, [b"\x10one", b"\x00two"], b"onetwo"),
        (Vp8Assembly, [b"\x90\x80\x05one", b"\x80\x80\x85\x05two"], b"onetwo"),
        (Vp8Assembly, [b"\x90\xf0\x05\x01\x02one", b"\x80\x60\x01\x02two"], b"onetwo"),
    ],
)
def test_picture_is_put_together(
    assembly: type[Assembly], bodies: list[bytes], picture: bytes
) -> None:
    """One unit in a packet, several, or a piece: the picture is the same."""
    packets = [rtp(body, stamp=1, last=body is bodies[-1]) for body in bodies]

    assert assemble(assembly(), *packets) == [picture]


def test_picture_without_a_mark_ends_with_the_next() -> None:
    """Some cameras mark none; the time says what belongs together."""
    packets = [rtp(unit, stamp=number // 3) for number, unit in enumerate(H264 * 2)]

    assert assemble(H264Assembly(), *packets) == [PICTURE["h264"]]


def test_head_and_padding_are_no_picture() -> None:
    """Contributing sources, an extension and padding are left out (RFC 3550, 5.1)."""
    head = struct.pack(">BBHII", 0xB1, 0xE0, 0, 1, 7) + b"srce" + b"\xbe\xde\0\1" + b"more"

    assert assemble(H264Assembly(), head + H264[0] + b"\0\0\3") == [START + H264[0]]


def test_packets_of_another_kind_are_dropped() -> None:
    """What the description does not speak of is no video."""
    assert assemble(H264Assembly(), rtp(b"\x67par", stamp=1, last=True, payload=97)) == []


def test_picture_without_an_end_is_given_up() -> None:
    """A camera cannot fill the memory with one."""
    assembly, piece = H264Assembly(), b"\x7c\x05" + bytes(60_000)
    with pytest.raises(ValueError, match=r"^$"):
        assemble(assembly, *[rtp(piece, stamp=1)] * 300)


@pytest.mark.parametrize("kind", [H264Assembly, H265Assembly, Vp8Assembly, JpegAssembly])
@given(packets=st.lists(st.binary(max_size=60), max_size=4), body=st.binary(max_size=40))
def test_damage_is_noticed_or_passed_on(
    kind: type[Assembly], packets: list[bytes], body: bytes
) -> None:
    """Whatever comes, nothing else than what is expected is raised."""
    assembly = kind()
    for packet in (*packets, rtp(body, stamp=1, last=True)):
        try:
            assembly.add(packet, payload=96)
        except DAMAGE:
            continue
