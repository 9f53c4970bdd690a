"""The learner of docs/PAPER.md, 4.2.2: a deep Q-network, ten of them to know how sure they are.

Deviations from equation 14, each with its reason: double DQN (no luck taken for value), returns
over three decisions (less waiting for a value to travel back), Huber's loss (odd outcomes), time
between decisions in the discount, the do-nothing expectation b(s) taken off the reward
(``baseline.py``), members anchored to what they learned in the simulator.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from appliance.domain.arrays import Float32Array, IntArray
from appliance.domain.choices import POLICY_ACTIONS
from appliance.errors import PolicyError
from appliance.intervention.policy.baseline import Baseline, take_off
from appliance.intervention.policy.learner import Experience, Judgement
from appliance.intervention.policy.neural.bootstrap import lower_bounds, stay_weights
from appliance.intervention.policy.neural.network import MlpEnsemble
from appliance.intervention.policy.neural.training import (
    BEST,
    RULES,
    VALUES,
    QTraining,
    TrainingSettings,
    split,
)
from appliance.intervention.policy.packing import digest, pack, unpack
from appliance.intervention.policy.state import FUSED, STATE_SIZE
from appliance.intervention.policy.transitions import Transitions

MEMBERS = 10
_KIND = "dqn weights"
SIZES = (STATE_SIZE, 32, 32, VALUES * len(POLICY_ACTIONS))


def draw_networks(rng: np.random.Generator, *, members: int = MEMBERS) -> MlpEnsemble:
    """Draw networks that have learned nothing, for a warm start; h_fused has no weight yet."""
    return MlpEnsemble.draw(SIZES, members=members, rng=rng, silent=FUSED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _HeldNetworks:
    """What is judged by; replaced as a whole, so that a judgement in another thread is of one."""

    networks: MlpEnsemble
    evidence: IntArray
    packed: bytes
    version: str


class DqnLearner:
    """See ``Learner``; on the box it learns in slices: ``begin``, then ``advance`` to the end."""

    def __init__(
        self,
        networks: MlpEnsemble,
        baseline: Baseline | None = None,
        *,
        settings: TrainingSettings | None = None,
    ) -> None:
        """Begin where the simulator has left off.

        Args:
            networks: The warm start, K of them; each is also its own anchor.
            baseline: b(s) before anything real is known; None knows nothing.
            settings: How it learns; None is the default.
        """
        self._warm = networks.copy()
        self._baseline = baseline or Baseline()
        self._settings = settings or TrainingSettings()
        self._training: QTraining | None = None
        self._coming = np.zeros(len(POLICY_ACTIONS), dtype=np.int64)
        self._held = _hold(self._warm, self._coming)

    @property
    def version(self) -> str:
        """``dqn-`` and the digest of ``dump()``."""
        return self._held.version

    @property
    def networks(self) -> MlpEnsemble:
        """What is judged by."""
        return self._held.networks

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge all actions in (B, 155) states, against what the rules (B,) would do."""
        held = self._held
        values = split(held.networks.forward(states).astype(np.float64))
        safe = values[RULES]
        return Judgement(
            values=values[BEST].mean(axis=0),
            bounds=lower_bounds(safe - safe[:, np.arange(len(rules)), rules][:, :, None]),
            evidence=held.evidence.copy(),
        )

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Learn from all of one's experience anew, from the warm start on."""
        self.begin(experience, rng=rng)
        while self.advance(self._settings.updates):
            pass

    def begin(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Begin to learn anew; until the end of it ``judge`` stays as it is.

        What is needed of the experience is copied. A course that was not finished is given up.
        """
        self._coming = experience.count_outcomes()
        weights = stay_weights(experience.states, experience.stays, members=self._warm.members)
        baselines = self._baseline.fit_members(experience, weights)
        self._training = QTraining(
            self._warm,
            states=experience.states,
            allowed=experience.allowed,
            rules=experience.rules,
            transitions=Transitions.of(experience, take_off(experience, baselines)),
            weights=weights,
            anchored=True,
            settings=self._settings,
            rng=rng,
        )

    def advance(self, updates: int) -> int:
        """Learn a slice, about half a millisecond an update; return how many updates are left.

        With the last one ``judge`` and ``version`` become those of what was learned.
        """
        if self._training is None:
            return 0
        left = self._training.advance(updates)
        if not left:
            self._held = _hold(self._training.networks, self._coming)
            self._training = None
        return left

    def dump(self) -> bytes:
        """Return all that ``judge`` depends on."""
        return self._held.packed

    @classmethod
    def load(cls, content: bytes, baseline: Baseline | None = None) -> Self:
        """Return a learner that judges as the one that was dumped.

        What it was dumped with is its warm start, too, if it learns.

        Raises:
            PolicyError: It is damaged, or of another learner.
        """
        networks, evidence = _unpack(content)
        learner = cls(networks, baseline)
        learner._held = _hold(networks, evidence)
        return learner

    def resume(self, content: bytes) -> None:
        """Judge as the one that was dumped, and keep one's own warm start.

        Raises:
            PolicyError: It is damaged, or of another learner.
        """
        networks, evidence = _unpack(content)
        if networks.sizes != self._warm.sizes or networks.members != self._warm.members:
            msg = f"the learned policy has networks of {networks.sizes}, not {self._warm.sizes}"
            raise PolicyError(msg, next_step="it was made by another program; start without it")
        self._held = _hold(networks, evidence)


def _hold(networks: MlpEnsemble, evidence: IntArray) -> _HeldNetworks:
    packed = pack(
        _KIND,
        {"sizes": np.array(networks.sizes), "networks": networks.vector, "evidence": evidence},
    )
    return _HeldNetworks(
        networks=networks, evidence=evidence, packed=packed, version=f"dqn-{digest(packed)}"
    )


def _unpack(content: bytes) -> tuple[MlpEnsemble, IntArray]:
    arrays, _ = unpack(content, kind=_KIND)
    return MlpEnsemble(arrays["sizes"].tolist(), arrays["networks"]), arrays["evidence"]
