"""A contextual bandit with full pooling on Vowpal Wabbit; the only module that loads it.

What deployed just-in-time interventions use (docs/DESIGN.md, 6): one linear model of what each
action brings at once, for all students together, and nothing about later choices. Ten workspaces on
bootstrapped choices say how sure it is. A workspace learns what differs from the warm start, so
that knowing nothing means believing the warm start.
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Self

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray, bind_shapes
from appliance.domain.choices import POLICY_ACTIONS, PolicyAction
from appliance.errors import MissingProgramError
from appliance.intervention.policy.baseline import MOST_WEIGHT, Baseline, take_off
from appliance.intervention.policy.learner import Experience, Judgement
from appliance.intervention.policy.neural.bootstrap import (
    lower_bounds,
    poisson_counts,
    stay_weights,
)
from appliance.intervention.policy.packing import digest, pack, unpack
from appliance.intervention.policy.state import FUSED, MEAN_P, STATE_SIZE

MEMBERS = 10

GAMMA_SCALE, GAMMA_EXPONENT = 10.0, 0.5
"""Of SquareCB, as Vowpal Wabbit has them by default (9.11, cb_explore_adf_squarecb.cc)."""

_KIND = "bandit weights"
_ACTIONS = len(POLICY_ACTIONS) - 1
_INPUTS = STATE_SIZE - FUSED.stop
_ROWS, _COLUMNS = np.triu_indices(MEAN_P.stop - MEAN_P.start)
FEATURES = 1 + _INPUTS + len(_ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BanditSettings:
    """How the workspaces learn; numbers by experiment."""

    rate: float = 0.01
    """Vowpal Wabbit's ``--learning_rate``."""

    passes: int = 1
    """How often the choices are gone through, each time in another order."""


