"""Episodes open, follow and clear at the exact second, and freeze when nothing is known."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.affect import Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert, HeldLevel
from appliance.domain.seats import SeatKey
from appliance.warning.alert_rule import assess_window
from appliance.warning.monitor import EpisodeMonitor
from tests.support.readings import (
    LEVELS,
    SEAT,
    feed,
    ids,
    reading,
    small_monitor,
    steady,
    token_time_s,
)


def test_defaults_are_those_of_the_design() -> None:
    """Ninety seconds of a window, then an alert every second; the type and onset are right."""
    monitor = EpisodeMonitor(levels={Affect.FATIGUED: (0.6,)}, new_id=ids())
    alerts = feed(monitor, steady(460, fatigued=0.75))

    assert [(a.at_s, a.opened) for a in alerts] == [(90.0, True), (91.0, False), (92.0, False)]
    assert alerts[0].affect is Affect.FATIGUED
    assert alerts[0].onset_s == 0.0
    assert alerts[0].held == (HeldLevel(level=0.6, duration_s=60.0),)  # since the mean exists


@pytest.mark.parametrize(
    ("above", "raised"),
    [pytest.param(301, True, id="above-tau"), pytest.param(300, False, id="tau")],
)
def test_default_tau_is_more_than_sixty_seconds(above: int, raised: bool) -> None:
    """Three hundred tokens are not more than tau, however high the mean."""
    monitor = EpisodeMonitor(levels={}, new_id=ids())
    # the mean stays above theta: the calm tokens are just below it
    calm = [reading(n, fatigued=0.6875) for n in range(1, 451 - above)]
    alerts = feed(monitor, [*calm, *steady(above, start=451 - above, fatigued=1.0)])

    assert bool(alerts) is raised


@pytest.mark.parametrize(
    ("fatigued", "bored", "raised"),
    [
        pytest.param(0.25, 0.3125, True, id="sum-above"),
        pytest.param(0.25, 0.25, False, id="sum-at-theta"),
        pytest.param(0.4375, 0.0, False, id="below"),
    ],
)
def test_the_sum_of_fatigued_and_bored_raises(fatigued: float, bored: float, raised: bool) -> None:
    """Neither has to exceed theta alone; confused is no part of it."""
    alerts = feed(small_monitor(), steady(20, fatigued=fatigued, bored=bored, confused=0.25))

    assert [a.opened for a in alerts] == ([True] if raised else [])


@pytest.mark.parametrize(
    ("readings", "affect"),
    [
        pytest.param(steady(20, confused=0.75), Affect.CONFUSED, id="confused"),
        pytest.param(steady(20), Affect.FOCUSED, id="focused"),
        pytest.param(steady(20, bored=0.75), Affect.BORED, id="bored"),
        pytest.param(steady(20, fatigued=0.375, bored=0.375), Affect.FATIGUED, id="equal-is-first"),
    ],
)
def test_every_class_has_its_detector(readings: Iterator[AffectReading], affect: Affect) -> None:
    """Table 1 asks about all four."""
    (alert,) = feed(small_monitor(), readings)

    assert alert.affect is affect


def test_nothing_is_said_before_the_first_full_window() -> None:
    """One token short of L there is no mean over L."""
    assert feed(small_monitor(), steady(19, fatigued=1.0)) == []


def test_evaluates_once_per_whole_second() -> None:
    """At the first known token at or after it, also when that one is late or just rounds down."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    late = [
        reading(0, fatigued=1.0, at_s=at_s) for at_s in (4.8, 5.0 - 1e-9, 5.2, 5.9, 6.3, 6.9, 9.5)
    ]

    assert [a.at_s for a in feed(monitor, late)] == [5.0 - 1e-9, 6.3, 9.5]


def test_an_unknown_second_is_evaluated_at_the_next_known_token() -> None:
    """The episode keeps its rhythm when single tokens are lost."""
    monitor = small_monitor()
    feed(monitor, steady(24, fatigued=1.0))
    alerts = feed(
        monitor,
        [
            reading(25, status=ReadingStatus.UNKNOWN),
            reading(26, fatigued=1.0),
            reading(27, fatigued=1.0),
        ],
    )

    assert [a.at_s for a in alerts] == [5.2]


