"""Actions, states, shares and times in words that need no manual."""

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import ChoiceReason, PolicyAction

STATES = {
    Affect.FOCUSED: "concentrated",
    Affect.CONFUSED: "confused",
    Affect.FATIGUED: "tired",
    Affect.BORED: "bored",
}
"""What somebody looks like."""

OFFERS = {
    PolicyAction.NOTHING: "nothing",
    PolicyAction.REST: "a short rest",
    PolicyAction.CONTENT: "a short piece on the topic",
    PolicyAction.DIFFICULTY: "another difficulty",
    PolicyAction.HINT: "a hint",
}
"""What the policy chooses from."""

SHOWN = {
    Action.NONE: "nothing",
    Action.FOCUS_BREAK: "a tip to take a short break",
    Action.HINT: "a hint",
    Action.PUSH_CONTENT: "a short piece on the topic",
    Action.ADJUST_DIFFICULTY: "another difficulty",
    Action.REMINDER_LOCK_30S: "a reminder with the screen locked for 30 seconds",
    Action.MANDATORY_REST: "a rest with a timer",
    Action.CONTACT_TEACHER: "a call for a teacher",
}
"""What was done."""

REASONS = {
    ChoiceReason.RULE: "as the rules say; nothing else was held to be better",
    ChoiceReason.NOT_SURE: "as the rules say; {learned} looked better, but not surely: "
    "the gain may be as low as {bound:+.3f}",
    ChoiceReason.LITTLE_EVIDENCE: "as the rules say; {learned} looked better, but what comes of it "
    "is known from too few cases",
    ChoiceReason.LEARNER_FAILED: "as the rules say; the learned policy failed, was late or is "
    "switched off",
    ChoiceReason.OVERRIDE: "the learned policy is sure that this is better than the rules: "
    "by at least {bound:.3f}",
    ChoiceReason.RANDOMISED: "drawn by lot, for a study that the school has agreed to",
}
"""Why; ``learned`` and ``bound`` are filled in. Gains are in the unit of the reward, where 1 is a
state that goes from certain to gone."""

_SURE, _LIKELY, _MAYBE = 0.75, 0.5, 0.25
_MINUTE_S = 60.0


def share(probability: float) -> str:
    """Return a probability as a person says it, with the number behind."""
    if probability >= _SURE:
        word = "very likely"
    elif probability >= _LIKELY:
        word = "probably"
    elif probability >= _MAYBE:
        word = "perhaps"
    else:
        word = "hardly"
    return f"{word}, {probability:.0%}"


def duration(seconds: float) -> str:
    """Return a duration in minutes and seconds."""
    minutes, rest = divmod(round(seconds), int(_MINUTE_S))
    if minutes == 0:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def change(drop: float) -> str:
    """Return how far a probability fell or rose."""
    if round(abs(drop) * 100) == 0:
        return "stayed as it was"
    return f"{'fell' if drop > 0 else 'rose'} by {abs(drop) * 100:.0f} points of 100"


def listed(words: list[str]) -> str:
    """Return words with commas and an "or" before the last."""
    if len(words) < 2:  # noqa: PLR2004 - one word has no "or"
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
