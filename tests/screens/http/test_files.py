"""Files, shells and texts: hashed, packed, in the reader's language."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.screens.http.assets import STATIC, Assets
from appliance.screens.http.pages import Pages
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Role
from tests.support.pages import OwnPages, own_pages

ALLOWED = {"now": True}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPages]:
    """One server for all tests here."""
    folder = tmp_path_factory.mktemp("pages")
    with own_pages(folder, states_allowed=lambda: ALLOWED["now"]) as served:
        yield served


def sri(content: bytes) -> str:
    """Hash of a file, as a browser makes it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def test_every_file_of_a_page_has_its_hash(pages: OwnPages) -> None:
    """Its module, what that imports at whatever remove, its sheet."""
    caller = pages.caller()
    html = caller.get("/sign-in").body.decode()

    tags = re.findall(r'<(?:script|link)[^>]*?(?:src|href)="([^"]+)"[^>]*integrity="([^"]+)"', html)

    assert {path for path, _ in tags} == {
        "/static/people/people.css",
        "/static/people/people.js",
        "/static/house/a.js",
        "/static/house/b.js",
    }
    assert all(sri(caller.get(path).body) == integrity for path, integrity in tags)
    assert html.count('rel="modulepreload"') == 2
    assert "{{" not in html


def test_a_shell_says_language_title_and_token_as_text(pages: OwnPages) -> None:
    """Marks of HTML in a title are none."""
    stranger = pages.caller().get("/", accept_language="fr, de;q=0.5").body.decode()
    teacher = pages.person()
    known = teacher.get("/").body.decode()

    assert '<html lang="de" dir="ltr">' in stranger
    assert "<title>Where &lt;to&gt; go</title>" in stranger
    assert 'content=""' in stranger
    assert f'content="{teacher.token()}"' in known


def test_files_are_packed_and_asked_for_by_version(pages: OwnPages) -> None:
    """A browser that has one gets none."""
    caller = pages.caller()
    plain = caller.get("/static/people/people.css")
    packed = caller.get("/static/people/people.css", accept_encoding="br, gzip")

    assert plain.headers["content-type"] == "text/css; charset=utf-8"
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    again = caller.get("/static/people/people.css", if_none_match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_texts_are_joined_by_language(pages: OwnPages) -> None:
    """Without the names of the states, which a stranger and a seat have no business with."""
    texts = pages.caller().get("/texts/en.ftl")

    assert texts.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"hello = Hello" in texts.body
    assert b"room = Room" in texts.body
    assert b"Secret" not in texts.body
    assert b"Secret" not in pages.seat().get("/texts/en.ftl").body


def test_texts_are_packed_for_who_reads_it(pages: OwnPages) -> None:
    """A third of the bytes of a first load."""
    plain = pages.caller().get("/texts/en.ftl")
    packed = pages.caller().get("/texts/en.ftl", accept_encoding="gzip, deflate")

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"]
    assert gzip.decompress(packed.body) == plain.body


def test_states_have_names_for_people_where_the_profile_allows(pages: OwnPages) -> None:
    """It is asked each time: a box that comes with another profile changes it."""
    teacher = pages.person(Role.TEACHER)
    ALLOWED["now"] = True
    named = teacher.get("/texts/en.ftl")
    ALLOWED["now"] = False
    unnamed = teacher.get("/texts/en.ftl", if_none_match=named.headers["etag"])

    assert b"Secret" in named.body
    assert unnamed.status == 200
    assert b"Secret" not in unnamed.body


def test_a_language_is_chosen_and_stays(pages: OwnPages) -> None:
    """It needs no session, and nobody else's page can choose it."""
    caller = pages.caller()

    assert caller.get("/texts").json["language"] == "en"
    assert caller.post("/language", {"language": "de"}).status == 200
    assert caller.get("/texts", accept_language="en").json["language"] == "de"
    assert caller.post("/language", {"language": "xx"}).json == {"error": "language"}
    assert caller.post("/language", {"language": "en"}, origin="https://evil.example").status == 403


def test_a_third_language_is_a_file(tmp_path: Path) -> None:
    """With its name and direction in the first lines."""
    (tmp_path / "ar.ftl").write_text("# name: العربية\n# direction: rtl\nhello = مرحبا\n")
    (tmp_path / "notes.txt").write_text("not a language")

    texts = Texts(own=tmp_path)

    assert texts.languages["ar"].as_row() == {"id": "ar", "name": "العربية", "direction": "rtl"}
    assert "notes" not in texts.languages


def test_names_of_states_are_kept_apart_wherever_they_stand(tmp_path: Path) -> None:
    """A school may put them beside all others; they are not served to all for that."""
    kept = "state-fatigued = obosit\nhello = Salut\n"
    named = "state-bored =\n    { $n ->\n       *[other] plictisit\n    }\nstate-focused = atent\n"
    (tmp_path / "ro.ftl").write_text(f"# name: Română\n{named}{kept}")

    romanian = Texts(own=tmp_path).languages["ro"]

    assert romanian.text.strip() == f"# name: Română\n{kept}".strip()
    assert "plictisit" in romanian.states
    assert "atent" in romanian.states


@pytest.mark.parametrize(
    ("content", "why"), [(b"\xff\xfe", "UTF-8"), (b"a" * 300_000, "larger")], ids=["coding", "size"]
)
def test_a_file_that_is_no_catalogue_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    """At the start, not to a student."""
    (tmp_path / "fr.ftl").write_bytes(content)

    with pytest.raises(ConfigError, match=why):
        Texts(own=tmp_path)


def test_the_usual_language_has_to_be_there() -> None:
    """Or nobody could read anything."""
    with pytest.raises(ConfigError, match="no texts for 'fr'"):
        Texts(usual="fr")


def test_all_shipped_pages_can_be_put_together() -> None:
    """Every module that one imports is there, and each is of a kind that is served."""
    assets = Assets()
    Pages(assets=assets, texts=Texts())

    for asset in assets:
        assert asset.path.startswith("/static/")
        if asset.path.endswith(".js"):
            assert all(assets[module] for module in assets.modules_of(asset.path))
    assert not any("/texts/" in asset.path for asset in assets)
    assert STATIC.is_dir()