def test_an_open_alert_stays_until_the_mean_falls_below_the_lower_level() -> None:
    """Equality is not below; clearing is told once, and the next episode has another id."""
    monitor = small_monitor()
    (opened,) = feed(monitor, steady(20, fatigued=1.0))
    # 5 of 20 tokens remain at 1: the mean stands at 0.25 exactly, then below it
    falling = feed(monitor, steady(20, start=21, fatigued=0.0, confused=0.5))
    again = feed(monitor, steady(20, start=41, fatigued=1.0))

    assert [(a.evidence.mean_score, a.cleared) for a in falling] == [
        (0.75, False),
        (0.5, False),
        (0.25, False),
        (0.0, True),
    ]
    assert {a.episode for a in falling} == {opened.episode} == {"e1"}
    assert not any(a.opened for a in falling)
    assert [(a.episode, a.opened) for a in again] == [("e2", True), ("e2", False)]


def test_clearing_and_opening_may_share_a_second() -> None:
    """One detector ends where another begins."""
    monitor = small_monitor(clear_below=0.5)
    feed(monitor, steady(20, fatigued=1.0))
    alerts = feed(monitor, steady(15, start=21, confused=1.0))

    assert [(a.affect, a.opened, a.cleared) for a in alerts if a.at_s == 7.0] == [
        (Affect.FATIGUED, False, True),
        (Affect.CONFUSED, True, False),
    ]


def test_the_onset_is_back_dated_to_the_start_of_its_first_token() -> None:
    """The alert comes seconds after what it is about began."""
    monitor = small_monitor()
    feed(monitor, steady(20))
    alerts = [
        a for a in feed(monitor, steady(15, start=21, fatigued=1.0)) if a.affect is Affect.FATIGUED
    ]

    assert [(a.at_s, a.onset_s) for a in alerts] == [(7.0, 4.0)]


def test_type_intensity_and_durations_follow_the_leading_class() -> None:
    """Fatigued turns to bored: one episode, told about bored from the second its mean is larger."""
    monitor = small_monitor()
    tired = feed(monitor, steady(25, fatigued=0.75, bored=0.25))
    bored = feed(monitor, steady(10, start=26, fatigued=0.25, bored=0.75))

    assert {a.episode for a in (*tired, *bored)} == {"e1"}
    assert [(a.affect, a.intensity) for a in (*tired, *bored)] == [
        (Affect.FATIGUED, 0.75),
        (Affect.FATIGUED, 0.75),
        (Affect.BORED, 0.75),
        (Affect.BORED, 0.75),
    ]
    assert tired[-1].held == (
        HeldLevel(level=0.5, duration_s=4.0),
        HeldLevel(level=0.75, duration_s=0.0),
    )
    # the mean of five tokens exceeds a half from the third bored one on
    assert bored[-1].held == (HeldLevel(level=0.5, duration_s=1.4),)
    assert {a.onset_s for a in (*tired, *bored)} == {0.0}


def test_severe_time_travels_with_the_alert() -> None:
    """Ten tokens make the mean, ten more are two seconds."""
    (alert,) = feed(small_monitor(), steady(20, fatigued=1.0))

    assert alert.severe_s == 2.0


def test_fatigue_only_scores_fatigued_alone() -> None:
    """Bored, confused and focused raise nothing in that profile, and nothing is kept of them."""
    monitor = EpisodeMonitor(levels=LEVELS, new_id=ids(), fatigue_only=True)
    calm = feed(monitor, steady(500, bored=0.5, confused=0.5))
    calm += feed(monitor, steady(500, start=501))
    (alert, *_) = feed(monitor, steady(500, start=1001, fatigued=1.0))

    assert calm == []
    assert (alert.affect, alert.opened) == (Affect.FATIGUED, True)
    assert not any(word in str(monitor.snapshot()) for word in ("bored", "confused", "focused"))


