"""Man page, completion, changelog and bill of materials say what the box says."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from release.changelog import debian_changelog
from release.command_line import CommandHelp, every_command
from release.completion import completion
from release.man_page import man_page
from release.sbom import VENDORED, sbom
from release.targets import chosen

from appliance.commands.command_line import COMMANDS

STAMP = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def commands() -> list[CommandHelp]:
    """Return every command of the box."""
    return list(every_command())


@pytest.fixture
def script(commands: list[CommandHelp], tmp_path: Path) -> Path:
    """Return the file that bash sources."""
    path = tmp_path / "classbox"
    path.write_text(completion(commands), encoding="utf-8")
    return path


def complete(script: Path, *words: str) -> set[str]:
    """Return what bash offers for the last word."""
    code = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _classbox; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", code, "bash", str(script), "classbox", *words],
        check=True,
        capture_output=True,
        text=True,
        cwd=script.parent,
    )
    return set(done.stdout.split())


def test_tab_offers_every_command(script: Path) -> None:
    """All of them, and those that begin as somebody has begun."""
    assert complete(script, "") == set(COMMANDS)
    assert complete(script, "te") == {name for name in COMMANDS if name.startswith("te")}


def test_tab_offers_the_options_of_every_command(script: Path, commands: list[CommandHelp]) -> None:
    """Members of groups too; behind one command stand its options and no other's."""
    for command in commands:
        options = {option for one in command.parameters for option in one.options}

        assert complete(script, *command.words, "--") == options | {"--help"}, command.words


def test_tab_offers_what_a_group_holds(script: Path) -> None:
    """``consent`` is no command by itself."""
    assert {"grant", "revoke"} <= complete(script, "consent", "")


def test_tab_offers_values(script: Path) -> None:
    """The choices of an option, or files where it takes one."""
    assert complete(script, "run", "--log-level", "") == {"debug", "info", "warning", "error"}
    assert complete(script, "check", "--config", "class") == {"classbox"}


def test_the_manual_has_every_command_and_option(commands: list[CommandHelp]) -> None:
    """Nothing that can be typed is missing from it."""
    page = man_page(commands, date="2026-01-31").replace("\\-", "-")

    assert set(COMMANDS) <= {command.words[0] for command in commands}
    for command in commands:
        assert f'.SS "classbox {" ".join(command.words)}"' in page
        _, _, own = page.partition(f'.SS "classbox {" ".join(command.words)}"')
        own = own.partition(".SS ")[0]
        assert [one.head for one in command.parameters if one.head not in own] == []


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_has_nothing_to_object_to(commands: list[CommandHelp], tmp_path: Path) -> None:
    """Its macros are understood."""
    page = tmp_path / "classbox.1"
    page.write_text(man_page(commands, date="2026-01-31"), encoding="utf-8")

    done = subprocess.run(
        ["man", "--warnings", "--encoding=utf8", "--local-file", str(page)],
        check=True,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "PATH": "/usr/bin:/bin"},
    )

    assert done.stderr == ""
    assert "classbox check" in done.stdout


def test_the_changelog_is_one_that_debian_reads(root: Path, tmp_path: Path) -> None:
    """A head with the package's version, the newest bullets, and who when."""
    if shutil.which("dpkg-parsechangelog") is None:
        pytest.skip("dpkg-dev is not installed")
    path = tmp_path / "changelog"
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    path.write_text(debian_changelog(text, chosen(["deb13"])[0], STAMP), encoding="utf-8")

    fields = subprocess.run(
        ["dpkg-parsechangelog", "--file", str(path)], check=True, capture_output=True, text=True
    )

    assert "~deb13\n" in fields.stdout
    assert "Distribution: trixie" in fields.stdout
    assert "classbox check" in fields.stdout
    assert fields.stderr == ""


@pytest.fixture
def site(root: Path, tmp_path: Path) -> Path:
    """Return a folder with what is installed here, as a package has it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    for name in ("optimized_models", "mqtt_contracts"):
        (folder / name).symlink_to(root / name)
    (folder / VENDORED.parent).mkdir(parents=True)
    (folder / VENDORED).symlink_to(root / VENDORED)
    for one in distributions():
        papers = Path(str(one.locate_file(f"{one.name.replace('-', '_')}-{one.version}.dist-info")))
        if papers.is_dir():
            (folder / papers.name).symlink_to(papers)
    return folder


def test_the_bill_of_materials_is_valid(site: Path) -> None:
    """As CycloneDX has it, and the same from the same folder."""
    text = sbom(site, stamp=STAMP)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sbom(site, stamp=STAMP) == text


def test_the_bill_of_materials_names_packages_and_licences(site: Path) -> None:
    """Everything the box runs on, with its version."""
    bill = json.loads(sbom(site, stamp=STAMP))
    parts = {one["name"].lower(): one for one in bill["components"]}

    assert bill["metadata"]["component"]["name"] == "classbox"
    for name in ("numpy", "onnxruntime", "openvino", "pydantic", "opencv-python-headless"):
        assert parts[name]["purl"] == f"pkg:pypi/{name}@{parts[name]['version']}"
        assert parts[name]["licenses"]


def test_the_bill_of_materials_names_what_browsers_run(root: Path, site: Path) -> None:
    """Every script of others: its version, licence and the hash of the bytes; its text comes along.

    The licence is a file beside it, which is package data as the script is.
    """
    bill = json.loads(sbom(site, stamp=STAMP))
    npm = [one for one in bill["components"] if one.get("purl", "").startswith("pkg:npm/")]
    scripts = list((root / VENDORED).glob("*.js"))

    assert [one["name"] for one in npm] == ["@fluent/bundle"]
    assert npm[0]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert [hash_["content"] for one in npm for hash_ in one["hashes"]] == [
        sha256(script.read_bytes()).hexdigest() for script in scripts
    ]
    assert list((root / VENDORED).glob("LICENSE*"))


def test_the_bill_of_materials_has_every_file_of_every_model(root: Path, site: Path) -> None:
    """With the hash of the bytes that lie there."""
    bill = json.loads(sbom(site, stamp=STAMP))
    models = [one for one in bill["components"] if one["type"] == "machine-learning-model"]
    folders = {path.parent.name for path in (root / "optimized_models").glob("*/manifest.toml")}

    assert {one["name"] for one in models} == folders
    for model in models:
        assert model["licenses"]
        assert model["components"]
        for file in model["components"]:
            content = (root / "optimized_models" / file["name"]).read_bytes()
            assert file["hashes"] == [{"alg": "SHA-256", "content": sha256(content).hexdigest()}]
