"""The state vector of equation 11 with what docs/DESIGN.md, 6 adds to it."""

import hashlib
from collections import deque

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.interventions import TaskContext
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.tokens import WINDOW_TOKENS

FUSED_SIZE = 128
TASK_SIZE = 16
DIFFICULTY_STEPS = 5

# The unit in which each time is told; longer is told as 1. The longest duration that Table 1 asks
# for is 5 min, the longest cool-down of A is 10 min, a lesson has 45.
DURATION_S = 600.0
ON_TASK_S = 900.0
SINCE_ACTION_S = 1800.0

# h_fused holds LSTM outputs in (-1, 1) and a mean of unbounded values V of about that size.
FUSED_LIMIT = 20.0
ANSWERED_ACTIONS = POLICY_ACTIONS[1:]
STATE_SIZE = FUSED_SIZE + TASK_SIZE + len(ANSWERED_ACTIONS) + len(AFFECTS) + 3

FUSED = slice(0, FUSED_SIZE)
TASK = slice(FUSED.stop, FUSED.stop + TASK_SIZE)
ACCEPTANCE = slice(TASK.stop, TASK.stop + len(ANSWERED_ACTIONS))
MEAN_P = slice(ACCEPTANCE.stop, ACCEPTANCE.stop + len(AFFECTS))
TIMES = slice(MEAN_P.stop, STATE_SIZE)
"""Duration, time on task and time since the last action, each in its unit."""


def embed_task(context: TaskContext | None) -> Float32Array:
    """Return e_task: (16,) signed hashes of topic, type and difficulty, of length 1.

    Feature hashing (Weinberger et al. 2009) with BLAKE2b, which is the same in every process.
    Nothing known gives zeros.
    """
    result = np.zeros(TASK_SIZE, dtype=np.float32)
    if context is None:
        return result
    words = {"topic": context.topic, "type": context.task_type}
    if context.difficulty is not None:
        step = min(int(context.difficulty * DIFFICULTY_STEPS), DIFFICULTY_STEPS - 1)
        words["difficulty"] = str(step)
    for name, word in words.items():
        if word:
            digest = hashlib.blake2b(f"{name}={word}".encode(), digest_size=2).digest()
            result[digest[0] % TASK_SIZE] += 1 if digest[1] % 2 else -1
    length = np.linalg.norm(result)
    return result if length == 0 else np.asarray(result / length, dtype=np.float32)


class Acceptance:
    """Posterior mean acceptance of each action but nothing: Beta(1, 1) prior, with forgetting."""

    KEEP = 0.95  # of the counts at each answer to the action: about 20 answers matter (guess)

    def __init__(self) -> None:
        """Begin with the prior."""
        self._counts = np.zeros((len(ANSWERED_ACTIONS), 2))

    def answer(self, action: PolicyAction, *, accepted: bool) -> None:
        """Take in one answer."""
        counts = self._counts[ANSWERED_ACTIONS.index(action)]
        counts *= self.KEEP
        counts[0 if accepted else 1] += 1

    @property
    def means(self) -> Float64Array:
        """(4,) in the order of ``ANSWERED_ACTIONS``."""
        return np.asarray((1 + self._counts[:, 0]) / (2 + self._counts.sum(axis=1)))


class StateEncoder:
    """Pools the last 60 s of one student and puts the state vector together."""

    def __init__(self) -> None:
        """Begin with an empty window."""
        self._fused: deque[Float32Array] = deque(maxlen=WINDOW_TOKENS)
        self._probabilities: deque[Float64Array] = deque(maxlen=WINDOW_TOKENS)
        self._leading, self._since_s = -1, 0.0

    def add(self, fused: Float32Array, probabilities: Float64Array) -> None:
        """Take in one token of a student who is present: (128,) h_fused and (4,)."""
        self._fused.append(fused)
        self._probabilities.append(probabilities)

    @property
    def mean_p(self) -> Float64Array:
        """(4,) mean of the probabilities; uniform before the first token."""
        if not self._probabilities:
            return np.full(len(AFFECTS), 1 / len(AFFECTS))
        return np.asarray(np.mean(self._probabilities, axis=0))

    def encode(
        self,
        *,
        at_s: float,
        context: TaskContext | None,
        acceptance: Acceptance,
        on_task_s: float,
        since_action_s: float | None,
    ) -> Float32Array:
        """Return s_k: (``STATE_SIZE``,) in this order.

        128 mean h_fused, 16 e_task, 4 acceptance, 4 mean p, then three times in their units: how
        long the state that leads the mean has led it (as seen at decisions), time on task, time
        since the last action (1 when there was none).
        """
        mean = self.mean_p
        fused = np.zeros(FUSED_SIZE, dtype=np.float32)
        if self._fused:
            fused = np.mean(self._fused, axis=0).clip(-FUSED_LIMIT, FUSED_LIMIT)
        if int(mean.argmax()) != self._leading:
            self._leading, self._since_s = int(mean.argmax()), at_s
        since = SINCE_ACTION_S if since_action_s is None else since_action_s
        times = np.minimum(
            [(at_s - self._since_s) / DURATION_S, on_task_s / ON_TASK_S, since / SINCE_ACTION_S], 1
        )
        parts = (fused, embed_task(context), acceptance.means, mean, times)
        return np.concatenate(parts, dtype=np.float32)
