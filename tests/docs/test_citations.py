"""What the repository says about itself is there: citations, paths, commands and links.

Sources are cited in one form, ``docs/DESIGN.md, 6, row 0`` or ``docs/PAPER.md, 4.1.2, eq. 9``;
Markdown may also link to them. Each check is a function from text to problems, shown here to find
what is wrong before it is asked about the whole tree.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = frozenset({".py", ".md", ".toml", ".yaml", ".conf", ".service", ".arm64", ""})
"""Suffixes of the files that people read; the last one is that of Makefile, acl and the like."""
LONGEST_README = 150

GAP = r"[\s#]+"  # a citation may go on in the next line of a comment
CITATION = re.compile(
    rf"docs/(?P<page>DESIGN|PAPER)\.md,{GAP}(?P<section>\d+(?:\.\d+)*)"
    rf"(?:,{GAP}(?P<part>eq\.{GAP}\d+|(?:row|Table){GAP}\w+|[a-z][a-z ]+(?=[).;:`]|$)))?"
)
OTHERWISE = re.compile(
    r"\bDESIGN\b(?!\.md)|(?<!docs/)\b(?:DESIGN|PAPER)\.md|docs/(?:DESIGN|PAPER)\.md(?!,[\s#]+\d)"
    r"|\bPAPER\b(?!\.md)|\bSTYLE\b|[Pp]aper(?:'s |, )(?:section|eq)|[Pp]aper, (?:\d|Table)"
)
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DEFAULT = re.compile(r'(?:= Path\(|"CLASSBOX_TEST_DATA",)\s*"\.\./shared/data[^"]*"')
OUTSIDE = re.compile(r"(?<![\w.])\.\./|(?<![\w.)])/(?:work|home|root|Users)/|(?<!\w)~/")
NAMED = re.compile(
    r"(?<![\w./-])(?:appliance|training|quantization|tests|mqtt_contracts|optimized_models|docs"
    r"|systemd)/[\w./@-]*"
)
MODULE = re.compile(r"python -m ((?:training|quantization)(?:\\?\.\w+)*)")


@cache
def tracked() -> dict[str, str]:
    """Return path and text of every file that people read, but not of this one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    own = str(Path(__file__).relative_to(ROOT))
    paths = [name for name in listed.stdout.splitlines() if Path(name).suffix in TEXTS]
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in paths
        if name != own and (ROOT / name).is_file()
    }


@cache
def sections(page: str) -> dict[str, str]:
    """Return the text of each numbered section of a page, by number, subsections included."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    heads = list(re.finditer(r"^(#{2,3}) (\d+(?:\.\d+)*)\.? .*$|^## .*$", text, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        head.group(2): text[head.start() : end]
        for head, end in zip(heads, ends, strict=True)
        if head.group(2)
    }


def wrong_citations(text: str) -> Iterator[str]:
    """Give the citations that lead nowhere, and those that are not in the one form."""
    for found in CITATION.finditer(text):
        section = sections(found["page"]).get(found["section"])
        part = re.sub(GAP, " ", found["part"] or "")
        if section is None or not is_part(part, section):
            yield re.sub(GAP, " ", found.group())
    for found in OTHERWISE.finditer(LINK.sub("", text)):
        yield f"{found.group()}: not in the form of a citation"


def is_part(part: str, section: str) -> bool:
    """Tell whether a section has this row, equation, table or subsection; it has the empty one."""
    if not part:
        return True
    if part.startswith("row "):
        return f"\n| {part.removeprefix('row ')} |" in section
    if part.startswith(("eq. ", "Table ")):
        return f"**{part}**" in section
    return f"\n### {part.lower()}\n" in section.lower()


ATTACKS = "packaging/acceptance/screens/attacks/"
"""Paths that lead out of a folder are what is tried there."""


def outside(text: str) -> Iterator[str]:
    """Give the folders outside of the repository that are no option's default."""
    inside = DEFAULT.sub("", LINK.sub("", text))  # links have a check of their own
    for found in OUTSIDE.finditer(inside):
        yield inside[found.start() : found.start() + 40].splitlines()[0]


def absent_names(text: str) -> Iterator[str]:
    """Give the files, folders and modules of the repository that are named and are not there."""
    for found in NAMED.findall(text):
        name = found.rstrip(".-")
        if not (ROOT / name).exists():
            yield name
    for name in (found.replace("\\", "") for found in MODULE.findall(text)):
        path = ROOT / name.replace(".", "/")
        if not (path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()):
            yield f"python -m {name}"


def broken_links(name: str, text: str) -> Iterator[str]:
    """Give the links of a Markdown file that lead to no file or no heading."""
    for found in LINK.finditer(CODE_BLOCK.sub("", text)):
        path, _, anchor = found["target"].partition("#")
        if ":" in path:
            continue
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield found["target"]


