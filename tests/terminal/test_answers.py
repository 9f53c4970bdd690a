"""Answers come from the keyboard or by themselves, and never hold a command up."""

import io
import os
import threading
import time

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.terminal.answers import Answer, AutoAnswers, TypedAnswers, read_answer
from appliance.terminal.clock import WakefulClock
from tests.support.clocks import LeapingClock

NEVER = threading.Event()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("a\n", Answer(kind=FeedbackKind.ACCEPTED)),
        ("  Yes \n", Answer(kind=FeedbackKind.ACCEPTED)),
        ("d\n", Answer(kind=FeedbackKind.DISMISSED)),
        ("1\n", Answer(kind=FeedbackKind.RATED, rating=1)),
        ("5", Answer(kind=FeedbackKind.RATED, rating=5)),
        ("0\n", None),
        ("6\n", None),
        ("²\n", None),
        ("\n", None),
    ],
)
def test_typed_lines_are_understood(line: str, answer: Answer | None) -> None:
    """Ratings are 1 to 5; what means nothing is no answer."""
    assert read_answer(line) == answer


def test_typed_answers_skip_what_means_nothing() -> None:
    """The first line with a meaning counts."""
    answers = TypedAnswers(io.StringIO("what?\nd\n"), clock=WakefulClock())

    assert answers.ask("c", timeout_s=5, over=NEVER) == Answer(kind=FeedbackKind.DISMISSED)


def test_nobody_answers_after_the_end_of_the_input() -> None:
    """A terminal started by a script without a keyboard does not wait."""
    began_s = time.monotonic()

    answers = TypedAnswers(io.StringIO(""), clock=WakefulClock())
    assert answers.ask("c", timeout_s=30, over=NEVER) is None
    assert time.monotonic() - began_s < 5


def test_a_question_that_is_over_is_not_answered() -> None:
    """A lock that ended takes its question with it."""
    over = threading.Event()
    over.set()

    assert AutoAnswers(FeedbackKind.ACCEPTED).ask("c", timeout_s=5, over=over) is None
    answers = TypedAnswers(io.StringIO("a\n"), clock=WakefulClock())
    assert answers.ask("c", timeout_s=5, over=over) is None


def test_a_question_does_not_outlast_a_suspend() -> None:
    """Whoever opens the laptop the next day is not asked about yesterday."""
    clock = LeapingClock()
    reading, writing = os.pipe()
    with os.fdopen(reading) as keyboard, os.fdopen(writing, "w"):
        answers = TypedAnswers(keyboard, clock=clock)
        asking = threading.Thread(
            target=answers.ask, args=("c",), kwargs={"timeout_s": 120, "over": NEVER}
        )
        asking.start()
        clock.suspend(3600)
        asking.join(10)

        assert not asking.is_alive()
