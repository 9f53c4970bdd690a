"""A whole box whose learner overrides the rules: from the picture to the student and back.

The packaged clip (rendered, nobody real), a real broker, a real terminal and real databases; only
what the learner holds is scripted.
"""

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.play import SEATS
from appliance.deciding import TickResult
from appliance.domain.interventions import FeedbackKind
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.state import ACCEPTANCE, FUSED
from appliance.mqtt.contract.classroom import FeedbackMessage
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.assembly import new_ids, new_seed
from appliance.service.box import Box, BoxWatchers
from appliance.service.policy.build import LearnedPolicy
from appliance.settings.load import parse_settings
from appliance.storage.tables.choice_rows import unpack_state
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.console import ConsoleScreen
from appliance.terminal.terminal import Terminal
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.scripted_learner import ScriptedLearner
from tests.support.waiting import wait_until

FPS = 5.0  # a token needs one frame, and the test is quick
OUTCOME_S = 121.0
SURE = ScriptedLearner(
    {
        PolicyAction.REST: 0.5,
        PolicyAction.CONTENT: 0.6,
        PolicyAction.DIFFICULTY: 0.9,
        PolicyAction.HINT: 0.7,
    }
)


@dataclass
class Lesson:
    """What happens before the left seat's terminal, and what the box keeps of it."""

    listener: Listener
    terminal: Terminal
    steps: list[tuple[str, str]]
    over: threading.Event = field(default_factory=threading.Event)
    logged_out: threading.Event = field(default_factory=threading.Event)
    command: str = ""
    acted_s: float = 0.0

    def take(self, result: TickResult) -> None:
        """Hold the clip while the student answers; end it when the outcome is handed out."""
        for one in result.interventions:
            if not self.command and one.seat == "left" and one.rule == "override":
                self.command, self.acted_s = one.id, one.at_s
                self.answer()
        if any(one.choice == self.command for one in result.outcomes):
            self.over.set()
        now_s = max((one.at_s for one in result.readings), default=0.0)
        if self.command and now_s > self.acted_s + OUTCOME_S and not self.logged_out.is_set():
            self.terminal.log_out()
            assert self.logged_out.wait(30)

    def answer(self) -> None:
        """Let the terminal accept, then say what is true, false, double and made up."""
        wait_until(lambda: (self.command, "feedback.accepted") in self.steps, timeout_s=60)
        for terminal, kind, command in (
            ("pc-left", FeedbackKind.COMPLETED, self.command),
            ("pc-left", FeedbackKind.COMPLETED, self.command),
            ("pc-left", FeedbackKind.DISMISSED, self.command),
            ("pc-right", FeedbackKind.DISMISSED, self.command),
            ("pc-left", FeedbackKind.COMPLETED, "00000000-0000-7000-8000-000000000000"),
        ):
            self.listener.publish(
                f"cb/v1/s/r/seat/{terminal}/feedback",
                message_json(
                    f"seat/{terminal}",
                    FeedbackMessage(kind=kind, after_s=2.0),
                    corr=command,
                    ttl_s=60,
                ),
                expiry_s=60,
            )

    def presence(self, presence: TerminalPresence) -> None:
        """Note that the box has heard of the log-out."""
        if self.command and presence.online and presence.occupant is None:
            self.logged_out.set()


@dataclass(frozen=True)
class Record:
    """What the box has kept."""

    command: str
    steps: list[tuple[str, str]]
    choices: dict[str, dict[str, Any]]
    decisions: dict[str, dict[str, Any]]
    outcomes: list[dict[str, Any]]
    commands: dict[str, dict[str, Any]]


