"""The lower half of the stages: tokens to decisions, in one place for a whole room."""

import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import TypedDict

from appliance.domain.affect import AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Feedback, Intervention, RefusedAction, TaskContext
from appliance.domain.policy.choices import Choice, ChoiceOutcome
from appliance.domain.seats import SeatKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.tokens import TokenBatch
from appliance.fusion.fuser import Fuser
from appliance.intervention.cooldowns import CooldownSnapshot
from appliance.intervention.policy.chooser import ActionChooser, Chosen
from appliance.intervention.policy.ledger import Heard
from appliance.intervention.rule_policy import RulePolicy
from appliance.sensing import SensedTokens
from appliance.warning.monitor import EpisodeMonitor, MonitorSnapshot
from appliance.warning.teacher_budget import TeacherBudget, TeacherBudgetSnapshot


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


class Deciding:
    """Fusion, warning and intervention of all seats; ``decide`` runs on one thread."""

    def __init__(
        self,
        *,
        fuser: Fuser,
        monitor: EpisodeMonitor,
        policy: RulePolicy,
        teacher: TeacherBudget,
        context: Callable[[SeatKey], TaskContext | None],
        enabled: bool = True,
        chooser: ActionChooser | None = None,
    ) -> None:
        """Connect the stages.

        Args:
            fuser: Tokens to readings.
            monitor: Readings to alerts.
            policy: Alerts to interventions.
            teacher: Alerts and contacts to messages for teachers.
            context: What a seat's student is doing, as far as known.
            enabled: False: nothing may reach a student's screen; teachers are still told.
            chooser: Has the last word on what ``policy`` proposes; None: the rules decide alone.
        """
        self._fuser = fuser
        self._monitor = monitor
        self._policy = policy
        self._teacher = teacher
        self._context = context
        self._enabled = enabled
        self._chooser = chooser
        self._deciding = threading.Lock()  # a snapshot is taken between two tokens
        self._closed: list[Alert] = []  # by log-out or erasure; at most one per seat and detector

    def decide(self, sensed: SensedTokens) -> TickResult:
        """Follow one token of the seats that were due to the decisions it causes."""
        tokens, due = sensed.tokens, sensed.due
        ends_s = [at_s for seat, at_s in zip(tokens.seats, tokens.at_s, strict=True) if seat in due]
        readings = self._fuser.read(tokens, due=due)
        with self._deciding:
            for seat in tokens.seats if sensed.denied else ():
                if seat in sensed.denied:
                    self._forget(seat)
            alerts = [*self._closed]
            self._closed.clear()
            alerts += [alert for reading in readings for alert in self._monitor.assess(reading)]
            chosen, outcomes = self._choose(tokens, readings, alerts)
            refusals = self._policy.take_refusals()
            now_s = max(ends_s, default=0.0)
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

    def forget(self, seat: SeatKey) -> None:
        """Forget who sits on a seat: what was open is told as closed with the next token."""
        with self._deciding:
            self._forget(seat)

    def erase(self, seat: SeatKey) -> None:
        """Forget everything about a seat; unlike after a log-out, nothing more is told of it."""
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
        """Undo what an intervention of the last ``decide`` began: it is not on record, so not done.

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

    def snapshot(self, seats: Container[SeatKey] | None = None) -> PipelineSnapshot:
        """Return open episodes, cool-downs and what teachers know as JSON, for a checkpoint.

        Args:
            seats: Whose episodes, which are the most of it; None: all.
        """
        with self._deciding:
            return {
                "episodes": self._monitor.snapshot(seats),
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
