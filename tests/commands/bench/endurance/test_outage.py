"""Trouble comes on its schedule and is over in time."""

from appliance.commands.bench.endurance.outage import Outage


def played(*, ends_s: float, until_s: int) -> tuple[list[str], Outage]:
    """Look at the clock once a second; return what happened when, 10 s in every 60."""
    happened: list[str] = []
    at_s = 0
    outage = Outage(
        every_s=60,
        down_s=10,
        lose=lambda: happened.append(f"lost {at_s}"),
        regain=lambda: happened.append(f"back {at_s}"),
    )
    for at_s in range(until_s):
        outage.turn(at_s, ends_s=ends_s)
    return happened, outage


def test_it_goes_away_and_comes_back() -> None:
    """The first period is left in peace."""
    happened, outage = played(ends_s=200, until_s=200)

    assert happened == ["lost 60", "back 70", "lost 120", "back 130", "lost 180", "back 190"]
    assert outage.times == 3


def test_nothing_is_taken_away_that_could_not_be_back() -> None:
    """Exactly at the end is in time."""
    assert played(ends_s=70, until_s=200)[0] == ["lost 60", "back 70"]
    assert played(ends_s=69, until_s=200)[0] == []
