"""What the learners that ship begin with: taught in many random schools, all simulated.

First one network learns from all schools what there is in common. Then K members go on from it,
each in schools of its own, so that they agree where schools do and disagree where schools do: that
is what a learner does not know before it has seen a real one. Here the rewards are the true gains
against the student's twin; a box has to take its baseline off instead, which is fitted here too.
"""

from collections.abc import Sequence

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.policy.choices import POLICY_ACTIONS
from appliance.intervention.policy.learners.bandit import describe_context
from appliance.intervention.policy.learners.baseline import Baseline
from appliance.intervention.policy.learners.dqn import draw_networks
from appliance.intervention.policy.learners.neural.network import MlpEnsemble
from appliance.intervention.policy.learners.neural.training import QTraining, TrainingSettings
from appliance.intervention.policy.learners.transitions import Transitions
from appliance.intervention.policy.state import STATE_SIZE
from training.policy.collect import SimulatedExperience, join

MEMBERS = 10

COMMON = TrainingSettings(updates=4000, batch=256, rate=2e-3)
"""How the common network learns from all schools."""

OWN = TrainingSettings(updates=1500, batch=640, rate=1e-3)
"""How members go on; a batch is shared by all of them, so each has a tenth of it."""

BASELINE_ROWS = 50.0
"""Undisturbed rows that the simulated baseline is worth (``Baseline.worth``)."""

BANDIT_RIDGE = 20.0
"""In decisions, towards what all schools have in common."""


def teach_networks(
    schools: Sequence[SimulatedExperience],
    owners: Sequence[Sequence[int]],
    *,
    rng: np.random.Generator,
    common: TrainingSettings = COMMON,
    own: TrainingSettings = OWN,
) -> MlpEnsemble:
    """Return K networks.

    Args:
        schools: All.
        owners: Of each of K members, the indices of its schools.
        rng: Draws first weights and mini-batches.
        common: How the common network learns.
        own: How members go on.
    """
    everything = join(schools)
    first = draw_networks(rng, members=1)
    alike = np.ones((len(everything.experience), 1))
    shared = teach_on(first, everything, alike, settings=common, rng=rng)
    used = sorted({school for mine in owners for school in mine})
    parts = [schools[school] for school in used]
    weights = np.concatenate(
        [
            np.tile([float(school in mine) for mine in owners], (len(part.experience), 1))
            for school, part in zip(used, parts, strict=True)
        ]
    )
    weights *= len(owners)  # mean about 1 over the members, as there are so many
    many = MlpEnsemble(shared.sizes, np.repeat(shared.vector, len(owners), axis=0))
    return teach_on(many, join(parts), weights, settings=own, rng=rng)


def teach_on(
    networks: MlpEnsemble,
    past: SimulatedExperience,
    weights: Float64Array,
    *,
    settings: TrainingSettings,
    rng: np.random.Generator,
) -> MlpEnsemble:
    """Return networks that have learned from true gains.

    Args:
        networks: K, where to begin.
        past: N decisions.
        weights: (N, K) how much each counts for each member.
        settings: How they learn.
        rng: Draws mini-batches.
    """
    gains = np.repeat(past.gains[:, None], networks.members, axis=1)
    training = QTraining(
        networks,
        states=past.experience.states,
        allowed=past.experience.allowed,
        rules=past.experience.rules,
        transitions=Transitions.of(past.experience, gains),
        weights=weights.astype(np.float32),
        anchored=False,
        settings=settings,
        rng=rng,
    )
    training.advance(settings.updates)
    return training.networks


def fit_baseline(schools: Sequence[SimulatedExperience]) -> Baseline:
    """Return b(s) over all schools, held as if it came from few rows."""
    baseline = Baseline()
    for one in schools:
        baseline = baseline.fit(one.experience)
    return baseline.worth(BASELINE_ROWS)


def fit_bandit(
    schools: Sequence[SimulatedExperience], owners: Sequence[Sequence[int]]
) -> Float64Array:
    """Return (K, 4, D) coefficients of the bandit: of each member's schools, near those of all."""
    common = _regress(schools, np.zeros((len(POLICY_ACTIONS) - 1, describe_context_size())))
    return np.stack([_regress([schools[one] for one in mine], common) for mine in owners])


def describe_context_size() -> int:
    """Return D: how many numbers the bandit sees."""
    return describe_context(np.zeros((1, STATE_SIZE), dtype=np.float32)).shape[1]


def _regress(schools: Sequence[SimulatedExperience], near: Float64Array) -> Float64Array:
    """Return (4, D) ridge regressions of true gains, drawn to ``near``."""
    states = np.concatenate([one.experience.states for one in schools])
    actions = np.concatenate([one.experience.actions for one in schools])
    gains = np.concatenate([one.gains for one in schools])
    result = []
    for action, middle in zip(POLICY_ACTIONS[1:], near, strict=True):
        rows = actions == action
        x = describe_context(states[rows])
        gram = x.T @ x + BANDIT_RIDGE * np.eye(x.shape[1])
        result.append(middle + np.linalg.solve(gram, x.T @ (gains[rows] - x @ middle)))
    return np.stack(result)
