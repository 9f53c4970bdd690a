"""How long the pose pipeline sees somebody where nobody is: its arithmetic, and real scenes."""

import json
import subprocess
import sys

import pytest

from appliance.domain.models import Precision
from appliance.errors import CameraError
from appliance.inference.library import EngineChoice, ModelLibrary
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.ghosts import (
    EMPTY_BY_EYE,
    Ghosts,
    Sighting,
    hunt_ghosts,
    longest_ghost,
    parse_ranges,
)
from tests.support.real_clips import video_folder

MAX_GHOST_S = 0.5
"""What a ghost may last: a token is 0.2 s, presence is judged over seconds."""


def sightings(found: str, *, step_s: float = 0.25) -> list[Sighting]:
    """Return a look per letter, x where there was a pose, from frame 10 on."""
    return [
        Sighting(
            index=10 + position,
            at_s=position * step_s,
            until_s=(position + 1) * step_s,
            found=letter == "x",
        )
        for position, letter in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("found", "longest"),
    [
        pytest.param("", (0.0, None), id="nothing-looked-at"),
        pytest.param("....", (0.0, None), id="no-ghost"),
        pytest.param(".x..", (0.25, 11), id="one-look-lasts-until-the-next"),
        pytest.param("x.xxx.xx", (0.75, 12), id="the-longest-of-three"),
        pytest.param("..xx", (0.5, 12), id="until-the-end"),
    ],
)
def test_a_ghost_lasts_until_the_next_look_without_one(
    found: str, longest: tuple[float, int | None]
) -> None:
    """Runs are cut by a single look without a pose."""
    assert longest_ghost(sightings(found)) == longest


def test_ranges_hold_both_ends() -> None:
    """A single frame is a range, too."""
    assert parse_ranges("0-59, 202-226,7") == (range(60), range(202, 227), range(7, 8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a-3", "'a-3' is not a range of frames", id="letters"),
        pytest.param("3-", "'3-' is not a range of frames", id="half"),
        pytest.param("", "'' is not a range of frames", id="empty"),
        pytest.param("5-3", "'5-3' ends before it begins", id="backwards"),
    ],
)
def test_a_wrong_range_is_named(text: str, message: str) -> None:
    """The message quotes it."""
    with pytest.raises(ValueError, match=message):
        parse_ranges(text)


def hunt(clip: str, empty: str, *, variant: Variant = Variant.LITE, every: int = 1) -> Ghosts:
    """Play one clip on the default run time."""
    return hunt_ghosts(
        LandmarkForm(engine=EngineChoice.OPENVINO, precision=Precision.F32, variant=variant),
        clip=video_folder() / clip,
        empty=parse_ranges(empty),
        every=every,
        library=ModelLibrary(None, lanes=1),
    )


@pytest.mark.parametrize("clip", ["no_face.mp4", "face_noface.mov", "noface_face.mov"])
def test_cartoon_titles_are_nobody(clip: str) -> None:
    """MediaPipe follows them for seconds; lite is in tests/perception/test_empty_scenes.py."""
    seen = hunt(clip, EMPTY_BY_EYE[clip.partition(".")[0]], variant=Variant.FULL)

    assert seen.frames >= 95
    assert seen.longest_ghost_s <= MAX_GHOST_S


def test_a_person_is_no_ghost_but_is_seen() -> None:
    """Called empty, a stretch with a person is one long ghost: the measure can fail."""
    seen = hunt("single_face.mp4", "30-59")

    assert seen.frames == seen.ghost_frames == 30
    assert seen.longest_from == 30
    assert seen.longest_ghost_s == pytest.approx(1.0, abs=0.02)


def test_every_other_frame_lasts_twice_as_long() -> None:
    """The ladder's slower steps: half the looks, the same seconds."""
    seen = hunt("single_face.mp4", "30-59", every=2)

    assert seen.frames == 15
    assert seen.seconds == pytest.approx(1.0, abs=0.02)


def test_a_clip_that_is_too_short_is_an_error() -> None:
    """It must not pass for a clip without ghosts."""
    with pytest.raises(CameraError, match="ends with frame 71, before the last empty one, 99"):
        hunt("single_face.mp4", "0-99")


def test_the_command_prints_one_object() -> None:
    """The clip's empty frames are known by its name."""
    command = [sys.executable, "-m", "quantization", "ghosts", "--json", "--every", "8"]
    command += ["--clip", str(video_folder() / "no_face.mp4")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert json.loads(printed)["frames"] == 12
