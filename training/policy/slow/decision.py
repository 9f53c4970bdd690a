"""One decision of the policy from the student's answer to its reward."""

from dataclasses import dataclass

from appliance.domain.policy.choices import PolicyAction
from appliance.domain.tokens import TOKEN_S
from appliance.intervention.policy.reward import (
    COMPLETE_WITHIN_S,
    DELAY_TOKENS,
    ReadingLog,
    rejects,
    sum_terms,
)
from training.policy.slow.student import Answer


@dataclass(slots=True, kw_only=True)
class Decision:
    """What was done in one step, and what of its consequences is known."""

    token: int
    """Tokens before it."""

    action: PolicyAction
    """What was shown."""

    answer: Answer | None
    """What the student does about it; None when nothing was shown."""

    intrude: bool
    """It came too soon after the last, or was one too many in an hour."""

    told: int = 0
    """How many of its events the box has heard of."""

    missing: bool = False
    """Its reward is missing for good."""

    def events(self) -> list[tuple[float, str]]:
        """Return what the terminal will report, in order: seconds after the decision and kind."""
        if self.answer is None:
            return []
        answer = self.answer
        events = [(answer.after_s, "answered")]
        if answer.rating is not None:
            events.append((answer.rated_after_s, "rated"))
        if answer.completed_after_s is not None:
            events.append((answer.completed_after_s, "completed"))
        return sorted(events)

    @property
    def completed_s(self) -> float | None:
        """When it was completed in time to count, seconds after it."""
        after_s = None if self.answer is None else self.answer.completed_after_s
        return None if after_s is None or after_s > COMPLETE_WITHIN_S else after_s

    def pay(self, log: ReadingLog) -> float:
        """Return the reward 120 s later; NaN when it is missing."""
        drops = log.drops(self.token)
        if drops is None:
            self.missing = True
            return float("nan")
        answer, completed_s = self.answer, self.completed_s
        reject = answer is not None and rejects(
            closed_after_s=None if answer.accepted else answer.after_s, rating=answer.rating
        )
        return sum_terms(
            fatigue_drop=drops[0],
            boredom_drop=drops[1],
            complete=completed_s is not None and completed_s <= DELAY_TOKENS * TOKEN_S,
            reject=reject,
            intrude=self.intrude,
        )
