"""Open episodes and cool-downs over a restart, so that a crash is no clean slate."""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypedDict, cast

import structlog

from appliance.deciding import PipelineSnapshot
from appliance.domain.boot import BootTime
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.storage.tables.checkpoints import Checkpoints

KEY = "pipeline"

MAX_ABSENCE_S = 60.0  # docs/DESIGN.md, 2: after a longer one, whoever sits there is somebody new


SEATS_A_SECOND = 20
"""A seat's state has 15 KB: more in a second would wear out a card."""


class Checkpoint(TypedDict):
    """What is kept, as JSON."""

    wall_s: float
    monotonic_s: float
    boot: str
    boot_s: float
    occupancies: dict[str, str]
    pipeline: PipelineSnapshot


class Continuity:
    """Saves what a restart within a minute goes on with; live cameras only.

    A clip starts again at 0 after a restart, so there is nothing to go on with.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        checkpoints: Checkpoints,
        clock: Clock,
        seats: Collection[SeatKey],
        boot: Callable[[], BootTime] = lambda: BootTime(boot="", s=0.0),
    ) -> None:
        """Connect.

        Args:
            pipeline: Whose state it is.
            checkpoints: Where it is kept.
            clock: Wall and monotonic time.
            seats: Those of live cameras, whose capture time is monotonic time.
            boot: Running time of the machine; without an id the wall clock is all there is.
        """
        self._pipeline = pipeline
        self._checkpoints = checkpoints
        self._clock = clock
        self._boot = boot
        self._seats = frozenset(seats)
        self._saving = threading.Lock()  # what was true first is also written first
        self._log = structlog.get_logger()

    def stop(self) -> None:
        """Do nothing: what was saved last is at most one health message old."""

    @property
    def every_s(self) -> float:
        """Shortest time between two saves, seconds, so that a large room wears out no card."""
        return len(self._seats) / SEATS_A_SECOND

    def save(self) -> None:
        """Keep the present state.

        Raises:
            StorageError: The disk does not take it.
        """
        if not self._seats:
            return
        with self._saving:
            self._save()

    def _save(self) -> None:
        self._checkpoints.put(KEY, dict(self._checkpoint(self._seats)))

    def _checkpoint(self, seats: frozenset[SeatKey]) -> Checkpoint:
        occupancies: dict[str, str] = {
            seat: key for seat in seats if (key := self._pipeline.occupancy(seat)) is not None
        }
        at = self._boot()
        return Checkpoint(
            boot=at.boot,
            boot_s=at.s,
            wall_s=self._clock.wall_s(),
            monotonic_s=self._clock.monotonic_s(),
            occupancies=occupancies,
            pipeline=_only(seats, self._pipeline.snapshot(seats)),
        )

    def keep(self, seats: Collection[SeatKey]) -> None:
        """Keep what has just happened to some seats, beside the present state.

        An episode that is on record, or a command that is on its way, must not begin again because
        the last whole state is older than it.

        Raises:
            StorageError: The disk does not take it.
        """
        with self._saving:
            for seat in self._seats & frozenset(seats):
                self._checkpoints.put_under(KEY, seat, dict(self._checkpoint(frozenset({seat}))))

    def start(self) -> bool:
        """Go on from the last state if it is at most a minute old; tell whether it was."""
        try:
            saved = self._checkpoints.get(KEY)
            if saved is None:
                return False
            checkpoint = cast("Checkpoint", saved)
            for seat, later in self._checkpoints.under(KEY).items():
                _bring_up_to_date(checkpoint, seat, cast("Checkpoint", later))
            then_s, now_s = checkpoint["wall_s"], self._clock.wall_s()
            absence_s = self._absence_s(checkpoint)
            if not 0 <= absence_s <= MAX_ABSENCE_S:
                return False
            # Capture time is monotonic time, which begins anew with the machine.
            shift_s = (self._clock.monotonic_s() - now_s) - (checkpoint["monotonic_s"] - then_s)
            if self._same_boot(checkpoint):
                shift_s = 0.0  # whatever the wall clock says
            resumed = self._pipeline.restore(
                _only(self._seats, checkpoint["pipeline"]), shift_s=shift_s
            )
            for seat, key in checkpoint["occupancies"].items():
                if resumed and SeatKey(seat) in self._seats:
                    self._pipeline.begin_occupancy(SeatKey(seat), OccupancyKey(key))
        except StorageError as error:
            self._log.warning("checkpoint_not_used", error=str(error))
            return False
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._checkpoints.discard(KEY, why=repr(error))
            return False
        self._log.info("checkpoint_resumed", age_s=round(absence_s, 1), resumed=resumed)
        return resumed

    def _same_boot(self, checkpoint: Checkpoint) -> bool:
        return checkpoint.get("boot", "") == self._boot().boot != ""

    def _absence_s(self, checkpoint: Checkpoint) -> float:
        """Return how long nothing ran; within one boot nobody can set the clock of it."""
        if self._same_boot(checkpoint):
            return self._boot().s - checkpoint["boot_s"]
        return self._clock.wall_s() - checkpoint["wall_s"]


def _only(seats: frozenset[SeatKey], snapshot: PipelineSnapshot) -> PipelineSnapshot:
    """Return what concerns these seats, and what concerns the room."""
    episodes, teacher = snapshot["episodes"], snapshot["teacher"]
    return {
        "episodes": {
            "settings": episodes["settings"],
            "seats": {key: seat for key, seat in episodes["seats"].items() if key in seats},
        },
        "cooldowns": {key: seat for key, seat in snapshot["cooldowns"].items() if key in seats},
        "teacher": {
            "sent_s": teacher["sent_s"],
            "told": {key: told for key, told in teacher["told"].items() if key in seats},
            "contacts": {
                key: waiting for key, waiting in teacher["contacts"].items() if key in seats
            },
        },
    }


def _bring_up_to_date(checkpoint: Checkpoint, seat: str, later: Checkpoint) -> None:
    """Put what was kept of a seat since in the place of what the whole state knew of it."""
    state, its = checkpoint["pipeline"], later["pipeline"]
    pairs: tuple[tuple[dict[str, Any], Mapping[str, Any]], ...] = (
        (checkpoint["occupancies"], later["occupancies"]),
        (state["episodes"]["seats"], its["episodes"]["seats"]),
        (state["cooldowns"], its["cooldowns"]),
        (state["teacher"]["told"], its["teacher"]["told"]),
        (state["teacher"]["contacts"], its["teacher"]["contacts"]),
    )
    for known, newer in pairs:
        known.pop(seat, None)
        known |= {key: value for key, value in newer.items() if key == seat}
    # Whoever was told something last knows of all before.
    both = (state["teacher"]["sent_s"], its["teacher"]["sent_s"])
    state["teacher"]["sent_s"] = max(both, key=lambda sent_s: max(sent_s, default=0.0))
