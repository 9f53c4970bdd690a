"""When there are lessons: a function of the wall clock and nothing else.

A lesson is meant as the clock on the wall shows it. On the night in which an hour comes twice it
is open both times, and what lies in the hour that is left out does not take place.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)

AHEAD_DAYS = 400
"""How far the next lesson is looked for; longer than any holiday."""

NAMED_DAYS = 6
"""So many days ahead a weekday needs no date."""


class Timetable:
    """Answers whether the cameras may be open, and why not."""

    def __init__(
        self,
        *,
        zone: tzinfo,
        lessons: Mapping[int, Iterable[tuple[timedelta, timedelta]]],
        exams: Iterable[tuple[datetime, datetime]] = (),
        holidays: Iterable[tuple[date, date]] = (),
    ) -> None:
        """Take what the school has written down.

        Args:
            zone: Of the school.
            lessons: Begin and end since midnight, by weekday, Monday is 0; an end behind the next
                midnight belongs to the day on which the lesson began.
            exams: Begin and end, local time without a zone.
            holidays: First and last day.
        """
        self._zone = zone
        self._lessons = {day: tuple(spans) for day, spans in lessons.items()}
        self._exams = tuple(exams)
        self._holidays = tuple(holidays)

    def why_closed(self, wall_s: float) -> str:
        """Return for people why it is closed and when it opens; empty while it is open.

        It is open while there is a lesson and no exam; the first moment of a lesson belongs to it,
        the last does not.

        Args:
            wall_s: Seconds since the Unix epoch.
        """
        now = self._local(wall_s)
        if self._is_open(now):
            return ""
        cause = ""
        if any(begin <= now < end for begin, end in self._exams):
            cause = "exam, "
        elif self._is_holiday(now.date()):
            cause = "holiday, "
        opens = next((at for at in self._changes(now) if at > now and self._is_open(at)), None)
        if opens is None:
            return f"{cause}no lesson to come; look at [timetable]"
        return f"{cause}opens {_named(opens, now.date())}"

    def in_lesson(self, wall_s: float) -> bool:
        """Tell whether people are at work: in a lesson, and in an exam, in which it is closed."""
        now = self._local(wall_s)
        return self._is_open(now) or any(begin <= now < end for begin, end in self._exams)

    def _local(self, wall_s: float) -> datetime:
        """Return what the clock on the wall shows."""
        return datetime.fromtimestamp(wall_s, tz=UTC).astimezone(self._zone).replace(tzinfo=None)

    def _is_open(self, at: datetime) -> bool:
        today = at.date()
        return any(
            begin <= at < end for day in (today - DAY, today) for begin, end in self._on(day)
        ) and not any(begin <= at < end for begin, end in self._exams)

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give the lessons that begin on a day."""
        if not self._is_holiday(day):
            midnight = datetime.combine(day, time())
            for begin, end in self._lessons.get(day.weekday(), ()):
                yield midnight + begin, midnight + end

    def _is_holiday(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self._holidays)

    def _changes(self, now: datetime) -> Iterator[datetime]:
        """Give in order every moment at which it may open: lessons begin, exams end."""
        for number in range(AHEAD_DAYS):
            day = now.date() + number * DAY
            ends = (end for _, end in self._exams if end.date() == day)
            yield from sorted([*(begin for begin, _ in self._on(day)), *ends])


def _named(at: datetime, today: date) -> str:
    days = (at.date() - today).days
    if days == 0:
        return f"{at:%H:%M}"
    return f"{at:%A %H:%M}" if days <= NAMED_DAYS else f"{at:%A %Y-%m-%d %H:%M}"
