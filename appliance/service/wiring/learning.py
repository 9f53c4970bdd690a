"""How the learned policy learns beside the box."""

from dataclasses import dataclass

from appliance.domain.policy.experience import Experience
from appliance.host.heartbeats import Heartbeats
from appliance.intervention.effects.fidelity import alarms, check_fidelity
from appliance.ports import Clock
from appliance.scheduling.ladder import Ladder
from appliance.scheduling.lanes import Lanes
from appliance.service.background_tuning import BackgroundTuning
from appliance.service.policy.build import LearnedPolicy
from appliance.service.policy.learning import BackgroundLearning
from appliance.service.policy.watch import Lateness, PolicyWatch
from appliance.settings.tree import Settings
from appliance.storage.keeping.policy_files import PolicyFiles
from appliance.storage.store import Storage

LOOKS = 500
"""Of a term: a full class makes enough decisions for another version in an hour or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningParts:
    """What learns, and what looks after it."""

    running: tuple[BackgroundLearning, ...]
    """Empty where nobody learns."""

    watch: PolicyWatch
    """What is wrong with the learned policy."""


def build_learning(
    settings: Settings,
    policy: LearnedPolicy,
    *,
    storage: Storage,
    lanes: Lanes,
    ladder: Ladder,
    tuning: BackgroundTuning,
    clock: Clock,
    beats: Heartbeats,
) -> LearningParts:
    """Return what learns in the background, if anything does.

    Args:
        settings: Of the box.
        policy: As configured.
        storage: What is learned from, and where versions are kept.
        lanes: When they are late, nothing is learned.
        ladder: While the box looks less often, neither.
        tuning: Nor while it times its engines.
        clock: Wall and monotonic time.
        beats: Signs of life.
    """
    if policy.decider is None or policy.learner is None:
        return LearningParts(
            running=(), watch=PolicyWatch(refused=policy.refused, decider=policy.decider)
        )
    learning = BackgroundLearning(
        decider=policy.decider,
        learner=policy.learner,
        choices=storage.choices,
        checkpoints=storage.checkpoints,
        files=PolicyFiles(settings.box.state_dir),
        find_drift=find_drift,
        busy=Lateness(
            counts=lanes.counts,
            ladder=lambda: ladder.state,
            held=settings.box.degrade != "auto",
            tuning=lambda: tuning.running,
        ),
        clock=clock,
        beat=beats.beat,
    )
    return LearningParts(
        running=(learning,), watch=PolicyWatch(decider=policy.decider, learning=learning)
    )


def find_drift(old: Experience, new: Experience) -> tuple[str, ...]:
    """Say what differs between what was believed and what is new, by more than chance."""
    checks = check_fidelity(old, new, looks=LOOKS)
    return tuple(sorted({one.subject.value for one in alarms(checks)}))
