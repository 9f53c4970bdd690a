"""Names stand beside their marks and never on each other."""

import itertools

import pytest

from appliance.commands.drawing.sheet import text_width_px
from appliance.commands.replay.labels import (
    ACTION_NAMES,
    LABEL_PX,
    Label,
    place_episodes,
    place_measures,
)
from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, Measure
from tests.support.recordings import make_episode, make_measure

WIDTH_PX = 1200.0


def x_px(at_s: float) -> float:
    """Put 100 s on the axis."""
    return min(max(at_s * WIDTH_PX / 100, 0.0), WIDTH_PX)


def place(*measures: Measure) -> list[Label]:
    """Place actions."""
    return place_measures(measures, x_px, WIDTH_PX)


@pytest.mark.parametrize("gap_s", [0.0, 1.0, 4.0, 9.5])
def test_names_never_overlap(gap_s: float) -> None:
    """However close together, and at the right edge too."""
    times = [max(0.0, 100.0 - gap_s * index) for index in range(6)][::-1]
    flags = place(
        *(
            make_measure(at_s=at_s, action=action)
            for at_s, action in zip(times, ACTION_NAMES, strict=False)
        )
    )
    episodes = [make_episode(raised_s=at_s, onset_s=at_s, cleared_s=None) for at_s in times]

    for placed in (flags, place_episodes(episodes, x_px, WIDTH_PX)):
        for one, other in itertools.combinations(placed, 2):
            (left, right), (other_left, other_right) = one.span_px(), other.span_px()
            assert one.row != other.row or right < other_left or other_right < left
        assert all(one.text_px >= 0 and one.span_px()[1] <= WIDTH_PX + 2 for one in placed)


def test_a_pole_crosses_no_name() -> None:
    """Of two actions close together the earlier has the higher flag."""
    early, late = place(
        make_measure(at_s=50.0), make_measure(at_s=51.0, action=Action.CONTACT_TEACHER)
    )

    assert (early.row, late.row) == (1, 0)


def test_an_action_that_nobody_got_says_so() -> None:
    """A command that expired looks like no other; one that succeeded needs no words."""
    labels = place(*(make_measure(answer=answer) for answer in ("", "succeeded", "expired")))

    assert [one.words for one in labels] == ["lock 30 s", "lock 30 s", "lock 30 s (expired)"]


def test_every_action_has_a_short_name() -> None:
    """A name is no wider than two minutes and a half of a lesson of 45."""
    assert set(ACTION_NAMES) == set(Action)
    for name in ACTION_NAMES.values():
        assert text_width_px(name, size_px=LABEL_PX, bold=True) < 110


@pytest.mark.parametrize(
    ("changes", "words", "span_px"),
    [
        pytest.param({}, "fatigued 0:40", (120, 960), id="inside"),
        pytest.param({"cleared_s": None}, "fatigued 0:40", (120, 1200), id="open"),
        pytest.param({"onset_s": -30.0}, "fatigued 0:40", (0, 960), id="begun-before"),
        pytest.param({"affect": Affect.FOCUSED}, "long focus 0:40", (120, 960), id="focus"),
    ],
)
def test_a_warning_is_named_in_its_bar(
    changes: dict[str, object], words: str, span_px: tuple[float, float]
) -> None:
    """From its onset to its end, both kept on the axis; a long focus is no warning."""
    (label,) = place_episodes([make_episode(**changes)], x_px, WIDTH_PX)

    assert label.words == words
    assert label.mark_px == label.span_px() == span_px


def test_a_short_warning_is_named_beside_its_bar() -> None:
    """Behind it, or before it at the right edge."""
    behind, before = place_episodes(
        [make_episode(cleared_s=41.0), make_episode(onset_s=90.0, raised_s=98.0, cleared_s=99.0)],
        x_px,
        WIDTH_PX,
    )

    assert behind.text_px > x_px(41.0)
    assert before.span_px()[0] == before.text_px < x_px(90.0)
