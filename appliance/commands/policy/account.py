"""One decision told to a student, to a teacher or to an auditor.

No state is named that the box's profile does not tell (docs/DESIGN.md, 8), not even one that is on
record from before the profile was changed.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum

import numpy as np

from appliance.commands.policy.outcome import apart, came, changed, meanwhile, moment
from appliance.commands.policy.words import (
    OFFERS,
    REASONS,
    SHOWN,
    STATES,
    duration,
    listed,
    share,
)
from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.interventions import Action, Intervention
from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    Choice,
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
from appliance.storage.tables.episode_archive import ShownAround
from appliance.storage.tables.on_record import DecisionRecord, StoredDecision

FORGOTTEN = (
    "This decision is about somebody who wanted to be forgotten. That there was one is all that is "
    "kept."
)

HIDDEN = "a state that this box does not tell"

_DID = {
    Action.CONTACT_TEACHER: "asked a teacher to look after you",
    Action.REMINDER_LOCK_30S: "reminded you to take a short break and locked your screen for 30 "
    "seconds",
}
"""What the box has done to a student; everything else was offered."""

_CLOSE = "You may close whatever it shows, at any time, and nothing comes of that."
_LOCK_ENDS = (
    "Such a lock ends by itself after 30 seconds, and a teacher can end it sooner; you may close "
    "whatever else the box shows, at any time, and nothing comes of that."
)


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
        did = _DID.get(intervention.action, f"offered you {SHOWN[intervention.action]}")
        sentence = f"The box {did}, because {looked}"
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
    locked = record.decision is not None and (
        record.decision.intervention.action is Action.REMINDER_LOCK_30S
    )
    no = (
        "If you do not want the box to look at you, say no on your screen or tell your teacher, "
        "and it stops at once. If you want what it has stored about you to be erased, ask your "
        "teacher."
    )
    return f"{sentence}.", f"{_LOCK_ENDS if locked else _CLOSE} {no}"


def tell_teacher(
    record: DecisionRecord,
    *,
    states: Collection[Affect],
    around: Sequence[ShownAround],
    now_s: float,
) -> list[tuple[str, str]]:
    """Return headings and what stands beside them, in the order of reading.

    Args:
        record: All that is on record.
        states: Those that may be told.
        around: What else was shown to the same stay, some minutes before and after.
        now_s: Wall time, seconds since the Unix epoch.
    """
    if isinstance(record.choice, ErasedChoice):
        return [("decision", record.id), ("what is kept", FORGOTTEN)]
    if record.choice is None:
        decision = record.decision
        return [] if decision is None else _tell_rule(record, decision, states, around)
    choice = record.choice.choice
    outcome = [*came(record), *changed(record, record.choice, states, now_s=now_s)]
    return [
        ("decision", record.id),
        ("where and when", f"seat {choice.seat}, {moment(record.choice.wall_s)}"),
        ("what was seen", _seen(choice, states)),
        ("what Table 1 said", _table(choice.rule, choice.rule_action)),
        ("what was allowed", _allowed(choice)),
        ("what was chosen", _chosen(record, choice)),
        ("how likely that was", _chance(choice)),
        ("who decided", _policy(choice)),
        ("what came of it", "; ".join([*outcome, *meanwhile(around)])),
    ]


def _tell_rule(
    record: DecisionRecord,
    decision: StoredDecision,
    states: Collection[Affect],
    around: Sequence[ShownAround],
) -> list[tuple[str, str]]:
    """Tell a decision that no policy had a part in."""
    intervention = decision.intervention
    looked = _looked(intervention.affect, intervention.intensity, states, whom="the student")
    return [
        ("decision", record.id),
        ("where and when", f"seat {intervention.seat}, {moment(decision.wall_s)}"),
        ("what was seen", f"{looked}, for {duration(intervention.duration_s)}"),
        ("what Table 1 said", f"row {intervention.rule}: {SHOWN[intervention.action]}"),
        ("what was allowed", _row_allowed(intervention, around)),
        ("what was chosen", f"{SHOWN[intervention.action]}, as the rules say"),
        ("how likely that was", "certain"),
        ("who decided", "Table 1 alone"),
        ("what came of it", "; ".join(came(record)) or "not on record"),
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


def _row_allowed(intervention: Intervention, around: Sequence[ShownAround]) -> str:
    """Return why a row of Table 1 could act; its pause is its own (docs/DESIGN.md, 6)."""
    row = next((rule for rule in TABLE_1 if rule.row == intervention.rule), None)
    pause = "" if row is None else f" of {duration(row.cooldown_s)}"
    words = f"it: no exam, nothing unsaved, and the row's own pause{pause} was over"
    before = [one for one in around if one.later_s <= 0]
    if not before:
        return words
    last = before[-1]
    return (
        f"{words}; {SHOWN[last.action]} {apart(-last.later_s)} before did not hold it back: that "
        "holds back what is learned or drawn, while a row of Table 1 waits for its own pause alone"
    )
