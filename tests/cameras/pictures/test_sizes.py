"""What a film announces is read as its decoder reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cameras.feed import FeedError
from appliance.cameras.pictures.film import FILMS
from appliance.cameras.pictures.sizes import require_size
from tests.support.films import KEY, SIZE_WH, START, announcing

H264_1080P_HIGH = bytes.fromhex("67640028acd940780227e5c044000003000400000300f03c60c658")
"""1920 x 1080 in blocks of 16: eight rows are cut off behind decoding. As x264 writes it."""

TWO_FACED = bytes.fromhex("6742c015d000000303f87aa600000b6f8e684780")
"""64 x 48, and another size as long as the byte that keeps zeros apart is taken for one of it."""


@pytest.mark.parametrize("codec", FILMS)
def test_size_of_a_real_film_is_read(codec: str) -> None:
    """Made by the encoders that cameras have."""
    assert set(FILMS[codec].sizes(KEY[codec])) == {SIZE_WH}
    assert FILMS[codec].is_key(KEY[codec])


@pytest.mark.parametrize("codec", FILMS)
@given(blocks=st.tuples(st.integers(1, 1000), st.integers(1, 1000)))
def test_any_size_is_read(codec: str, blocks: tuple[int, int]) -> None:
    """Escapes and all."""
    size = 16 * blocks[0], 16 * blocks[1]

    assert next(FILMS[codec].sizes(announcing(codec, *size))) == size


def test_what_is_cut_off_counts() -> None:
    """It is decoded too; the profile of cameras, with its colours and rates, is read."""
    assert set(FILMS["H264"].sizes(START + H264_1080P_HIGH)) == {(1920, 1088)}


def test_parameters_within_a_unit_are_found() -> None:
    """A decoder looks for beginnings itself, wherever a camera hides one."""
    hidden = START + b"\x41abc" + announcing("H264", 160, 320)[:20]

    assert set(FILMS["H264"].sizes(hidden)) == {(160, 320)}


def test_parameters_count_as_they_were_sent_too() -> None:
    """FFmpeg tries those that it does not understand a second time, without taking them apart."""
    assert list(FILMS["H264"].sizes(START + TWO_FACED)) == [(64, 48), (11_991_264, 96)]


@pytest.mark.parametrize("codec", FILMS)
@given(text=st.binary(max_size=80))
def test_damage_is_said(codec: str, text: bytes) -> None:
    """Nothing but ``ValueError``."""
    for head in (b"", START + b"\x67", START + b"\x42\x01"):
        try:
            list(FILMS[codec].sizes(head + text))
        except ValueError:
            continue


def test_limit_is_the_product() -> None:
    """Height and width may be exchanged."""
    require_size(4096, 2304, max_pixels=4096 * 2304)
    require_size(2304, 4096, max_pixels=4096 * 2304)
    with pytest.raises(FeedError, match="4096 x 2320 pixels, more than max_pixels = 9437184"):
        require_size(4096, 2320, max_pixels=4096 * 2304)
