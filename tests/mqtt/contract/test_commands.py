"""Table 1's actions become commands within the limits of the contract."""

from dataclasses import replace

import pytest

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action
from appliance.mqtt.contract.commands import (
    LOCK_S,
    REST_S,
    AdjustDifficulty,
    FocusBreak,
    LockScreen,
    MandatoryRest,
    command_for,
)
from tests.support.messages import intervention


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


@pytest.mark.parametrize(("affect", "step"), [(Affect.BORED, 1), (Affect.CONFUSED, -1)])
def test_difficulty_goes_the_way_that_helps(affect: Affect, step: int) -> None:
    """Harder for who is bored; and the text does not say which it was."""
    command = command_for(replace(intervention(Action.ADJUST_DIFFICULTY), affect=affect), topic="")

    assert isinstance(command, AdjustDifficulty)
    assert command.step == step
    assert affect.value not in command.text
