"""What people tell the box: log-ins, consent, tasks, answers, and what they ask of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import structlog

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Feedback, FeedbackRecord, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import (
    AlertVerdict,
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
    TerminalPresence,
)
from appliance.errors import DoorError, NobodyKnownError, StorageError
from appliance.intervention.policy.ledger import Heard
from appliance.pipeline import Pipeline
from appliance.service.contexts import TaskContexts
from appliance.service.control.pausing import Pausing
from appliance.service.control.rights import find_objection, for_the_record
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.control.trial_alerts import TrialAlerts
from appliance.service.seats.exams import Exams
from appliance.storage.erasure import ErasureReport
from appliance.storage.store import Storage

_ON_SCREEN = frozenset({CommandState.STARTED, CommandState.SUCCEEDED, CommandState.FAILED})
_RECORDED_BY_PAUSING = frozenset({ControlCommand.PAUSE, ControlCommand.RESUME})


class Classroom:
    """Keeps occupancies, consent and task contexts in step with what people say.

    Called on the MQTT inbox's thread; every call is short.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        storage: Storage,
        pausing: Pausing,
        pauses: SeatPauses,
        contexts: TaskContexts,
        seats: Mapping[TerminalKey, SeatKey],
        unlock: Callable[[Collection[TerminalKey] | None], None],
        erase: Callable[[SeatKey, str], ErasureReport],
        trials: TrialAlerts,
        aim: Callable[[ControlRequest], ControlReply],
        exams: Exams,
        unseen: Callable[[SeatKey], str],
        on_presence: Callable[[TerminalPresence], None],
        on_command: Callable[[str, TerminalKey, CommandState, str], None],
    ) -> None:
        """Connect to the parts that people may steer.

        Args:
            pipeline: Whose occupancies begin and end.
            storage: Where consent, answers and requests are kept.
            pausing: Closes the cameras when somebody asks.
            pauses: The same for one seat.
            contexts: What students are doing.
            seats: The seat of each terminal.
            unlock: Ends locks and rests on some terminals, or on all.
            erase: Forgets everything about a seat, for an actor.
            trials: Sends test commands.
            aim: Begins to measure for whoever points a camera.
            exams: Keeps where nothing may lock or interrupt.
            unseen: Tells why nobody is looked at on a seat; empty where somebody is.
            on_presence: Told of every presence message.
            on_command: Told how far a command has come.
        """
        self._pipeline = pipeline
        self._storage = storage
        self._pausing = pausing
        self._pauses = pauses
        self._contexts = contexts
        self._seats = seats
        self._terminals = {seat: terminal for terminal, seat in seats.items()}
        self._logged_in: dict[SeatKey, OccupancyKey] = {}
        self._unlock = unlock
        self._erase_seat = erase
        self._trials = trials
        self._aim = aim
        self._exams = exams
        self._unseen = unseen
        self._on_presence = on_presence
        self._on_command = on_command
        self._log = structlog.get_logger()

    def take_context(self, context: TaskContext) -> None:
        """Remember what a terminal's student is doing."""
        self._contexts.set(self._seats[context.terminal], context)

    def take_presence(self, presence: TerminalPresence) -> None:
        """Begin the occupancy of a fresh log-in, end it with the log-out."""
        seat = self._seats[presence.terminal]
        if presence.online and presence.occupant is not None:
            occupancy = self._logged_in[seat] = OccupancyKey(presence.occupant)
            self._storage.consent.occupancy_changed(seat, occupancy)
            self._pipeline.begin_occupancy(seat, occupancy)
        elif presence.online:
            self._logged_in.pop(seat, None)
            self._storage.consent.occupancy_changed(seat, None)
            self._pipeline.end_occupancy(seat)
        self._log.info("terminal", seat=seat, online=presence.online)
        self._on_presence(presence)

    def take_feedback(self, feedback: Feedback) -> bool:
        """Store an answer; one (command, kind) counts once, and one to a test not at all.

        Returns:
            False when that terminal was sent no such command: nothing is stored.

        Raises:
            StorageError: It could not be kept, so its repeat counts.
        """
        if self._trials.answered(feedback):
            return True
        record = self._storage.decisions.record_feedback(feedback)
        if record is FeedbackRecord.FOREIGN:
            return False
        heard, first = Heard.DUPLICATE, record is FeedbackRecord.KEPT
        if first:
            heard = self._pipeline.answer(self._seats[feedback.terminal], feedback)
        self._log.info(
            "feedback", kind=feedback.kind, command=feedback.command, first=first, heard=heard
        )
        return True

    def take_command_state(
        self, command: str, terminal: TerminalKey, state: CommandState, reason: str
    ) -> None:
        """Note that something comes to a student's screen or goes from it."""
        if state in _ON_SCREEN:
            self._pipeline.note_screen_event(self._seats[terminal])
        self._on_command(command, terminal, state, reason)

    def take_verdict(self, verdict: AlertVerdict) -> None:
        """Store a teacher's answer to an alert."""
        self._storage.audit.record(
            f"alert_{verdict.verdict}", actor="teacher", seat=verdict.seat, detail=verdict.alert
        )
        self._log.info("verdict", alert=verdict.alert, verdict=verdict.verdict)

    def take_control(self, request: ControlRequest) -> ControlReply:
        """Do what somebody asks if they may, and put it on record."""
        try:
            reply = self._answer(request)
        except StorageError as error:
            reply = ControlReply(status=ControlStatus.FAILED, detail=str(error))
        except NobodyKnownError as error:
            reply = _refused(str(error))
        refused = reply.status is ControlStatus.REFUSED
        if refused or request.command not in _RECORDED_BY_PAUSING:
            reply = self._put_on_record(request, reply)
        self._log.info(
            "control", command=request.command, sender=request.sender, status=reply.status
        )
        return reply

    def agree(self, seat: SeatKey, *, actor: str) -> None:
        """Record that whoever sits on a seat now may be looked at.

        Raises:
            NobodyKnownError: Nobody is known to sit there.
            StorageError: It could not be recorded.
        """
        self._storage.consent.grant(seat, actor=actor, occupancy=self._know_again(seat))

    def _put_on_record(self, request: ControlRequest, reply: ControlReply) -> ControlReply:
        """Audit a request; whoever asked hears of what is done also where that fails."""
        try:
            self._storage.audit.record(
                f"control_{request.command}",
                actor=request.sender,
                seat=request.seat,
                detail=for_the_record(request, reply),
            )
        except StorageError as error:
            return replace(reply, detail=f"{reply.detail}; not on record: {error}".lstrip("; "))
        return reply

    def _answer(self, request: ControlRequest) -> ControlReply:
        own = self._seats.get(TerminalKey(request.client))
        if objection := find_objection(request, own=own, seats=self._terminals):
            return _refused(objection)
        if request.role is ControlRole.TERMINAL:
            request = replace(request, seat=own)
        ways: dict[ControlCommand, Callable[[ControlRequest], ControlReply]] = {
            ControlCommand.PAUSE: self._pause,
            ControlCommand.RESUME: self._resume,
            ControlCommand.UNLOCK_ALL: self._unlock_screens,
            ControlCommand.CONSENT: self._set_consent,
            ControlCommand.EXAM: self._set_exam,
            ControlCommand.CALIBRATE: self._calibrate,
            ControlCommand.ERASE: self._erase,
            ControlCommand.AIM: self._aim,
            ControlCommand.TEST_ALERT: self._send_test,
            ControlCommand.EXPORT: _refuse_export,
        }
        return ways[request.command](request)

    def _unlock_screens(self, request: ControlRequest) -> ControlReply:
        self._unlock(None if request.seat is None else [self._terminals[request.seat]])
        return ControlReply(status=ControlStatus.DONE)

    def _pause(self, request: ControlRequest) -> ControlReply:
        if request.seat is None:
            lacking = self._pausing.pause(actor=request.sender)
        else:
            lacking = self._pauses.pause(request.seat, actor=request.sender)
        return ControlReply(status=ControlStatus.DONE, detail=lacking)

    def _resume(self, request: ControlRequest) -> ControlReply:
        if request.seat is None:
            still = self._pausing.resume(actor=request.sender)
            paused = ", ".join(self._pauses.seats())
            told = [
                f"the cameras stay closed: {still}" if still else "",
                f"seats that stay paused: {paused}" if paused else "",
            ]
            return ControlReply(status=ControlStatus.DONE, detail="; ".join(filter(None, told)))
        others = self._pauses.asked_by(request.seat) not in (None, request.sender)
        if request.role is ControlRole.TERMINAL and others:
            return _refused("somebody else has paused this seat; a teacher can resume it")
        self._pauses.resume(request.seat, actor=request.sender)
        return ControlReply(status=ControlStatus.DONE)

    def _set_consent(self, request: ControlRequest) -> ControlReply:
        seat = request.seat
        if seat is None or request.granted is None:
            return _refused("name one seat of this box, and whether consent is given")
        if not request.granted:
            self._storage.consent.revoke(seat, actor=request.sender)
            self._pipeline.end_occupancy(seat)
            return ControlReply(status=ControlStatus.DONE)
        if request.role is ControlRole.TERMINAL:
            if self._storage.consent.on_file(seat):
                return _refused("the school holds the consent of this seat; ask a teacher")
            if self._know_again(seat) is None:
                return _refused("nobody is logged in on this seat, so nobody can consent")
        self.agree(seat, actor=request.sender)
        return ControlReply(status=ControlStatus.DONE)

    def _set_exam(self, request: ControlRequest) -> ControlReply:
        if request.on is None:
            return _refused("say whether the exam is on")
        if request.on:
            lacking = self._exams.begin(request.seat, actor=request.sender)
            return ControlReply(status=ControlStatus.DONE, detail=lacking)
        if request.seat is not None and self._exams.whole_room:
            return _refused("it is the whole room's exam; end it for the room")
        self._exams.end(request.seat, actor=request.sender)
        return ControlReply(status=ControlStatus.DONE)

    def _calibrate(self, request: ControlRequest) -> ControlReply:
        """Begin the two minutes in which a student is known to be awake."""
        if request.seat is None:
            return _refused("name one seat of this box")
        if objection := self._unseen(request.seat):
            return _refused(objection)
        self._pipeline.calibrate(request.seat)
        return ControlReply(status=ControlStatus.DONE)

    def _know_again(self, seat: SeatKey) -> OccupancyKey | None:
        """Return who sits there; a student who has revoked was forgotten and is still logged in."""
        present, logged_in = self._pipeline.occupancy(seat), self._logged_in.get(seat)
        if present is None and logged_in is not None:
            self._storage.consent.occupancy_changed(seat, logged_in)
            self._pipeline.begin_occupancy(seat, logged_in)
        return present or logged_in

    def _erase(self, request: ControlRequest) -> ControlReply:
        if request.seat is None:
            return _refused("name one seat of this box to erase")
        erased = self._erase_seat(request.seat, request.sender)
        detail = f"{erased.features} feature rows and {erased.records} records erased"
        return ControlReply(status=ControlStatus.DONE, detail=detail)

    def _send_test(self, request: ControlRequest) -> ControlReply:
        if request.seat is None:
            return _refused("name one seat of this box")
        try:
            said = self._trials.send(request.seat, actor=request.sender)
        except DoorError as error:
            return _refused(str(error))
        return ControlReply(status=ControlStatus.DONE, detail=said)


def _refuse_export(_: ControlRequest) -> ControlReply:
    return _refused("stored rows do not travel over MQTT; run sudo classbox export on the box")


def _refused(detail: str) -> ControlReply:
    return ControlReply(status=ControlStatus.REFUSED, detail=detail)
