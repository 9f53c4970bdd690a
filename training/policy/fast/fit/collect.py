"""Records lessons of the slow environment under simple policies, with what each action was worth.

A twin is the environment itself, copied before the action: nothing is done to it for two minutes.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS, Affect, AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.interventions import Action, TaskContext
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.actions import ANSWERS_TO, POLICY_ACTIONS_OF
from appliance.intervention.policy.reward import DELAY_TOKENS, WEIGHTS, WINDOW_TOKENS
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, severe_level, tracked_levels
from appliance.ports import InferenceSession
from appliance.warning.monitor import EpisodeMonitor
from training.policy.fast.answers import answer_odds
from training.policy.fast.fit.recordings import STATUSES, Recorded
from training.policy.fast.worlds import SLOW_WORLD
from training.policy.slow.chain import InfluencedChain
from training.policy.slow.decision import Decision
from training.policy.slow.environment import LESSON_S, StudentEnvironment

POLICIES = ("never", "random", "rules", "hint")
"""Nothing; one of what is allowed; Table 1 with its cool-downs; a hint whenever it is allowed."""

_ORDER = ("never", "random", "never", "hint", "random", "never", "rules", "random", "never")
_DROPPING = [AFFECTS.index(Affect.FATIGUED), AFFECTS.index(Affect.BORED)]
_SEED = 900_000


def record_lessons(folder: Path, *, lessons: int, lesson_s: float = LESSON_S) -> Iterator[Path]:
    """Write a file for each lesson that is not there yet, and yield its path."""
    session = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX).session()
    folder.mkdir(parents=True, exist_ok=True)
    for number, policy in enumerate(islice(cycle(_ORDER), lessons)):
        path = folder / f"{number:04d}_{policy}.npz"
        if path.exists():
            continue
        recorded = record_lesson(session, seed=_SEED + number, policy=policy, lesson_s=lesson_s)
        recorded.write(path)
        yield path


def record_lesson(
    session: InferenceSession, *, seed: int, policy: str, lesson_s: float
) -> Recorded:
    """Return one lesson under one of ``POLICIES``."""
    environment = _RecordedStudent(session=session, lesson_s=lesson_s)
    rng = np.random.default_rng([seed, 1])
    table = _BoxTable()
    environment.listener = table
    _, info = environment.reset(seed=seed)
    actions, popups, twins, matched = [], [], [], []
    done = False
    while not done:
        environment.may_do_all = policy == "rules"
        action = _choose(policy, info["action_mask"], table, environment, rng)
        if action is not PolicyAction.NOTHING:
            popups.append(environment.at_s)
            actions.append(int(action))
            twins.append(environment.twin_readings(session))
            matched.append(AFFECTS[environment.state] in ANSWERS_TO[action])
        _, _, _, done, info = environment.step(int(action))
    shown = [one for one in environment.decisions if one.action is not PolicyAction.NOTHING]
    gains = [
        environment.worth(one, twin, matched=match)
        for one, twin, match in zip(shown, twins, matched, strict=True)
    ]
    page = environment.page
    return Recorded(
        p=np.array(page.probabilities)[None],
        status=np.array(page.status)[None],
        present=np.array(page.present)[None],
        states=np.array(page.states)[None],
        popups=np.array(popups, dtype=np.float64)[None],
        actions=np.array(actions, dtype=np.int64)[None],
        gains=np.array(gains, dtype=np.float64)[None],
    )


def _choose(
    policy: str,
    mask: BoolArray,
    table: "_BoxTable",
    environment: "_RecordedStudent",
    rng: np.random.Generator,
) -> PolicyAction:
    if policy == "rules":
        return table.decide(environment.context())
    if policy == "random":
        return PolicyAction(int(rng.choice(np.flatnonzero(mask))))
    wants = policy == "hint" and bool(mask[PolicyAction.HINT])
    return PolicyAction.HINT if wants else PolicyAction.NOTHING


@dataclass(slots=True)
class _Page:
    """One entry for each token."""

    probabilities: list[Float32Array] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    present: list[bool] = field(default_factory=list)
    states: list[int] = field(default_factory=list)


class _RecordedStudent(StudentEnvironment):
    """Writes down every token."""

    def __init__(self, *, session: InferenceSession, lesson_s: float) -> None:
        super().__init__(session=session, lesson_s=lesson_s)
        self.page = _Page()
        self.listener: _BoxTable | None = None
        self.may_do_all = False
        """True: what a rule wants is shown, whatever the learned policy's masks say."""

    @property
    def token(self) -> int:
        """Tokens that have passed."""
        return self._token

    @property
    def at_s(self) -> float:
        """Time in the lesson."""
        return self._token * TOKEN_S

    @property
    def state(self) -> int:
        """True state, index into ``AFFECTS``."""
        return self._chain.state

    @property
    def decisions(self) -> list[Decision]:
        """What was done in each step."""
        return self._decisions

    def twin_readings(self, session: InferenceSession) -> Float32Array:
        """Return the next 120 s of probabilities if nothing is done."""
        listener, self.listener = self.listener, None
        twin = copy.deepcopy(self, {id(session): session})
        self.listener = listener
        start = self._token
        while twin.token < min(start + DELAY_TOKENS, self._tokens):
            twin.step(PolicyAction.NOTHING)
        return np.array(twin.page.probabilities[start:], dtype=np.float32)

    def worth(self, decision: Decision, twin: Float32Array, *, matched: bool) -> float:
        """Return what an action was worth, seen from the lesson's end.

        The chances of being completed and rejected stand for what came of it, as in
        ``LessonOutcome.worth``.
        """
        end = decision.token + DELAY_TOKENS
        if end > self._token:
            return float("nan")
        own = np.array(self.page.probabilities[decision.token : end])
        there = np.array(self.page.present[decision.token : end])[-WINDOW_TOKENS:]
        drops = (twin - own)[-WINDOW_TOKENS:][there][:, _DROPPING]
        fatigue, boredom = drops.mean(axis=0) if there.any() else (0.0, 0.0)
        action = decision.action
        complete, reject = answer_odds(
            np.array([action]),
            world=SLOW_WORLD,
            acceptance=np.array([self._answers.acceptance[action]]),
            matched=np.array([matched]),
        )
        return float(
            WEIGHTS.fatigue * fatigue
            + WEIGHTS.boredom * boredom
            + WEIGHTS.complete * complete[0]
            - WEIGHTS.reject * reject[0]
            - WEIGHTS.intrude * decision.intrude
        )

    def context(self) -> TaskContext | None:
        """Return what the terminal last said."""
        return self._plan.context(self.at_s)

    def _draw_chain(
        self, rng: np.random.Generator, effects: np.random.Generator
    ) -> InfluencedChain:
        chain = super()._draw_chain(rng, effects)
        self._state_now = chain.state  # of the token that comes
        return chain

    def _mask(self) -> BoolArray:
        mask = super()._mask()
        return np.ones_like(mask) if self.may_do_all else mask

    def _read(self, face: Float32Array, pose: Float32Array, *, present: bool) -> AffectReading:
        reading = super()._read(face, pose, present=present)
        self.page.probabilities.append(reading.probabilities.copy())
        self.page.status.append(STATUSES.index(reading.status))
        self.page.present.append(present)
        self.page.states.append(self._state_now)
        self._state_now = self._chain.state
        if self.listener is not None:
            self.listener.read(reading)
        return reading


class _BoxTable:
    """The box's own monitor and Table 1, asked every 10 s."""

    def __init__(self) -> None:
        numbers = count()
        self._new_id = lambda: f"i{next(numbers)}"
        self._monitor = EpisodeMonitor(
            levels=tracked_levels(TABLE_1),
            severe_level=severe_level(TABLE_1),
            new_id=self._new_id,
        )
        self._rules = RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=self._new_id)
        self._alerts: tuple[Alert, ...] = ()

    def read(self, reading: AffectReading) -> None:
        """Take in one token."""
        self._alerts = self._monitor.assess(reading)

    def decide(self, context: TaskContext | None) -> PolicyAction:
        """Return what is done now; a teacher's call is nothing on the student's screen."""
        done = [self._rules.decide(alert, context) for alert in self._alerts]
        action = next((one.action for one in done if one is not None), Action.NONE)
        return POLICY_ACTIONS_OF.get(action, PolicyAction.NOTHING)
