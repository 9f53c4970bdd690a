"""What follows from a token: record, then send."""

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

import structlog

from appliance.deciding import TickResult
from appliance.domain.alerts import Alert
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import Action, Intervention
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.tokens import SeatStatus, TokenBatch
from appliance.errors import StorageError
from appliance.pipeline import Pipeline
from appliance.ports import ChoiceStore, CommandPublisher, DecisionStore, FeatureStore


class Acts:
    """Closes tokens and acts on what they lead to, on the ticker's thread.

    After a power cut the box knows what it meant to do: everything is stored before it is sent.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        cameras: Mapping[SeatKey, CameraKey],
        terminals: Mapping[SeatKey, TerminalKey],
        features: FeatureStore,
        decisions: DecisionStore,
        choices: ChoiceStore,
        publisher: CommandPublisher,
        occupancy_changed: Callable[[SeatKey, OccupancyKey | None], None],
        keep: Callable[[Collection[SeatKey]], None],
        on_tick: Callable[[TickResult], None],
    ) -> None:
        """Stand between the stages and the world outside.

        Args:
            pipeline: From tokens to interventions.
            cameras: Which camera sees which seat.
            terminals: The terminal of each seat.
            features: Keeps tokens and readings.
            decisions: Keeps alerts and interventions.
            choices: Keeps what a learned policy chose, and what came of it.
            publisher: Sends interventions and messages for teachers.
            occupancy_changed: Told when somebody else, or nobody, sits on a seat: consent ends
                with the occupancy it was given for.
            keep: Takes to the disk where some seats stand, so that a restart does nothing again.
            on_tick: Told last, after everything has been sent.
        """
        self._pipeline = pipeline
        self._cameras = cameras
        self._terminals = terminals
        self._features = features
        self._decisions = decisions
        self._choices = choices
        self._publisher = publisher
        self._occupancy_changed = occupancy_changed
        self._keep_standing = keep
        self._on_tick = on_tick
        self._status: dict[SeatKey, SeatStatus] = {}
        self._occupancies: dict[SeatKey, OccupancyKey | None] = {}
        self._unrecorded: set[str] = set()  # contacts that are not to be sent
        self._unkept: set[str] = set()  # choices of this tick that are not on record
        self.unrecorded = 0
        """Alerts and outcomes that could not even be queued for the disk."""
        self._acting = threading.Lock()
        self._log = structlog.get_logger()

    def status(self) -> Mapping[SeatKey, SeatStatus]:
        """Return the status of each seat's last token; any thread may call."""
        return dict(self._status)

    def held(self) -> AbstractContextManager[object]:
        """Let no token be closed while a block lasts: nothing is on its way to the disk then."""
        return self._acting

    def tick(self, ends: Mapping[CameraKey, float]) -> None:
        """Close one token of each camera given, which ends at the capture time given."""
        with self._acting:
            self._act(ends)

    def _act(self, ends: Mapping[CameraKey, float]) -> None:
        due = {seat: ends[camera] for seat, camera in self._cameras.items() if camera in ends}
        result = self._pipeline.tick(due)
        status = dict(zip(result.tokens.seats, result.tokens.status, strict=True))
        self._status |= {reading.seat: status[reading.seat] for reading in result.readings}
        self._features.append(result.tokens, result.readings)
        self._follow_occupancies(result.tokens)
        self._record_alerts(result)
        self._record_choices(result)
        if concerned := _concerned(result):
            self._keep("standing", partial(self._keep_standing, concerned))
        for intervention in result.interventions:
            self._intervene(intervention)
        told = [one for message in result.messages if (one := self._tell(message)) is not None]
        self._unrecorded.clear()  # they were taken back, and do not come again
        self._on_tick(replace(result, messages=told))

    def _follow_occupancies(self, tokens: TokenBatch) -> None:
        for seat, occupancy in zip(tokens.seats, tokens.occupancies, strict=True):
            if occupancy != self._occupancies.get(seat):
                self._occupancies[seat] = occupancy
                self._keep("occupancy", partial(self._occupancy_changed, seat, occupancy))

    def _record_alerts(self, result: TickResult) -> None:
        for alert in result.alerts:
            if alert.opened or alert.cleared:
                self._log_alert(alert)
                self._keep("alert", partial(self._decisions.record_alert, alert))
        for refusal in result.refusals:
            self._log.info(
                "action_refused",
                episode=refusal.episode,
                cause=refusal.cause,
                decision={"seat": refusal.seat, "rule": refusal.rule},
            )

    def _record_choices(self, result: TickResult) -> None:
        """Keep what was chosen; what acts is on disk before anything is sent."""
        for outcome in result.outcomes:
            self._keep("outcome", partial(self._choices.settle, outcome))
        waiting = [one for one in result.choices if one.action is PolicyAction.NOTHING]
        if waiting:
            self._keep("choices", partial(self._choices.record_many, waiting))
        self._unkept.clear()
        for choice in result.choices:
            if choice.action is PolicyAction.NOTHING:
                continue
            try:
                self._choices.record(choice)
            except StorageError as error:
                self._log.error("choice_not_kept", error=str(error))
                self._unkept.add(choice.id)

    def _keep(self, what: str, record: Callable[[], None]) -> None:
        """Put on record what nothing depends on; a disk that fails does not end the tick."""
        try:
            record()
        except StorageError as error:
            self.unrecorded += 1
            self._log.error("not_recorded", what=what, error=str(error))

    def _log_alert(self, alert: Alert) -> None:
        self._log.info(
            "alert_raised" if alert.opened else "alert_cleared",
            episode=alert.episode,
            decision={
                "seat": alert.seat,
                "affect": alert.affect,
                "intensity": round(alert.intensity, 3),
                "mean_score": round(alert.evidence.mean_score, 3),
            },
        )

    def _intervene(self, intervention: Intervention) -> None:
        if intervention.id in self._unkept:
            self._pipeline.take_back(intervention.id)
            return  # a choice that is not on record is not carried out
        terminal = self._terminals[intervention.seat]
        self._log.info(
            "intervention",
            id=intervention.id,
            decision={
                "seat": intervention.seat,
                "action": intervention.action,
                "rule": intervention.rule,
                "reason": intervention.reason,
            },
        )
        try:
            self._decisions.record_intervention(intervention, terminal=terminal)
        except StorageError as error:
            # What is not on record is not done: nobody could explain it afterwards.
            self._log.error("intervention_not_sent", error=str(error))
            self._pipeline.take_back(intervention.id)
            if intervention.action is Action.CONTACT_TEACHER:
                self._unrecorded.add(intervention.id)
            return
        self._publisher.send(intervention, terminal=terminal)

    def _tell(self, message: TeacherMessage) -> TeacherMessage | None:
        """Send teachers a message without contacts that are not on record; return what is sent."""
        contacts = tuple(one for one in message.contacts if one.id not in self._unrecorded)
        if not contacts and not message.alerts:
            return None
        if not message.clears:
            self._log.info(
                "teacher_told",
                contacts=[one.id for one in contacts],
                episodes=[alert.episode for alert in message.alerts],
            )
        told = replace(message, contacts=contacts)
        self._publisher.tell(told)
        return told


def _concerned(result: TickResult) -> frozenset[SeatKey]:
    """Return the seats of which something begins, ends, is done or is told."""
    moved = [alert.seat for alert in result.alerts if alert.opened or alert.cleared]
    acted = [one.seat for one in result.interventions]
    told = [alert.seat for message in result.messages for alert in message.alerts]
    called = [contact.seat for message in result.messages for contact in message.contacts]
    return frozenset((*moved, *acted, *told, *called))
