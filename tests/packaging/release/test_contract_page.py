"""The contract as a page: up to date, whole, and nothing that a browser would have to run."""

import json
from html.parser import HTMLParser
from pathlib import Path

from release.contract_page import CONTRACTS, PAGE, contract_page

from appliance.mqtt.contract.schemas import CONTRACT_VERSION


class ReadPage(HTMLParser):
    """What stands in a page: elements, attributes, ids, links and text."""

    def __init__(self, text: str) -> None:
        """Read it."""
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def values(self, name: str) -> list[str]:
        """Return what an attribute has, everywhere."""
        return [value for key, value in self.attributes if key == name]


def test_the_page_is_the_contracts() -> None:
    """It was made anew after the last change: ``make contract-page``."""
    assert PAGE.read_text(encoding="utf-8") == contract_page(CONTRACTS)


def test_every_message_and_topic_is_there() -> None:
    """With its fields and its example, under the version that boxes publish."""
    page = ReadPage(PAGE.read_text(encoding="utf-8"))
    asyncapi = (CONTRACTS / "asyncapi.yaml").read_text(encoding="utf-8")
    names = {path.stem for path in (CONTRACTS / "examples" / "valid").glob("*.json")}

    assert f"version {CONTRACT_VERSION}" in page.text
    assert names <= set(page.values("id"))
    for line in asyncapi.splitlines():
        word, _, address = line.strip().partition(": ")
        assert word != "address" or address in page.text
    view = json.loads((CONTRACTS / "schemas/seat.view.json").read_text(encoding="utf-8"))
    for field, rule in view["properties"]["data"]["properties"].items():
        assert field in page.text
        assert rule["description"] in page.text


def test_nothing_runs_and_nothing_is_loaded() -> None:
    """No script, no picture, no link but within the page, and each of those leads somewhere."""
    page = ReadPage(PAGE.read_text(encoding="utf-8"))

    assert not {"script", "link", "img", "iframe", "object"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    links = page.values("href")
    assert {link.removeprefix("#") for link in links} <= set(page.values("id"))
    assert all(link.startswith("#") for link in links)
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_what_a_description_says_is_text(tmp_path: Path) -> None:
    """Also where it looks like an element."""
    for name in ("schemas", "examples"):
        (tmp_path / name).symlink_to(CONTRACTS / name)
    text = (CONTRACTS / "asyncapi.yaml").read_text(encoding="utf-8")
    (tmp_path / "asyncapi.yaml").write_text(
        text.replace("School id.", "<script>alert(1)</script>"), encoding="utf-8"
    )

    page = ReadPage(contract_page(tmp_path))

    assert "script" not in page.elements
    assert "<script>alert(1)</script>" in page.text
