"""The stages in the order the data flows, both halves in one process.

Where sensors look and a decider decides, each runs its half alone, and tokens cross between them.
"""

from collections.abc import Callable, Container, Mapping

from appliance.deciding import Deciding, PipelineSnapshot, TickResult
from appliance.domain.frames import Frame
from appliance.domain.interventions import Feedback, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.fusion.fuser import Fuser
from appliance.intake.sensor_seats import SensorSeats
from appliance.intervention.policy.chooser import ActionChooser
from appliance.intervention.policy.ledger import Heard
from appliance.intervention.rule_policy import RulePolicy
from appliance.perception.perceiver import PartialObservation, Perceiver
from appliance.ports import ConsentRegister
from appliance.sensing import Sensing
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.finds import SeatFinds
from appliance.windows.seat_windows import FrameCounts, SeatWindows


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
        sensors: SensorSeats | None = None,
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
            sensors: Seats of which tokens come; their rows are behind those of ``windows``.
        """
        self._sensors = sensors
        self.sensing = Sensing(perceivers=perceivers, windows=windows, consent=consent)
        """Frames to tokens."""
        self.deciding = Deciding(
            fuser=fuser,
            monitor=monitor,
            policy=policy,
            teacher=teacher,
            context=context,
            enabled=enabled,
            chooser=chooser,
        )
        """Tokens to decisions."""

    def observe(self, seat: SeatKey, frame: Frame) -> None:
        """Look at one seat of one frame and read the face."""
        self.sensing.observe(seat, frame)

    def look(self, seat: SeatKey, frame: Frame) -> PartialObservation | None:
        """Do the first half of ``observe``; without consent the frame is dropped unseen.

        Returns:
            What ``read`` wants, on any thread; None when nothing is left to do.
        """
        return self.sensing.look(seat, frame)

    def read(self, seat: SeatKey, sight: PartialObservation) -> None:
        """Do the second half of ``observe``, unless the consent has gone in between."""
        self.sensing.read(seat, sight)

    def tick(self, ends_s: Mapping[SeatKey, float]) -> TickResult:
        """Close one token of the seats given and follow it to the decisions it causes.

        One token that has come of each seat of a sensor goes with them.
        """
        sensed = self.sensing.close(ends_s)
        return self.deciding.decide(sensed if self._sensors is None else self._sensors.join(sensed))

    def begin_occupancy(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        """Somebody has logged in on a seat's terminal."""
        self._place(seat).begin_occupancy(seat, occupancy)

    def end_occupancy(self, seat: SeatKey) -> None:
        """Forget who sits on a seat: log-out, consent withdrawn."""
        self._place(seat).end_occupancy(seat)
        self.deciding.forget(seat)

    def erase(self, seat: SeatKey) -> None:
        """Forget everything about a seat; unlike after a log-out, nothing more is told of it."""
        self._place(seat).end_occupancy(seat)
        self.deciding.erase(seat)

    def answer(self, seat: SeatKey, feedback: Feedback) -> Heard:
        """Take in what the student of a seat did with a command."""
        return self.deciding.answer(seat, feedback)

    def take_back(self, intervention: str) -> None:
        """Undo what an intervention of the last ``tick`` began: it is not on record, so not done.

        Args:
            intervention: Its id.
        """
        self.deciding.take_back(intervention)

    def note_screen_event(self, seat: SeatKey) -> None:
        """Something has appeared on the screen of a seat or gone from it."""
        self.deciding.note_screen_event(seat)

    def occupancy(self, seat: SeatKey) -> OccupancyKey | None:
        """Return who sits on a seat now."""
        return self._place(seat).occupancy(seat)

    def calibrate(self, seat: SeatKey) -> None:
        """Take the next two minutes of a seat's student as known to be awake."""
        self._place(seat).calibrate(seat)

    def calibrated_s(self, seat: SeatKey) -> float | None:
        """Return how much of them has been seen, also beyond; None where nobody has begun them."""
        return self._place(seat).calibrated_s(seat)

    def frame_counts(self) -> dict[SeatKey, FrameCounts]:
        """Return which observations came too late for the windows."""
        return self.sensing.frame_counts()

    def finds(self) -> dict[SeatKey, SeatFinds]:
        """Return how often something was found on each seat."""
        return self.sensing.finds()

    def snapshot(self, seats: Container[SeatKey] | None = None) -> PipelineSnapshot:
        """Return open episodes, cool-downs and what teachers know; see ``Deciding.snapshot``."""
        return self.deciding.snapshot(seats)

    def restore(self, snapshot: PipelineSnapshot, *, shift_s: float) -> bool:
        """Go on from a checkpoint; False when it was made with other settings.

        Args:
            snapshot: What ``snapshot`` returned, possibly by way of JSON.
            shift_s: Added to its capture times where the clock began anew.

        Raises:
            StorageError: It is damaged.
        """
        return self.deciding.restore(snapshot, shift_s=shift_s)

    def _place(self, seat: SeatKey) -> Sensing | SensorSeats:
        """Return who knows a seat's student."""
        sensors = self._sensors
        return sensors if sensors is not None and seat in sensors else self.sensing
