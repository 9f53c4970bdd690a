"""How the five actions of the learned policy and those of the box answer to each other."""

from collections.abc import Mapping
from types import MappingProxyType

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction

BOX_ACTIONS: Mapping[PolicyAction, Action] = MappingProxyType(
    {
        PolicyAction.NOTHING: Action.NONE,
        # Only a rule may lock a screen: what is learned recommends a rest (docs/DESIGN.md, 6).
        PolicyAction.REST: Action.FOCUS_BREAK,
        PolicyAction.CONTENT: Action.PUSH_CONTENT,
        PolicyAction.DIFFICULTY: Action.ADJUST_DIFFICULTY,
        PolicyAction.HINT: Action.HINT,
    }
)
"""What a learned action does on the screen: the mildest form of each, none of which locks."""

POLICY_ACTIONS_OF: Mapping[Action, PolicyAction] = MappingProxyType(
    {
        Action.NONE: PolicyAction.NOTHING,
        Action.FOCUS_BREAK: PolicyAction.REST,
        Action.REMINDER_LOCK_30S: PolicyAction.REST,
        Action.MANDATORY_REST: PolicyAction.REST,
        Action.PUSH_CONTENT: PolicyAction.CONTENT,
        Action.ADJUST_DIFFICULTY: PolicyAction.DIFFICULTY,
        Action.HINT: PolicyAction.HINT,
    }
)
"""A rule's action as one of A; calling a teacher is outside of A and is never suppressed."""

ANSWERS_TO: Mapping[PolicyAction, tuple[Affect, ...]] = MappingProxyType(
    {
        PolicyAction.REST: (Affect.FATIGUED,),
        PolicyAction.CONTENT: (Affect.BORED,),
        PolicyAction.DIFFICULTY: (Affect.BORED, Affect.CONFUSED),
        PolicyAction.HINT: (Affect.CONFUSED,),
    }
)
"""The states that an action is an answer to."""
