"""What the long runs with sensors count: a fault of each kind is seen."""

import pytest
from acceptance.sensors.faults import Lesson, frozen, jumped, same
from acceptance.sensors.lesson import doubled_episodes

SEAT = "s1"


def lesson(*, gap_s: float = 0.0, at: int = 400, count: int = 800) -> Lesson:
    """Tokens five times a second, with a gap, and one alert in the middle."""
    times = [index / 5 + (gap_s if index >= at else 0.0) for index in range(count)]
    return Lesson(
        tokens={
            SEAT: [(time_s, "known", bytes([index % 251])) for index, time_s in enumerate(times)]
        },
        alerts={SEAT: [("bored", 90.0)]},
    )


def test_equal_lessons_differ_in_nothing() -> None:
    """As far as both went."""
    assert same(SEAT, lesson(), lesson(count=700)) == ""


def test_another_reading_a_missing_seat_and_another_alert_are_seen() -> None:
    """Each in words."""
    other = lesson()
    other.tokens[SEAT][7] = (1.4, "known", b"other")
    assert same(SEAT, lesson(), other) == "1 of 800 tokens differ"
    assert same(SEAT, lesson(), Lesson()) == "only 800 and 0 tokens"
    told = lesson()
    told.alerts[SEAT] = [("bored", 95.0)]
    assert "alerts" in same(SEAT, lesson(), told)


@pytest.mark.parametrize(
    ("alerts", "wrong"),
    [
        pytest.param([("bored", 110.0)], "", id="after-the-gap"),
        pytest.param([("bored", 85.0)], "an alert in the gap", id="within"),
    ],
)
def test_nothing_is_raised_while_nobody_is_seen(
    alerts: list[tuple[str, float]], wrong: str
) -> None:
    """A gap of thirty seconds at 79.8 s."""
    faulty = lesson(gap_s=30.0)
    faulty.alerts[SEAT] = alerts

    said, found = frozen(SEAT, lesson(), faulty)

    assert said.startswith("gap 30.2 s")
    assert found.startswith(wrong)
    assert bool(found) == bool(wrong)


def test_a_clock_that_jumps_moves_nothing() -> None:
    """Neither tokens nor alerts; a second or two are lost in the jump at most."""
    moved = lesson(gap_s=0.8)
    moved.alerts[SEAT] = [("bored", 93.0)]

    assert jumped(SEAT, lesson(), moved)[1] == ""
    for hour, count in ((3600.0, 800), (0.0, 400)):
        assert "tokens lost" in jumped(SEAT, lesson(), lesson(gap_s=hour, count=count))[1]
    moved.alerts[SEAT] = []
    assert "alerts without it" in jumped(SEAT, lesson(), moved)[1]
    moved.alerts[SEAT] = [("bored", 96.0)]
    assert "alerts without it" in jumped(SEAT, lesson(), moved)[1]


def test_an_episode_that_begins_again_is_seen() -> None:
    """Of one kind at one seat; tired and bored are one kind."""
    one = ("a1", "e1", "fatigued", 10.0, 50.0)

    assert doubled_episodes([one, ("a1", "e2", "bored", 60.0, None)]) == []
    assert doubled_episodes([one, ("a1", "e2", "confused", 20.0, None)]) == []
    assert len(doubled_episodes([one, ("a1", "e2", "bored", 49.0, 55.0)])) == 1
