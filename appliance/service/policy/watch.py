"""What is wrong with the learned policy, for the health report, and when it must not learn."""

from collections.abc import Callable, Mapping

from appliance.intervention.policy.decider import Decider
from appliance.scheduling.ladder import LadderState, LaneCounts
from appliance.service.policy.learning import BackgroundLearning

_REFUSED = "policy artifact"


class PolicyWatch:
    """Asks the parts of the policy, whichever there are; any thread may ask."""

    def __init__(
        self,
        *,
        refused: str = "",
        decider: Decider | None = None,
        learning: BackgroundLearning | None = None,
    ) -> None:
        """Know the parts.

        Args:
            refused: Why the configured learner is not used; empty when it is.
            decider: Counts failures of the learner.
            learning: Knows why it has gone back.
        """
        self._refused = {_REFUSED: refused} if refused else {}
        self._decider = decider
        self._learning = learning

    def problems(self) -> Mapping[str, str]:
        """Return one line each, by what it is about; empty when all is well."""
        return {**self._refused, **({} if self._learning is None else self._learning.problems())}

    def failures(self) -> int:
        """Return how many judgements ended in an error or came too late."""
        return 0 if self._decider is None else self._decider.failures


class Lateness:
    """Tells whether the lanes need all there is; asked by one thread."""

    def __init__(
        self,
        *,
        counts: Callable[[], LaneCounts],
        ladder: Callable[[], LadderState],
        held: bool,
        tuning: Callable[[], bool],
    ) -> None:
        """Begin with nothing dropped.

        Args:
            counts: What the lanes have done.
            ladder: Where the degrade ladder stands.
            held: Its step is the configuration's and says nothing of the load.
            tuning: Tells whether the box is timing its engines.
        """
        self._counts = counts
        self._ladder = ladder
        self._held = held
        self._tuning = tuning
        self._dropped = 0

    def __call__(self) -> bool:
        """Tell whether frames were dropped since the last call, or the box looks less often."""
        dropped = self._counts().dropped
        late = dropped > self._dropped
        self._dropped = dropped
        degraded = not self._held and self._ladder().step > 0
        return late or degraded or self._tuning()
