"""The five actions of the learned policy, and when the box would refuse one."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, TaskContext
from appliance.intervention.cooldowns import HOURLY_LIMIT
from appliance.intervention.rules import TABLE_1, find_mask

HOUR_S = 3600.0


class PolicyAction(IntEnum):
    """A of docs/PAPER.md, 4.2.2; in its order."""

    NOTHING = 0
    REST = 1
    CONTENT = 2
    DIFFICULTY = 3
    HINT = 4


BOX_ACTIONS: Mapping[PolicyAction, Action] = MappingProxyType(
    {
        PolicyAction.NOTHING: Action.NONE,
        # The rule fixes the strength (docs/DESIGN.md, 6); this is the one that comes first.
        PolicyAction.REST: Action.REMINDER_LOCK_30S,
        PolicyAction.CONTENT: Action.PUSH_CONTENT,
        PolicyAction.DIFFICULTY: Action.ADJUST_DIFFICULTY,
        PolicyAction.HINT: Action.HINT,
    }
)
MATCHES: Mapping[PolicyAction, Affect] = MappingProxyType(
    {
        PolicyAction.REST: Affect.FATIGUED,
        PolicyAction.CONTENT: Affect.BORED,
        PolicyAction.DIFFICULTY: Affect.BORED,
        PolicyAction.HINT: Affect.CONFUSED,
    }
)
_TABLE_S = {rule.action: rule.cooldown_s for rule in TABLE_1}
COOLDOWN_S: Mapping[PolicyAction, float] = MappingProxyType(
    {
        # No row of Table 1 adjusts the difficulty: as long as the other answer to boredom.
        action: _TABLE_S.get(BOX_ACTIONS[action], _TABLE_S[Action.PUSH_CONTENT])
        for action in PolicyAction
        if action is not PolicyAction.NOTHING
    }
)


class ShownActions:
    """What was shown to one student and when; all times are capture times in seconds."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._times_s: list[float] = []
        self._latest_s: dict[PolicyAction, float] = {}

    @property
    def latest_s(self) -> float | None:
        """When the last one was shown; None before the first."""
        return self._times_s[-1] if self._times_s else None

    def recent(self, at_s: float, *, within_s: float) -> int:
        """Count what was shown less than ``within_s`` before ``at_s``."""
        return sum(at_s - time_s < within_s for time_s in self._times_s)

    def allowed(self, action: PolicyAction, at_s: float, context: TaskContext | None) -> bool:
        """Tell whether the box would act: cool-downs, hourly limit, exam and unsaved input."""
        if action is PolicyAction.NOTHING:
            return True
        if find_mask(BOX_ACTIONS[action], context) is not None:
            return False
        if at_s - self._latest_s.get(action, -COOLDOWN_S[action]) < COOLDOWN_S[action]:
            return False
        return self.recent(at_s, within_s=HOUR_S) < HOURLY_LIMIT

    def show(self, action: PolicyAction, at_s: float) -> None:
        """Note that an action is shown."""
        self._times_s.append(at_s)
        self._latest_s[action] = at_s
