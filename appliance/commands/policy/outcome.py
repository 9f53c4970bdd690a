"""What came of one decision, in the words of ``classbox why``."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from appliance.commands.policy.words import SHOWN, STATES, change, duration
from appliance.domain.affect import Affect
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Feedback, FeedbackKind
from appliance.domain.policy.choices import StoredChoice
from appliance.intervention.policy.ledger import DROP_AFTER_S, followed_s
from appliance.intervention.rules import TABLE_1
from appliance.storage.tables.episode_archive import ShownAround
from appliance.storage.tables.on_record import DecisionRecord

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


def came(record: DecisionRecord) -> list[str]:
    """Return how far the command came, and what the student did with it."""
    words = [_DONE[state] for state in _DONE if state.value == record.command]
    return [*words, *(_answer(answer) for answer in record.answers)]


def changed(
    record: DecisionRecord, stored: StoredChoice, states: Collection[Affect], *, now_s: float
) -> list[str]:
    """Return what came of a choice, or why that is not known."""
    outcome = stored.outcome
    if outcome is None:
        known_s = stored.wall_s + followed_s(stored.choice.action)
        if now_s < known_s:
            return [f"the change is not known yet; it will be by {moment(known_s + 1)[-8:]}"]
        return ["the change is not known: two minutes were not over, or nobody sat there"]
    if outcome.fatigue_drop is None or outcome.boredom_drop is None:
        words = ["the change could not be measured"]
    else:
        drops = {Affect.FATIGUED: outcome.fatigue_drop, Affect.BORED: outcome.boredom_drop}
        words = [
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
    return words


def meanwhile(around: Sequence[ShownAround]) -> list[str]:
    """Return what else was shown while the change of a choice was measured."""
    after = [one for one in around if 0 < one.later_s <= DROP_AFTER_S]
    if not after:
        return []
    told = " and ".join(
        f"{SHOWN[one.action]} was shown{_by(one.rule)} {apart(one.later_s)} later" for one in after
    )
    return [f"meanwhile {told}, so the change is not of this decision alone"]


def apart(seconds: float) -> str:
    """Return how long two things are apart, at least 1 s."""
    return duration(max(seconds, 1.0))


def moment(wall_s: float) -> str:
    """Return a day and a time as the clock on the wall here shows it."""
    return f"{datetime.fromtimestamp(wall_s, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def _by(rule: str) -> str:
    return f" by row {rule} of Table 1" if any(one.row == rule for one in TABLE_1) else ""


def _answer(answer: Feedback) -> str:
    rated = f" {answer.rating} of 5" if answer.rating is not None else ""
    after = "" if answer.after_s is None else f" after {duration(answer.after_s)}"
    return f"{_ANSWERS[answer.kind]}{rated}{after}"
