"""Table 1's actions become commands within the limits of the contract."""

from dataclasses import replace

import pytest

from appliance.domain.interventions import Action
from appliance.mqtt.alert_messages import alert_message, contact_message
from appliance.mqtt.box_messages import AlertPhase, AlertPriority
from appliance.mqtt.command_messages import (
    LOCK_S,
    REST_S,
    FocusBreak,
    LockScreen,
    MandatoryRest,
    command_for,
)
from tests.mqtt.factories import alert, intervention


@pytest.mark.parametrize("action", Action)
def test_only_two_actions_ask_nothing_of_a_terminal(action: Action) -> None:
    """A new action without a command would otherwise be lost silently."""
    command = command_for(intervention(action), topic="")

    assert (command is None) == (action in {Action.NONE, Action.CONTACT_TEACHER})


def test_locks_and_rests_have_the_lengths_of_table_1() -> None:
    """30 s for the lock, at most 5 min for the rest, which can always be left."""
    lock = command_for(intervention(Action.REMINDER_LOCK_30S), topic="")
    rest = command_for(intervention(Action.MANDATORY_REST), topic="")
    pause = command_for(intervention(Action.FOCUS_BREAK), topic="")

    assert isinstance(lock, LockScreen)
    assert lock.lock_s == LOCK_S == 30
    assert isinstance(rest, MandatoryRest)
    assert (rest.rest_s, REST_S, rest.escape) == (300, 300, True)
    assert isinstance(pause, FocusBreak)
    assert pause.timer_s == 300


@pytest.mark.parametrize("action", Action)
def test_no_screen_shows_what_was_seen_in_the_student(action: Action) -> None:
    """Neighbours can read a screen."""
    command = command_for(intervention(action), topic="fractions")

    words = "" if command is None else command.text.lower()
    assert not {"tired", "fatigue", "bored", "confus", "drows"} & {
        word for word in ("tired", "fatigue", "bored", "confus", "drows") if word in words
    }


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
