"""A reading carries the states of the model that made it, and no place for others."""

import numpy as np
import pytest

from appliance.domain.affect import (
    AFFECTS,
    VIGILANCES,
    Affect,
    AffectReading,
    ReadingStatus,
    StudentState,
    Vigilance,
)
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import ShapeError


def reading(*probabilities: float, states: tuple[StudentState, ...]) -> AffectReading:
    """Build a known reading."""
    return AffectReading(
        seat=SeatKey("a01"),
        occupancy=OccupancyKey("one"),
        at_s=1.0,
        status=ReadingStatus.KNOWN,
        probabilities=np.array(probabilities, dtype=np.float32),
        fused=np.zeros(128, dtype=np.float32),
        states=states,
    )


def test_fatigued_is_found_in_either_model() -> None:
    """Third of four, second of two."""
    four = reading(0.1, 0.2, 0.3, 0.4, states=AFFECTS)
    two = reading(0.25, 0.75, states=VIGILANCES)

    assert four.of((Affect.FATIGUED,)).tolist() == [np.float32(0.3)]
    assert two.of((Affect.FATIGUED,)).tolist() == [0.75]
    assert four.of((Affect.BORED, Affect.FOCUSED)).tolist() == [np.float32(0.4), np.float32(0.1)]


@pytest.mark.parametrize("affect", [Affect.FOCUSED, Affect.CONFUSED, Affect.BORED])
def test_two_states_say_nothing_about_the_others(affect: Affect) -> None:
    """Alert is not focused, and nothing answers in its place."""
    with pytest.raises(ValueError, match="not in list"):
        reading(0.25, 0.75, states=VIGILANCES).of((affect,))


def test_the_leading_state_is_the_model_s_own() -> None:
    """Awake leads as alert."""
    assert reading(0.75, 0.25, states=VIGILANCES).leading is Vigilance.ALERT
    assert reading(0.75, 0.25, 0, 0, states=AFFECTS).leading is Affect.FOCUSED


@pytest.mark.parametrize(
    ("probabilities", "states"),
    [
        pytest.param((0.25, 0.25, 0.25, 0.25), VIGILANCES, id="four-of-two"),
        pytest.param((0.5, 0.5), AFFECTS, id="two-of-four"),
    ],
)
def test_a_reading_of_another_model_is_refused(
    probabilities: tuple[float, ...], states: tuple[StudentState, ...]
) -> None:
    """A four-state model in the twin's folder cannot hand anything on."""
    with pytest.raises(ShapeError):
        reading(*probabilities, states=states)
