"""What the sheet shows, asked of its areas, lines and words."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from appliance.commands.replay.picture import draw, write_picture
from appliance.commands.replay.recording import Cover, Recording
from appliance.domain.affect import Affect
from appliance.domain.interventions import Action
from appliance.domain.seats import SeatKey
from tests.support.recordings import (
    FATIGUED,
    make_episode,
    make_measure,
    make_recording,
    make_track,
)

Box = tuple[float, float, float, float]


def panels(figure: Figure) -> dict[str, Axes]:
    """Return the panels by seat."""
    return {str(axes.get_label()): axes for axes in figure.axes[1:]}


def words(axes: Axes) -> list[str]:
    """Return everything that is written, but for the scales."""
    return [text.get_text() for text in axes.texts]


def areas(recording: Recording, name: str) -> list[Box]:
    """Return left, right, top and bottom of the first seat's areas of a name, in s and pixels."""
    axes = next(iter(panels(draw(recording)).values()))
    px_per_s = axes.get_xlim()[1] / recording.duration_s
    found = []
    for collection in axes.collections:
        if collection.get_label() == name:
            for path in collection.get_paths():
                left, top, right, bottom = path.get_extents().extents
                found.append((left / px_per_s, right / px_per_s, top, bottom))
    return found


def test_heights_are_probabilities() -> None:
    """Fatigued fills half of the area from below, bored a quarter above it, and so on."""
    recording = make_recording(theta=None)

    heights = {
        affect: max(bottom - top for *_, top, bottom in areas(recording, affect.value))
        for affect in Affect
    }

    whole = heights[Affect.FOCUSED]
    assert heights[Affect.FATIGUED] == pytest.approx(whole / 2)
    assert heights[Affect.BORED] == pytest.approx(whole * 3 / 4)
    assert heights[Affect.CONFUSED] == pytest.approx(whole * 7 / 8)


@pytest.mark.parametrize(
    ("cover", "name"),
    [
        (Cover.UNKNOWN, "cannot tell"),
        (Cover.NOTHING, "nobody"),
        (Cover.WARMING_UP, "warming up"),
    ],
)
def test_what_nobody_knows_has_no_state(cover: Cover, name: str) -> None:
    """In the area and in the band: a look of its own, to the very token, and no state under it."""
    recording = make_recording(make_track((40, FATIGUED), (20, cover), (40, FATIGUED)))

    gaps = areas(recording, name)
    known = areas(recording, "fatigued")

    assert [gap[:2] for gap in gaps] == [pytest.approx((40, 60))] * 2
    assert (
        sorted(area[:2] for area in known)
        == [pytest.approx((0, 40))] * 2 + [pytest.approx((60, 100))] * 2
    )
    assert name in words(panels(draw(recording))["a01"])


def test_a_warning_stands_where_it_was() -> None:
    """Striped from the onset, full from the raising to the clearing, nothing outside."""
    recording = make_recording(
        make_track((100, Cover.UNKNOWN)), episodes=(make_episode(affect=Affect.BORED),)
    )

    assert [area[:2] for area in areas(recording, "onset")] == [pytest.approx((10, 40))]
    assert [area[:2] for area in areas(recording, "bored")] == [pytest.approx((40, 80))]
    assert not areas(recording, "hollow")


def test_a_long_focus_is_hollow() -> None:
    """It is no warning, and nobody is told."""
    recording = make_recording(episodes=(make_episode(affect=Affect.FOCUSED),))

    assert [area[:2] for area in areas(recording, "hollow")] == [pytest.approx((40, 80))]


def test_other_seats_stay_on_their_panel() -> None:
    """A warning and an action of another seat leave no mark."""
    second = replace(make_track((100, FATIGUED)), seat=SeatKey("b02"))
    recording = make_recording(
        make_track((100, FATIGUED)),
        second,
        episodes=(make_episode(seat="b02"),),
        measures=(make_measure(seat="b02"),),
    )

    first, other = (words(axes) for axes in panels(draw(recording)).values())

    assert {"fatigued 0:40", "lock 30 s"} <= set(other)
    assert not {"fatigued 0:40", "lock 30 s"} & set(first)
    assert "none" in first
    assert not areas(recording, "flag")


def test_an_action_is_marked_at_its_time() -> None:
    """A flag that begins there, over the area."""
    recording = make_recording(measures=(make_measure(),))

    ((left_s, _, _, bottom),) = areas(recording, "flag")

    assert left_s == pytest.approx(50)
    assert bottom <= min(top for *_, top, _ in areas(recording, "fatigued"))


