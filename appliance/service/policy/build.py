"""From settings to a learned policy that may be used here, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from appliance.errors import PolicyError
from appliance.inference.library import packaged_models
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learners.artifact import load_artifact
from appliance.intervention.policy.learners.bandit import BanditLearner
from appliance.intervention.policy.learners.dqn import DqnLearner
from appliance.intervention.policy.learners.loading import load_learner, start_learner
from appliance.permissions import not_from_root
from appliance.service.policy.slices import OneGo, SlicedLearner
from appliance.settings.policy import PolicySettings

FOLDER = "policy"
"""Of the artifacts that come with the package, beside the models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPolicy:
    """Who has the last word on what Table 1 proposes."""

    decider: Decider | None = None
    """None: nobody, the rules decide alone."""

    learner: SlicedLearner | None = None
    """At its warm start; learns in the background. None: nobody learns."""

    refused: str = ""
    """Why the configured learner is not used; empty when it is, or when there is none."""

    research: str = ""
    """What is left to chance; empty where nothing is."""


def build_learned_policy(
    settings: PolicySettings,
    *,
    fusion: str,
    new_id: Callable[[], str],
    new_seed: Callable[[], int],
    monotonic: Callable[[], float],
) -> LearnedPolicy:
    """Return the decider as configured; where its artifact cannot be used, the rules go on.

    A box whose fusion model was updated must not stand still for its policy.

    Args:
        settings: Of the policy.
        fusion: Hash of the fusion model in use.
        new_id: Makes ids of choices.
        new_seed: Makes 63 random bits.
        monotonic: Clock of the decider's time limit.

    Raises:
        MissingProgramError: The bandit is asked for and Vowpal Wabbit is not installed.
    """
    learner: SlicedLearner | None = None
    refused = ""
    log = structlog.get_logger()
    if settings.learner != "rules":
        try:
            started = start_configured(settings, fusion=fusion)
            learner = started if isinstance(started, DqnLearner) else OneGo(started)
        except PolicyError as error:
            alone = "the rules and chance decide" if settings.explore else "the rules decide alone"
            refused = f"policy: {error}; {alone}"
            log.warning("policy_refused", error=str(error))
    research = settings.research(refused=bool(refused))
    if research:
        used = "rules" if learner is None else settings.learner
        log.warning("policy_explores", learner=used, meaning=research)
    if learner is None and not settings.explore:
        return LearnedPolicy(refused=refused)
    decider = Decider(
        # Judges by a copy: the one that learns changes when it has learned.
        learner=None if learner is None else load_learner(learner.version, learner.dump()),
        explore=settings.explore,
        new_id=new_id,
        new_seed=new_seed,
        monotonic=monotonic,
    )
    return LearnedPolicy(decider=decider, learner=learner, refused=refused, research=research)


def artifact_file(settings: PolicySettings) -> Path:
    """Return where the warm start of the configured learner lies."""
    shipped = packaged_models() / FOLDER / f"{settings.learner}.policy"
    return shipped if settings.artifact is None else settings.artifact


def start_configured(settings: PolicySettings, *, fusion: str) -> DqnLearner | BanditLearner:
    """Return the configured learner, another than ``rules``, at its warm start.

    Args:
        settings: Of the policy.
        fusion: Hash of the fusion model in use.

    Raises:
        PolicyError: Its artifact cannot be used; the message names the file and the next step.
        MissingProgramError: Vowpal Wabbit is not installed.
    """
    file = artifact_file(settings)
    again = "copy the artifact there once more, or leave artifact out for the packaged one"
    if settings.artifact is None:
        again = "install classbox again"
    # What came with the package is as trustworthy as the program that reads it.
    elif (complaint := not_from_root(file)) is not None:
        raise PolicyError(complaint.problem, next_step=complaint.next_step)
    try:
        artifact = load_artifact(file.read_bytes(), fusion=fusion)
        if artifact.learner == settings.learner:
            return start_learner(artifact)
    except OSError as error:
        msg = f"{file} cannot be read ({error.strerror})"
        raise PolicyError(msg, next_step=again) from error
    except PolicyError as error:
        msg = f"{file}: {error.problem}"
        raise PolicyError(msg, next_step=error.next_step or again) from error
    msg = f"{file} is of a {artifact.learner}, and the configuration asks for {settings.learner}"
    raise PolicyError(msg, next_step=f'set learner = "{artifact.learner}" or another artifact')
