"""Rule and learned action of one tick: who has the last word, and what follows for the other."""

import itertools
from collections.abc import Mapping

import numpy as np
import pytest

from appliance.domain.affect import AFFECTS, Affect, AffectReading, ReadingStatus
from appliance.domain.interventions import Action, Feedback, FeedbackKind, Intervention, TaskContext
from appliance.domain.policy.choices import (
    POLICY_STEP_S,
    Choice,
    ChoiceOutcome,
    ChoiceReason,
    PolicyAction,
)
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus, TokenBatch
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.chooser import ActionChooser
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.ledger import Heard
from appliance.intervention.policy.state import ACCEPTANCE, FUSED, TIMES
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, tracked_levels
from appliance.warning.monitor import EpisodeMonitor
from tests.support.scripted_learner import ScriptedLearner

SEAT, PC = SeatKey("a01"), TerminalKey("pc-01")
NOTHING, REST, HINT = PolicyAction.NOTHING, PolicyAction.REST, PolicyAction.HINT
TIRED = {Affect.FATIGUED: 0.75}
TIRED_AND_LOST = {Affect.FATIGUED: 0.7, Affect.CONFUSED: 0.26}


class Student:
    """One student who reads the same all the time, before all that decides."""

    def __init__(
        self,
        learner: Learner | None = None,
        *,
        explore: bool = False,
        enabled: bool = True,
        reads: Mapping[Affect, float] | None = None,
        keeps_fused: bool = False,
        first_seed: int = 0,
    ) -> None:
        """Connect; the seeds of the choices are ``first_seed``, the next number and so on."""
        numbers, seeds = itertools.count(1), itertools.count(first_seed)
        rules = RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=lambda: f"i{next(numbers)}")
        self.reads = TIRED if reads is None else reads
        self.context: TaskContext | None = None
        self.monitor = EpisodeMonitor(
            levels=tracked_levels(TABLE_1), new_id=lambda: f"e{next(numbers)}"
        )
        self.chooser = ActionChooser(
            rules=rules,
            decider=Decider(
                learner=learner,
                explore=explore,
                new_id=lambda: f"k{next(numbers)}",
                new_seed=lambda: next(seeds),
                monotonic=lambda: 0.0,
            ),
            context=lambda _: self.context,
            keeps_fused=lambda _: keeps_fused,
            enabled=enabled,
        )
        self.token, self.began = 0, 0
        self.seen: list[AffectReading] = []
        self.occupancy = OccupancyKey("o1")
        self.choices: list[Choice] = []
        self.interventions: list[Intervention] = []
        self.outcomes: list[ChoiceOutcome] = []

    @property
    def at_s(self) -> float:
        """Capture time of the last token."""
        return self.token / 5

    def sit(self, seconds: float, *, status: ReadingStatus = ReadingStatus.KNOWN) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 5)):
            self.token += 1
            rest = (1 - sum(self.reads.values())) / (4 - len(self.reads))
            reading = AffectReading(
                seat=SEAT,
                occupancy=self.occupancy,
                at_s=self.at_s,
                status=status,
                probabilities=np.array(
                    [self.reads.get(affect, rest) for affect in AFFECTS], dtype=np.float32
                ),
                fused=np.full(128, 0.5, dtype=np.float32),
            )
            self.seen.append(reading)
            tokens = TokenBatch(
                at_s=(self.at_s,),
                seats=(SEAT,),
                occupancies=(self.occupancy,),
                status=(SeatStatus.PRESENT,),
                age_s=np.array([(self.token - self.began) / 5], dtype=np.float32),
                face=np.zeros((1, FACE_SIZE), dtype=np.float32),
                pose=np.zeros((1, POSE_STREAM_SIZE), dtype=np.float32),
                restarted=np.zeros(1, dtype=np.bool_),
            )
            alerts = self.monitor.assess(reading)
            self.chooser.see(tokens, [reading])
            chosen = self.chooser.choose(alerts, [SEAT])
            self.choices += chosen.choices
            self.interventions += chosen.interventions
            self.outcomes += self.chooser.take_outcomes()

    def leave(self) -> None:
        """Let somebody else sit down."""
        self.chooser.forget(SEAT)
        self.began = self.token
        self.occupancy = OccupancyKey("o2")

    def done(self) -> list[tuple[float, str, Action]]:
        """Return when, by which row, and what."""
        return [(round(one.at_s), one.rule, one.action) for one in self.interventions]


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param(TIRED, id="tired"),
        pytest.param(TIRED_AND_LOST, id="tired-and-lost"),
        pytest.param({Affect.CONFUSED: 0.9}, id="lost"),
        pytest.param({Affect.FOCUSED: 0.9}, id="focused"),
        pytest.param({Affect.FATIGUED: 0.95}, id="severe"),
    ],
)
def test_a_learner_that_knows_nothing_is_the_rules(reads: Mapping[Affect, float]) -> None:
    """Second for second, row 0 and the cool-downs among them."""
    alone, gated = (
        Student(learner, reads=reads)
        for learner in (None, ScriptedLearner({HINT: 0.5, REST: 0.4}, evidence=0))
    )
    rules = RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=lambda: "i")
    monitor = EpisodeMonitor(levels=tracked_levels(TABLE_1), new_id=lambda: "e")

    alone.sit(1000)
    gated.sit(1000)
    decided = [
        one
        for reading in gated.seen
        for alert in monitor.assess(reading)
        if (one := rules.decide(alert)) is not None
    ]

    assert decided != []
    assert (
        alone.done() == gated.done() == [(round(one.at_s), one.rule, one.action) for one in decided]
    )


