"""What stands behind the numbers of a policy, in plain words."""

from appliance.domain.policy.experience import WEIGHTS

REWARD = (
    "The reward of a decision is what came of it in one number: how far the probabilities of "
    "tired and bored fell within two minutes (1 is from certain to gone), "
    f"+{WEIGHTS.complete:g} where the student completed what was shown, "
    f"-{WEIGHTS.reject:g} where it was closed at once or rated badly, "
    f"-{WEIGHTS.intrude:g} where it came too soon after another."
)

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
    """Return how many decisions were drawn by lot and of how many the outcome is known."""
    told = "all" if known == drawn else f"{known:,}"
    if known == 0:
        return f"{drawn:,} drawn by lot, outcomes of none known yet; {OUTCOME_TAKES}"
    return f"{drawn:,} drawn by lot, outcomes of {told} known"
