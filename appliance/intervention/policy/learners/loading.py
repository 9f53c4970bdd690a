"""From a name and bytes to a learner."""

from appliance.errors import PolicyError
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.artifact import PolicyArtifact
from appliance.intervention.policy.learners.bandit import BanditLearner
from appliance.intervention.policy.learners.dqn import DqnLearner
from appliance.intervention.policy.learners.rules_learner import RULES_VERSION, RulesLearner


def start_learner(artifact: PolicyArtifact) -> DqnLearner | BanditLearner:
    """Return the learner of an artifact at its warm start.

    Raises:
        PolicyError: It is of a learner that this program does not have.
    """
    if artifact.learner == "dqn":
        return DqnLearner.load(artifact.weights, artifact.baseline)
    if artifact.learner == "bandit":
        return BanditLearner.load(artifact.weights, artifact.baseline)
    msg = f"the policy artifact is of a learner named {artifact.learner!r}, which is not known"
    raise PolicyError(msg, next_step="install the one that came with this program")


def load_learner(version: str, weights: bytes) -> Learner:
    """Return the learner that judges as the one of this version did.

    Args:
        version: As in ``Choice.policy``: the learner's name, a hyphen, and its digest.
        weights: What its ``dump`` returned.

    Raises:
        PolicyError: The weights are damaged or of another version.
    """
    name = version.partition("-")[0]
    learner: Learner
    if name == "dqn":
        learner = DqnLearner.load(weights)
    elif name == "bandit":
        learner = BanditLearner.load(weights)
    elif name == RULES_VERSION:
        learner = RulesLearner()
    else:
        msg = f"no learner is named {name!r}"
        raise PolicyError(msg)
    if learner.version != version:
        msg = f"these are the weights of {learner.version}, not of {version}"
        raise PolicyError(msg)
    return learner
