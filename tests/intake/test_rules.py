"""A refusal names both sides and how to mend it."""

import numpy as np

from appliance.domain.token_packets import SensorKey
from appliance.domain.tokens import FACE_SIZE, UNDEFINED_WITHOUT_EMOTION
from appliance.intake.rules import TokenRules
from tests.support.token_packets import SEAT, make_packet

OWN, ENCODER = SensorKey("sensor-pc-07"), "expression_mobilevit 2.0.0"


def rules(*, fatigue_only: bool = False) -> TokenRules:
    """The rules of a decider with one seat."""
    return TokenRules(
        sensors={SEAT: OWN}, fusion="fusion 0.3.0", encoders=[ENCODER], fatigue_only=fatigue_only
    )


def test_the_own_sensor_with_the_right_encoder_is_taken() -> None:
    """Without a word."""
    assert rules().objection(make_packet()) == ""


def test_another_sensor_and_another_encoder_are_named_beside_the_right_one() -> None:
    """In one line each."""
    forged = rules().objection(make_packet(sensor=SensorKey("lab-9")))
    assert "lab-9" in forged
    assert OWN in forged
    assert "\n" not in forged
    old = rules().objection(make_packet(encoder="expression_mobilevit 1.9.0"))
    assert "1.9.0" in old
    assert ENCODER in old
    assert "fusion 0.3.0" in old
    assert "install" in old


def test_fatigue_only_takes_no_column_of_moods() -> None:
    """Each of them has to be 0."""
    face = np.ones((5, FACE_SIZE), dtype=np.float32)
    assert "fatigue-only" in rules(fatigue_only=True).objection(make_packet(face=face))
    face[:, list(UNDEFINED_WITHOUT_EMOTION)] = 0
    assert rules(fatigue_only=True).objection(make_packet(face=face)) == ""
    face[4, UNDEFINED_WITHOUT_EMOTION[-1]] = 0.1
    assert rules(fatigue_only=True).objection(make_packet(face=face)) != ""
