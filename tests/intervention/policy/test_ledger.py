"""Each choice has one outcome, whatever is said, how often, how late and by whom."""

import numpy as np
import pytest

from appliance.domain.affect import AffectReading, ReadingStatus
from appliance.domain.interventions import Feedback, FeedbackKind
from appliance.domain.policy.choices import ChoiceOutcome, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.intervention.policy.ledger import Heard, RewardLedger

A, B = SeatKey("a01"), SeatKey("a02")
STUDENT = OccupancyKey("o1")
KINDS = {kind.value: kind for kind in FeedbackKind}


class Seat:
    """One student, token by token."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.answers: list[tuple[PolicyAction, bool]] = []
        self.ledger = RewardLedger(
            on_answer=lambda _, action, accepted: self.answers.append((action, accepted))
        )
        self.at_s = 0.0
        self.outcomes: list[ChoiceOutcome] = []

    def sit(
        self,
        seconds: float,
        *,
        fatigued: float = 0.5,
        present: bool = True,
        seat: SeatKey = A,
        occupancy: OccupancyKey | None = STUDENT,
    ) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 5)):
            self.at_s += 0.2
            rest = (1 - fatigued) / 3
            reading = AffectReading(
                seat=seat,
                occupancy=occupancy,
                at_s=self.at_s,
                status=ReadingStatus.KNOWN,
                probabilities=np.array([rest, rest, fatigued, rest], dtype=np.float32),
                fused=np.zeros(128, dtype=np.float32),
            )
            self.ledger.see(reading, present=present)
            self.outcomes += self.ledger.take_outcomes()

    def do(self, action: PolicyAction = PolicyAction.HINT, *, name: str = "k1") -> None:
        """Choose."""
        self.ledger.follow(name, A, action)

    def say(
        self,
        kind: str,
        *,
        command: str = "k1",
        seat: SeatKey = A,
        after_s: float | None = None,
        rating: int | None = None,
    ) -> Heard:
        """Answer as a terminal does."""
        return self.ledger.answer(
            seat,
            Feedback(
                command=command,
                terminal=TerminalKey("pc"),
                kind=KINDS[kind],
                rating=rating,
                after_s=after_s,
            ),
        )


@pytest.fixture
def seat() -> Seat:
    """Return a student who has been there for a minute."""
    made = Seat()
    made.sit(60)
    return made


def test_doing_nothing_is_settled_after_120_s(seat: Seat) -> None:
    """With the drop of the 30 s mean, and not a token before."""
    seat.do(PolicyAction.NOTHING)
    seat.sit(90, fatigued=0.5)
    seat.sit(29.8, fatigued=0.2)
    assert seat.outcomes == []

    seat.sit(0.2, fatigued=0.2)

    (outcome,) = seat.outcomes
    assert outcome.choice == "k1"
    assert outcome.fatigue_drop == pytest.approx(0.3)
    assert outcome.boredom_drop == pytest.approx(-0.1)
    assert (outcome.complete, outcome.reject, outcome.intrude) == (False, False, False)


def test_an_action_is_settled_when_its_task_can_no_longer_count(seat: Seat) -> None:
    """10 min, once, although it is heard of again and again."""
    seat.do()
    seat.say("accepted", after_s=3.0)
    seat.sit(120)
    seat.say("completed")
    seat.sit(479.8)
    assert seat.outcomes == []

    seat.sit(600)

    assert [(one.choice, one.complete, one.reject) for one in seat.outcomes] == [
        ("k1", True, False)
    ]


@pytest.mark.parametrize(
    ("said", "heard", "complete", "reject", "answers"),
    [
        pytest.param([("dismissed", 10.0)], ["counted"], False, True, [False], id="closed-at-once"),
        pytest.param([("dismissed", 10.1)], ["counted"], False, False, [False], id="read-first"),
        pytest.param(
            [("accepted", 1.0), ("accepted", 1.0)],
            ["counted", "duplicate"],
            False,
            False,
            [True],
            id="twice",
        ),
        pytest.param(
            [("accepted", 1.0), ("dismissed", 2.0)],
            ["counted", "contradicts"],
            False,
            False,
            [True],
            id="accepted-then-dismissed",
        ),
        pytest.param(
            [("dismissed", 2.0), ("accepted", 3.0), ("completed", None)],
            ["counted", "contradicts", "contradicts"],
            False,
            True,
            [False],
            id="dismissed-then-accepted",
        ),
        pytest.param(
            [("completed", None), ("dismissed", 2.0)],
            ["counted", "contradicts"],
            True,
            False,
            [True],
            id="done-then-closed",
        ),
        pytest.param(
            [("accepted", 1.0), ("completed", None)],
            ["counted", "counted"],
            True,
            False,
            [True],
            id="one-answer",
        ),
    ],
)
def test_the_first_answer_counts(
    seat: Seat,
    said: list[tuple[str, float | None]],
    heard: list[str],
    *,
    complete: bool,
    reject: bool,
    answers: list[bool],
) -> None:
    """And each kind of it once."""
    seat.do()

    assert [seat.say(kind, after_s=after_s) for kind, after_s in said] == heard
    seat.sit(600)

    (outcome,) = seat.outcomes
    assert (outcome.complete, outcome.reject) == (complete, reject)
    assert seat.answers == [(PolicyAction.HINT, accepted) for accepted in answers]


@pytest.mark.parametrize(("rating", "reject"), [(2, True), (3, False)])
def test_a_bad_rating_rejects_what_was_accepted(seat: Seat, rating: int, *, reject: bool) -> None:
    """It is no contradiction: the student has looked, and did not like it."""
    seat.do()
    seat.say("accepted", after_s=1.0)

    assert seat.say("rated", rating=rating) is Heard.COUNTED
    assert seat.say("rated", rating=1) is Heard.DUPLICATE
    seat.sit(600)

    assert [one.reject for one in seat.outcomes] == [reject]


def test_a_terminal_that_does_not_say_when_is_timed_by_the_box(seat: Seat) -> None:
    """By capture time since the choice."""
    seat.do(name="soon")
    seat.do(name="late")
    seat.sit(9)
    seat.say("dismissed", command="soon")
    seat.sit(2)
    seat.say("dismissed", command="late")
    seat.sit(600)

    assert {one.choice: one.reject for one in seat.outcomes} == {"soon": True, "late": False}


def test_forged_and_late_answers_change_nothing(seat: Seat) -> None:
    """Of a command that was never sent, of another seat's, and of one that is settled."""
    seat.sit(0.2, seat=B, occupancy=OccupancyKey("o2"))
    seat.do()
    seat.do(PolicyAction.NOTHING, name="waited")

    assert seat.say("completed", command="made-up") is Heard.UNKNOWN
    assert seat.say("completed", seat=B) is Heard.OTHER_TERMINAL
    assert seat.say("completed", command="waited") is Heard.UNKNOWN
    seat.sit(600)
    assert seat.say("completed") is Heard.UNKNOWN

    assert [(one.choice, one.complete) for one in seat.outcomes] == [
        ("waited", False),
        ("k1", False),
    ]
    assert seat.answers == []


