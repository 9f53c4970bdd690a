"""``[timetable]``."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Expected, Objection, Section
from appliance.settings.timetable.times import (
    DAY,
    Span,
    read_exam,
    read_holiday,
    read_span,
    read_zone,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of ``date.weekday()``."""

T = TypeVar("T")

Lessons = Annotated[tuple[str, ...], Expected('a list such as ["08:00-08:45", "08:50-09:35"]')]


class TimetableSettings(Section):
    """When the cameras may be open; without this table they always are."""

    timezone: Annotated[str, Expected('a name in quotes, such as "Europe/Berlin"')]
    """Of the school."""

    monday: Lessons = ()
    """Lessons, such as ``08:00-08:45``; what lies between them is a break."""
    tuesday: Lessons = ()
    wednesday: Lessons = ()
    thursday: Lessons = ()
    friday: Lessons = ()
    saturday: Lessons = ()
    sunday: Lessons = Field(default=(), validate_default=True)

    exams: Annotated[tuple[str, ...], Expected('a list such as ["2027-05-03 08:00-12:00"]')] = ()
    """Cameras stay closed, whatever the lessons say."""

    holidays: Annotated[
        tuple[date | str, ...], Expected('a list such as ["2027-05-17", "2027-07-26/2027-09-03"]')
    ] = ()
    """Days without lessons, or first and last day."""

    trust_clock: bool = False
    """Believe the clock although this machine cannot tell whether anybody sets it; without
    systemd-timesyncd the cameras would stay closed."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return read_zone(self.timezone)

    @property
    def lessons(self) -> Mapping[int, tuple[Span, ...]]:
        """Lessons by weekday, Monday is 0."""
        return {
            number: tuple(sorted(map(read_span, getattr(self, day))))
            for number, day in enumerate(DAYS)
        }

    @property
    def exam_times(self) -> tuple[tuple[datetime, datetime], ...]:
        """Begin and end of each exam, local time."""
        return tuple(map(read_exam, self.exams))

    @property
    def holiday_times(self) -> tuple[tuple[date, date], ...]:
        """First and last day of each holiday."""
        return tuple(map(read_holiday, self.holidays))

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, timezone: str) -> str:
        _require_all(
            [timezone],
            read_zone,
            "this machine knows no time zone",
            "take a name of `timedatectl list-timezones`, or install the package tzdata",
        )
        return timezone

    @field_validator(*DAYS)
    @classmethod
    def _lessons_follow_each_other(
        cls, lessons: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        _require_all(lessons, read_span, "no lesson can be read in", 'write it as "08:00-08:45"')
        number = DAYS.index(str(info.field_name))
        around = {-1: info.data.get(DAYS[number - 1], ()), 0: lessons}
        if number == len(DAYS) - 1:  # Monday is known already
            around[1] = info.data.get(DAYS[0], ())
        spans = sorted(
            (begin + days * DAY, end + days * DAY)
            for days, those in around.items()
            for begin, end in map(read_span, those)
        )
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            raise Objection(
                "a lesson begins before the one before it has ended",
                "let one end before the next one begins, also over midnight",
            ).as_error()
        return lessons

    @field_validator("sunday")  # the last one: the others are known here
    @classmethod
    def _there_are_lessons(cls, sunday: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        days = [info.data.get(day) for day in DAYS[:-1]]  # None where it is itself wrong
        if not sunday and all(day == () for day in days):
            raise Objection(
                "there is no lesson on any day, so the cameras would never open",
                'add monday = ["08:00-08:45"], or take the table out',
            ).as_error()
        return sunday

    @field_validator("exams")
    @classmethod
    def _exams_are_times(cls, exams: tuple[str, ...]) -> tuple[str, ...]:
        step = 'write it as "2027-05-03 08:00-12:00"'
        _require_all(exams, read_exam, "no exam can be read in", step)
        return exams

    @field_validator("holidays")
    @classmethod
    def _holidays_are_days(cls, holidays: tuple[date | str, ...]) -> tuple[date | str, ...]:
        step = 'write it as "2027-05-17", or first and last day as "2027-07-26/2027-09-03"'
        _require_all(holidays, read_holiday, "no day can be read in", step)
        return holidays


def _require_all(
    values: Iterable[T], read: Callable[[T], object], problem: str, next_step: str
) -> None:
    """Look at every value of a setting.

    Raises:
        PydanticCustomError: An objection that names all values which cannot be read.
    """
    wrong = []
    for value in values:
        try:
            read(value)
        except ValueError:
            wrong.append(f'"{value}"')
    if wrong:
        raise Objection(f"{problem} {', '.join(wrong)}", next_step).as_error()
