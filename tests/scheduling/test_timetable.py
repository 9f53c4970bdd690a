"""Open in lessons and nowhere else, by the clock on the school's wall."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.scheduling.timetable import Timetable

BERLIN = ZoneInfo("Europe/Berlin")


def span(begin: str, end: str) -> tuple[timedelta, timedelta]:
    """Return a lesson; an end such as 24:30 lies behind midnight."""
    first, last = (timedelta(hours=int(text[:2]), minutes=int(text[3:])) for text in (begin, end))
    return first, last


def timetable() -> Timetable:
    """Return two lessons on Mondays, one into the night on Fridays, an exam and holidays."""
    return Timetable(
        zone=BERLIN,
        lessons={
            0: (span("08:00", "08:45"), span("08:50", "09:35")),
            4: (span("22:00", "24:30"),),
        },
        exams=[(datetime(2027, 5, 3, 8, 20), datetime(2027, 5, 3, 9, 0))],  # noqa: DTZ001 - the clock on the wall
        holidays=[(date(2027, 5, 17), date(2027, 5, 17)), (date(2027, 7, 26), date(2027, 9, 3))],
    )


def wall_s(text: str, *, fold: int = 0) -> float:
    """Return the time at which the clocks of Berlin show this."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("at", "why"),
    [
        pytest.param("2027-01-11 07:59:59.999", "opens 08:00", id="before"),
        pytest.param("2027-01-11 08:00:00", "", id="first moment"),
        pytest.param("2027-01-11 08:44:59.999", "", id="last moment"),
        pytest.param("2027-01-11 08:45:00", "opens 08:50", id="break"),
        pytest.param("2027-01-11 09:35:00", "opens Friday 22:00", id="after"),
        pytest.param("2027-01-12 00:00:00", "opens Friday 22:00", id="no lesson that day"),
        pytest.param("2027-01-09 12:00:00", "opens Monday 08:00", id="weekend"),
        pytest.param("2027-01-15 23:59:59", "", id="before midnight"),
        pytest.param("2027-01-16 00:00:00", "", id="midnight"),
        pytest.param("2027-01-16 00:29:59", "", id="behind midnight"),
        pytest.param("2027-01-16 00:30:00", "opens Monday 08:00", id="end behind midnight"),
        pytest.param("2027-05-03 08:19:59", "", id="before the exam"),
        pytest.param("2027-05-03 08:20:00", "exam, opens 09:00", id="exam in a lesson"),
        pytest.param("2027-05-03 09:00:00", "", id="exam over, lesson goes on"),
        pytest.param("2027-05-17 08:10:00", "holiday, opens Friday 22:00", id="holiday"),
        pytest.param("2027-07-24 00:10:00", "", id="evening class of the day before the holidays"),
        pytest.param("2027-07-26 08:10:00", "holiday, opens Monday 2027-09-06 08:00", id="long"),
        pytest.param("2027-09-04 00:10:00", "opens Monday 08:00", id="no class on a holiday night"),
    ],
)
def test_lessons_breaks_exams_and_holidays(at: str, why: str) -> None:
    """To the moment, and what is said is when it opens."""
    assert timetable().why_closed(wall_s(at)) == why


@pytest.mark.parametrize(
    ("at", "lesson"),
    [("07:59:59", False), ("08:00", True), ("08:30", True), ("08:45", True), ("09:00", False)],
)
def test_an_exam_of_the_timetable_is_no_break(at: str, *, lesson: bool) -> None:
    """The cameras are closed in it, and people are at work; also where no lesson was planned."""
    table = Timetable(
        zone=BERLIN,
        lessons={0: (span("08:00", "08:40"),)},
        exams=[
            (datetime.fromisoformat("2027-01-11T08:30"), datetime.fromisoformat("2027-01-11T09:00"))
        ],
    )

    assert table.in_lesson(wall_s(f"2027-01-11 {at}")) is lesson


@pytest.mark.parametrize("day", ["2027-03-29", "2027-11-01"])
def test_the_school_keeps_its_hours_when_the_clocks_change(day: str) -> None:
    """On the Monday after either change a lesson begins at eight on the wall, not in UTC."""
    table = timetable()
    eight = wall_s(f"{day} 08:00")

    assert table.why_closed(eight - 0.001) == "opens 08:00"
    assert table.why_closed(eight) == ""


def test_an_hour_that_comes_twice_is_open_twice_and_one_that_is_left_out_never() -> None:
    """A lesson is meant as the clock on the wall shows it."""
    night = Timetable(zone=BERLIN, lessons={6: (span("02:15", "02:45"),)})
    twice = [wall_s("2027-10-31 02:30", fold=fold) for fold in (0, 1)]

    assert twice[1] - twice[0] == 3600
    assert [night.why_closed(at) for at in twice] == ["", ""]
    left_out = wall_s("2027-03-28 01:59:59") + 1.0  # the clocks show three
    assert night.why_closed(left_out) == "opens Sunday 2027-04-04 02:15"


def test_a_timetable_that_has_run_out_says_so() -> None:
    """Holidays that nobody will see the end of."""
    table = Timetable(
        zone=BERLIN,
        lessons={0: (span("08:00", "08:45"),)},
        holidays=[(date(2027, 1, 1), date(2037, 1, 1))],
    )

    assert table.why_closed(wall_s("2027-01-11 08:10")) == (
        "holiday, no lesson to come; look at [timetable]"
    )
