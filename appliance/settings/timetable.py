"""``[timetable]``."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from appliance.settings.section import Section

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of ``date.weekday()``."""

DAY = timedelta(days=1)

Span = tuple[timedelta, timedelta]
"""Begin and end, counted from midnight; the end may lie behind the next midnight."""

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")

T = TypeVar("T")


class TimetableSettings(Section):
    """When the cameras may be open; without this table they always are."""

    timezone: str = Field(min_length=1)
    """Of the school, such as ``Europe/Berlin``."""

    monday: tuple[str, ...] = ()
    """Lessons, such as ``08:00-08:45``; what lies between them is a break."""
    tuesday: tuple[str, ...] = ()
    wednesday: tuple[str, ...] = ()
    thursday: tuple[str, ...] = ()
    friday: tuple[str, ...] = ()
    saturday: tuple[str, ...] = ()
    sunday: tuple[str, ...] = ()

    exams: tuple[str, ...] = ()
    """Cameras stay closed, whatever the lessons say: ``2027-05-03 08:00-12:00``."""

    holidays: tuple[date | str, ...] = ()
    """Days without lessons: ``2027-05-17``, or first and last as ``2027-07-26/2027-09-03``."""

    trust_clock: bool = False
    """Believe the clock although this machine cannot tell whether anybody sets it; without
    systemd-timesyncd the cameras would stay closed."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @property
    def lessons(self) -> Mapping[int, tuple[Span, ...]]:
        """Lessons by weekday, Monday is 0."""
        return {
            number: tuple(sorted(_span(text) for text in getattr(self, day)))
            for number, day in enumerate(DAYS)
        }

    @property
    def exam_times(self) -> tuple[tuple[datetime, datetime], ...]:
        """Begin and end of each exam, local time."""
        return tuple(map(_exam, self.exams))

    @property
    def holiday_times(self) -> tuple[tuple[date, date], ...]:
        """First and last day of each holiday."""
        return tuple(map(_holiday, self.holidays))

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, timezone: str) -> str:
        _require_all([timezone], _zone)
        return timezone

    @field_validator(*DAYS)
    @classmethod
    def _lessons_are_times(cls, lessons: tuple[str, ...]) -> tuple[str, ...]:
        _require_all(lessons, _span)
        return lessons

    @field_validator("exams")
    @classmethod
    def _exams_are_times(cls, exams: tuple[str, ...]) -> tuple[str, ...]:
        _require_all(exams, _exam)
        return exams

    @field_validator("holidays")
    @classmethod
    def _holidays_are_days(cls, holidays: tuple[date | str, ...]) -> tuple[date | str, ...]:
        _require_all(holidays, _holiday)
        return holidays

    @model_validator(mode="after")
    def _lessons_follow_each_other(self) -> Self:
        lessons = self.lessons
        if not any(lessons.values()):
            example = 'monday = ["08:00-08:45"]'
            msg = f"no lesson on any day, so the cameras would never open: add {example}"
            raise ValueError(msg)
        for number, spans in lessons.items():
            last = lessons[(number - 1) % len(DAYS)]
            ends = max((end - DAY for _, end in last), default=timedelta())
            for begin, end in spans:
                if begin < ends:
                    msg = f"{DAYS[number]}: a lesson begins before the last one has ended"
                    raise ValueError(msg)
                ends = end
        return self


def _require_all(values: Iterable[T], read: Callable[[T], object]) -> None:
    """Look at every value of a setting.

    Raises:
        ValueError: All that cannot be read, in one line.
    """
    problems = []
    for value in values:
        try:
            read(value)
        except ValueError as error:
            problems.append(f"{str(value)!r}: {error}")
    if problems:
        raise ValueError("; ".join(problems))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # not a key, a folder, and not there
        msg = (
            "no such time zone on this machine; take a name of `timedatectl list-timezones`, or "
            "install the package tzdata"
        )
        raise ValueError(msg) from None


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        msg = "write it as 08:00-08:45"
        raise ValueError(msg)
    hours, minutes, end_hours, end_minutes = map(int, found.groups())
    begin = timedelta(hours=hours, minutes=minutes)
    end = timedelta(hours=end_hours, minutes=end_minutes)
    if max(minutes, end_minutes) >= 60 or begin >= DAY or end > DAY:  # noqa: PLR2004 - a clock
        msg = "no such time of day"
        raise ValueError(msg)
    if begin == end:
        msg = "it ends when it begins"
        raise ValueError(msg)
    return begin, end if begin < end else end + DAY


def _exam(text: str) -> tuple[datetime, datetime]:
    day, _, hours = text.partition(" ")
    try:
        midnight = datetime.combine(date.fromisoformat(day), time())
        begin, end = _span(hours)
    except ValueError:
        msg = "write it as 2027-05-03 08:00-12:00"
        raise ValueError(msg) from None
    return midnight + begin, midnight + end


def _holiday(value: date | str) -> tuple[date, date]:
    if isinstance(value, date):
        return value, value
    first, _, last = value.partition("/")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        msg = "write it as 2027-05-17 or 2027-07-26/2027-09-03"
        raise ValueError(msg) from None
    if days[1] < days[0]:
        msg = "it ends before it begins"
        raise ValueError(msg)
    return days
