"""What is lost, late or twice is counted as that, and nothing else is."""

from pathlib import Path

import pytest
from acceptance.deliveries.__main__ import by_lifetime, judge
from acceptance.deliveries.account import GRACE_S, Sent, Span, account, longest_up_s
from acceptance.deliveries.run import Plan, Room, Told

DOWN = [Span(100.0, 110.0), Span(114.0, 120.0), Span(90.0, 101.0)]


@pytest.mark.parametrize(
    ("life", "up_s"),
    [
        pytest.param(Span(0, 30), 30, id="before-all"),
        pytest.param(Span(80, 200), 80, id="after-the-last"),
        pytest.param(Span(85, 119), 5, id="before-the-first"),
        pytest.param(Span(95, 119), 4, id="between-two"),
        pytest.param(Span(102, 108), 0, id="never"),
        pytest.param(Span(91, 113), 3, id="at-its-end"),
    ],
)
def test_the_longest_time_that_all_were_up(life: Span, up_s: float) -> None:
    """Times down overlap and have no order."""
    assert longest_up_s(life, DOWN) == up_s


def test_each_command_is_counted_where_it_belongs() -> None:
    """One of each kind."""
    sent = {
        "shown": Sent(issued_s=0.0, expires_s=30.0, states=["succeeded"]),
        "twice": Sent(issued_s=0.0, expires_s=30.0, states=["succeeded"]),
        "late": Sent(issued_s=0.0, expires_s=10.0, states=["succeeded"]),
        "lost": Sent(issued_s=200.0, expires_s=230.0, states=["expired"]),
        "expired": Sent(issued_s=95.0, expires_s=105.0, states=["expired"]),
        "refused": Sent(issued_s=200.0, expires_s=210.0, states=["received", "rejected/busy"]),
    }
    shown = {"shown": [2.0], "twice": [1.0, 3.0], "late": [10.5], "not-kept": [1.0]}
    counted = account(sent, shown, DOWN)

    assert (counted.commands, counted.shown, counted.slowest_s) == (6, 3, 10.5)
    assert (counted.twice, counted.late, counted.lost) == (1, 1, 1)
    assert (counted.expired, counted.rejected) == (1, 1)
    assert judge(counted) == [
        "1 commands never shown, with broker and box up",
        "1 commands applied twice",
        "1 commands shown after their lifetime",
    ]


def test_what_the_box_did_not_say_does_not_count() -> None:
    """Lifetimes are told apart, and a return that nobody noticed is as long as it took."""
    told = Told()
    told.broker_is_back(1000.0)
    for line in (
        "kept a 100.0 400.0",
        "kept b 100.0 130.0",
        "moved a published -",
        "moved b rejected busy",
        "moved unknown received -",
        "connected 1004.5",
        "away 1010.0",
    ):
        told.hear(line)

    assert told.returns_s == [4.5]
    assert told.open() == 1
    assert told.sent["b"].states == ["rejected/busy"]
    counted = by_lifetime(told)
    assert [counted[each].commands for each in (300, 30, 10, 0)] == [1, 1, 0, 2]


@pytest.mark.broker
@pytest.mark.long
def test_a_short_run_shows_everything(tmp_path: Path) -> None:
    """With one kill of the box and one of the terminals."""
    plan = Plan(commands=10, seconds=3.0, box_kills=1, seat_kills=1, seed=1)
    told = Room(tmp_path, plan).deliver(lambda _sent, _ended: None)
    every = by_lifetime(told)[0]

    assert (told.box_kills, told.seat_kills) == (1, 1)
    assert every.commands == 10
    assert judge(every) == []
    assert every.shown + every.expired >= 9
    assert max(told.returns_s, default=0.0) < GRACE_S
