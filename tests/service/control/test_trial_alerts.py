"""A test command is followed step by step, and what does not come is named with its reason."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Feedback, FeedbackKind
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.errors import DoorError, StorageError
from appliance.host.clock import SystemClock
from appliance.service.control import trial_alerts
from appliance.service.control.trial_alerts import TrialAlerts, TrialStep, TrialWays
from tests.support.messages import entry

SEAT, PC = SeatKey("a01"), TerminalKey("pc-01")
EXAM = ("rejected", "exam")


class Way:
    """Between the box and its terminal: what happens to a command, and what is known there."""

    def __init__(self) -> None:
        """All is well, and nothing happens yet."""
        self.script: tuple[tuple[str, str], ...] = ()
        self.broker_error = ""
        self.online: bool | None = True
        self.room = True
        self.exam = False
        self.attended = True
        self.recorded: list[tuple[str, str, str]] = []
        self.sent: list[str] = []
        self.trials = TrialAlerts(
            ways=TrialWays(
                send=self.send,
                broker_error=lambda: self.broker_error,
                online=lambda _: self.online,
                record=lambda *told: self.recorded.append(told),
                exam=lambda _: self.exam,
                attended=lambda _: self.attended,
            ),
            terminals={SEAT: PC},
            new_id=lambda: "c1",
            monotonic=SystemClock().monotonic_s,
        )

    def send(self, terminal: TerminalKey, command: str) -> bool:
        """Play the script."""
        self.sent.append(command)
        for state, detail in self.script if self.room else ():
            self.trials.moved(
                entry(id=command, terminal=terminal, state=CommandState(state), detail=detail)
            )
        return self.room

    def follow(self) -> list[dict[str, Any]]:
        """Ask as ``classbox test-alert`` does."""
        return [dict(answer) for answer in self.trials.follow({"seat": SEAT})]


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    """Return a way on which nobody waits for long."""
    monkeypatch.setattr(trial_alerts, "PATIENCE_S", dict.fromkeys(TrialStep, 0.05))
    return Way()


def states(*names: str) -> tuple[tuple[str, str], ...]:
    """Return a script without reasons."""
    return tuple((name, "") for name in names)


def test_every_step_is_told_with_its_time(way: Way) -> None:
    """In order, and the last word is who has shown it."""
    way.script = states("queued", "published", "received", "started", "succeeded")

    *steps, last = way.follow()

    assert [one["step"] for one in steps] == [
        "queued", "published", "received", "started", "answered",
    ]  # fmt: skip
    assert all(0 <= one["ms"] < 5000 for one in steps)
    assert last == {"shown": True, "terminal": PC}
    assert way.recorded == [("operator", SEAT, "c1")]


def test_nobody_has_to_answer(way: Way) -> None:
    """Shown is enough."""
    way.script = states("queued", "published", "received", "started")

    assert way.follow()[-1] == {"shown": True, "terminal": PC}


def test_a_step_that_was_overtaken_is_told_all_the_same(way: Way) -> None:
    """The second acknowledgement may come first."""
    way.script = states("queued", "published", "started", "received")

    assert [one.get("step") for one in way.follow()[:-1]] == [
        "queued", "published", "received", "started",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "changes", "missing", "because"),
    [
        pytest.param(
            states("queued"), {"broker_error": "refused"}, "published", "refused", id="no-broker"
        ),
        pytest.param(
            states("queued", "published"),
            {"broker_error": "own messages do not come back"},
            "received",
            "own messages do not come back",
            id="deaf-box",
        ),
        pytest.param(
            states("queued", "published"),
            {"online": None},
            "received",
            "terminal pc-01 has not been heard of since the box started",
            id="never-heard-of",
        ),
        pytest.param(
            states("queued", "published"),
            {"online": False},
            "received",
            "terminal pc-01 is offline",
            id="offline",
        ),
        pytest.param(
            states("queued", "published"),
            {},
            "received",
            "terminal pc-01 is online and does not acknowledge",
            id="mute",
        ),
        pytest.param(
            states("queued", "published", "received"),
            {},
            "started",
            "the terminal has it and shows nothing",
            id="shows-nothing",
        ),
        pytest.param(
            (*states("queued", "published"), EXAM),
            {},
            "received",
            "the terminal refuses it: an exam is on",
            id="exam",
        ),
        pytest.param(
            (*states("queued", "published", "received"), ("failed", "terminal-error")),
            {},
            "started",
            "the terminal says failed: terminal-error",
            id="failed",
        ),
    ],
)
def test_the_first_missing_step_is_named_with_its_reason(
    way: Way,
    script: tuple[tuple[str, str], ...],
    changes: dict[str, object],
    missing: str,
    because: str,
) -> None:
    """And with what to do next."""
    way.script = script
    for name, value in changes.items():
        setattr(way, name, value)

    last = way.follow()[-1]

    assert (last["missing"], last["because"], last["terminal"]) == (missing, because, PC)
    assert last["next"]


def test_a_terminal_that_is_away_may_have_a_certificate_that_no_longer_counts(way: Way) -> None:
    """The box cannot know; it says how one is made anew, by the terminal's name."""
    way.script, way.online = states("queued", "published"), False

    step = way.follow()[-1]["next"]

    assert "revoked or is unknown: sudo classbox pki issue pc-01 --kind terminal" in step
    assert step.endswith("then sudo classbox setup; carry the folder again")


def test_an_unknown_seat_and_a_full_outbox_are_refused(way: Way) -> None:
    """In words, and an unknown seat leaves no record."""
    with pytest.raises(DoorError, match="there are a01"):
        list(way.trials.follow({"seat": "z99"}))
    assert way.recorded == []

    way.room = False
    with pytest.raises(DoorError, match="outbox is full"):
        way.follow()


def test_no_test_interrupts_an_exam(way: Way) -> None:
    """Whoever asks reads when to ask again; nothing is sent."""
    way.exam = True

    with pytest.raises(DoorError, match=r"an exam is on at seat a01.*when a teacher has ended it"):
        way.follow()
    assert way.sent == []


def test_what_cannot_be_recorded_is_not_sent(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with everything that the box does."""

    class FullDisk(list[tuple[str, str, str]]):
        def append(self, _: object) -> None:
            msg = "the disk is full"
            raise StorageError(msg)

    way.script = states("queued")
    monkeypatch.setattr(way, "recorded", FullDisk())

    with pytest.raises(StorageError):
        way.follow()
    assert way.sent == []


def test_answers_to_tests_are_told_from_those_of_students(way: Way) -> None:
    """The former are nobody's record."""
    way.trials.send(SEAT, actor="teacher/t1")
    answer = Feedback(command="c1", terminal=PC, kind=FeedbackKind.ACCEPTED)

    assert way.trials.answered(answer)
    assert not way.trials.answered(replace(answer, command="a decision"))
    assert way.recorded == [("teacher/t1", SEAT, "c1")]


def test_whoever_asks_reads_that_nobody_will_see_it(way: Way) -> None:
    """It is sent all the same: somebody may come while it lives."""
    assert way.trials.send(SEAT, actor="teacher/t1") == "sent to terminal pc-01"

    way.attended = False
    said = way.trials.send(SEAT, actor="teacher/t1")

    assert said.startswith("unattended: nobody is logged in on terminal pc-01")
    assert said.endswith("within 30 s")
    assert len(way.sent) == 2
