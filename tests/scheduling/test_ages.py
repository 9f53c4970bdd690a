"""Ages are counted in bins of 2 ms, and a quantile is never too young."""

import pytest

from appliance.scheduling.ages import BIN_S, BINS, AgeCounter, AgeHistogram


def counted(*ages_s: float) -> AgeHistogram:
    """Return the histogram of some ages."""
    counter = AgeCounter()
    for age_s in ages_s:
        counter.add(age_s)
    return counter.read()


def test_a_quantile_is_the_upper_edge_of_its_bin() -> None:
    """Nineteen young frames and an old one: the old one only counts beyond 95 %."""
    ages = counted(*[0.011] * 19, 0.500)

    assert ages.quantile_s(0.95) == pytest.approx(0.012)
    assert ages.quantile_s(0.951) == pytest.approx(0.502)
    assert ages.quantile_s(1.0) == pytest.approx(0.502)


def test_nothing_counted_is_age_zero() -> None:
    """A camera without frames is not late."""
    assert counted().quantile_s(0.95) == 0.0
    assert counted().count == 0


@pytest.mark.parametrize(
    ("age_s", "shown_s"),
    [
        pytest.param(-0.001, BIN_S, id="clocks-disagree"),
        pytest.param(0.0, BIN_S, id="none"),
        pytest.param(BINS * BIN_S, BINS * BIN_S, id="beyond-the-last-bin"),
        pytest.param(60.0, BINS * BIN_S, id="far-beyond"),
    ],
)
def test_every_age_has_a_bin(age_s: float, shown_s: float) -> None:
    """Nothing is lost at either end."""
    assert counted(age_s).quantile_s(1.0) == pytest.approx(shown_s)


def test_readings_subtract_and_seats_add() -> None:
    """Only what came in between counts; seats are counted together."""
    counter = AgeCounter()
    counter.add(0.5)
    before = counter.read()
    counter.add(0.011)

    since = counter.read() - before

    assert since.count == 1
    assert since.quantile_s(1.0) == pytest.approx(0.012)
    assert (since + before).count == 2
