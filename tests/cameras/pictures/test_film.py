"""A film is decoded picture by picture, from the first that stands alone."""

from collections.abc import Callable

import pytest

from appliance.cameras.feed import FeedError
from appliance.cameras.pictures.film import FILMS, FilmDecoder
from tests.support.films import KEY, START, units_of


def giving(*pictures: bytes, asked: list[int] | None = None) -> Callable[[], bytes]:
    """Return what gives pictures one by one and then fails."""
    left = list(pictures)

    def give() -> bytes:
        if asked is not None:
            asked.append(len(left))
        if not left:
            msg = "ended the stream"
            raise FeedError(msg)
        return left.pop(0)

    return give


@pytest.mark.parametrize("codec", FILMS)
def test_every_picture_comes_once(codec: str) -> None:
    """FFmpeg sees the first more than once, its reader does not; the end is passed on."""
    asked: list[int] = []
    film = FilmDecoder(
        FILMS[codec], next_picture=giving(*[KEY[codec]] * 5, asked=asked), max_pixels=64 * 48
    )
    for number in range(5):
        film.grab()
        assert asked == list(range(5, 4 - number, -1))
        pixels = film.retrieve()
        assert pixels is not None
        assert pixels.shape == (48, 64, 3)
        assert abs(int(pixels.mean()) - 128) < 10
    with pytest.raises(FeedError, match="ended the stream"):
        film.grab()
    film.close()


def test_what_comes_before_a_whole_picture_is_dropped() -> None:
    """It is built on pictures that nobody has seen."""
    part = START + b"\x41\x9a\x20\x1a\xa1\xb0"
    asked: list[int] = []
    film = FilmDecoder(
        FILMS["H264"], next_picture=giving(part, part, KEY["H264"], asked=asked), max_pixels=9999
    )
    film.grab()

    assert len(asked) == 3


def test_parameters_of_the_description_are_enough() -> None:
    """Some cameras never send them with the pictures."""
    first, second, picture = (START + unit for unit in units_of(KEY["H264"]))
    film = FilmDecoder(
        FILMS["H264"], next_picture=giving(picture), max_pixels=9999, parameters=first + second
    )
    film.grab()

    pixels = film.retrieve()
    assert pixels is not None
    assert pixels.shape == (48, 64, 3)


@pytest.mark.parametrize("codec", FILMS)
def test_nonsense_behind_a_good_head_ends(codec: str) -> None:
    """FFmpeg asks for more and more of it, and gets an end."""
    damaged = KEY[codec][:-15] + bytes(15)
    film = FilmDecoder(FILMS[codec], next_picture=giving(*[damaged] * 3), max_pixels=9999)
    with pytest.raises(FeedError, match=r"ended the stream|cannot be decoded"):
        grab_all(film)


def grab_all(film: FilmDecoder) -> None:
    """Grab more pictures than were given."""
    for _ in range(4):
        film.grab()
