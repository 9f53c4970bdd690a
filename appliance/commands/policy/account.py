"""One decision told to a student, to a teacher or to an auditor.

No state is named that the box's profile does not tell (docs/DESIGN.md, 8), not even one that is on
record from before the profile was changed.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np

from appliance.commands.policy.words import (
    OFFERS,
    REASONS,
    SHOWN,
    STATES,
    change,
    duration,
    listed,
    share,
)
from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, Feedback, FeedbackKind
from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    Choice,
    ChoiceOutcome,
    ChoiceReason,
    ErasedChoice,
    PolicyAction,
    StoredChoice,
)
from appliance.intervention.policy.actions import BOX_ACTIONS
from appliance.intervention.policy.state import (
    DURATION_S,
    MEAN_P,
    ON_TASK_S,
    SINCE_ACTION_S,
    TIMES,
)
from appliance.intervention.rules import TABLE_1
from appliance.storage.tables.on_record import DecisionRecord, StoredDecision

FORGOTTEN = (
    "This decision is about somebody who wanted to be forgotten. That there was one is all that is "
    "kept."
)

HIDDEN = "a state that this box does not tell"

_DONE = {
    CommandState.RECEIVED: "the terminal has it",
    CommandState.STARTED: "the student saw it",
    CommandState.SUCCEEDED: "it was carried out",
    CommandState.FAILED: "the terminal could not carry it out",
    CommandState.REJECTED: "the terminal refused it",
    CommandState.EXPIRED: "it came too late, so nobody saw it",
}

_ANSWERS = {
    FeedbackKind.ACCEPTED: "the student accepted it",
    FeedbackKind.DISMISSED: "the student closed it",
    FeedbackKind.COMPLETED: "the task was completed",
    FeedbackKind.RATED: "the student rated it",
}


class Audience(StrEnum):
    """Who asks."""

    STUDENT = "student"
    TEACHER = "teacher"
    AUDITOR = "auditor"


def tell_student(record: DecisionRecord, *, states: Collection[Affect]) -> tuple[str, str]:
    """Return one sentence for whom it is about, and how to say no."""
    if isinstance(record.choice, ErasedChoice):
        return FORGOTTEN, ""
    if record.decision is not None:
        intervention = record.decision.intervention
        looked = _looked(intervention.affect, intervention.intensity, states)
        if intervention.action is Action.CONTACT_TEACHER:
            sentence = f"The box asked a teacher to look after you, because {looked}"
        else:
            sentence = f"The box offered you {SHOWN[intervention.action]}, because {looked}"
        sentence += "; it only guesses from what it sees, and it can be wrong"
    else:
        sentence = "The box had nothing to say to you at that moment and left you in peace"
    if isinstance(record.choice, StoredChoice):
        choice = record.choice.choice
        if record.decision is None and choice.action is not PolicyAction.NOTHING:
            offered = SHOWN[BOX_ACTIONS[choice.action]]
            sentence = f"The box thought of offering you {offered}, and it did not come to that"
        if choice.drawn:
            sentence += "; whether it did was drawn by lot, for a study that your school agreed to"
    no = (
        "You may close whatever it shows, at any time, and nothing comes of that. If you do not "
        "want the box to look at you, say no on your screen or tell your teacher, and it stops at "
        "once. If you want what it has stored about you to be erased, ask your teacher."
    )
    return f"{sentence}.", no


def tell_teacher(record: DecisionRecord, *, states: Collection[Affect]) -> list[tuple[str, str]]:
    """Return headings and what stands beside them, in the order of reading."""
    if isinstance(record.choice, ErasedChoice):
        return [("decision", record.id), ("what is kept", FORGOTTEN)]
    if record.choice is None:
        return [] if record.decision is None else _tell_rule(record, record.decision, states)
    choice = record.choice.choice
    return [
        ("decision", record.id),
        ("where and when", f"seat {choice.seat}, {_when(record.choice.wall_s)}"),
        ("what was seen", _seen(choice, states)),
        ("what Table 1 said", _table(choice.rule, choice.rule_action)),
        ("what was allowed", _allowed(choice)),
        ("what was chosen", _chosen(record, choice)),
        ("how likely that was", _chance(choice)),
        ("who decided", _policy(choice)),
        ("what came of it", _came(record, record.choice.outcome, states)),
    ]


def _tell_rule(
    record: DecisionRecord, decision: StoredDecision, states: Collection[Affect]
) -> list[tuple[str, str]]:
    """Tell a decision that no policy had a part in."""
    intervention = decision.intervention
    looked = _looked(intervention.affect, intervention.intensity, states, whom="the student")
    return [
        ("decision", record.id),
        ("where and when", f"seat {intervention.seat}, {_when(decision.wall_s)}"),
        ("what was seen", f"{looked}, for {duration(intervention.duration_s)}"),
        ("what Table 1 said", f"row {intervention.rule}: {SHOWN[intervention.action]}"),
        ("what was allowed", "it: no exam, no pause after an earlier one, nothing unsaved"),
        ("what was chosen", f"{SHOWN[intervention.action]}, as the rules say"),
        ("how likely that was", "certain"),
        ("who decided", "Table 1 alone"),
        ("what came of it", _came(record, None, states, measured=False)),
    ]


def _looked(
    affect: Affect, intensity: float, states: Collection[Affect], *, whom: str = "you"
) -> str:
    if affect not in states:
        return f"{whom} looked like {HIDDEN}"
    return f"{whom} looked {STATES[affect]} ({share(intensity)})"


def _seen(choice: Choice, states: Collection[Affect]) -> str:
    mean = choice.state[MEAN_P]
    order = [AFFECTS[number] for number in np.argsort(-mean)]
    told = [f"{STATES[one]} ({share(mean[AFFECTS.index(one)])})" for one in order if one in states]
    led, on_task, since = (float(number) for number in choice.state[TIMES])
    words = ["over the last minute, " + ", ".join(told)] if told else []
    if order[0] in states:
        words.append(f"{STATES[order[0]]} has led for {_told(led, DURATION_S)}")
    words.append(f"{_told(on_task, ON_TASK_S)} on this task")
    words.append(
        "nothing was shown in the last half hour"
        if since >= 1
        else f"something was last shown {_told(since, SINCE_ACTION_S)} before"
    )
    return "; ".join(words)


def _told(number: float, unit_s: float) -> str:
    """Return a time of the state; it is cut off where its unit ends."""
    return f"{duration(unit_s)} or more" if number >= 1 else duration(number * unit_s)


def _table(row: str, action: PolicyAction) -> str:
    if not row:
        return "nothing: no row applies"
    shown = next((SHOWN[rule.action] for rule in TABLE_1 if rule.row == row), OFFERS[action])
    return f"row {row}: {shown}"


def _allowed(choice: Choice) -> str:
    may = [one for one, allowed in zip(POLICY_ACTIONS, choice.allowed, strict=True) if allowed]
    return listed([OFFERS[one] for one in may])


def _chosen(record: DecisionRecord, choice: Choice) -> str:
    if record.decision is not None:
        done = SHOWN[record.decision.intervention.action]
    elif choice.action is PolicyAction.NOTHING:
        done = "nothing"
    else:
        done = SHOWN[BOX_ACTIONS[choice.action]]
    why = REASONS[choice.reason].format(learned=OFFERS[choice.learned_action], bound=choice.bound)
    return f"{done}: {why}"


def _chance(choice: Choice) -> str:
    if not choice.drawn:
        return "certain"
    drawn = "" if choice.reason is ChoiceReason.RANDOMISED else "; a lot was drawn and fell so"
    return f"{choice.propensity:.0%}{drawn}"


def _policy(choice: Choice) -> str:
    return "Table 1 and chance" if choice.policy == "rules" else f"the policy {choice.policy}"


def _came(
    record: DecisionRecord,
    outcome: ChoiceOutcome | None,
    states: Collection[Affect],
    *,
    measured: bool = True,
) -> str:
    words = [_DONE[state] for state in _DONE if state.value == record.command]
    words += [_answer(answer) for answer in record.answers]
    if outcome is None:
        if measured:
            words.append("the change is not known: two minutes were not over, or nobody sat there")
        return "; ".join(words) or "not on record"
    if outcome.fatigue_drop is None or outcome.boredom_drop is None:
        words.append("the change could not be measured")
    else:
        drops = {Affect.FATIGUED: outcome.fatigue_drop, Affect.BORED: outcome.boredom_drop}
        words += [
            f"the score of {STATES[affect]} {change(drop)} within two minutes"
            for affect, drop in drops.items()
            if affect in states
        ]
        words.append("this happens without help as well (classbox report)")
    if outcome.complete and FeedbackKind.COMPLETED not in {one.kind for one in record.answers}:
        words.append("the task was completed")
    if outcome.reject:
        words.append("it counts as rejected")
    if outcome.intrude:
        words.append("it came soon after another")
    return "; ".join(words)


def _answer(answer: Feedback) -> str:
    rated = f" {answer.rating} of 5" if answer.rating is not None else ""
    after = "" if answer.after_s is None else f" after {duration(answer.after_s)}"
    return f"{_ANSWERS[answer.kind]}{rated}{after}"


def _when(wall_s: float) -> str:
    return f"{datetime.fromtimestamp(wall_s, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
