"""The page on the door says what is true of the box, in each language, and nothing else."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from appliance.commands.command_line import build_app
from appliance.commands.door_page.notice import compose
from appliance.commands.door_page.page import render
from appliance.commands.door_page.texts import NoticeLanguage, NoticeTexts
from appliance.settings.load import parse_settings

CATALOGUES = Path(__file__).parents[3] / "appliance/commands/door_page"
OTHER_STATES = re.compile(
    r"focus|confus|bored|boredom|konzentrier|verwirr|gelangweilt|langweil", re.IGNORECASE
)

SEATS = {"a01": {"terminal": "pc-01"}, "a02": {"terminal": "pc-02"}}
TIMETABLE = {
    "timezone": "Europe/Berlin",
    **{day: ["08:00-08:45", "09:00-09:45"] for day in ("monday", "tuesday", "wednesday")},
    "friday": ["08:00-12:00"],
}

Tables = dict[str, dict[str, Any]]


def page(changes: Tables | None = None, *, language: NoticeLanguage = NoticeLanguage.EN) -> str:
    """Return the page of a ``fatigue-only`` box with one camera and two seats."""
    tables: Tables = {
        "box": {"site": "school", "room": "lab", "id": "box-1"},
        "policy": {"profile": "fatigue-only"},
        "cameras": {"front": {"source": "/dev/video0", "seats": SEATS}},
    }
    for name, change in (changes or {}).items():
        tables[name] = tables.get(name, {}) | change
    settings = parse_settings({"schema": 1, **tables}, origin="test")
    texts = NoticeTexts(language)
    return render(compose(settings, texts, date="today", version="9.9"), language)


class Text(HTMLParser):
    """Takes the text of a page, and what is open and never closed."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect what people read."""
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(" ".join(self.words).split())