def test_choices_begin_with_a_full_window_and_come_every_10_s() -> None:
    """Where the rule acts, the choice is the intervention; the masks then keep still for 10 min."""
    student = Student(ScriptedLearner())

    student.sit(300)

    times = [one.at_s for one in student.choices]
    assert times[:3] == pytest.approx([60.2, 70.2, 80.2], abs=0.3)
    (lock,) = student.interventions
    last = student.choices[-1]
    assert (last.id, last.at_s, last.action, last.rule) == (lock.id, lock.at_s, REST, "2")
    assert lock.action is Action.REMINDER_LOCK_30S
    assert all(one.action is NOTHING and one.rule == "" for one in student.choices[:-1])


def test_a_learned_rest_recommends_and_never_locks() -> None:
    """It counts as an interruption; the row's own time comes nevertheless, beside the choices."""
    student = Student(ScriptedLearner({REST: 0.5}))

    student.sit(700)

    first, second = student.interventions[:2]
    assert (first.action, first.rule, first.affect) == (
        Action.FOCUS_BREAK,
        "override",
        Affect.FATIGUED,
    )
    assert (first.id, round(first.at_s)) == (student.choices[0].id, 60)
    assert second.rule == "2"
    assert second.id not in {one.id for one in student.choices}
    assert student.choices[-1].at_s >= second.at_s + 600 or len(student.choices) == 1


def test_a_veto_holds_the_row_for_a_step_and_no_longer() -> None:
    """It is proposed again every 10 s, because nothing was done that would cool it down."""
    student = Student(ScriptedLearner({REST: -0.5}))

    student.sit(300)

    assert student.interventions == []
    vetoes = [one.at_s for one in student.choices if one.rule == "2"]
    assert len(vetoes) >= 6
    assert np.diff(vetoes) == pytest.approx(np.full(len(vetoes) - 1, 10.0), abs=1.0)


def test_an_action_in_the_place_of_a_rule_stands_for_it() -> None:
    """The row cools down as if it had acted: nobody is interrupted twice for one thing."""
    student = Student(ScriptedLearner({HINT: 0.5}, only_against=REST), reads=TIRED_AND_LOST)

    student.sit(700)

    (hint,) = student.interventions
    assert hint.action is Action.HINT
    chosen = next(one for one in student.choices if one.id == hint.id)
    assert (chosen.reason, chosen.rule) == (ChoiceReason.OVERRIDE, "2")


@pytest.mark.parametrize("how", ["exam", "off", "unknown"])
def test_nothing_is_chosen_where_nothing_may_be_done(how: str) -> None:
    """During an exam, with the kill switch, and when the reading says nothing."""
    student = Student(ScriptedLearner({REST: 0.5}), enabled=how != "off")
    if how == "exam":
        student.context = TaskContext(terminal=PC, exam=True)

    student.sit(300, status=ReadingStatus.UNKNOWN if how == "unknown" else ReadingStatus.KNOWN)

    assert (student.choices, student.interventions) == ([], [])