def describe_context(states: Float32Array) -> Float64Array:
    """Return (N, 38): one, all but h_fused, and the products of the four mean p.

    One row of weights an action makes them interact with the action.
    """
    inputs = states[:, FUSED.stop :].astype(np.float64)
    mean_p = states[:, MEAN_P].astype(np.float64)
    products = mean_p[:, _ROWS] * mean_p[:, _COLUMNS]
    return np.concatenate([np.ones((len(states), 1)), inputs, products], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Weights:
    """What is judged by; replaced as a whole."""

    coefficients: Float64Array
    """(K, 4, 38) of each member and action but nothing."""

    evidence: IntArray
    packed: bytes
    version: str

    @classmethod
    def of(cls, coefficients: Float64Array, evidence: IntArray) -> Self:
        """Pack them."""
        bind_shapes("bandit", {"coefficients": (coefficients, f"K {_ACTIONS} {FEATURES}")})
        packed = pack(_KIND, {"coefficients": coefficients, "evidence": evidence})
        return cls(
            coefficients=coefficients,
            evidence=evidence,
            packed=packed,
            version=f"bandit-{digest(packed)}",
        )


class BanditLearner:
    """See ``Learner``; ``explore`` is beside it, for who randomises by value."""

    def __init__(
        self,
        coefficients: Float64Array | None = None,
        baseline: Baseline | None = None,
        *,
        settings: BanditSettings | None = None,
    ) -> None:
        """Begin where the simulator has left off.

        Args:
            coefficients: (K, 4, 38) the warm start; None knows nothing.
            baseline: b(s) before anything real is known; None knows nothing.
            settings: How it learns; None is the default.
        """
        self._warm = np.zeros((MEMBERS, _ACTIONS, FEATURES))
        if coefficients is not None:
            self._warm = coefficients.copy()
        self._baseline = baseline or Baseline()
        self._settings = settings or BanditSettings()
        self._held = _Weights.of(self._warm, np.zeros(len(POLICY_ACTIONS), dtype=np.int64))

    @property
    def version(self) -> str:
        """``bandit-`` and the digest of ``dump()``."""
        return self._held.version

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge all actions in (B, 155) states, against what the rules (B,) would do.

        Nothing is later, so both values of an action are what it brings at once.
        """
        held = self._held
        brings = _predict(held.coefficients, states)
        return Judgement(
            values=brings.mean(axis=0),
            bounds=lower_bounds(brings - brings[:, np.arange(len(rules)), rules][:, :, None]),
            evidence=held.evidence.copy(),
        )

    def explore(self, states: Float32Array, allowed: BoolArray) -> Float64Array:
        """Return (B, 5) SquareCB's probabilities of the allowed actions (Foster, Rakhlin 2020).

        1 / (A + gamma x gap) for all but the best, which has the rest; gamma grows with what is
        known. They are not bounded: who randomises does that.
        """
        held = self._held
        values = np.where(allowed, _predict(held.coefficients, states).mean(axis=0), -np.inf)
        gamma = GAMMA_SCALE * float(held.evidence.sum()) ** GAMMA_EXPONENT
        gaps = np.where(allowed, values.max(axis=1, keepdims=True) - values, 0.0)
        counts = allowed.sum(axis=1, keepdims=True)
        result = np.zeros_like(values)
        np.divide(1, counts + gamma * gaps, out=result, where=allowed)
        best = values.argmax(axis=1)
        here = np.arange(len(best))
        result[here, best] = 0
        result[here, best] = 1 - result.sum(axis=1)
        return result

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Learn from all of one's experience anew, from the warm start on.

        Raises:
            MissingProgramError: Vowpal Wabbit is not installed.
        """
        known = ~np.isnan(experience.rewards) & (experience.actions != PolicyAction.NOTHING)
        rows = np.flatnonzero(known)
        weights = stay_weights(experience.states, experience.stays, members=len(self._warm))
        baselines = self._baseline.fit_members(experience, weights)
        rewards = take_off(experience, baselines)[rows]
        contexts = describe_context(experience.states[rows])
        actions = experience.actions[rows] - 1
        before = np.einsum("nf,knf->nk", contexts, self._warm[:, actions])
        chances = np.maximum(experience.propensities[rows], 1 / MOST_WEIGHT)
        features = [_as_text(*row) for row in zip(actions, contexts, strict=True)]
        counts = poisson_counts(weights[rows])
        learned = self._warm.copy()
        for member in range(len(learned) if len(rows) else 0):
            costs = before[:, member] - rewards[:, member]
            labels = [f"0:{c:.9g}:{p:.9g} " for c, p in zip(costs, chances, strict=True)]
            learned[member] += _teach_workspace(
                [label + line for label, line in zip(labels, features, strict=True)],
                counts[:, member],
                settings=self._settings,
                rng=rng,
            )
        self._held = _Weights.of(learned, experience.count_outcomes())

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
        coefficients, evidence = _unpack(content)
        learner = cls(coefficients, baseline)
        learner._held = _Weights.of(coefficients, evidence)
        return learner

    def resume(self, content: bytes) -> None:
        """Judge as the one that was dumped, and keep one's own warm start.

        Raises:
            PolicyError: It is damaged, or of another learner.
        """
        self._held = _Weights.of(*_unpack(content))


def _unpack(content: bytes) -> tuple[Float64Array, IntArray]:
    arrays, _ = unpack(content, kind=_KIND)
    return arrays["coefficients"], arrays["evidence"]


def _predict(coefficients: Float64Array, states: Float32Array) -> Float64Array:
    """Return (K, B, 5) r~ of each action, 0 of nothing."""
    result = np.zeros((len(coefficients), len(states), len(POLICY_ACTIONS)))
    result[:, :, 1:] = describe_context(states) @ coefficients.transpose(0, 2, 1)
    return result


def _as_text(action: int, context: Float64Array) -> str:
    """Return a line of Vowpal Wabbit's: the numbers of an action have numbers of their own."""
    first = action * FEATURES
    return "| " + " ".join(f"{first + at}:{value:.9g}" for at, value in enumerate(context) if value)


def _teach_workspace(
    lines: list[str], counts: IntArray, *, settings: BanditSettings, rng: np.random.Generator
) -> Float64Array:
    """Return (4, 38) what a fresh workspace learns.

    ``mtr`` regresses on what was done, by its importance, the inverse of its probability. Nothing
    has no features, so it is worth 0 whatever is learned. The weights are read by number, which
    plain numbers as names allow, and so nothing is written to a disk.

    Args:
        lines: One a choice.
        counts: (N,) how often each is drawn.
        settings: How.
        rng: Draws the order of each pass.
    """
    arguments = (
        f"--cb_adf --cb_type mtr --noconstant --quiet -b 8 --learning_rate {settings.rate:g}"
    )
    workspace = _load_vowpal_wabbit().Workspace(arguments)
    drawn = np.repeat(np.arange(len(lines)), counts)
    for _ in range(settings.passes):
        for row in rng.permutation(drawn):
            workspace.learn(["| ", lines[row]])
    numbers = range(_ACTIONS * FEATURES)
    learned = np.array([-workspace.get_weight(number) for number in numbers])
    workspace.finish()
    return learned.reshape(_ACTIONS, FEATURES)


def _load_vowpal_wabbit() -> ModuleType:
    try:
        return import_module("vowpalwabbit")
    except ImportError as error:
        msg = 'the learner "bandit" needs Vowpal Wabbit, which is not installed'
        next_step = "pip install 'classbox[bandit]', or choose another learner"
        raise MissingProgramError(msg, next_step=next_step) from error
