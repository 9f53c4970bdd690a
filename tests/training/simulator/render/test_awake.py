"""People awake do what their clip is named after, and nothing that tires."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from training.simulator.render.awake import (
    LOOKS,
    Activity,
    AwakeClip,
    behave,
    clip_of,
    engage,
    plan_clips,
)
from training.simulator.render.figure.identity import rng_for
from training.simulator.render.plays.plan import CLOSED
from training.simulator.render.plays.script import Behaviour

FPS = 15.0
SECONDS = 120.0
PEOPLE = range(8)


def clip(activity: Activity, *, person: int = 0, look: str = "baseline") -> AwakeClip:
    """Return a clip."""
    return AwakeClip(activity=activity, look=look, person=person)


def play(activity: Activity, *, person: int = 0, look: str = "baseline") -> Behaviour:
    """Let somebody do something for two minutes."""
    return behave(clip(activity, person=person, look=look), seconds=SECONDS, fps=FPS)


def resting() -> Behaviour:
    """Return two minutes in which nothing moves."""
    still = play(Activity.STILL)
    total = len(still.closure)
    moving = {
        field.name: np.zeros(total, dtype=getattr(still, field.name).dtype)
        for field in fields(Behaviour)
        if field.name not in {"fps", "levels"}
    }
    return Behaviour(fps=FPS, levels=still.levels, **moving)


def changes(one: Behaviour, other: Behaviour) -> set[str]:
    """Name what differs."""
    names = {field.name for field in fields(Behaviour)} - {"fps"}
    return {name for name in names if not np.array_equal(getattr(one, name), getattr(other, name))}


def test_a_clip_is_known_by_its_name() -> None:
    """Every planned clip has a name of its own that says what it is."""
    planned = plan_clips(3)

    assert [clip_of(Path("x") / one.file_name) for one in planned] == planned
    assert len({one.file_name for one in planned}) == len(planned) == 3 * (len(LOOKS) + 3)
    assert clip(Activity.STILL, look="skin dark", person=7).file_name == "still_skin-dark_p07.mp4"


@pytest.mark.parametrize(
    "name", ["running_baseline_p00.mp4", "still_hat_p00.mp4", "still_baseline_p00.json", "a.mp4"]
)
def test_other_files_are_no_clips(name: str) -> None:
    """An unknown activity, look or type."""
    assert clip_of(Path(name)) is None


@pytest.mark.parametrize("activity", list(Activity))
def test_the_look_changes_nothing_that_is_done(activity: Activity) -> None:
    """The same movement frame by frame, but not that of another person."""
    assert not changes(play(activity), play(activity, look="headscarf"))
    assert "head_pitch" in changes(play(activity), play(activity, person=1))


@pytest.mark.parametrize(
    ("activity", "changed"),
    [
        pytest.param(Activity.STILL, set(), id="still"),
        pytest.param(
            Activity.WRITING,
            {"head_pitch", "head_yaw", "gaze_pitch", "lean", "hand_right", "looking_down"},
            id="writing",
        ),
        pytest.param(
            Activity.TYPING,
            {
                "head_pitch", "head_yaw", "gaze_pitch", "lean", "hand_left", "hand_right",
                "looking_down",
            },
            id="typing",
        ),
        pytest.param(
            Activity.TALKING,
            {
                "head_pitch", "head_yaw", "head_roll", "gaze_pitch", "jaw_open", "brow_up", "smile",
            },
            id="talking",
        ),
    ],
)  # fmt: skip
def test_an_activity_moves_its_own_parts_only(activity: Activity, changed: set[str]) -> None:
    """Lids, blinks and slump stay those of somebody focused."""
    before = resting()

    assert changes(before, engage(before, activity, rng=rng_for("test"))) == changed


@pytest.mark.parametrize(
    ("activity", "head_deg", "gaze_deg"),
    [
        pytest.param(Activity.WRITING, 20.0, 18.0, id="writing"),
        pytest.param(Activity.TYPING, 10.0, 20.0, id="typing"),
    ],
)
def test_eyes_rest_on_the_desk(activity: Activity, head_deg: float, gaze_deg: float) -> None:
    """Between its ramps a look has its angle exactly; the head sways about its own."""
    doing = engage(resting(), activity, rng=rng_for("test"))
    gaze = np.degrees(doing.gaze_pitch)
    there = np.isclose(gaze, gaze_deg)

    assert gaze.max() == pytest.approx(gaze_deg)
    assert gaze.min() == 0.0
    assert np.degrees(doing.head_pitch)[there].mean() == pytest.approx(head_deg, abs=1.0)
    assert np.array_equal(doing.looking_down, gaze > gaze_deg / 2)


@pytest.mark.parametrize(
    ("activity", "low", "high"),
    [
        pytest.param(Activity.STILL, 0.0, 0.2, id="still"),
        pytest.param(Activity.WRITING, 0.7, 0.9, id="writing"),
        pytest.param(Activity.TYPING, 0.25, 0.5, id="typing"),
        pytest.param(Activity.TALKING, 0.0, 0.2, id="talking"),
    ],
)
def test_time_with_the_eyes_on_the_desk(activity: Activity, low: float, high: float) -> None:
    """Somebody who writes looks down most of the time, who types now and then."""
    share = np.mean([play(activity, person=person).looking_down.mean() for person in PEOPLE])

    assert low <= share <= high


def test_a_talking_mouth_opens_twice_to_five_times_a_second() -> None:
    """Every opening is one of a syllable and none is as wide as a yawn."""
    jaw = engage(resting(), Activity.TALKING, rng=rng_for("test")).jaw_open
    open_now = jaw > 0
    peaks = (jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] >= jaw[2:])

    assert jaw.min() == 0.0
    assert 0.35 < jaw.max() <= 0.5
    assert 2.0 <= peaks.sum() / (open_now.sum() / FPS) <= 5.0


def test_who_talks_looks_up_and_moves() -> None:
    """Eyes up to 10 degrees over straight ahead; brows rise; the head moves more than before."""
    doing = engage(resting(), Activity.TALKING, rng=rng_for("test"))

    assert np.degrees(doing.gaze_pitch).min() == pytest.approx(-10.0)
    assert doing.gaze_pitch.max() == 0.0
    assert doing.brow_up.max() == pytest.approx(0.6, abs=0.05)
    assert np.degrees(doing.head_yaw).std() > 1.0


@pytest.mark.parametrize("activity", list(Activity))
def test_nobody_is_tired(activity: Activity) -> None:
    """No nod, and lids down for blinks only: 10 a minute of .3 s at most are 5 % of the time."""
    people = [play(activity, person=person) for person in PEOPLE]

    assert not any(doing.nodding.any() for doing in people)
    assert np.mean([(doing.closure >= CLOSED).mean() for doing in people]) < 0.05


@pytest.mark.parametrize("person", range(4))
@pytest.mark.parametrize("activity", list(Activity))
def test_the_people_of_the_clips_blink_and_do_not_yawn(activity: Activity, person: int) -> None:
    """A clip of 16 s that is repeated would turn one yawn into a dozen, and no blink into none."""
    doing = behave(clip(activity, person=person), seconds=16.0, fps=FPS)

    assert 1 <= doing.blinking.sum() <= 4
    assert not doing.yawning.any()
