"""What the learners that ship begin with, in one piece."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from appliance.inference.library import ModelLibrary, packaged_models
from appliance.intervention.policy.learners.artifact import PolicyArtifact, load_artifact
from appliance.intervention.policy.learners.bandit import BanditLearner
from appliance.intervention.policy.learners.baseline import Baseline
from appliance.intervention.policy.learners.dqn import DqnLearner
from appliance.intervention.policy.learners.loading import start_learner
from appliance.intervention.policy.learners.neural.network import MlpEnsemble

LEARNERS = ("dqn", "bandit")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStart:
    """The artifacts of one warm start."""

    dqn: PolicyArtifact
    """Of the networks."""

    bandit: PolicyArtifact
    """Of the linear models."""

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read both from a folder; None is the one that ships.

        Raises:
            PolicyError: One is damaged or was made for another fusion model.
        """
        where = packaged_models() / "policy" if folder is None else folder
        fusion = fusion_hash()
        dqn, bandit = (
            load_artifact((where / f"{name}.policy").read_bytes(), fusion=fusion)
            for name in LEARNERS
        )
        return cls(dqn=dqn, bandit=bandit)

    @property
    def baseline(self) -> Baseline:
        """What is expected of doing nothing, the same for both."""
        return self.dqn.baseline

    @property
    def networks(self) -> MlpEnsemble:
        """Those of the dqn."""
        return DqnLearner.load(self.dqn.weights, self.baseline).networks

    def learner(self, name: str) -> DqnLearner | BanditLearner:
        """Return the learner of a name as it begins."""
        return start_learner(self.dqn if name == "dqn" else self.bandit)


def fusion_hash() -> str:
    """Return the hash of the fusion model whose readings everything was taught with."""
    return ModelLibrary(None, lanes=1).spec("fusion").digest
