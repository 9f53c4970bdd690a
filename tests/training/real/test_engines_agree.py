"""Two ways to run the models agree on states and alerts, or it is said where not."""

from pathlib import Path

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.seats import WHOLE_PICTURE
from tests.support.alerts import alert
from training.real.engines_agree import APART, REFERENCE, WAYS, agreement, compare, list_clips
from training.real.tokens import ClipDecisions


def decisions(
    leading: list[int], *, alerts: tuple[tuple[Affect, float], ...] = ()
) -> ClipDecisions:
    """Return what was said on tokens, -1 for nobody."""
    return ClipDecisions(
        leading=np.array(leading, dtype=np.int8),
        known=np.array(leading) >= 0,
        probabilities=np.full((len(leading), 4), 0.25, dtype=np.float32),
        evaluations=tuple(
            alert(affect, episode=f"e{number}", at_s=at_s, opened=True)
            for number, (affect, at_s) in enumerate(alerts)
        ),
    )


def test_tokens_that_neither_can_read_do_not_count() -> None:
    """One that only one of them reads is a difference."""
    assert agreement(decisions([0, 1, -1, -1]), decisions([0, 2, -1, 3])) == (1, 3)


def test_tokens_count_alike_over_clips() -> None:
    """The worst clip is named beside the share of all."""
    row = compare(
        [decisions([0] * 9), decisions([1])],
        [decisions([0] * 9), decisions([0])],
        names=["long", "short"],
    )

    assert row["same"] == 0.9
    assert (row["worst_clip"], row["worst_share"]) == ("short", 0.0)
    assert row["alerts_identical"]


def test_alerts_are_identical_in_type_and_time() -> None:
    """A fifth of a second later is another alert."""
    early = decisions([0], alerts=((Affect.BORED, 100.0),))
    late = decisions([0], alerts=((Affect.BORED, 100.2),))
    tired = decisions([0], alerts=((Affect.FATIGUED, 100.0),))

    assert compare([early], [early], names=["clip"])["alerts_identical"]
    for other in (late, tired, decisions([0])):
        assert compare([other], [early], names=["clip"])["alerts_differ_on"] == ["clip"]


def test_no_token_at_all_is_no_agreement() -> None:
    """An empty comparison must not pass."""
    assert compare([decisions([-1])], [decisions([-1])], names=["empty"])["same"] == 0.0


def test_both_seats_of_a_clip_are_played(tmp_path: Path) -> None:
    """Folders are left out."""
    (tmp_path / "a.mp4").touch()
    (tmp_path / "bench_two_seats.mp4").touch()
    (tmp_path / "reference").mkdir()
    clips = list_clips(tmp_path)

    assert [clip.path.name for clip in clips] == ["a.mp4", *["bench_two_seats.mp4"] * 2]
    assert clips[0].region == WHOLE_PICTURE
    assert clips[1].region != clips[2].region


def test_the_ways_hold_both_run_times_and_formats() -> None:
    """Only INT8 poses stand outside the bar."""
    assert REFERENCE in WAYS
    assert len(WAYS) == 6
    assert all(way in WAYS and "pose" in way for way in APART)
