"""Everything the core asks of the outside world, as small protocols."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from appliance.domain.affect import AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.interventions import Feedback, FeedbackRecord, Intervention
from appliance.domain.models import ModelSpec
from appliance.domain.policy.choices import Choice, ChoiceOutcome, ErasedChoice, StoredChoice
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.tokens import TokenBatch

if TYPE_CHECKING:  # it imports NumPy, which whoever needs a clock does without
    from appliance.domain.policy.experience import Experience


class FrameSource(Protocol):
    """One camera or clip.

    Every implementation passes ``tests/cameras/source_contract.py``:

    * ``read`` blocks until the next frame, or raises within the source's read time-out;
    * capture times never go back; a seam is marked by ``Frame.continues`` being false;
    * after ``CameraError`` the source is closed; opening it again is the caller's decision.
    """

    @property
    def camera(self) -> CameraKey:
        """Key of the camera in the configuration."""
        ...

    def open(self) -> None:
        """Connect.

        Raises:
            CameraError: Nothing there within the open time-out; no credentials in the message.
        """
        ...

    def read(self) -> Frame | None:
        """Return the next frame, or None at the end of a clip played once.

        Raises:
            CameraError: The feed ended, froze beyond the time-out or is unreadable.
        """
        ...

    def close(self) -> None:
        """Release the device; a second call does nothing."""
        ...


class InferenceSession(Protocol):
    """One worker's own request on a compiled model; not shared between threads.

    Held by ``tests/inference/engine_contract.py``.
    """

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once and wait for the result.

        Raises:
            ShapeError: An input does not match the spec.
            InferenceError: The run time failed, its own error is chained; or it ended too late.
            StuckEngineError: A request of the same engine never ended; so it stays.
        """
        ...


class InferenceEngine(Protocol):
    """One compiled model, ready to run.

    Every implementation passes ``tests/inference/engine_contract.py``:

    * arrays go in and come out keyed by tensor name, shaped as in ``spec``;
    * returned arrays belong to the caller, so a later call never changes them;
    * an engine compiles once; ``session()`` gives each worker its own request;
    * a request that overruns is an error even if a result came in the end, and one that neither
      ends nor can be ended makes every session of the engine refuse from then on.
    """

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        ...

    @property
    def stuck(self) -> str:
        """Why the engine refuses all work; empty while it does not."""
        ...

    def session(self) -> InferenceSession:
        """Return a new single-thread request on the compiled model."""
        ...


class CommandPublisher(Protocol):
    """Where decisions and alerts leave the box; never blocks on the network.

    Held by ``tests/mqtt/test_outage.py``.
    """

    def send(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Queue a command for a terminal; it is kept until acknowledged or expired."""
        ...

    def tell(self, message: TeacherMessage) -> None:
        """Queue a message for teachers."""
        ...


class CommandStore(Protocol):
    """The outbox on disk: what a restart must not forget.

    Every implementation passes ``tests/support/command_store_contract.py``:

    * any thread may call; calls are applied in order;
    * ``put`` returns when the entry is on disk; ``update`` may be written later;
    * a state, once final, changes only when the terminal itself reports a later outcome.
    """

    def put(self, entry: OutboxEntry) -> None:
        """Keep a new entry; an id that is already known is left as it is."""
        ...

    def update(self, entry_id: str, *, state: CommandState, at_s: float, detail: str = "") -> None:
        """Record a change of state at a wall time; an unknown id is ignored."""
        ...

    def pending(self) -> list[OutboxEntry]:
        """Return all entries whose state is not final, in the order of their ``put``."""
        ...


class DecisionStore(Protocol):
    """Durable record of decisions; a decision is stored before it is sent.

    Held by ``tests/storage/tables/test_decisions.py``.
    """

    def record_alert(self, alert: Alert) -> None:
        """Keep the raising or clearing of an alert."""
        ...

    def record_intervention(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Keep a decision; returns when it is on disk."""
        ...

    def record_feedback(self, feedback: Feedback) -> FeedbackRecord:
        """Keep an answer to a command that was sent to that terminal, once for each kind."""
        ...


class ChoiceStore(Protocol):
    """Durable record of choices; one that leads to an action is stored before that is sent.

    Held by ``tests/storage/tables/test_choices.py``.
    """

    def record(self, choice: Choice) -> None:
        """Keep a choice; returns when it is on disk.

        Raises:
            StorageError: It could not be kept, so nothing may come of it.
        """
        ...

    def record_many(self, choices: Sequence[Choice]) -> None:
        """Queue the choices of one step that do nothing; returns at once."""
        ...

    def settle(self, outcome: ChoiceOutcome) -> None:
        """Queue what came of a choice; the first outcome of a choice counts."""
        ...

    def keep_policy(self, version: str, *, learner: str, weights: bytes) -> None:
        """Keep what a learner's judgements depend on; a version that is known stays as it is."""
        ...

    def policy(self, version: str) -> bytes | None:
        """Return the weights of a version; None when they are not kept."""
        ...

    def count_finished(self, *, since_s: float) -> int:
        """Return how many outcomes have become known since a wall time."""
        ...

    def count_erasures(self) -> int:
        """Return a number that changes whenever somebody has been erased."""
        ...

    def experience(self, limit: int = 50_000, *, skip: int = 0) -> "Experience":
        """Return the newest choices whose outcome is known and whose student is not erased."""
        ...

    def get(self, choice: str) -> StoredChoice | ErasedChoice | None:
        """Return one choice by its id; None when there is none."""
        ...


class FeatureStore(Protocol):
    """Bounded, batched record of features and readings; never of pixels.

    Held by ``tests/storage/tables/test_features.py`` and ``tests/storage/test_writer.py``.
    """

    def append(self, tokens: TokenBatch, readings: Sequence[AffectReading]) -> None:
        """Queue one token of every seat; drops and counts the oldest when the queue is full."""
        ...


class ConsentRegister(Protocol):
    """Who may be looked at; held by ``tests/storage/tables/test_consent.py``."""

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the seat's present occupancy has consented; default deny."""
        ...


class Clock(Protocol):
    """Wall and monotonic time, passed in so that tests can hold it.

    Every implementation passes ``tests/host/test_clock.py``.
    """

    def wall_s(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        ...