def test_fatigue_only_shows_two_states() -> None:
    """No look of another state is on the sheet."""
    track = make_track((100, (0.25, 0.75)), states=2)
    recording = make_recording(track, states=("alert", "fatigued"), episodes=(make_episode(),))

    written = " ".join(words(draw(recording).axes[0]))
    looks = {
        collection.get_label() for axes in draw(recording).axes for collection in axes.collections
    }

    assert "awake 0 %" not in written
    assert "fatigued above 75 % counts" in written
    assert {"awake", "fatigued"} <= looks
    assert not looks & {"alert", "focused", "confused", "bored"}


def test_nothing_known_at_all_is_drawn() -> None:
    """A stored recording may hold no probability; it is grey, and no error."""
    recording = make_recording(make_track((60, Cover.UNKNOWN), states=0), states=(), theta=None)

    assert "cannot tell 100 %" in words(draw(recording).axes[0])


def test_the_legend_explains_what_is_there() -> None:
    """And nothing else."""
    plain = make_recording(theta=None)
    track = replace(make_track((50, FATIGUED), (50, Cover.NOTHING)), changes_s=(20.0,))
    full = make_recording(
        track,
        episodes=(make_episode(), make_episode(affect=Affect.FOCUSED)),
        measures=(make_measure(),),
    )

    some = {
        "action",
        "somebody else sits down",
        "fatigued and bored above 75 % counts towards a warning",
        "warning: striped from onset, full from raised to cleared",
        "long focus: noted for a break tip, no warning to anybody",
    }
    always = {"focused", "confused", "bored", "fatigued", "somebody there, cannot tell"}
    assert always | {"warming up", "nobody in sight, or not looked at"} <= set(
        words(draw(plain).axes[0])
    )
    assert not some & set(words(draw(plain).axes[0]))
    assert some <= set(words(draw(full).axes[0]))


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("clip", ["What the box made of Übung $5$.mp4", "1:40 minutes, 1 seat  |  models: a 1"]),
        (
            "database",
            [
                "What the box stored in Übung $5$.mp4",
                "1:40 minutes, 1 seat  |  from 2026-11-24 UTC  |  model versions are not stored",
            ],
        ),
    ],
)
def test_the_head_says_what_it_is(kind: str, facts: list[str]) -> None:
    """Source, length, and what is known of the time and the models."""
    stored = kind == "database"
    recording = make_recording(
        source="Übung $5$.mp4",
        kind=kind,
        started="2026-11-24+00:00" if stored else "",
        models={} if stored else {"a": "1"},
    )

    written = words(draw(recording).axes[0])

    assert written[:2] == facts
    assert written[-1] == "A note."
    assert "fatigued 100 %" in written


@pytest.mark.parametrize(("seats", "seconds"), [(1, 10), (2, 2700), (24, 60)])
def test_no_words_overlap(seats: int, seconds: int) -> None:
    """On a sheet of any size, however much has to be told, and none leaves the sheet."""
    tracks = [
        replace(make_track((seconds, FATIGUED)), seat=SeatKey(f"seat-with-a-long-name-{number}"))
        for number in range(seats)
    ]
    times = [seconds * (0.9 + 0.02 * number) for number in range(6)]
    recording = make_recording(
        *tracks,
        episodes=tuple(
            make_episode(seat=tracks[0].seat, onset_s=at_s - 1, raised_s=at_s, cleared_s=None)
            for at_s in times
        ),
        measures=tuple(
            make_measure(seat=tracks[0].seat, at_s=at_s, action=action)
            for at_s, action in zip(times, Action, strict=False)
        ),
        notes=tuple(f"{number} {'word ' * 60}" for number in range(3)),
    )
    figure = draw(recording)
    figure.draw_without_rendering()

    for axes in figure.axes:
        boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert 1200 <= figure.bbox.width <= 1600


def test_a_picture_is_a_png_and_the_same_every_time(tmp_path: Path) -> None:
    """Nothing of the clock or the folder gets into it."""
    recording = make_recording(measures=(make_measure(),), episodes=(make_episode(),))
    for name in ("one.png", "two.png"):
        write_picture(recording, tmp_path / name)

    data = (tmp_path / "one.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data == (tmp_path / "two.png").read_bytes()