def test_a_call_for_a_teacher_never_comes_here() -> None:
    """However much the learner is against all that is done."""
    against = ScriptedLearner({action: -1.0 for action in PolicyAction if action})
    student = Student(against, reads={Affect.FATIGUED: 0.95})

    student.sit(400)

    assert [one.action for one in student.interventions] == [Action.CONTACT_TEACHER]
    assert student.interventions[0].id not in {one.id for one in student.choices}


def test_whoever_comes_next_is_somebody_else() -> None:
    """A minute has to be seen of them, and nothing is known of what they accept."""
    student = Student(ScriptedLearner({REST: 0.5}))
    student.sit(100)
    (choice,) = [one for one in student.choices if one.action is REST]
    assert student.chooser.answer(SEAT, _answer(choice.id, FeedbackKind.DISMISSED)) == "counted"

    student.leave()
    before = len(student.choices)
    student.sit(100)

    assert student.choices[before].state[ACCEPTANCE] == pytest.approx(np.full(4, 0.5))
    assert student.chooser.answer(SEAT, _answer(choice.id, FeedbackKind.COMPLETED)) == "unknown"


def test_every_choice_has_one_outcome() -> None:
    """In its time, also when the student leaves before."""
    student = Student(None, explore=True, reads=TIRED_AND_LOST)

    student.sit(900)
    student.leave()
    student.sit(0.2)

    assert sorted(one.choice for one in student.outcomes) == sorted(
        one.id for one in student.choices
    )
    missing = {one.choice for one in student.outcomes if one.fatigue_drop is None}
    assert missing >= {one.id for one in student.choices if one.at_s > 900 - 120}
    assert len(missing) < len(student.choices) / 2


def test_chance_has_its_say_in_every_choice() -> None:
    """As the learners were judged with; nothing is likelier than all else together."""
    student = Student(None, explore=True)

    student.sit(900)

    free = [one.propensity for one in student.choices if not one.rule]
    assert free
    assert set(free) <= {0.1, 0.9}


def test_a_benign_row_that_is_withheld_waits_for_the_next_step() -> None:
    """Row 4 offers a hint; where chance says no, it is asked again ten seconds later."""
    withheld: list[Choice] = []
    for first_seed in range(0, 2000, 100):
        student = Student(None, explore=True, reads={Affect.CONFUSED: 0.9}, first_seed=first_seed)
        student.sit(300)
        withheld = [one for one in student.choices if one.rule == "4" and one.action is NOTHING]
        for one in withheld:
            assert one.propensity == 0.5
            later = [each.at_s for each in student.interventions if each.at_s > one.at_s]
            assert not later or min(later) >= one.at_s + POLICY_STEP_S - 0.01
        if withheld:
            return
    assert withheld


def test_the_state_follows_task_and_answers() -> None:
    """Time on task begins with another task, and what is accepted counts for the next one."""
    student = Student(ScriptedLearner({REST: 0.5}))
    student.context = TaskContext(terminal=PC, task_id="t1", topic="fractions")
    student.sit(100)
    first = student.choices[0]
    assert student.chooser.answer(SEAT, _answer(first.id, FeedbackKind.ACCEPTED)) is Heard.COUNTED
    student.context = TaskContext(terminal=PC, task_id="t2", topic="fractions")
    student.sit(800)

    later = next(one for one in student.choices[1:] if one.at_s > 600)
    assert first.state[ACCEPTANCE] == pytest.approx([0.5, 0.5, 0.5, 0.5])
    assert later.state[ACCEPTANCE] == pytest.approx([2 / 3, 0.5, 0.5, 0.5])
    assert first.state[TIMES][1] == pytest.approx(60 / 900, abs=0.02)
    assert later.state[TIMES][1] == pytest.approx((later.at_s - 100) / 900, abs=0.02)
    assert later.state[TIMES][2] == pytest.approx(
        (later.at_s - student.interventions[-1].at_s) / 1800, abs=0.4
    )


@pytest.mark.parametrize(("agreed", "expected"), [(False, 0.0), (True, 0.5)])
def test_h_fused_is_kept_of_those_who_have_agreed(*, agreed: bool, expected: float) -> None:
    """Of everybody else the first 128 numbers are zeros."""
    student = Student(ScriptedLearner(), keeps_fused=agreed)

    student.sit(80)

    assert set(student.choices[0].state[FUSED]) == {np.float32(expected)}


def _answer(command: str, kind: FeedbackKind) -> Feedback:
    return Feedback(command=command, terminal=PC, kind=kind, after_s=1.0)
