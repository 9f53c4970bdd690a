"""How the learned policy learns beside the box."""

from collections.abc import Callable

from appliance.host.heartbeats import Heartbeats
from appliance.intervention.effects.fidelity import alarms, check_fidelity
from appliance.domain.experience import Experience
from appliance.ports import Clock
from appliance.service.policy.build import LearnedPolicy
from appliance.service.policy.learning import BackgroundLearning
from appliance.storage.store import Storage


def build_learning(
    policy: LearnedPolicy,
    *,
    storage: Storage,
    busy: Callable[[], bool],
    clock: Clock,
    beats: Heartbeats,
) -> BackgroundLearning | None:
    """Return what learns in the background; None where nobody learns.

    Args:
        policy: As configured.
        storage: What is learned from, and where versions are kept.
        busy: Tells whether frames are late.
        clock: Wall and monotonic time.
        beats: Signs of life.
    """
    if policy.decider is None or policy.learner is None:
        return None
    return BackgroundLearning(
        decider=policy.decider,
        learner=policy.learner,
        choices=storage.choices,
        checkpoints=storage.checkpoints,
        find_drift=find_drift,
        busy=busy,
        clock=clock,
        beat=beats.beat,
    )


def find_drift(old: Experience, new: Experience) -> tuple[str, ...]:
    """Say what differs between what was believed and what is new, by more than chance."""
    return tuple(sorted({one.subject.value for one in alarms(check_fidelity(old, new))}))
