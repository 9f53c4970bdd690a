"""Pictures are cut out of whatever a camera sends around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cameras.feed import FeedError
from appliance.cameras.pictures.jpeg import JpegCutter, decode_jpeg
from tests.support.mjpeg_server import jpeg_announcing, jpeg_of

PICTURES = [jpeg_of(number) for number in range(3)]
AROUND = b"--cut\r\nContent-Type: image/jpeg\r\n\r\n"


def cut(data: bytes, *, step: int = 7, max_pixels: int = 64 * 48) -> list[bytes]:
    """Return the pictures of what comes in pieces."""
    cutter, pictures = JpegCutter(max_pixels=max_pixels), []
    for at in range(0, len(data), step):
        cutter.add(data[at : at + step])
        while (picture := cutter.cut()) is not None:
            pictures.append(picture)
    return pictures


@given(
    around=st.binary(max_size=30).map(lambda text: text.replace(b"\xff", b"")),
    step=st.integers(1, 2000),
)
def test_pictures_are_found_between_anything(around: bytes, step: int) -> None:
    """Wherever the wire cuts, every picture comes whole and alone."""
    assert cut(around + around.join(PICTURES) + around, step=step) == PICTURES


def test_end_that_is_missing_is_found_at_the_next_beginning() -> None:
    """Some cameras leave it out."""
    pictures = cut(AROUND.join(picture[:-2] for picture in PICTURES) + PICTURES[0])

    assert len(pictures) == 4
    assert all(decode_jpeg(picture) is not None for picture in pictures)


def test_picture_within_a_head_is_part_of_it() -> None:
    """A preview (Exif) has a beginning and an end of its own."""
    preview = b"\xff\xe1" + (len(PICTURES[1]) + 2).to_bytes(2) + PICTURES[1]
    picture = PICTURES[0][:2] + preview + PICTURES[0][2:]

    assert cut(picture * 2) == [picture] * 2


def test_damaged_head_costs_one_picture() -> None:
    """What follows is read."""
    damaged = PICTURES[0].replace(b"\xff\xc0", b"\0\0")

    assert cut(damaged + PICTURES[1] + PICTURES[2])[-1] == PICTURES[2]


def test_size_is_read_before_the_picture_has_come() -> None:
    """The head is enough."""
    head = jpeg_announcing(20_000, 20_000)[:300]
    with pytest.raises(FeedError, match="pictures of 20000 x 20000 pixels, more than max_pixels"):
        cut(head)


def test_picture_without_an_end_is_given_up() -> None:
    """A camera cannot fill the memory with one."""
    with pytest.raises(FeedError, match="pictures that do not end"):
        cut(PICTURES[0][:-2] + bytes(17 * 2**20), step=2**20)


def test_damaged_picture_is_none() -> None:
    """The feed counts them."""
    assert decode_jpeg(b"\xff\xd8\xff\xd9") is None
    assert decode_jpeg(b"") is None
