"""Lessons, exams and holidays as a school writes them down."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

Span = tuple[timedelta, timedelta]
"""Begin and end, counted from midnight; the end may lie behind the next midnight."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone of this machine.

    Raises:
        ValueError: It has none of this name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, LookupError) as error:  # a folder; not there
        raise ValueError(name) from error


def read_span(text: str) -> Span:
    """Return a lesson, such as ``08:00-08:45``.

    Raises:
        ValueError: It cannot be read, or ends when it begins.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hours, minutes, end_hours, end_minutes = map(int, found.groups())
    begin = timedelta(hours=hours, minutes=minutes)
    end = timedelta(hours=end_hours, minutes=end_minutes)
    if begin >= DAY or end > DAY or begin == end:
        raise ValueError(text)
    return begin, end if begin < end else end + DAY


def read_exam(text: str) -> tuple[datetime, datetime]:
    """Return an exam, such as ``2027-05-03 08:00-12:00``, in local time.

    Raises:
        ValueError: It cannot be read.
    """
    day, _, hours = text.partition(" ")
    midnight = datetime.combine(date.fromisoformat(day), time())
    begin, end = read_span(hours)
    return midnight + begin, midnight + end


def read_holiday(value: date | str) -> tuple[date, date]:
    """Return first and last day of ``2027-05-17`` or ``2027-07-26/2027-09-03``.

    Raises:
        ValueError: It cannot be read, or ends before it begins.
    """
    if isinstance(value, date):
        return value, value
    first, _, last = value.partition("/")
    days = date.fromisoformat(first), date.fromisoformat(last or first)
    if days[1] < days[0]:
        raise ValueError(value)
    return days
