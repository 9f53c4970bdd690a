"""Hints and content: what a teacher has written is found, and nothing else ever."""

import socket
from pathlib import Path

import pytest

from appliance.screens.http.assets import STATIC
from appliance.screens.seats.content import (
    LARGEST_PICTURE,
    LONGEST_TEXT,
    MOST_PARAGRAPHS,
    Content,
    ContentKind,
    sniff,
    topic_key,
)
from tests.support.seat_pages import get
from tests.support.seat_rooms import MakeServer

HINT, CONTENT = ContentKind.HINT, ContentKind.CONTENT
UP = "." * 2
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A school's folder with one topic."""
    topic = tmp_path / "content" / "Quadratic Equations"
    topic.mkdir(parents=True)
    (topic / "hint.txt").write_text("Roots\n\nHow many\nare there?\n\n\nDraw it.\n")
    (topic / "hint.de.txt").write_text("\ufeffWurzeln\nWie viele?", encoding="utf-8")
    (topic / "hint.png").write_bytes(PNG)
    (topic / "link.txt").write_text("https://example.org/roots\n")
    return topic.parent


def test_a_topic_is_found_however_it_is_written(school: Path) -> None:
    """First line the title, then paragraphs; the picture and the link go with it."""
    found = Content([school]).find("quadratic-equations!", HINT, language="fr")
    assert found is not None
    assert found.title == "Roots"
    assert found.paragraphs == ("How many are there?", "Draw it.")
    assert found.picture == "quadratic-equations"
    assert found.link == "https://example.org/roots"


@pytest.mark.parametrize("language", ["de", "de-AT"])
def test_a_text_is_in_the_language_of_the_page(school: Path, language: str) -> None:
    """A byte order mark of some editors is no part of it."""
    found = Content([school]).find("Quadratic equations", HINT, language=language)
    assert found is not None
    assert (found.title, found.paragraphs) == ("Wurzeln", ("Wie viele?",))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", [HINT, CONTENT])
@pytest.mark.parametrize("topic", ["", "fractions", "general"])
def test_general_advice_comes_along(topic: str, kind: ContentKind, language: str) -> None:
    """In both languages, and not the same."""
    content = Content([STATIC / "content"])
    found = content.find(topic, kind, language=language)
    assert found is not None
    assert found.title
    assert found.paragraphs
    assert found != content.find(topic, kind, language="de" if language == "en" else "en")


def test_a_kind_that_a_school_has_not_written_is_the_general_one(school: Path) -> None:
    """The school's own general advice comes before ours."""
    content = Content([school, STATIC / "content"])
    ours = content.find("quadratic equations", CONTENT, language="en")
    assert ours is not None
    (school / "general").mkdir()
    (school / "general" / "content.txt").write_text("Ask Ms. Lee")
    found = content.find("quadratic equations", CONTENT, language="en")
    assert found is not None
    assert found.title == "Ask Ms. Lee" != ours.title


@pytest.mark.parametrize(
    "topic",
    [UP, f"{UP}/secret", "/etc", f"a/{UP}/{UP}/secret", "secret\x00", ".", "%2e%2e", "~", "\\"],
)
def test_a_topic_leads_nowhere_else(school: Path, topic: str) -> None:
    """No path is made of it."""
    (school.parent / "secret").mkdir()
    (school.parent / "secret" / "hint.txt").write_text("secret")
    assert Content([school]).find(topic, HINT, language="en") is None
    assert Content([school]).picture(topic, HINT) is None


def test_links_and_what_is_no_file_are_not_followed(school: Path) -> None:
    """Whoever may write a folder of the school's could otherwise read with the server's rights."""
    secret = school.parent / "secret"
    secret.mkdir()
    (secret / "hint.txt").write_text("secret")
    (secret / "hint.png").write_bytes(PNG)
    (school / "linked").symlink_to(secret)
    inside = school / "inside"
    inside.mkdir()
    (inside / "hint.txt").symlink_to(secret / "hint.txt")
    (inside / "hint.png").symlink_to(secret / "hint.png")
    odd = school / "odd"
    odd.mkdir()
    (odd / "hint.txt").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(odd / "hint.en.txt"))
        for topic in ("linked", "inside", "odd"):
            assert Content([school]).find(topic, HINT, language="en") is None
            assert Content([school]).picture(topic, HINT) is None


