"""A gymnasium environment on the simulator for the learned policy (docs/PAPER.md, 4.2.2).

One episode is one lesson of one simulated student. The student's state is hidden; the observation
is what the box would have: simulated frames through the box's featuriser, the shipped fusion model
and the state vector of equation 11. Every number it gives is simulated.

**Step.** 10 s (``POLICY_STEP_S``). All windows of equation 12 are whole numbers of steps.

**Late reward.** A decision is paid 120 s later. ``info["arrived"]`` of ``step`` lists (step index,
reward) of what arrived in this step, NaN where it is missing, and the scalar reward is their sum:
0.0 when nothing arrived yet, NaN with ``info["reward_missing"]`` when a missing one is among them.
``complete`` may be known later, until 10 min after the decision: its share then arrives on its own
under the same index, so a learner adds up what arrives for an index. A missing decision stays
missing. What the lesson's end cuts off is listed in ``info["unpaid"]`` and never arrives.

**Masks.** An action that the box would refuse (``intervention/policy/masks.py``) is not shown: it
is the same as nothing, ``info["action"]`` says so.
"""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from appliance.domain.affect import AFFECTS, AffectReading, ReadingStatus
from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    TOKEN_HZ,
    TOKEN_S,
    SeatStatus,
    TokenBatch,
)
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.policy.actions import ANSWERS_TO
from appliance.intervention.policy.masks import FIRST_S, allowed_actions
from appliance.intervention.policy.reward import DELAY_TOKENS, WEIGHTS, ReadingLog, intrudes
from appliance.intervention.policy.state import (
    FUSED_LIMIT,
    FUSED_SIZE,
    STATE_SIZE,
    Acceptance,
    StateEncoder,
)
from appliance.ports import InferenceSession
from training.policy.slow.actions import HOUR_S, ShownActions
from training.policy.slow.chain import Habituation, InfluencedChain
from training.policy.slow.decision import Decision
from training.policy.slow.seat import Seat, SimulatedSeat
from training.policy.slow.student import Answers, TaskPlan, draw_presence
from training.simulator import parameters as p
from training.simulator.classroom import fatigue_course
from training.simulator.states import solve_chain

STEP_TOKENS = round(POLICY_STEP_S * TOKEN_HZ)
LESSON_S = 45 * 60.0
FIRST_TOKENS = round(FIRST_S * TOKEN_HZ)

_SEAT, _OCCUPANCY = (SeatKey("simulated"),), OccupancyKey("simulated")

MakeSeat = Callable[[np.random.Generator, np.random.Generator], Seat]
"""Makes a seat of a source for the student and one for what pop-ups do."""


