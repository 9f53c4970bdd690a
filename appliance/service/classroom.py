"""What people tell the box: log-ins, consent, tasks, answers, and a teacher's requests."""

import threading
from collections.abc import Callable, Collection, Mapping

import structlog

from appliance.cameras.reader import CameraReader
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
from appliance.errors import StorageError
from appliance.pipeline import Pipeline, TickResult
from appliance.ports import Clock
from appliance.storage.store import Storage

CONTEXT_LIFETIME_S = 900.0  # docs/DESIGN.md, 7: context expires after 15 minutes


class Classroom:
    """Keeps occupancies, consent and task contexts in step with what people say.

    Called from the MQTT inbox, the ticker and the supervisor; every call is short.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        storage: Storage,
        readers: Collection[CameraReader],
        seats: Mapping[TerminalKey, SeatKey],
        clock: Clock,
        unlock_all: Callable[[], None],
        on_presence: Callable[[TerminalPresence], None],
    ) -> None:
        """Connect to the parts that people may steer.

        Args:
            pipeline: Whose occupancies begin and end.
            storage: Where consent, answers and requests are kept.
            readers: What a pause closes.
            seats: The seat of each terminal.
            clock: For the age of task contexts.
            unlock_all: Ends every lock and rest.
            on_presence: Told of every presence message.
        """
        self._pipeline = pipeline
        self._storage = storage
        self._readers = readers
        self._seats = seats
        self._clock = clock
        self._unlock_all = unlock_all
        self._on_presence = on_presence
        self._log = structlog.get_logger()
        self._lock = threading.Lock()
        self._contexts: dict[SeatKey, tuple[float, TaskContext]] = {}
        self._occupancies: dict[SeatKey, OccupancyKey | None] = {}
        self._paused = threading.Event()

    @property
    def paused(self) -> bool:
        """True while a teacher keeps the cameras closed."""
        return self._paused.is_set()

    def context(self, seat: SeatKey) -> TaskContext | None:
        """Return what a seat's student is doing; None when nothing recent is known."""
        with self._lock:
            entry = self._contexts.get(seat)
        if entry is None or self._clock.monotonic_s() - entry[0] > CONTEXT_LIFETIME_S:
            return None
        return entry[1]

    def take_context(self, context: TaskContext) -> None:
        """Remember what a terminal's student is doing."""
        with self._lock:
            self._contexts[self._seats[context.terminal]] = self._clock.monotonic_s(), context

    def take_presence(self, presence: TerminalPresence) -> None:
        """Begin the occupancy of a fresh log-in, end it with the log-out."""
        seat = self._seats[presence.terminal]
        if presence.online and presence.occupant is not None:
            occupancy = OccupancyKey(presence.occupant)
            self._storage.consent.occupancy_changed(seat, occupancy)
            self._pipeline.begin_occupancy(seat, occupancy)
        elif presence.online:
            self._pipeline.end_occupancy(seat)
        self._log.info("terminal", seat=seat, online=presence.online)
        self._on_presence(presence)

    def take_feedback(self, feedback: Feedback) -> None:
        """Store an answer; one (command, kind) counts once."""
        first = self._storage.decisions.record_feedback(feedback)
        self._log.info("feedback", kind=feedback.kind, command=feedback.command, first=first)

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
        self._storage.audit.record(
            f"control_{request.command}",
            actor=request.sender,
            seat=request.seat,
            detail=reply.status.value,
        )
        self._log.info("control", command=request.command, status=reply.status)
        return reply

    def follow(self, result: TickResult) -> None:
        """Let consent end with the occupancy it was given for."""
        for seat, occupancy in zip(result.tokens.seats, result.tokens.occupancies, strict=True):
            if occupancy != self._occupancies.get(seat):
                self._occupancies[seat] = occupancy
                self._storage.consent.occupancy_changed(seat, occupancy)

    def _carry_out(self, request: ControlRequest) -> ControlReply:
        match request.command:
            case ControlCommand.PAUSE:
                self._paused.set()
                for reader in self._readers:
                    reader.pause()
            case ControlCommand.RESUME:
                self._paused.clear()
                for reader in self._readers:
                    reader.resume()
            case ControlCommand.UNLOCK_ALL:
                self._unlock_all()
            case ControlCommand.CONSENT:
                return self._set_consent(request)
            case ControlCommand.ERASE:
                return self._erase(request)
            case ControlCommand.EXPORT:
                return ControlReply(
                    status=ControlStatus.REFUSED,
                    detail="stored rows do not travel over MQTT; run classbox export on the box",
                )
        return ControlReply(status=ControlStatus.DONE)

    def _set_consent(self, request: ControlRequest) -> ControlReply:
        if request.seat is None or not self._ours(request.seat) or request.granted is None:
            return ControlReply(status=ControlStatus.REFUSED, detail="no such seat on this box")
        if request.granted:
            self._storage.consent.grant(request.seat, actor=request.sender)
        else:
            self._storage.consent.revoke(request.seat, actor=request.sender)
            self._pipeline.end_occupancy(request.seat)
        return ControlReply(status=ControlStatus.DONE)

    def _erase(self, request: ControlRequest) -> ControlReply:
        if request.seat is None or not self._ours(request.seat):
            return ControlReply(
                status=ControlStatus.REFUSED, detail="name one seat of this box to erase"
            )
        self._pipeline.end_occupancy(request.seat)
        erased = self._storage.erasure.erase(actor=request.sender, seat=request.seat)
        detail = f"{erased.features} feature rows and {erased.records} records erased"
        return ControlReply(status=ControlStatus.DONE, detail=detail)

    def _ours(self, seat: SeatKey) -> bool:
        return seat in self._seats.values()
