"""Teachers hear where an episode stands and, in the worst case, to go and see."""

from dataclasses import replace

import pytest

from appliance.domain.interventions import Action
from appliance.mqtt.alert_messages import alert_message, contact_message
from appliance.mqtt.box_messages import AlertPhase, AlertPriority
from tests.mqtt.factories import alert, intervention


@pytest.mark.parametrize(
    ("opened", "cleared", "phase"),
    [
        (True, False, AlertPhase.RAISED),
        (False, False, AlertPhase.ONGOING),
        (False, True, AlertPhase.CLEARED),
    ],
)
def test_an_alert_says_where_its_episode_stands(
    opened: bool, cleared: bool, phase: AlertPhase
) -> None:
    """With the duration since its back-dated start, and the evidence."""
    message = alert_message(replace(alert(), opened=opened, cleared=cleared))

    assert message.phase is phase
    assert message.duration_s == 130.0
    assert message.evidence is not None
    assert (message.evidence.mean_score, message.evidence.tokens_above) == (0.84, 410)
    assert message.priority is AlertPriority.NORMAL


def test_probabilities_just_above_one_are_rounding() -> None:
    """A float32 sum of 1.0000001 must not break the schema."""
    assert alert_message(replace(alert(), intensity=1.0000001)).intensity == 1.0


def test_a_contact_has_the_highest_priority_and_the_rules_reason() -> None:
    """Rule 0 asks a teacher to go and see."""
    message = contact_message(intervention(Action.CONTACT_TEACHER))

    assert message.priority is AlertPriority.HIGHEST
    assert (message.rule, message.evidence) == ("4", None)
    assert "130 s" in message.reason
