"""Equation 12 at its exact boundaries."""

from typing import Any

import numpy as np
import pytest

from appliance.intervention.policy.reward import ReadingLog, intrudes, rejects, sum_terms

DECIDED = 150


def log_of(*, absent: range = range(0), event_at: int | None = None) -> ReadingLog:
    """Fatigue .8 and boredom .1 until 90 s after the decision at 30 s, then .3 and .2."""
    log = ReadingLog()
    for token in range(DECIDED + 600):
        if token == event_at:
            log.note_screen_event()
        late = token >= DECIDED + 450
        fatigued, bored = (0.3, 0.2) if late else (0.8, 0.1)
        rest = 1 - fatigued - bored
        log.add(np.array([rest, 0.0, fatigued, bored]), present=token not in absent)
    return log


def test_drops_are_the_mean_before_minus_the_mean_that_ends_at_120_s() -> None:
    """The later window begins exactly 90 s after the decision."""
    assert log_of().drops(DECIDED) == pytest.approx((0.5, -0.1))


@pytest.mark.parametrize("start", [0, DECIDED + 450])
def test_a_fifth_of_a_window_may_be_absent(start: int) -> None:
    """80 % present is enough, a token less is missing."""
    assert log_of(absent=range(start, start + 30)).drops(DECIDED) is not None
    assert log_of(absent=range(start, start + 31)).drops(DECIDED) is None


def test_absence_between_the_windows_does_not_matter() -> None:
    """Only the two windows are looked at."""
    assert log_of(absent=range(DECIDED, DECIDED + 450)).drops(DECIDED) is not None


def test_without_30_s_before_or_120_s_after_it_is_missing() -> None:
    """Both windows must be complete."""
    log = log_of()

    assert log.drops(DECIDED - 1) is None
    assert log.drops(DECIDED + 1) is None


def test_30_s_after_a_screen_event_are_left_out() -> None:
    """An event on the window's first token leaves nothing of it, a token earlier leaves one."""
    assert log_of(event_at=DECIDED + 450).drops(DECIDED) is None
    assert log_of(event_at=DECIDED + 449).drops(DECIDED) == pytest.approx((0.5, -0.1))


def test_the_decisions_own_popup_touches_neither_window() -> None:
    """30 s after it are over long before the later window."""
    assert log_of(event_at=DECIDED).drops(DECIDED) == log_of().drops(DECIDED)


@pytest.mark.parametrize(
    ("since_last_s", "in_last_hour", "expected"),
    [(None, 0, False), (599.8, 1, True), (600.0, 1, False), (700.0, 3, False), (700.0, 4, True)],
)
def test_intruding(since_last_s: float | None, in_last_hour: int, expected: bool) -> None:
    """Less than 10 min after the last, or the fifth within an hour."""
    assert intrudes(since_last_s=since_last_s, in_last_hour=in_last_hour) is expected


@pytest.mark.parametrize(
    ("closed_after_s", "rating", "expected"),
    [
        (None, None, False),
        (10.0, None, True),
        (10.1, None, False),
        (None, 2, True),
        (None, 3, False),
        (15.0, 1, True),
    ],
)
def test_rejecting(closed_after_s: float | None, rating: int | None, expected: bool) -> None:
    """Closed within 10 s, or rated 1 or 2."""
    assert rejects(closed_after_s=closed_after_s, rating=rating) is expected


def test_terms_have_the_designs_weights() -> None:
    """1, 1, .5, .5, .15; each moves the sum by itself."""
    none: dict[str, Any] = {
        "fatigue_drop": 0.0,
        "boredom_drop": 0.0,
        "complete": False,
        "reject": False,
        "intrude": False,
    }
    assert sum_terms(**none) == 0
    for name, weight in (
        ("fatigue_drop", 1.0),
        ("boredom_drop", 1.0),
        ("complete", 0.5),
        ("reject", -0.5),
        ("intrude", -0.15),
    ):
        assert sum_terms(**{**none, name: True}) == weight
