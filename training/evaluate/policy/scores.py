"""What one randomised world says of every policy."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.policy.fast.worlds import WorldKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyScore:
    """One policy in one world; returns are simulated, per lesson, unit of reward."""

    mean: float
    """Mean true return above doing nothing."""

    ahead: float
    """Mean of the same students' return less their return under the rules with cool-downs."""

    ahead_error: float
    """Standard error of ``ahead`` over students."""

    ahead_by_type: tuple[float, ...]
    """``ahead`` of each type of student; NaN where there is none."""

    shown: float
    """Actions in a lesson."""

    acting: float
    """Share of decisions at which another action than the rule's was done."""

    vetoes: float
    """Share of decisions at which nothing was done and the rule wanted something."""

    overrides: int
    """Overrides and vetoes."""

    better_gain: int
    """Of those, how many gain more in this world than the rule's action would."""

    better_value: int
    """Of those, how many have the larger value in this world, with what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateScore:
    """One estimate from records, and the truth."""

    value: float
    """The estimate, unit of reward."""

    low: float
    """Lower end of its 95 % interval; minus infinity when there is none."""

    high: float
    """Upper end."""

    truth: float
    """What the simulator knows."""

    @property
    def covered(self) -> bool:
        """True when the interval holds the truth."""
        return self.low <= self.truth <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldScore:
    """Everything that is kept of a world."""

    kind: WorldKind
    """What actions do in it."""

    seed: int
    """From which it follows."""

    policies: Mapping[str, PolicyScore]
    """By name."""

    oracle: str
    """Which candidate was the best."""

    robust: Mapping[str, EstimateScore]
    """Doubly robust estimates of what a policy gains over the rules at a decision, by policy."""

    effects: Mapping[str, EstimateScore]
    """Randomised effect on Delta F and on Delta B at 2 min, by action and drop."""

    halved: tuple[int, int, int]
    """Actions shown at an alert by the rules; how many of them saw the score halved within two
    minutes; how many twins to whom nothing was shown did."""

    seconds: float
    """Processor time that it took."""
