"""How many more decisions it takes."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.intervention.effects.contrasts import NO_DIFFERENCE, UNTOLD
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.needed import more_decisions


def test_twice_the_interval_takes_four_times_the_record() -> None:
    """The error falls with the root of the number of decisions."""
    unsure = replace(
        NO_DIFFERENCE, value=0.1, error=0.1, low=-0.096, high=0.296, freedom=1e6, stays=999
    )

    more = more_decisions(unsure, decisions=1000)

    assert more == pytest.approx(1000 * (1.96**2 - 1), rel=0.01)


def test_few_stays_need_more_than_the_root_says() -> None:
    """Their quantile has to come down as well."""
    unsure = replace(NO_DIFFERENCE, value=0.1, error=0.1, low=-0.2, high=0.4, freedom=2.0, stays=3)

    more = more_decisions(unsure, decisions=1000)

    assert more is not None
    assert more > 1000 * (1.96**2 - 1)


def test_what_is_told_needs_no_more() -> None:
    """The interval excludes 0 already."""
    assert more_decisions(replace(NO_DIFFERENCE, value=0.1, low=0.01), decisions=9) == 0


@pytest.mark.parametrize(
    "estimate",
    [
        pytest.param(UNTOLD, id="never-drawn"),
        pytest.param(replace(NO_DIFFERENCE, error=0.1, low=-0.2, high=0.2), id="no-value"),
        pytest.param(
            replace(NO_DIFFERENCE, value=1e-6, error=0.1, low=-0.2, high=0.2, freedom=np.inf),
            id="too-many",
        ),
    ],
)
def test_nobody_can_say(estimate: Estimate) -> None:
    """Rather than a number that means nothing."""
    assert more_decisions(estimate, decisions=1000) is None
