"""What people tell the box: log-ins, consent, tasks, answers, and a teacher's requests."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Feedback, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import (
    AlertVerdict,
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlStatus,
    TerminalPresence,
)
from appliance.errors import DoorError, NobodyKnownError, StorageError
from appliance.intervention.policy.ledger import Heard
from appliance.pipeline import Pipeline
from appliance.service.contexts import TaskContexts
from appliance.service.control.pausing import Pausing
from appliance.service.control.trial_alerts import TrialAlerts
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
        contexts: TaskContexts,
        seats: Mapping[TerminalKey, SeatKey],
        unlock_all: Callable[[], None],
        erase: Callable[[SeatKey, str], ErasureReport],
        trials: TrialAlerts,
        aim: Callable[[ControlRequest], ControlReply],
        on_presence: Callable[[TerminalPresence], None],
        on_command: Callable[[str, TerminalKey, CommandState, str], None],
    ) -> None:
        """Connect to the parts that people may steer.

        Args:
            pipeline: Whose occupancies begin and end.
            storage: Where consent, answers and requests are kept.
            pausing: Closes the cameras when somebody asks.
            contexts: What students are doing.
            seats: The seat of each terminal.
            unlock_all: Ends every lock and rest.
            erase: Forgets everything about a seat, for an actor.
            trials: Sends test commands.
            aim: Begins to measure for whoever points a camera.
            on_presence: Told of every presence message.
            on_command: Told how far a command has come.
        """
        self._pipeline = pipeline
        self._storage = storage
        self._pausing = pausing
        self._contexts = contexts
        self._seats = seats
        self._unlock_all = unlock_all
        self._erase_seat = erase
        self._trials = trials
        self._aim = aim
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
            occupancy = OccupancyKey(presence.occupant)
            self._storage.consent.occupancy_changed(seat, occupancy)
            self._pipeline.begin_occupancy(seat, occupancy)
        elif presence.online:
            self._storage.consent.occupancy_changed(seat, None)
            self._pipeline.end_occupancy(seat)
        self._log.info("terminal", seat=seat, online=presence.online)
        self._on_presence(presence)

    def take_feedback(self, feedback: Feedback) -> None:
        """Store an answer; one (command, kind) counts once, and one to a test not at all."""
        if self._trials.answered(feedback):
            return
        first = self._storage.decisions.record_feedback(feedback)
        heard = Heard.DUPLICATE
        if first:
            heard = self._pipeline.answer(self._seats[feedback.terminal], feedback)
        self._log.info(
            "feedback", kind=feedback.kind, command=feedback.command, first=first, heard=heard
        )

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
        self._log.info("verdict", seat=verdict.seat, verdict=verdict.verdict)

    def take_control(self, request: ControlRequest) -> ControlReply:
        """Do what a teacher asks, and put it on record."""
        try:
            reply = self._carry_out(request)
        except StorageError as error:
            reply = ControlReply(status=ControlStatus.FAILED, detail=str(error))
        except NobodyKnownError as error:
            reply = ControlReply(status=ControlStatus.REFUSED, detail=str(error))
        if request.command not in _RECORDED_BY_PAUSING:
            reply = self._put_on_record(request, reply)
        self._log.info("control", command=request.command, status=reply.status)
        return reply

    def agree(self, seat: SeatKey, *, actor: str) -> None:
        """Record that whoever sits on a seat now may be looked at.

        Raises:
            NobodyKnownError: Nobody is known to sit there.
            StorageError: It could not be recorded.
        """
        self._storage.consent.grant(seat, actor=actor)

    def _put_on_record(self, request: ControlRequest, reply: ControlReply) -> ControlReply:
        """Audit a request; whoever asked hears of what is done also where that fails."""
        try:
            self._storage.audit.record(
                f"control_{request.command}",
                actor=request.sender,
                seat=request.seat,
                detail=reply.status.value,
            )
        except StorageError as error:
            return replace(reply, detail=f"{reply.detail}; not on record: {error}".lstrip("; "))
        return reply

    def _carry_out(self, request: ControlRequest) -> ControlReply:
        ways: dict[ControlCommand, Callable[[ControlRequest], ControlReply]] = {
            ControlCommand.PAUSE: self._close_or_open,
            ControlCommand.RESUME: self._close_or_open,
            ControlCommand.UNLOCK_ALL: self._unlock,
            ControlCommand.CONSENT: self._set_consent,
            ControlCommand.ERASE: self._erase,
            ControlCommand.AIM: self._aim,
            ControlCommand.TEST_ALERT: self._send_test,
            ControlCommand.EXPORT: _refuse_export,
        }
        return ways[request.command](request)

    def _unlock(self, _: ControlRequest) -> ControlReply:
        self._unlock_all()
        return ControlReply(status=ControlStatus.DONE)

    def _close_or_open(self, request: ControlRequest) -> ControlReply:
        if request.command is ControlCommand.PAUSE:
            lacking = self._pausing.pause(actor=request.sender)
            return ControlReply(status=ControlStatus.DONE, detail=lacking)
        still = self._pausing.resume(actor=request.sender)
        detail = f"the cameras stay closed: {still}" if still else ""
        return ControlReply(status=ControlStatus.DONE, detail=detail)

    def _set_consent(self, request: ControlRequest) -> ControlReply:
        if request.seat is None or not self._ours(request.seat) or request.granted is None:
            return ControlReply(status=ControlStatus.REFUSED, detail="no such seat on this box")
        if request.granted:
            self.agree(request.seat, actor=request.sender)
        else:
            self._storage.consent.revoke(request.seat, actor=request.sender)
            self._pipeline.end_occupancy(request.seat)
        return ControlReply(status=ControlStatus.DONE)

    def _erase(self, request: ControlRequest) -> ControlReply:
        if request.seat is None or not self._ours(request.seat):
            return ControlReply(
                status=ControlStatus.REFUSED, detail="name one seat of this box to erase"
            )
        erased = self._erase_seat(request.seat, request.sender)
        detail = f"{erased.features} feature rows and {erased.records} records erased"
        return ControlReply(status=ControlStatus.DONE, detail=detail)

    def _send_test(self, request: ControlRequest) -> ControlReply:
        if request.seat is None:
            return ControlReply(status=ControlStatus.REFUSED, detail="name one seat of this box")
        try:
            terminal = self._trials.send(request.seat, actor=request.sender)
        except DoorError as error:
            return ControlReply(status=ControlStatus.REFUSED, detail=str(error))
        return ControlReply(status=ControlStatus.DONE, detail=f"sent to terminal {terminal}")

    def _ours(self, seat: SeatKey) -> bool:
        return seat in self._seats.values()


def _refuse_export(_: ControlRequest) -> ControlReply:
    return ControlReply(
        status=ControlStatus.REFUSED,
        detail="stored rows do not travel over MQTT; run sudo classbox export on the box",
    )
