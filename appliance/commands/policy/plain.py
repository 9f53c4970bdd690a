"""What stands behind the numbers of a policy, in plain words."""

from appliance.domain.policy.experience import WEIGHTS
from appliance.intervention.policy.gate import MIN_EVIDENCE

REWARD = (
    "The reward of a choice is what came of it in one number: how far the probabilities of "
    "tired and bored fell within two minutes (1 is from certain to gone), "
    f"+{WEIGHTS.complete:g} where the student completed what was shown, "
    f"-{WEIGHTS.reject:g} where it was closed at once or rated badly, "
    f"-{WEIGHTS.intrude:g} where it came too soon after another."
)

CHOICES = (
    "A choice is where a learner or a lot has a say, at most every 10 s for each student, and most "
    "choose nothing; an intervention is what was done, by a choice or by Table 1 alone."
)

EVIDENCE = (
    f"{MIN_EVIDENCE} outcomes are known of what it would do, and of what the rules would do unless "
    "that is nothing"
)
"""What a learner needs, besides a sure gain, to replace an action of the rules."""

OUTCOME_TAKES = "an outcome takes 2 minutes, or 10 where something was shown"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Args:
        number: How many.
        one: The noun for one.
        many: For any other number; empty for ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def drawn_outcomes(*, drawn: int, known: int) -> str:
    """Return how many choices were drawn by lot and of how many the outcome is known."""
    told = "all" if known == drawn else f"{known:,}"
    if known == 0:
        return f"{drawn:,} drawn by lot, outcomes of none known yet; {OUTCOME_TAKES}"
    return f"{drawn:,} drawn by lot, outcomes of {told} known"