def links(text: str) -> Iterator[str]:
    """Give the broken links of a text that stands in the README."""
    return broken_links("README.md", text)


@cache
def anchors(file: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives to the headings of a Markdown file."""
    text = CODE_BLOCK.sub("", file.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads)


@pytest.mark.parametrize(
    ("check", "text", "problems"),
    [
        pytest.param(wrong_citations, "docs/DESIGN.md, 6", 0, id="section"),
        pytest.param(
            wrong_citations, "docs/DESIGN.md,\n    # 6, row 0; more", 0, id="row in the next line"
        ),
        pytest.param(wrong_citations, "docs/DESIGN.md, 2, native failures", 0, id="subsection"),
        pytest.param(wrong_citations, "(docs/PAPER.md, 4.1.2, eq. 9)", 0, id="equation"),
        pytest.param(wrong_citations, "docs/PAPER.md, 4.2.2, Table 1", 0, id="table"),
        pytest.param(wrong_citations, "[DESIGN, 6](docs/DESIGN.md#6-intervention)", 0, id="link"),
        pytest.param(wrong_citations, "docs/DESIGN.md, 99", 1, id="no such section"),
        pytest.param(wrong_citations, "docs/DESIGN.md, 6, row 9", 1, id="no such row"),
        pytest.param(
            wrong_citations, "docs/DESIGN.md, 2, native success", 1, id="no such subsection"
        ),
        pytest.param(
            wrong_citations, "docs/PAPER.md, 4.1.2, eq. 14", 1, id="equation of another section"
        ),
        pytest.param(
            wrong_citations, "docs/PAPER.md, 4.2.2, Table 2", 1, id="table of another section"
        ),
        pytest.param(wrong_citations, "DESIGN 9", 1, id="bare"),
        pytest.param(wrong_citations, "DESIGN.md, 9", 1, id="without its folder"),
        pytest.param(wrong_citations, "docs/DESIGN.md asks", 1, id="without a section"),
        pytest.param(wrong_citations, "Paper, section 4.1.2", 1, id="paper in words"),
        pytest.param(wrong_citations, "paper, 3.2", 1, id="paper by number"),
        pytest.param(wrong_citations, "(STYLE rule 10)", 1, id="another document"),
        pytest.param(outside, 'data: Path = Path(\n    "../shared/data/video"\n)', 0, id="default"),
        pytest.param(outside, "see [this](../README.md)", 0, id="link inside"),
        pytest.param(outside, "the files of ../shared/data", 1, id="relative"),
        pytest.param(outside, "run /root/main/x", 1, id="absolute"),
        pytest.param(outside, "in /home/me", 1, id="home"),
        pytest.param(absent_names, "`appliance/pipeline.py`, as in docs/PAPER.md.", 0, id="files"),
        pytest.param(
            absent_names, "python -m quantization build; tests/", 0, id="module and folder"
        ),
        pytest.param(absent_names, "see appliance/absent.py", 1, id="file"),
        pytest.param(absent_names, "all of appliance/absent/", 1, id="folder"),
        pytest.param(absent_names, "python -m training.absent", 1, id="module"),
        pytest.param(links, "[a](docs/DESIGN.md#2-data-flow) [b](https://x.org/y)", 0, id="good"),
        pytest.param(links, "```\n[a](absent.md)\n```", 0, id="in a code block"),
        pytest.param(links, "[a](absent.md)", 1, id="file"),
        pytest.param(links, "[a](docs/DESIGN.md#absent)", 1, id="heading"),
    ],
)
def test_a_check_finds_what_is_wrong_and_nothing_else(
    check: Callable[[str], Iterator[str]], text: str, problems: int
) -> None:
    """Each is shown what it is to allow, and what it is to refuse."""
    assert len(list(check(text))) == problems


@pytest.mark.parametrize("check", [wrong_citations, outside, absent_names])
def test_the_whole_tree_is_in_order(check: Callable[[str], Iterator[str]]) -> None:
    """Citations resolve in the one form, no folder outside is named, every name is there."""
    texts = tracked()
    if check is outside:
        texts = {name: text for name, text in texts.items() if not name.startswith(ATTACKS)}
    assert not [f"{name}: {bad}" for name, text in texts.items() for bad in check(text)]


def test_all_links_of_markdown_lead_somewhere() -> None:
    """Files and headings."""
    pages = [name for name in tracked() if name.endswith(".md")]
    assert not [f"{name}: {bad}" for name in pages for bad in broken_links(name, tracked()[name])]


def test_the_readme_is_short_enough_to_be_read() -> None:
    """A screen for each of its parts."""
    assert len(tracked()["README.md"].splitlines()) <= LONGEST_README
