"""The player is a camera: it shows a clip, freezes, and ends with its parent."""

from pathlib import Path

import pytest

from appliance.cameras.stream import StreamSource
from appliance.commands.bench.player import Mode, Player, encode_pictures
from appliance.domain.frames import CameraKey
from appliance.errors import CameraError
from tests.support.clips import write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip of eight pictures, each brighter than the one before."""
    return write_clip(tmp_path / "eight.avi", frames=8)


def seen(player: Player, count: int) -> list[float]:
    """Return how bright the first pictures are that a camera's reader gets."""
    source = StreamSource(camera=CameraKey("one"), source=player.url)
    source.open()
    try:
        return [float(source.read().pixels.mean()) for _ in range(count)]
    finally:
        source.close()


def test_it_shows_the_clip_again_and_again(clip: Path, own_port: int) -> None:
    """In order, from the first picture for whoever connects."""
    with Player(clip=clip, port=own_port, fps=100.0) as player:
        first = seen(player, 10)
        again = seen(player, 2)

    assert first[:8] == sorted(set(first))
    assert first[8:] == again == first[:2]


def test_a_frozen_one_shows_one_picture(clip: Path, own_port: int) -> None:
    """For ever."""
    with Player(clip=clip, port=own_port, fps=100.0, mode=Mode.FROZEN) as player:
        assert len(set(seen(player, 5))) == 1


def test_one_that_was_killed_comes_back_on_its_port(clip: Path, own_port: int) -> None:
    """As a camera does that is plugged in again."""
    with Player(clip=clip, port=own_port, fps=100.0) as player:
        player.kill()
        with pytest.raises(CameraError):
            seen(player, 1)
        player.start()
        player.ready()
        assert len(seen(player, 1)) == 1


def test_only_so_many_pictures_are_kept(clip: Path) -> None:
    """Memory is bounded however long the clip is."""
    assert len(encode_pictures(clip, fps=60.0, most=5)) == 5


def test_a_player_that_cannot_start_is_an_error(tmp_path: Path, own_port: int) -> None:
    """It is not waited for."""
    with (
        pytest.raises(CameraError, match="has ended"),
        Player(clip=tmp_path / "none.avi", port=own_port, fps=15.0),
    ):
        pass