def test_what_is_too_long_is_not_read(school: Path) -> None:
    """At the limit it is."""
    topic = school / "Quadratic Equations"
    (topic / "hint.txt").write_text("T" * LONGEST_TEXT)
    (topic / "hint.png").write_bytes(PNG.ljust(LARGEST_PICTURE, b"0"))
    found = Content([school]).find("quadratic equations", HINT, language="en")
    assert found is not None
    assert found.picture
    (topic / "hint.txt").write_text("T" * (LONGEST_TEXT + 1))
    (topic / "hint.png").write_bytes(PNG.ljust(LARGEST_PICTURE + 1, b"0"))
    assert Content([school]).find("quadratic equations", HINT, language="en") is None
    assert Content([school]).picture("quadratic equations", HINT) is None
    (topic / "hint.txt").write_text("T" + "\n\nx" * (MOST_PARAGRAPHS + 5))
    found = Content([school]).find("quadratic equations", HINT, language="en")
    assert found is not None
    assert len(found.paragraphs) == MOST_PARAGRAPHS


@pytest.mark.parametrize(
    ("link", "topic", "expected"),
    [
        ("https://lms/s?q={topic}", "a b&c=/ü", "https://lms/s?q=a%20b%26c%3D%2F%C3%BC"),
        ("https://lms/s?q={topic}", "", None),
        ("http://lms/{topic}", "x", None),
        ("javascript:alert('{topic}')", "x", None),
    ],
)
def test_a_template_makes_a_link_that_is_only_a_link(
    link: str, topic: str, expected: str | None
) -> None:
    """The topic is quoted whole, and nothing but https is ever offered."""
    found = Content([STATIC / "content"], link=link).find(topic, HINT, language="en")
    assert found is not None
    assert found.link == expected


@pytest.mark.parametrize("link", ["http://example.org", "javascript:alert(1)", "https://a b", ""])
def test_a_link_of_another_kind_is_left_out(school: Path, link: str) -> None:
    """Whoever wrote it."""
    (school / "Quadratic Equations" / "link.txt").write_text(link)
    found = Content([school]).find("quadratic equations", HINT, language="en")
    assert found is not None
    assert found.link is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg onload='alert(1)'>", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_its_bytes_say(data: bytes, media_type: str | None) -> None:
    """Its name proves nothing."""
    assert sniff(data) == media_type


def test_a_picture_that_is_none_is_not_served(school: Path) -> None:
    """A page of ours would load it."""
    (school / "Quadratic Equations" / "hint.png").write_bytes(b"<svg onload='alert(1)'>")
    assert Content([school]).picture("quadratic equations", HINT) is None


@pytest.mark.parametrize(
    ("one", "other"), [("Brüche", "brüche "), ("A, B", "a-b"), ("ﬁ", "FI"), ("x_y", "X Y")]
)
def test_topics_that_people_take_for_the_same_are_the_same(one: str, other: str) -> None:
    """Unicode, case and punctuation."""
    assert topic_key(one) == topic_key(other)


@pytest.mark.broker
def test_a_seat_reads_content_over_http(serve: MakeServer, school: Path) -> None:
    """As a page asks for it; a terminal that is not enrolled reads nothing."""
    port = serve(school=school).port
    path = "/seat/content?topic=quadratic%20equations&kind=hint"
    status, found = get(port, path, language="de")
    assert (status, found["title"]) == (200, "Wurzeln")
    assert found["picture"] == "/seat/content/picture/hint/quadratic-equations"
    assert get(port, path, terminal="terminal-99")[0] == 401
    assert get(port, found["picture"] + "x")[0] == 404
    assert get(port, "/seat/content?topic=x&kind=virus") == (400, {"error": "kind"})
    assert get(port, f"/seat/content?topic={'x' * 201}&kind=hint") == (400, {"error": "topic"})