class StudentEnvironment(gymnasium.Env[Float32Array, np.int64]):
    """One simulated student, whom five actions may or may not help."""

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - gymnasium's own attribute

    def __init__(
        self,
        *,
        lesson_s: float = LESSON_S,
        scenario: str | None = None,
        regime: str | None = None,
        recovery_s: float = POLICY_STEP_S,
        session: InferenceSession | None = None,
        make_seat: MakeSeat | None = None,
    ) -> None:
        """Load the shipped fusion model; nothing is simulated before ``reset``.

        Args:
            lesson_s: Length of a lesson, at least 70 s, a multiple of 10 s.
            scenario: Key of ``parameters.SHARES``; None draws one per lesson, with slow fatigue.
            regime: Key of ``parameters.REGIMES``; None mixes as for training the fusion.
            recovery_s: Time without an intervention in which habituation falls to .9 of itself.
            session: A request on the fusion model; None loads the shipped one.
            make_seat: Makes the student who is seen; None is the simulator's.
        """
        self._tokens = round(lesson_s * TOKEN_HZ)
        if self._tokens <= FIRST_TOKENS or self._tokens % STEP_TOKENS:
            msg = (
                f"lesson_s: must be above 60 s and a multiple of {POLICY_STEP_S:g}, not {lesson_s}"
            )
            raise ValueError(msg)
        self._scenario, self._recovery_share = scenario, POLICY_STEP_S / recovery_s
        if session is None:
            library = ModelLibrary(None, lanes=1)
            session = library.load("fusion", choice=EngineChoice.ONNX).session()
        self._session = session
        self._make_seat: MakeSeat = make_seat or (
            lambda rng, popups: SimulatedSeat(rng, popups=popups, regime=regime)
        )
        low, high = np.full(STATE_SIZE, -1.0), np.ones(STATE_SIZE)
        low[:FUSED_SIZE], high[:FUSED_SIZE] = -FUSED_LIMIT, FUSED_LIMIT
        self.observation_space = gymnasium.spaces.Box(
            low.astype(np.float32), high.astype(np.float32), dtype=np.float32
        )
        self.action_space = gymnasium.spaces.Discrete(len(PolicyAction))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Float32Array, dict[str, Any]]:
        """Begin a lesson with another student and let its first minute pass; no options."""
        super().reset(seed=seed, options=options)
        # One source each: what an action changes leaves everything else as it would have been.
        chain, effects, seat, popups, habits, plan, presence = self.np_random.spawn(7)
        self._chain = self._draw_chain(chain, effects)
        self._seat = self._make_seat(seat, popups)
        self._answers = Answers(habits)
        self._plan = TaskPlan(plan, lesson_s=self._tokens * TOKEN_S)
        self._present = draw_presence(presence, tokens=self._tokens)
        self._fuser = Fuser(self._session, seats=1)
        self._log, self._encoder, self._acceptance = ReadingLog(), StateEncoder(), Acceptance()
        self._shown, self._habituation = ShownActions(), Habituation()
        self._decisions: list[Decision] = []
        self._token, self._age_s = 0, 0.0
        self._run(FIRST_TOKENS)
        return self._observe(), self._inform(action=PolicyAction.NOTHING, arrived=[])

    def step(
        self, action: np.int64 | int
    ) -> tuple[Float32Array, float, bool, bool, dict[str, Any]]:
        """Act, or not, and let 10 s pass."""
        taken = self._take(PolicyAction(int(action)))
        self._run(STEP_TOKENS)
        arrived = self._collect()
        reward = float(sum(value for _, value in arrived))
        truncated = self._token >= self._tokens
        info = self._inform(action=taken, arrived=arrived)
        if truncated:
            paid = self._token - DELAY_TOKENS
            info["unpaid"] = [
                index for index, one in enumerate(self._decisions) if one.token > paid
            ]
        return self._observe(), reward, False, truncated, info

    def _draw_chain(
        self, rng: np.random.Generator, effects: np.random.Generator
    ) -> InfluencedChain:
        if self._scenario is not None:
            chain = solve_chain(self._scenario)
            return InfluencedChain(rng, chain, tokens=self._tokens, effects=effects)
        # As classroom.draw_all_states does for a scenario left open.
        name = str(rng.choice(list(p.SCENARIO_WEIGHTS), p=list(p.SCENARIO_WEIGHTS.values())))
        factors = list(p.PERSISTENCE)
        drawn = float(rng.choice(factors, p=list(p.PERSISTENCE.values())))
        chain = solve_chain(name, persistence=drawn)
        fatigue = fatigue_course(rng, self._tokens)
        return InfluencedChain(rng, chain, tokens=self._tokens, effects=effects, fatigue=fatigue)

    def _take(self, wanted: PolicyAction) -> PolicyAction:
        """Show an action unless the box would refuse it; return what was done."""
        at_s = self._token * TOKEN_S
        action = wanted if self._mask()[wanted] else PolicyAction.NOTHING
        answer, intrude = None, False
        if action is PolicyAction.NOTHING:
            self._habituation.recover(share=self._recovery_share)
        else:
            latest_s = self._shown.latest_s
            intrude = intrudes(
                since_last_s=None if latest_s is None else at_s - latest_s,
                in_last_hour=self._shown.recent(at_s, within_s=HOUR_S),
            )
            matched = AFFECTS[self._chain.state] in ANSWERS_TO[action]
            answer = self._answers.answer(action, matched=matched)
            if matched:
                self._chain.influence(self._habituation.odds_ratio)
            self._habituation.rise()
            self._shown.show(at_s)
            self._seat.show_popup(at_s=at_s)
            self._log.note_screen_event()
        self._decisions.append(
            Decision(token=self._token, action=action, answer=answer, intrude=intrude)
        )
        return action

    def _run(self, tokens: int) -> None:
        """Let time pass."""
        for _ in range(tokens):
            self._hear()
            at_s = self._token * TOKEN_S
            state, present = self._chain.step(), bool(self._present[self._token])
            face = np.zeros((1, FACE_SIZE), dtype=np.float32)
            pose = np.zeros((1, POSE_STREAM_SIZE), dtype=np.float32)
            if present:
                face, pose = self._seat.step(state, at_s=at_s)
            self._reading = self._read(face, pose, present=present)
            probabilities = self._reading.probabilities.astype(np.float64)
            self._log.add(probabilities, present=present)
            if present:
                self._encoder.add(self._reading.fused, probabilities)
            self._token += 1

    def _read(self, face: Float32Array, pose: Float32Array, *, present: bool) -> AffectReading:
        first = self._age_s == 0
        self._age_s += TOKEN_S * present
        batch = TokenBatch(
            at_s=((self._token + 1) * TOKEN_S,),
            seats=_SEAT,
            occupancies=(_OCCUPANCY,),
            status=(SeatStatus.PRESENT if present else SeatStatus.ABSENT,),
            age_s=np.array([self._age_s], dtype=np.float32),
            face=face,
            pose=pose,
            restarted=np.array([first and present]),
        )
        return self._fuser.read(batch)[0]

    def _hear(self) -> None:
        """Take in what the terminal reports before the next token."""
        at_s = self._token * TOKEN_S
        for decision in self._decisions:
            events = decision.events()[decision.told :]
            for after_s, kind in events:
                if decision.token * TOKEN_S + after_s > at_s:
                    break
                decision.told += 1
                self._log.note_screen_event()  # something goes from the screen, or moves on it
                answer = decision.answer
                if kind == "answered" and answer is not None:
                    self._acceptance.answer(decision.action, accepted=answer.accepted)
                    if answer.accepted and decision.action is PolicyAction.DIFFICULTY:
                        self._plan.ease(at_s)

    def _collect(self) -> list[tuple[int, float]]:
        """Return what is paid in the step that just passed."""
        arrived = []
        for index, decision in enumerate(self._decisions):
            waited = self._token - decision.token
            if waited == DELAY_TOKENS:
                arrived.append((index, decision.pay(self._log)))
            elif waited > DELAY_TOKENS and not decision.missing:
                completed_s = decision.completed_s
                now_s = waited * TOKEN_S
                if completed_s is not None and now_s - POLICY_STEP_S < completed_s <= now_s:
                    arrived.append((index, WEIGHTS.complete))
        return arrived

    def _mask(self) -> BoolArray:
        """Return (5,) whether the box would act now."""
        at_s, latest_s = self._token * TOKEN_S, self._shown.latest_s
        context = self._plan.context(at_s)
        return allowed_actions(
            mean_p=self._encoder.mean_p[None],
            known=np.array([self._reading.status is ReadingStatus.KNOWN]),
            exam=np.array([context is not None and context.exam]),
            since_interruption_s=np.array([np.inf if latest_s is None else at_s - latest_s]),
            in_last_hour=np.array([float(self._shown.recent(at_s, within_s=HOUR_S))]),
        )[0]

    def _observe(self) -> Float32Array:
        at_s, latest_s = self._token * TOKEN_S, self._shown.latest_s
        return self._encoder.encode(
            at_s=at_s,
            context=self._plan.context(at_s),
            acceptance=self._acceptance,
            on_task_s=self._plan.on_task_s(at_s),
            since_action_s=None if latest_s is None else at_s - latest_s,
        )

    def _inform(self, *, action: PolicyAction, arrived: list[tuple[int, float]]) -> dict[str, Any]:
        """Return what a learner may know, and under ``true_`` what only a judge may."""
        return {
            "at_s": self._token * TOKEN_S,
            "action": int(action),
            "action_mask": self._mask(),
            "arrived": arrived,
            "reward_missing": any(np.isnan(value) for _, value in arrived),
            "status": self._reading.status.value,
            "true_state": self._chain.state,
            "true_habituation": self._habituation.level,
        }