@given(
    sixteenths=st.lists(st.integers(min_value=0, max_value=16), min_size=20, max_size=60),
    share=st.integers(min_value=0, max_value=4),
)
def test_the_evidence_is_equation_9_on_the_last_tokens(sixteenths: list[int], share: int) -> None:
    """Whatever the history, an open alert states what the pure rule says of its window."""
    fatigued = np.array(sixteenths) / 16 * share / 4
    bored = np.array(sixteenths) / 16 - fatigued
    monitor = small_monitor()
    for number in range(len(sixteenths)):
        for alert in monitor.assess(
            reading(number + 1, fatigued=fatigued[number], bored=bored[number])
        ):
            if alert.affect in {Affect.FATIGUED, Affect.BORED}:
                window = slice(number - 19, number + 1)
                assert alert.evidence == assess_window(
                    fatigued[window], bored[window], theta=0.5, tau_tokens=10
                )


Step = tuple[int, int, ReadingStatus]
STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=8),
        st.integers(min_value=1, max_value=12),
        st.sampled_from([*ReadingStatus, *[ReadingStatus.KNOWN] * 6]),
    ),
    max_size=16,
)


def play(steps: list[Step], *, seat: SeatKey = SEAT) -> list[AffectReading]:
    """Turn (eighths of fatigued, tokens, status) into consecutive readings."""
    states = [(eighths, status) for eighths, tokens, status in steps for _ in range(tokens)]
    return [
        reading(number, fatigued=eighths / 8, status=status, seat=seat)
        for number, (eighths, status) in enumerate(states, start=1)
    ]


def described(alerts: list[Alert]) -> list[tuple[object, ...]]:
    """Leave out the episode's id, which depends on who asked first."""
    return [(a.at_s, a.affect, a.onset_s, a.held, a.opened, a.cleared, a.evidence) for a in alerts]


@given(first=STEPS, second=STEPS)
def test_seats_do_not_know_each_other(first: list[Step], second: list[Step]) -> None:
    """Interleaved, each seat gets the alerts it would get alone."""
    other = SeatKey("a02")
    mine, theirs = play(first), play(second, seat=other)
    together = small_monitor()
    mixed: list[Alert] = []
    for number in range(max(len(mine), len(theirs))):
        mixed += feed(together, [*mine[number : number + 1], *theirs[number : number + 1]])

    assert described([a for a in mixed if a.seat == SEAT]) == described(feed(small_monitor(), mine))
    assert described([a for a in mixed if a.seat == other]) == described(
        feed(small_monitor(), theirs)
    )


def test_token_times_are_the_fifths_they_claim_to_be() -> None:
    """The factory of these tests stands on whole seconds exactly."""
    assert [token_time_s(5 * second) for second in range(100)] == [float(s) for s in range(100)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"theta": 1.0}, "need 0 < clear_below <= theta < 1", id="theta-of-one"),
        pytest.param({"clear_below": 0.0}, "need 0 < clear_below", id="never-cleared"),
        pytest.param({"clear_below": 0.625}, "need 0 < clear_below <= theta", id="crossed"),
        pytest.param({"tau_tokens": 20}, "no alert could ever be raised", id="tau-of-window"),
        pytest.param({"tau_tokens": -1}, "no alert could ever be raised", id="negative-tau"),
    ],
)
def test_rejects_numbers_that_contradict_each_other(
    changes: dict[str, float], message: str
) -> None:
    """The message says what is wrong and what follows from it."""
    with pytest.raises(ValueError, match=message):
        small_monitor(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"clear_below": 0.5}, id="clear-at-theta"),
        pytest.param({"tau_tokens": 0}, id="tau-of-nothing"),
        pytest.param({"tau_tokens": 19}, id="tau-of-all-but-one"),
    ],
)
def test_accepts_the_bounds(changes: dict[str, float]) -> None:
    """Closed ends are allowed, and alerts are raised there."""
    assert feed(small_monitor(**changes), steady(20, fatigued=1.0)) != []