def sentences(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Give the keys of a catalogue with the names that are filled in."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from sentences(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", frozenset(re.findall(r"{(\w+)}", str(value)))


def test_every_language_has_the_same_sentences() -> None:
    """And the same values in them."""
    catalogues = {
        language: dict(
            sentences(tomllib.loads((CATALOGUES / f"{language}.toml").read_text(encoding="utf-8")))
        )
        for language in NoticeLanguage
    }
    assert {path.stem for path in CATALOGUES.glob("*.toml")} == {
        one.value for one in NoticeLanguage
    }
    assert catalogues[NoticeLanguage.EN] == catalogues[NoticeLanguage.DE]
    assert len(NoticeTexts(NoticeLanguage.DE).days) == len(NoticeTexts(NoticeLanguage.EN).days) == 7


CASES = [
    pytest.param({}, "whether somebody is awake or drowsy. Nothing else.", id="fatigue-only"),
    pytest.param(
        {"policy": {"profile": "four-state"}},
        "one of four states: focused, confused, fatigued, bored.",
        id="four-state",
    ),
    pytest.param({}, "One camera looks at these seats: a01, a02.", id="one camera"),
    pytest.param(
        {"cameras": {"back": {"source": "/dev/video1", "seats": {"b1": {"terminal": "pc-9"}}}}},
        "2 cameras look at these seats: a01, a02, b1.",
        id="two cameras",
    ),
    pytest.param({}, "After 30 days they are deleted.", id="retention"),
    pytest.param(
        {"storage": {"retention_days": 1}}, "After one day they are deleted.", id="one day"
    ),
    pytest.param(
        {"storage": {"retention_days": 2.5}}, "After 2.5 days they are deleted.", id="half a day"
    ),
    pytest.param({}, "nothing by which a face could be recognised.", id="no embeddings"),
    pytest.param(
        {"storage": {"embeddings": True}},
        "Also a numerical imprint of each face, by which people can be recognised.",
        id="embeddings",
    ),
    pytest.param({}, "at most 3 in 45 minutes.", id="messages"),
    pytest.param({"warning": {"teacher_messages": 7}}, "at most 7 in 45 minutes.", id="seven"),
    pytest.param({}, "a reminder or a rest may appear.", id="interventions"),
    pytest.param(
        {"policy": {"profile": "four-state"}},
        "a hint or something on the topic may appear.",
        id="interventions of four states",
    ),
    pytest.param(
        {"intervention": {"enabled": False}},
        "Nothing appears on the students’ screens.",  # noqa: RUF001 - as printed
        id="no interventions",
    ),
    pytest.param({}, "Whenever the computer is on.", id="always"),
    pytest.param(
        {"timetable": TIMETABLE},
        "Only in lessons: Monday–Wednesday 08:00–09:45; Friday 08:00–12:00. The cameras are "  # noqa: RUF001 - as printed
        "closed in breaks and outside of these times. A teacher",
        id="timetable",
    ),
    pytest.param(
        {"timetable": {"timezone": "UTC", "monday": ["08:00-12:00"]}},
        "The cameras are closed outside of these times.",
        id="no breaks",
    ),
    pytest.param(
        {"timetable": {**TIMETABLE, "exams": ["2027-05-03 08:00-12:00"]}},
        "They stay closed in exams.",
        id="exams",
    ),
    pytest.param(
        {"timetable": {**TIMETABLE, "holidays": ["2027-05-17"]}},
        "They stay closed in the holidays.",
        id="holidays",
    ),
    pytest.param({}, "Without a yes it looks at nobody.", id="ask"),
    pytest.param(
        {
            "cameras": {
                "front": {
                    "source": "/dev/video0",
                    "seats": {**SEATS, "a02": {"terminal": "pc-02", "consent": "granted"}},
                }
            }
        },
        "consent on file: a02. You can say no all the same. On the other seats it looks at nobody",
        id="one on file",
    ),
    pytest.param({}, "Who to ask Name and room:", id="nobody to ask"),
    pytest.param({"box": {"contact": "Ms Berg, 104"}}, "Who to ask Ms Berg, 104", id="contact"),
    pytest.param({}, "school · lab", id="ids"),
    pytest.param({"box": {"place": "North School"}}, "North School", id="place"),
    pytest.param({}, "Computer school/lab/box-1. Made from its configuration on today", id="box"),
]


@pytest.mark.parametrize(("changes", "said"), CASES)
def test_what_depends_on_a_setting_follows_it(changes: Tables, said: str) -> None:
    """Each sentence is there where it is true."""
    assert said in Text(page(changes)).text


@pytest.mark.parametrize(
    ("changes", "unsaid"),
    [
        pytest.param({"storage": {"embeddings": True}}, "could be recognised", id="embeddings"),
        pytest.param({"intervention": {"enabled": False}}, "own screen", id="no interventions"),
        pytest.param({"timetable": TIMETABLE}, "exam", id="no exams"),
        pytest.param({"timetable": TIMETABLE}, "holiday", id="no holidays"),
        pytest.param({"timetable": TIMETABLE}, "Whenever", id="timetable"),
        pytest.param({}, "on file", id="ask"),
        pytest.param(
            {
                "cameras": {
                    "front": {
                        "source": "/dev/video0",
                        "seats": {"a01": {"terminal": "pc-01", "consent": "granted"}},
                    }
                }
            },
            "Without a yes",
            id="all on file",
        ),
    ],
)
def test_what_is_not_true_is_not_said(changes: Tables, unsaid: str) -> None:
    """A sentence for another setting misleads."""
    assert unsaid not in Text(page(changes)).text


@pytest.mark.parametrize("language", NoticeLanguage)
def test_fatigue_only_names_no_other_state(language: NoticeLanguage) -> None:
    """Also with everything else that the page can say; the other profile does name them."""
    timetable = {**TIMETABLE, "exams": ["2027-05-03 08:00-12:00"], "holidays": ["2027-05-17"]}
    rest: Tables = {"timetable": timetable, "storage": {"embeddings": True}}

    assert OTHER_STATES.search(Text(page(rest, language=language)).text) is None
    four = Text(page({"policy": {"profile": "four-state"}, **rest}, language=language)).text
    assert len(OTHER_STATES.findall(four)) >= 3


@pytest.mark.parametrize("language", NoticeLanguage)
def test_the_page_is_whole_and_stands_alone(language: NoticeLanguage) -> None:
    """Its language is marked, its headings have an order, and nothing is fetched."""
    html = page(language=language)
    read = Text(html)

    assert read.open == []
    assert ("html", {"lang": language.value}) in read.tags
    assert [tag for tag, _ in read.tags if tag in ("h1", "h2")] == ["h1", *["h2"] * 7]
    assert not re.search(r"src=|href=|url\(|@import|<script", html)
    assert "{" not in read.text


def test_what_people_write_is_text_and_no_markup() -> None:
    """A contact with angle brackets is printed, not run."""
    html = page({"box": {"contact": "<script>alert(1)</script> & Söhne", "place": '"><img>'}})

    assert "<script" not in html
    assert "<img" not in html
    assert "<script>alert(1)</script> & Söhne" in Text(html).text


def test_a_long_page_is_set_smaller() -> None:
    """Thirty seats still fit on one sheet."""
    seats = {f"seat-{n:02d}": {"terminal": f"pc-{n}"} for n in range(30)}
    many = page({"cameras": {"front": {"source": "/dev/video0", "seats": seats}}})

    def size_pt(html: str) -> float:
        found = re.search(r"font-size: ([\d.]+)pt", html[html.index("<main") :])
        assert found is not None
        return float(found[1])

    assert 8 <= size_pt(many) < size_pt(page()) <= 11


def test_the_command_writes_a_file_and_says_what_is_missing(tmp_path: Path) -> None:
    """In the language asked for; without a contact somebody has to write one on."""
    config = tmp_path / "config.toml"
    config.write_text(
        'schema = 1\nbox = { site = "s", room = "r", id = "b" }\n'
        'policy.profile = "fatigue-only"\n'
        'cameras.a = { source = "/dev/video0", seats.a01.terminal = "pc-01" }\n',
        encoding="utf-8",
    )
    target = tmp_path / "door.html"
    app = build_app("door-page")
    asked = ["door-page", "--config", str(config), "--language", "de"]

    written = CliRunner().invoke(app, [*asked, "--output", str(target)])
    printed = CliRunner().invoke(app, asked)

    assert written.exit_code == printed.exit_code == 0
    assert written.stdout == ""
    assert "set [box] contact" in written.stderr
    assert printed.stdout == target.read_text(encoding="utf-8")
    assert "Wie man Nein sagt" in printed.stdout
