"""Groups are compared by rates, and no rate is not a rate of nothing."""

from pathlib import Path

import numpy as np
import pytest

from training.real.false_fatigue import (
    Said,
    compare_groups,
    count_fatigue,
    find_clips,
    whole_people,
    worst_over_mean,
)
from training.real.tokens import ClipDecisions
from training.simulator.render.awake import LOOKS, Activity, AwakeClip, plan_clips


def said(fatigued: int, *, known: int = 64, episodes: int = 0) -> Said:
    """Return a clip of 64 tokens."""
    return Said(known=known, fatigued=fatigued, p_fatigued=known / 8, episodes=episodes, tokens=64)


def everybody(*, people: int = 2) -> dict[AwakeClip, Said]:
    """Return clips in every second of which a quarter is called tired."""
    return {clip: said(16) for clip in plan_clips(people)}


def still(look: str, *, person: int = 0) -> AwakeClip:
    """Return the clip of somebody who sits still."""
    return AwakeClip(activity=Activity.STILL, look=look, person=person)


def test_alike_groups_have_a_ratio_of_one() -> None:
    """All at a quarter; nobody is worst."""
    table = compare_groups(everybody())

    assert (table["mean"], table["worst"], table["worst_over_mean"]) == (0.25, 0.25, 1.0)
    assert table["people"] == 2
    assert table["mean_p_fatigued"] == 0.125
    assert table["passed"] is True
    assert table["pixels"] == "simulated renders"


@pytest.mark.parametrize(
    ("worst", "passed"),
    [pytest.param(40, True, id="on the bar"), pytest.param(41, False, id="above")],
)
def test_the_worst_group_may_be_a_quarter_above_the_mean(worst: int, passed: bool) -> None:
    """Eight looks at 31 of 64 and one at 40: the mean is a half, and 40 / 64 is 1.25 of it."""
    clips = {clip: said(31) for clip in plan_clips(1)} | {still("headscarf"): said(worst)}

    table = compare_groups(clips)

    assert table["worst_group"] == "headscarf"
    assert (table["worst_over_mean"] == 1.25) is passed
    assert table["groups_passed"] is passed
    assert table["activities_passed"] is True
    assert table["passed"] is passed


def test_people_of_a_group_are_pooled_by_their_tokens() -> None:
    """12 of 16 and 4 of 48: a quarter of what is known, not the mean of two shares."""
    clips = everybody() | {
        still("glasses", person=0): said(12, known=16),
        still("glasses", person=1): said(4, known=48),
    }

    table = compare_groups(clips)

    groups = table["groups"]
    assert isinstance(groups, list)
    assert groups[-1] == {
        "group": "glasses",
        "people": 2,
        "known": 64,
        "known_share": 0.5,
        "false_fatigue": 0.25,
        "mean_p_fatigued": 0.125,
        "fatigue_episodes": 0,
    }


def test_nobody_called_tired_is_no_ratio_and_passes() -> None:
    """Nothing over nothing is not infinite, and nobody is worst."""
    table = compare_groups({clip: said(0) for clip in plan_clips(1)})

    assert (table["mean"], table["worst_over_mean"], table["worst_group"]) == (0.0, None, None)
    assert table["passed"] is True


def test_one_group_alone_called_tired_fails_however_seldom() -> None:
    """One token of one look: nine times the mean."""
    clips = {clip: said(0) for clip in plan_clips(1)} | {still("skin dark"): said(1)}

    table = compare_groups(clips)

    assert table["worst_over_mean"] == pytest.approx(9.0)
    assert table["groups_passed"] is False


def test_a_group_that_is_never_read_is_no_proof() -> None:
    """No known token is no rate: it enters no mean, is named and fails."""
    clips = everybody(people=1) | {still("headscarf"): said(0, known=0)}

    table = compare_groups(clips)

    assert (table["mean"], table["worst_over_mean"]) == (0.25, 1.0)
    assert table["unread"] == ["headscarf"]
    assert table["groups_passed"] is False
    assert table["activities_passed"] is True


def test_one_episode_of_somebody_who_writes_fails() -> None:
    """Episodes of people who sit still are told, and are not the activities'."""
    writing = AwakeClip(activity=Activity.WRITING, look="baseline", person=0)

    active = compare_groups(everybody() | {writing: said(16, episodes=1)})
    resting = compare_groups(everybody() | {still("glasses"): said(16, episodes=1)})

    assert (active["active_fatigue_episodes"], active["still_fatigue_episodes"]) == (1, 0)
    assert active["activities_passed"] is False
    assert (resting["active_fatigue_episodes"], resting["still_fatigue_episodes"]) == (0, 1)
    assert resting["activities_passed"] is True


def test_unknown_rates_enter_no_mean() -> None:
    """Only what is known is averaged; nothing known has none."""
    assert worst_over_mean([0.25, None, 0.75]) == (0.5, 0.75, 1.5)
    assert worst_over_mean([None]) == (None, None, None)


def test_only_known_tokens_of_somebody_count() -> None:
    """Five tokens: one of nobody, one unknown; fatigue leads in two of the other three."""
    counted = count_fatigue(
        ClipDecisions(
            leading=np.array([2, 2, 3, -1, 2], dtype=np.int8),
            known=np.array([True, True, True, True, False]),
            probabilities=np.full((5, 4), 0.25, dtype=np.float32),
            evaluations=(),
        )
    )

    assert counted == Said(known=3, fatigued=2, p_fatigued=0.75, episodes=0, tokens=5)


def test_people_without_every_look_are_left_out(tmp_path: Path) -> None:
    """The second person lacks glasses: only what that person does is played."""
    for clip in plan_clips(2):
        if clip != still("glasses", person=1):
            (tmp_path / clip.file_name).touch()
    (tmp_path / "notes.txt").touch()

    clips = find_clips(tmp_path)

    assert whole_people(clips) == {0}
    assert len(clips) == len(LOOKS) + 2 * (len(Activity) - 1)
    assert all(path.name == clip.file_name for clip, path in clips.items())


@pytest.mark.parametrize("missing", ["still_glasses_p00.mp4", "talking_baseline_p00.mp4"])
def test_a_folder_that_is_not_complete_says_how_to_make_it_so(tmp_path: Path, missing: str) -> None:
    """The message names the command."""
    for clip in plan_clips(1):
        (tmp_path / clip.file_name).touch()
    (tmp_path / missing).unlink()

    with pytest.raises(FileNotFoundError, match=r"python -m training\.simulator awake --out"):
        find_clips(tmp_path)
