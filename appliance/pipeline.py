"""The stages in the order the data flows."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from appliance.domain.affect import AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.frames import Frame
from appliance.domain.interventions import Feedback, Intervention, RefusedAction, TaskContext
from appliance.domain.observations import Observation
from appliance.domain.policy.choices import Choice, ChoiceOutcome
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.tokens import TokenBatch
from appliance.fusion.fuser import Fuser
from appliance.intervention.cooldowns import CooldownSnapshot
from appliance.intervention.policy.chooser import ActionChooser, Chosen
from appliance.intervention.policy.ledger import Heard
from appliance.intervention.rule_policy import RulePolicy
from appliance.perception.perceiver import PartialObservation, Perceiver
from appliance.ports import ConsentRegister
from appliance.warning.monitor import EpisodeMonitor, MonitorSnapshot
from appliance.warning.teacher_budget import TeacherBudget, TeacherBudgetSnapshot
from appliance.windows.finds import SeatFinds
from appliance.windows.seat_windows import FrameCounts, SeatWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class TickResult:
    """What one token of the cameras that were due has led to."""

    tokens: TokenBatch
    """Rows of all seats; only those of ``readings`` were due."""

    readings: Sequence[AffectReading]
    """One per seat that was due."""

    alerts: Sequence[Alert]
    """Open episodes on each whole second, and episodes that ended."""

    interventions: Sequence[Intervention]
    """What the rules decided."""

    refusals: Sequence[RefusedAction]
    """What applied but was masked or cooling down."""

    messages: Sequence[TeacherMessage]
    """What teachers are told now, within their budget."""

    choices: Sequence[Choice] = ()
    """What a learned policy chose, or left to the rules; empty without one."""

    outcomes: Sequence[ChoiceOutcome] = ()
    """What came of earlier choices, each once."""


class PipelineSnapshot(TypedDict):
    """What survives a restart, as JSON."""

    episodes: MonitorSnapshot
    cooldowns: CooldownSnapshot
    teacher: TeacherBudgetSnapshot


class Pipeline:
    """All stages of all seats; ``look`` and ``read`` run on the lanes, ``tick`` on the ticker."""

    def __init__(
        self,
        *,
        perceivers: Mapping[SeatKey, Perceiver],
        windows: SeatWindows,
        fuser: Fuser,
        monitor: EpisodeMonitor,
        policy: RulePolicy,
        teacher: TeacherBudget,
        consent: ConsentRegister,
        context: Callable[[SeatKey], TaskContext | None],
        enabled: bool = True,
        chooser: ActionChooser | None = None,
    ) -> None:
        """Connect the stages.

        Args:
            perceivers: One per seat, each used by one thread at a time.
            windows: Tokens of all seats.
            fuser: Tokens to readings.
            monitor: Readings to alerts.
            policy: Alerts to interventions.
            teacher: Alerts and contacts to messages for teachers.
            consent: Whom the box may look at.
            context: What a seat's student is doing, as far as known.
            enabled: False: nothing may reach a student's screen; teachers are still told.
            chooser: Has the last word on what ``policy`` proposes; None: the rules decide alone.
        """
        self._perceivers = perceivers
        self._windows = windows
        self._fuser = fuser
        self._monitor = monitor
        self._policy = policy
        self._teacher = teacher
        self._consent = consent
        self._context = context
        self._enabled = enabled
        self._chooser = chooser
        self._filling = threading.Lock()  # windows are filled by lanes and emptied by the ticker
        self._deciding = threading.Lock()  # a snapshot is taken between two tokens
        self._closed: list[Alert] = []  # by log-out or erasure; at most one per seat and detector

    def observe(self, seat: SeatKey, frame: Frame) -> None:
        """Look at one seat of one frame and read the face."""
        sight = self.look(seat, frame)
        if sight is not None:
            self.read(seat, sight)

    def look(self, seat: SeatKey, frame: Frame) -> PartialObservation | None:
        """Do the first half of ``observe``; without consent the frame is dropped unseen.

        Returns:
            What ``read`` wants, on any thread; None when nothing is left to do.
        """
        perceiver = self._perceivers[seat]
        if not self._consent.granted(seat):
            perceiver.reset()
            return None
        sight = perceiver.look(frame, run_pose=frame.due.pose, run_expression=frame.due.expression)
        if sight.crop is not None:
            return sight
        self._keep(sight.found)
        return None

    def read(self, seat: SeatKey, sight: PartialObservation) -> None:
        """Do the second half of ``observe``, unless the consent has gone in between."""
        if self._consent.granted(seat):
            self._keep(self._perceivers[seat].read(sight))

    def _keep(self, observation: Observation) -> None:
        with self._filling:
            self._windows.append(observation)

    def tick(self, ends_s: Mapping[SeatKey, float]) -> TickResult:
        """Close one token of the seats given and follow it to the decisions it causes."""
        denied = {seat for seat in ends_s if not self._consent.granted(seat)}
        with self._filling:
            tokens = self._windows.close(ends_s, without_consent=denied)
        readings = [reading for reading in self._fuser.read(tokens) if reading.seat in ends_s]
        with self._deciding:
            for seat in denied:
                self._forget(seat)
            alerts = [*self._closed]
            self._closed.clear()
            alerts += [alert for reading in readings for alert in self._monitor.assess(reading)]
            chosen, outcomes = self._choose(tokens, readings, alerts)
            refusals = self._policy.take_refusals()
            now_s = max(ends_s.values(), default=0.0)
            messages = self._teacher.choose(alerts, chosen.interventions, now_s=now_s)
        return TickResult(
            tokens=tokens,
            readings=readings,
            alerts=alerts,
            interventions=chosen.interventions,
            refusals=refusals,
            messages=messages,
            choices=chosen.choices,
            outcomes=outcomes,
        )

    def begin_occupancy(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        """Somebody has logged in on a seat's terminal."""
        with self._filling:
            self._windows.begin_occupancy(seat, occupancy)

    def end_occupancy(self, seat: SeatKey) -> None:
        """Forget who sits on a seat: log-out, consent withdrawn."""
        with self._filling:
            self._windows.end_occupancy(seat)
        with self._deciding:
            self._forget(seat)

    def erase(self, seat: SeatKey) -> None:
        """Forget everything about a seat; unlike after a log-out, nothing more is told of it."""
        with self._filling:
            self._windows.end_occupancy(seat)
        with self._deciding:
            gone = [*self._monitor.end(seat), *(one for one in self._closed if one.seat == seat)]
            self._closed = [one for one in self._closed if one.seat != seat]
            self._policy.forget(seat, episodes={one.episode for one in gone})
            self._teacher.erase(seat)
            if self._chooser is not None:
                self._chooser.forget(seat)

    def answer(self, seat: SeatKey, feedback: Feedback) -> Heard:
        """Take in what the student of a seat did with a command."""
        with self._deciding:
            return Heard.UNKNOWN if self._chooser is None else self._chooser.answer(seat, feedback)

    def take_back(self, intervention: str) -> None:
        """Undo what an intervention of the last ``tick`` began: it is not on record, so not done.

        Args:
            intervention: Its id.
        """
        with self._deciding:
            self._policy.take_back(intervention)
            self._teacher.take_back(intervention)

    def note_screen_event(self, seat: SeatKey) -> None:
        """Something has appeared on the screen of a seat or gone from it."""
        with self._deciding:
            if self._chooser is not None:
                self._chooser.note_screen_event(seat)

    def occupancy(self, seat: SeatKey) -> OccupancyKey | None:
        """Return who sits on a seat now."""
        with self._filling:
            occupancy = self._windows.occupancy(seat)
        return None if occupancy is None else occupancy.key

    def calibrate(self, seat: SeatKey) -> None:
        """Take the next two minutes of a seat's student as known to be awake."""
        with self._filling:
            self._windows.calibrate(seat)

    def calibrated_s(self, seat: SeatKey) -> float | None:
        """Return how much of them has been seen, also beyond; None where nobody has begun them."""
        with self._filling:
            return self._windows.calibrated_s(seat)

    def frame_counts(self) -> dict[SeatKey, FrameCounts]:
        """Return which observations came too late for the windows."""
        with self._filling:
            return self._windows.frame_counts()

    def finds(self) -> dict[SeatKey, SeatFinds]:
        """Return how often something was found on each seat."""
        with self._filling:
            return self._windows.finds()

    def snapshot(self) -> PipelineSnapshot:
        """Return open episodes, cool-downs and what teachers know as JSON, for a checkpoint."""
        with self._deciding:
            return {
                "episodes": self._monitor.snapshot(),
                "cooldowns": self._policy.snapshot(),
                "teacher": self._teacher.snapshot(),
            }

    def restore(self, snapshot: PipelineSnapshot, *, shift_s: float) -> bool:
        """Go on from a checkpoint; False when it was made with other settings.

        Args:
            snapshot: What ``snapshot`` returned, possibly by way of JSON.
            shift_s: Added to its capture times where the clock began anew.

        Raises:
            StorageError: It is damaged.
        """
        with self._deciding:
            if not self._monitor.restore(snapshot["episodes"], shift_s=shift_s):
                return False
            self._policy.restore(snapshot["cooldowns"], shift_s=shift_s)
            self._teacher.restore(snapshot["teacher"], shift_s=shift_s)
            return True

    def _forget(self, seat: SeatKey) -> None:
        self._closed += self._monitor.end(seat)
        self._teacher.forget(seat)
        if self._chooser is not None:
            self._chooser.forget(seat)

    def _choose(
        self, tokens: TokenBatch, readings: Sequence[AffectReading], alerts: Sequence[Alert]
    ) -> tuple[Chosen, tuple[ChoiceOutcome, ...]]:
        if self._chooser is None:
            decided = [each for alert in alerts if (each := self._decide(alert)) is not None]
            return Chosen(interventions=decided), ()
        self._chooser.see(tokens, readings)
        chosen = self._chooser.choose(alerts, [reading.seat for reading in readings])
        return chosen, self._chooser.take_outcomes()

    def _decide(self, alert: Alert) -> Intervention | None:
        return self._policy.decide(alert, self._context(alert.seat), kill_switch=not self._enabled)
