"""Closes the cameras outside of lessons."""

from collections.abc import Callable

import structlog

from appliance.host.readings import read_clock_state
from appliance.ports import Clock
from appliance.scheduling.timetable import Timetable
from appliance.service.control.closures import Closure, Closures
from appliance.settings.tree import Settings

CLOCK_UNSET = (
    "nobody is known to set this machine's clock; turn systemd-timesyncd on, or set "
    "[timetable] trust_clock = true"
)
FAILED = "it cannot be followed; the log says why"


def build_lessons(
    settings: Settings, *, closures: Closures, clock: Clock
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
    )


class LessonFollower:
    """Closes and opens the cameras with the timetable.

    Whoever resumes opens nothing outside of lessons: each reason to close is taken back by itself.
    """

    def __init__(
        self,
        timetable: Timetable,
        *,
        closures: Closures,
        clock: Clock,
        clock_synced: Callable[[], bool],
    ) -> None:
        """Prepare; ``follow`` closes the cameras where there is no lesson.

        Args:
            timetable: Of the school.
            closures: What closes the cameras.
            clock: Wall time.
            clock_synced: Tells whether the clock can be believed; asked until it says so once.
        """
        self._timetable = timetable
        self._closures = closures
        self._clock = clock
        self._clock_synced = clock_synced
        self._believed = False
        self.lesson = False
        """Whether there is one, or an exam of the timetable; False while nobody can know."""
        self._told: str | None = None
        self._log = structlog.get_logger()

    def follow(self) -> None:
        """Close or open the cameras where that has changed."""
        try:
            why = self._why_closed()
            self.lesson = self._believed and self._timetable.in_lesson(self._clock.wall_s())
        except Exception:
            # Closed is what does no harm.
            self._told, self.lesson = FAILED, False
            self._closures.close(Closure.TIMETABLE, why=FAILED)
            raise
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