def read(file: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608


def tables(folder: Path, port: int) -> dict[str, Any]:
    """Return the configuration of a box that sees one seat, as fast as it can be looked at."""
    seats = {
        seat: {
            "region": region,
            "terminal": terminal,
            "consent": "granted" if seat == "left" else "ask",
        }
        for seat, (terminal, region) in SEATS.items()
    }
    return {
        "schema": 1,
        "box": {"site": "s", "room": "r", "id": "b", "state_dir": folder / "state", "lanes": 1},
        "policy": {"profile": "four-state"},
        "mqtt": {"host": LOOPBACK, "port": port},
        "engines": {"tune": False},
        "cameras": {
            "clip": {
                "source": str(packaged_clip()),
                "realtime": False,
                "fps": FPS,
                "seats": seats,
            }
        },
    }


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Play the clip until the first override has its outcome."""
    folder = tmp_path_factory.mktemp("learned")
    clock = SystemClock()
    decider = Decider(
        learner=SURE,
        explore=False,
        new_id=new_ids(clock),
        new_seed=new_seed,
        monotonic=clock.monotonic_s,
    )
    steps: list[tuple[str, str]] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        PrivateBroker(folder / "broker") as broker,
        Listener(port=broker.port, topic="cb/#") as listener,
    ):
        patch.setattr(
            "appliance.service.box.build_learned_policy",
            lambda *_, **__: LearnedPolicy(decider=decider),
        )
        terminal = Terminal(
            address=BrokerAddress(host=LOOPBACK, port=broker.port),
            site="s",
            room="r",
            terminal=TerminalKey("pc-left"),
            answers=AutoAnswers(FeedbackKind.ACCEPTED, after_s=0.01),
            screen=ConsoleScreen(Console(file=StringIO()), ask=False),
            clock=clock,
            on_event=lambda event: steps.append((event.command, event.step)),
        )
        lesson = Lesson(listener=listener, terminal=terminal, steps=steps)
        greeted = threading.Event()

        def hear(presence: TerminalPresence) -> None:
            greeted.set()
            lesson.presence(presence)

        box = Box(
            parse_settings(tables(folder, broker.port), origin="test"),
            clock=clock,
            notifier=SystemdNotifier(None),
            watchers=BoxWatchers(on_tick=lesson.take, on_presence=hear),
        )
        box.connect()
        terminal.start()
        assert greeted.wait(30)
        box.watch()
        box.wait(lesson.over)
        box.stop()
        terminal.stop()
    file = folder / "state" / "privacy.db"
    return Record(
        command=lesson.command,
        steps=steps,
        choices={row["id"]: row for row in read(file, "choices")},
        decisions={row["id"]: row for row in read(file, "decisions")},
        outcomes=read(file, "outcomes"),
        commands={row["id"]: row for row in read(file, "commands")},
    )


pytestmark = [pytest.mark.long, pytest.mark.broker]


def test_the_learned_action_comes_to_the_student(record: Record) -> None:
    """Under the id of its choice: in three tables and at the terminal."""
    assert record.command != ""
    choice, decision = record.choices[record.command], record.decisions[record.command]

    assert (choice["reason"], choice["policy"], choice["rule"]) == ("override", SURE.version, "")
    assert (decision["rule"], decision["at_s"]) == ("override", choice["at_s"])
    assert decision["action"] in {"adjust_difficulty", "focus_break", "hint", "push_content"}
    assert record.commands[record.command]["state"] == "succeeded"
    assert (record.command, "started") in record.steps


def test_the_answer_is_a_reward_once(record: Record) -> None:
    """What was said twice, by another terminal, against itself or of nothing changes nothing."""
    (outcome,) = [one for one in record.outcomes if one["choice"] == record.command]

    assert (outcome["complete"], outcome["reject"], outcome["intrude"]) == (1, 0, 0)
    assert outcome["delta_f"] is not None
    assert outcome["delta_b"] is not None


def test_what_is_on_record_agrees(record: Record) -> None:
    """What was done has a decision, what was left has none, and no outcome is of anything else."""
    acted = {key for key, row in record.choices.items() if row["action"] != PolicyAction.NOTHING}
    learned = {key for key, row in record.decisions.items() if row["rule"] == "override"}
    named = [one["choice"] for one in record.outcomes]

    assert learned <= acted <= record.decisions.keys()
    assert len(named) == len(set(named))
    assert set(named) <= record.choices.keys()
    assert {row["propensity"] for row in record.choices.values()} == {1.0}


def test_nothing_of_the_fusion_is_kept(record: Record) -> None:
    """Nobody has agreed to that; what the student accepts was not known yet."""
    state = unpack_state(record.choices[record.command]["state"])

    assert not state[FUSED].any()
    assert state[ACCEPTANCE] == pytest.approx([0.5] * 4)