def test_whoever_is_away_leaves_the_drop_missing(seat: Seat) -> None:
    """Missing is not zero; what the student did is known all the same."""
    seat.do()
    seat.say("completed")
    seat.sit(90)
    seat.sit(6.2, present=False)
    seat.sit(600)

    (outcome,) = seat.outcomes
    assert (outcome.fatigue_drop, outcome.boredom_drop) == (None, None)
    assert outcome.complete


def test_tokens_that_were_lost_are_absence(seat: Seat) -> None:
    """A camera that was away for 7 of the 30 s has seen too little."""
    seat.do(PolicyAction.NOTHING)
    seat.sit(95)
    seat.at_s += 7
    seat.sit(18)

    assert [one.fatigue_drop for one in seat.outcomes] == [None]


def test_30_s_after_a_screen_event_say_nothing(seat: Seat) -> None:
    """The command was shown late, so only what comes after it counts."""
    seat.do()
    seat.sit(70)
    seat.ledger.note_screen_event(A)
    seat.sit(30, fatigued=0.9)
    seat.sit(20, fatigued=0.1)
    seat.sit(600)

    (outcome,) = seat.outcomes
    assert outcome.fatigue_drop == pytest.approx(0.4)


@pytest.mark.parametrize("how", ["told", "somebody-else", "nobody", "clock"])
def test_what_is_open_is_settled_when_the_student_leaves(seat: Seat, how: str) -> None:
    """With what is known by then, once; whoever comes next has nothing to do with it."""
    seat.do()
    seat.say("accepted", after_s=1.0)
    seat.sit(130, fatigued=0.2)
    if how == "told":
        seat.ledger.end(A)
        seat.sit(0.2)
    elif how == "clock":
        seat.at_s = 1.0
        seat.sit(0.2)
    else:
        seat.sit(0.2, occupancy=OccupancyKey("o2") if how == "somebody-else" else None)

    (outcome,) = seat.outcomes
    assert outcome.fatigue_drop == pytest.approx(0.3)
    assert seat.say("completed") is Heard.UNKNOWN
    seat.sit(600)
    assert len(seat.outcomes) == 1


def test_a_rule_beside_the_choices_has_no_outcome(seat: Seat) -> None:
    """But the student's answer to it is an answer."""
    seat.ledger.follow("i1", A, PolicyAction.REST, told=False)

    assert seat.say("dismissed", command="i1", after_s=1.0) is Heard.COUNTED
    seat.sit(700)

    assert seat.outcomes == []
    assert seat.answers == [(PolicyAction.REST, False)]
