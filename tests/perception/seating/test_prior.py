"""A prior is learnt from its person and not torn away by a single frame."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.perception.seating.prior import MEMORY_S, STEP_WIDTHS, SeatPrior
from tests.support.torsos import SHOULDERS_Y, WIDTH, torso

EMPTY = SeatPrior(region_xyxy=(0, 0, 512, 512))


def lived_in(seconds: float) -> SeatPrior:
    """Let somebody sit at 200 for a while, eight looks a second."""
    prior = EMPTY.learnt(torso(200), passed_s=0.0)
    for _ in range(int(seconds * 8)):
        prior = prior.learnt(torso(200), passed_s=0.125)
    return prior


def test_a_home_settles_after_three_seconds() -> None:
    """Before, the region says more."""
    assert not lived_in(2.875).settled
    assert lived_in(3.0).settled


def test_the_first_person_counts_only_across_the_region() -> None:
    """How high somebody sits is not known before."""
    assert EMPTY.cost(torso(256, up=50), unit_px=WIDTH) == 0
    assert EMPTY.cost(torso(256 + WIDTH), unit_px=WIDTH) == 1
    assert EMPTY.cost(torso(256, up=SHOULDERS_Y + WIDTH), unit_px=WIDTH) == 1


def test_a_settled_home_counts_shoulders_and_hips_alike() -> None:
    """Whoever leans moves the shoulders only."""
    prior = lived_in(4)

    assert prior.cost(torso(200 + WIDTH), unit_px=WIDTH) == pytest.approx(1)
    assert prior.cost(torso(200 + WIDTH, hips_x=200), unit_px=WIDTH) == pytest.approx(0.5)
    assert prior.cost(torso(200, up=WIDTH), unit_px=WIDTH) == pytest.approx(1)


def test_a_larger_body_may_sit_further_from_home() -> None:
    """A smaller one, or one that is turned sideways, is measured by the prior's own width."""
    prior = lived_in(4)
    small, large = (replace(torso(200), width_px=share * WIDTH) for share in (0.5, 1.5))

    assert prior.unit_px(small) == WIDTH
    assert prior.unit_px(large) == 1.5 * WIDTH
    assert EMPTY.unit_px(small) == 0.5 * WIDTH


def test_one_frame_far_away_pulls_no_more_than_a_quarter_width() -> None:
    """By its share of the memory."""
    prior = lived_in(60)
    pulled = prior.learnt(torso(450), passed_s=0.125)
    assert prior.shoulders is not None
    assert pulled.shoulders is not None

    step = pulled.shoulders[0] - prior.shoulders[0]
    assert step == pytest.approx(STEP_WIDTHS * WIDTH * 0.125 / MEMORY_S)


def test_a_chair_that_moved_is_followed() -> None:
    """Slowly, over minutes."""
    prior = lived_in(60)
    for _ in range(8 * 120):
        prior = prior.learnt(torso(230), passed_s=0.125)
    assert prior.shoulders is not None

    np.testing.assert_allclose(prior.shoulders, [230, SHOULDERS_Y], atol=1)


def test_a_forgotten_home_is_the_region_again() -> None:
    """For whoever comes next."""
    forgotten = lived_in(60).forgotten()

    assert not forgotten.settled
    assert forgotten.cost(torso(256), unit_px=WIDTH) == 0


@pytest.mark.parametrize(
    ("x", "outside"),
    [
        pytest.param(0.0, False, id="left edge"),
        pytest.param(511.5, False, id="inside"),
        pytest.param(512.0, True, id="right edge"),
    ],
)
def test_the_right_edge_belongs_to_the_neighbour(x: float, outside: bool) -> None:
    """So that two regions side by side share no point."""
    assert EMPTY.outside(torso(x)) is outside
