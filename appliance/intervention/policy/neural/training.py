"""Equation 14 by mini-batches: K networks learn from the same choices, each in its own way.

A network has two values of each action: what it brings if the best is done from the next choice
on (equation 13), and what it brings if the rules go on as before. The first tells what is best,
and when. It cannot tell whether to replace a rule: waiting ten seconds costs hardly anything if
the best is done then, so the difference would be sure at no choice, and nothing would ever be
done. The second can: who is surely better there at each choice is better than the rules (policy
improvement theorem, Sutton and Barto 2018, 4.2).
"""

from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, IntArray
from appliance.domain.choices import PolicyAction
from appliance.intervention.policy.neural.adam import Adam
from appliance.intervention.policy.neural.network import Floats, MlpEnsemble, huber
from appliance.intervention.policy.transitions import Transitions

BEST, RULES = 0, 1
"""Which of the two values: what is done from the next choice on."""

VALUES = 2

_CHUNK = 512  # rows that a network is asked about at once: 2 MB between its layers


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How networks are taught. Numbers without a source are ours, by experiment."""

    updates: int = 600
    """Mini-batches in all."""

    batch: int = 64
    """Choices in one."""

    acted: float = 0.5
    """Share of choices in a batch at which something was done; they are about one in ten."""

    copy_every: int = 250
    """Updates between copies to the target network (docs/DESIGN.md, 6)."""

    rate: float = 1e-3
    """Adam's alpha at first; it falls along a quarter of a cosine, to 0 at the end."""

    huber: float = 1.0
    """Where Huber's loss becomes straight, unit of reward."""

    anchor: float = 60.0
    """Variance of an outcome over that of a weight among worlds: how many outcomes it takes for a
    weight to follow what it sees as much as where it began."""


class QTraining:
    """One course from where the networks begin to where they end, in as many slices as wanted."""

    def __init__(
        self,
        networks: MlpEnsemble,
        *,
        states: Float32Array,
        allowed: BoolArray,
        rules: IntArray,
        transitions: Transitions,
        weights: Float32Array,
        anchored: bool,
        settings: TrainingSettings,
        rng: np.random.Generator,
    ) -> None:
        """Take in what there is to learn; nothing is learned yet.

        Args:
            networks: Where to begin, with 2 A outputs; they are not changed.
            states: (N, in).
            allowed: (N, A) actions among which the best next one is sought.
            rules: (N,) what the rules do.
            transitions: T of them, over rows of ``states``.
            weights: (N, K) how much each choice counts for each member, mean about 1.
            anchored: Whether each member is drawn to where it began, the less the more is known;
                with random weights this draws from the posterior (Pearce et al. 2020).
            settings: How.
            rng: Draws the mini-batches.
        """
        # Inputs that are zero everywhere change nothing and learn nothing: without h_fused this is
        # a fifth of the work, and the same result.
        self._columns = np.asarray((states != 0).any(axis=0))
        self._start, self._settings, self._rng = networks, settings, rng
        self._states, self._allowed, self._rules = states[:, self._columns], allowed, rules
        self._transitions = transitions
        self._returns = transitions.returns.astype(np.float32)
        self._weights = weights[transitions.rows]
        acted = transitions.actions != PolicyAction.NOTHING
        self._acted, self._waited = np.flatnonzero(acted), np.flatnonzero(~acted)
        self._online = networks.select_inputs(self._columns)
        self._anchor = self._online.vector.copy() if anchored else None
        self._adam = Adam(self._online.vector)
        self._done = 0
        shape = (len(states), networks.members, networks.sizes[-1])
        self._targets = np.empty(shape, dtype=np.float32)
        if not len(self._acted):
            self._done = settings.updates  # no outcome, so nothing to learn of any action

    @property
    def left(self) -> int:
        """Updates until the end."""
        return self._settings.updates - self._done

    @property
    def networks(self) -> MlpEnsemble:
        """What has been learned so far, with all inputs."""
        return self._start.with_inputs(self._columns, self._online)

    def advance(self, updates: int) -> int:
        """Learn from so many mini-batches more, at most to the end; return how many are left."""
        for _ in range(min(updates, self.left)):
            if self._done % self._settings.copy_every == 0:
                self._ask_target()
            self._update()
            self._done += 1
        return self.left

    def _ask_target(self) -> None:
        """Let the target's (N, K, 2 A) values be those of the online networks, from here on.

        Asked once for all rows, the target costs nothing in the updates up to the next copy.
        """
        for start in range(0, len(self._states), _CHUNK):
            some = slice(start, start + _CHUNK)
            self._targets[some] = self._online.forward(self._states[some]).transpose(1, 0, 2)

    def _update(self) -> None:
        settings, some = self._settings, self._draw()
        here, actions = np.arange(len(some)), self._transitions.actions[some]
        trace = self._online.trace(self._states[self._transitions.rows[some]])
        weights = self._weights[some].T / len(some)
        outputs = np.zeros_like(trace[-1])
        for held, slopes, aims in zip(
            split(trace[-1]), split(outputs), self._aim(some), strict=True
        ):
            _, slope = huber(held[:, here, actions] - aims, threshold=settings.huber)
            slopes[:, here, actions] = weights * slope
        gradient = self._online.gradient(trace, outputs)
        if self._anchor is not None:
            pull = settings.anchor / len(self._acted)
            gradient += pull * (self._online.vector - self._anchor)
        share = self._done / settings.updates
        self._adam.step(gradient, rate=settings.rate * float(np.cos(share * np.pi / 2)))

    def _draw(self) -> IntArray:
        """Return transitions of a mini-batch.

        Which actions come how often changes what a small network spends itself on, not what is
        true of any of them: each action's value is learned from its own rows.
        """
        acted = self._settings.batch
        if len(self._waited):
            acted = round(acted * self._settings.acted)
        some = np.empty(self._settings.batch, dtype=np.int64)
        some[:acted] = self._rng.choice(self._acted, acted)
        if acted < len(some):
            some[acted:] = self._rng.choice(self._waited, len(some) - acted)
        return some

    def _aim(self, some: IntArray) -> tuple[Floats, Floats]:
        """Return (K, B) of each value: R + discount x Q(s', a'; theta^-).

        a' is the rule's action, or the best of the allowed as the online network sees it. Double
        DQN (van Hasselt et al. 2016): one network chooses, the other says what it is worth, else
        the luckiest error would be taken for value.
        """
        rows, here = self._transitions.next_rows[some], np.arange(len(some))
        online = split(self._online.forward(self._states[rows]))[BEST]
        best = np.where(self._allowed[rows], online, -np.inf).argmax(axis=2)
        targets = split(self._targets[rows].transpose(1, 0, 2))
        members = np.arange(len(best))[:, None]
        returns = self._returns[some].T
        discounts = self._transitions.discounts[some].astype(np.float32)
        return (
            returns + discounts * targets[BEST][members, here, best],
            returns + discounts * targets[RULES][:, here, self._rules[rows]],
        )


def split(outputs: Floats) -> list[Floats]:
    """Return views of both values, (K, B, A) each, of (K, B, 2 A) outputs."""
    actions = outputs.shape[-1] // VALUES
    return [outputs[..., value * actions : (value + 1) * actions] for value in range(VALUES)]
