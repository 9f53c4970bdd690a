"""Typing the steps of an installation."""

import re
from dataclasses import dataclass, field
from typing import cast

import pytest
from acceptance.install.__main__ import MOST_COMMANDS
from acceptance.install.steps import ANSWERS, STEPS, Step
from acceptance.install.walk import walk
from acceptance.machine import Answer, Machine


@dataclass
class Typewriter:
    """Stands in for a booted machine: answers as it was told, and notes what was typed."""

    answers: dict[str, list[Answer]]
    typed: list[str] = field(default_factory=list)

    def run(self, command: str, *, timeout_s: float = 0.0) -> Answer:
        """Answer the next in the row, the last again and again."""
        assert timeout_s > 0
        self.typed.append(command)
        row = self.answers[command]
        return row.pop(0) if len(row) > 1 else row[0]

    def start(self, command: str) -> None:
        """Note it."""
        self.typed.append(command)


def machine(answers: dict[str, list[Answer]]) -> Machine:
    """Return one that answers so."""
    return cast("Machine", Typewriter(answers))


def test_a_step_passes_when_it_shows_what_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, or after it was asked again."""
    monkeypatch.setattr("acceptance.install.walk.LOOK_S", 0.0)
    steps = [Step(typed="one", shows="done"), Step(typed="two", until="look", shows="^up$")]
    answers = {
        "one": [Answer(0, "all done\n")],
        "two": [Answer(0, "")],
        "look": [Answer(3, "down"), Answer(0, "up\n")],
    }

    assert [(one.what, one.passed, one.fact) for one in walk(machine(answers), steps)] == [
        ("one", True, "all done"),
        ("two", True, "up"),
    ]


@pytest.mark.parametrize(
    "answer", [Answer(1, "done"), Answer(0, "something else")], ids=["code", "text"]
)
def test_the_first_step_that_fails_is_the_last(answer: Answer) -> None:
    """Nothing is typed behind it, and all that it said is kept."""
    steps = [Step(typed="one", shows="done"), Step(typed="two", shows="")]
    outcomes = list(walk(machine({"one": [answer]}), steps))

    assert [(one.what, one.passed) for one in outcomes] == [("one", False)]
    assert answer.text in outcomes[0].fact


def test_a_step_that_never_shows_it_fails_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end."""
    monkeypatch.setattr("acceptance.install.walk.LOOK_S", 0.01)
    step = Step(typed="one", until="look", shows="up", patience_s=0.05)
    answers = {"one": [Answer(0, "")], "look": [Answer(3, "down")]}

    (outcome,) = walk(machine(answers), [step])
    assert not outcome.passed
    assert outcome.fact == "down"


def test_the_way_to_a_working_room_is_short() -> None:
    """No more commands than README promises, and nothing edited or copied in between."""
    assert len(STEPS) <= MOST_COMMANDS
    assert not [step for step in STEPS if re.match(r"(sed|vi|nano|cp|install|tee)\b", step.typed)]
    assert "password" not in ANSWERS
