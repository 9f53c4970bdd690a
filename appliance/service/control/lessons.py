"""Closes the cameras outside of lessons."""

import threading
from collections.abc import Callable

import structlog

from appliance.host.heartbeats import Heartbeats
from appliance.host.readings import read_clock_state
from appliance.ports import Clock
from appliance.scheduling.timetable import Timetable
from appliance.service.control.closures import Closure, Closures
from appliance.settings.tree import Settings

EVERY_S = 1.0

CLOCK_UNSET = (
    "nobody is known to set this machine's clock; turn systemd-timesyncd on, or set "
    "[timetable] trust_clock = true"
)
FAILED = "it cannot be followed; the log says why"


def build_lessons(
    settings: Settings, *, closures: Closures, clock: Clock, beats: Heartbeats
) -> "LessonFollower | None":
    """Return what follows the timetable; None where the cameras are always open."""
    table = settings.timetable
    if table is None:
        return None
    return LessonFollower(
        Timetable(
            zone=table.zone,
            lessons=table.lessons,
            exams=table.exam_times,
            holidays=table.holiday_times,
        ),
        closures=closures,
        clock=clock,
        clock_synced=lambda: table.trust_clock or read_clock_state() == "synced",
        beat=beats.beat,
    )


class LessonFollower:
    """A part of the box: follows the timetable by the second.

    Whoever resumes opens nothing outside of lessons: each reason to close is taken back by itself.
    """

    def __init__(
        self,
        timetable: Timetable,
        *,
        closures: Closures,
        clock: Clock,
        clock_synced: Callable[[], bool],
        beat: Callable[[str], None],
    ) -> None:
        """Prepare; ``start`` closes the cameras where there is no lesson.

        Args:
            timetable: Of the school.
            closures: What closes the cameras.
            clock: Wall time.
            clock_synced: Tells whether the clock can be believed; asked until it says so once.
            beat: Sign of life.
        """
        self._timetable = timetable
        self._closures = closures
        self._clock = clock
        self._clock_synced = clock_synced
        self._beat = beat
        self._believed = False
        self._told: str | None = None
        self._stopping = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)

    def start(self) -> None:
        """Follow it at once: no camera opens before."""
        self.follow()
        self._thread.start()

    def stop(self) -> None:
        """End it; the cameras stay as they are."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def follow(self) -> None:
        """Close or open the cameras where that has changed."""
        why = self._why_closed()
        if why == self._told:
            return
        self._told = why
        self._log.info("timetable", open=not why, reason=why)
        if why:
            self._closures.close(Closure.TIMETABLE, why=why)
        else:
            self._closures.open(Closure.TIMETABLE)

    def _why_closed(self) -> str:
        # A box whose clock nobody has set would film at night.
        self._believed = self._believed or self._clock_synced()
        return self._timetable.why_closed(self._clock.wall_s()) if self._believed else CLOCK_UNSET

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self._beat(self._thread.name)
            try:
                self.follow()
            except Exception:  # noqa: BLE001 - border of the thread: closed is what does no harm
                self._log.exception("timetable_failed")
                self._told = FAILED
                self._closures.close(Closure.TIMETABLE, why=FAILED)
