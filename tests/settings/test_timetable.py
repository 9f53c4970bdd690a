"""A timetable as a school writes it down, and every way to get it wrong."""

import tomllib
from datetime import date, timedelta

import pytest

from appliance.errors import ConfigError
from appliance.settings.load import parse_settings
from appliance.settings.timetable.table import TimetableSettings

BOX = """
schema = 1
box = { site = "s", room = "r", id = "b" }
policy.profile = "four-state"
cameras.a = { source = "/dev/video0", seats.a01.terminal = "pc-01" }
"""


def read(table: str) -> TimetableSettings:
    """Return the table of a configuration."""
    settings = parse_settings(tomllib.loads(f"{BOX}\n[timetable]\n{table}"), origin="test")
    assert settings.timetable is not None
    return settings.timetable


def test_what_is_written_is_what_is_meant() -> None:
    """Lessons in order, midnight, a date of TOML and one as text, a range and an exam."""
    table = read(
        'timezone = "Europe/Berlin"\n'
        'monday = ["09:50-10:35", "08:00-08:45"]\n'
        'friday = ["22:00-00:30"]\nsaturday = ["23:00-24:00"]\n'
        'exams = ["2027-05-03 08:00-12:00"]\n'
        'holidays = [2027-05-17, "2027-05-18", "2027-07-26/2027-09-03"]'
    )

    assert table.zone.key == "Europe/Berlin"
    assert table.lessons[0] == (
        (timedelta(hours=8), timedelta(hours=8, minutes=45)),
        (timedelta(hours=9, minutes=50), timedelta(hours=10, minutes=35)),
    )
    assert table.lessons[4] == ((timedelta(hours=22), timedelta(hours=24, minutes=30)),)
    assert table.lessons[5] == ((timedelta(hours=23), timedelta(hours=24)),)
    assert [bound.isoformat() for bound in table.exam_times[0]] == [
        "2027-05-03T08:00:00",
        "2027-05-03T12:00:00",
    ]
    assert table.holiday_times == (
        (date(2027, 5, 17), date(2027, 5, 17)),
        (date(2027, 5, 18), date(2027, 5, 18)),
        (date(2027, 7, 26), date(2027, 9, 3)),
    )


def test_without_the_table_there_is_none() -> None:
    """So the cameras are always open."""
    assert parse_settings(tomllib.loads(BOX), origin="test").timetable is None


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            'timezone = "Europe/Atlantis"',
            'timezone: this machine knows no time zone "Europe/Atlantis"; take a name of',
        ),
        ('timezone = "/etc/passwd"', 'timezone: this machine knows no time zone "/etc/passwd"'),
        ('timezone = "Europe"', 'timezone: this machine knows no time zone "Europe"'),
        ("timezone = 1", 'timezone: expected a name in quotes, such as "Europe/Berlin"'),
        ('monday = ["8:00-8:45"]', 'monday: no lesson can be read in "8:00-8:45"; write it as'),
        ('monday = ["08:00-08:60"]', 'monday: no lesson can be read in "08:00-08:60"'),
        ('monday = ["24:00-00:30"]', 'monday: no lesson can be read in "24:00-00:30"'),
        ('monday = ["08:00-24:01"]', 'monday: no lesson can be read in "08:00-24:01"'),
        ('monday = ["08:00-08:00"]', 'monday: no lesson can be read in "08:00-08:00"'),
        ('monday = "08:00-08:45"', 'monday: expected a list such as ["08:00-08:45", '),
        ('monday = ["08:00-08:45", "08:40-09:00"]', "monday: a lesson begins before"),
        ('tuesday = ["23:00-00:30"]\nwednesday = ["00:20-01:00"]', "wednesday: a lesson begins"),
        ('sunday = ["23:00-08:10"]', "sunday: a lesson begins before the one before it has ended"),
        ('exams = ["2027-05-03"]', 'exams: no exam can be read in "2027-05-03"; write it as'),
        ('exams = ["2027-13-03 08:00-12:00"]', "exams: no exam can be read in"),
        ('holidays = ["summer"]', 'holidays: no day can be read in "summer"; write it as'),
        ('holidays = ["2027-09-03/2027-07-26"]', "holidays: no day can be read in"),
        ("monday = []", "there is no lesson on any day, so the cameras would never open"),
        ('mondays = ["08:00-08:45"]', "no such setting"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(table: str, problem: str) -> None:
    """At its own setting, beside which everything else is right."""
    lines = {"timezone": 'timezone = "Europe/Berlin"', "monday": 'monday = ["08:00-08:45"]'}
    lines.pop(table.partition(" ")[0], None)

    with pytest.raises(ConfigError) as error:
        read("\n".join([*lines.values(), table]))

    assert "1 problem(s)" in str(error.value)
    assert problem in str(error.value)


def test_lessons_that_touch_do_not_overlap() -> None:
    """One may begin when the other ends, also at midnight."""
    read(
        'timezone = "UTC"\nmonday = ["00:30-01:00", "01:00-02:00"]\n'
        'sunday = ["23:00-00:30"]\nsaturday = ["20:00-24:00"]'
    )


def test_all_mistakes_are_named_at_once() -> None:
    """Every value of every setting: one round is enough."""
    with pytest.raises(ConfigError) as error:
        read('timezone = "x"\nmonday = ["a", "b"]\nexams = ["c"]\nholidays = ["d"]')

    assert "4 problem(s)" in str(error.value)
    assert all(f'"{value}"' in str(error.value) for value in ("x", "a", "b", "c", "d"))
