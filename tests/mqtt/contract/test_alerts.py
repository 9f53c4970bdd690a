"""Teachers hear where an episode stands and, in the worst case, to go and see."""

from dataclasses import replace

import pytest

from appliance.domain.interventions import Action
from appliance.domain.seats import SeatKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.mqtt.contract.alerts import alert_message
from appliance.mqtt.contract.box import AlertPhase, AlertPriority, OtherSeat
from tests.support.alerts import alert
from tests.support.messages import intervention


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
    message = alert_message(TeacherMessage(alerts=(alert(opened=opened, cleared=cleared),)))

    assert message.phase is phase
    assert message.duration_s == 400.0
    assert message.evidence is not None
    assert (message.evidence.mean_score, message.evidence.tokens_above) == (0.95, 400)
    assert message.priority is AlertPriority.NORMAL


def test_probabilities_just_above_one_are_rounding() -> None:
    """A float32 sum of 1.0000001 must not break the schema."""
    loud = TeacherMessage(alerts=(alert(intensity=1.0000001),))

    assert alert_message(loud).intensity == 1.0


def test_a_contact_has_the_highest_priority_and_the_rules_reason() -> None:
    """Rule 0 asks a teacher to go and see."""
    message = alert_message(TeacherMessage(contacts=(intervention(Action.CONTACT_TEACHER),)))

    assert message.priority is AlertPriority.HIGHEST
    assert (message.rule, message.evidence) == ("4", None)
    assert "130 s" in message.reason


def test_a_group_names_every_seat_once_in_its_order() -> None:
    """The contact leads; the others follow with what a teacher needs to find and clear them."""
    contact = intervention(Action.CONTACT_TEACHER)
    second = replace(contact, episode="e2", seat=SeatKey("a02"))
    third = alert(episode="e3", seat=SeatKey("a03"))

    message = alert_message(TeacherMessage(contacts=(contact, second), alerts=(third,)))

    assert message.seat == contact.seat
    assert message.others == (
        OtherSeat(
            seat=SeatKey("a02"),
            episode="e2",
            affect=contact.affect,
            priority=AlertPriority.HIGHEST,
        ),
        OtherSeat(
            seat=SeatKey("a03"),
            episode="e3",
            affect=third.affect,
            priority=AlertPriority.NORMAL,
        ),
    )
