"""Every proof that the threat model names is there.

A proof is a test, by file and name as pytest has them, or a target of the Makefile. The check is
shown what is wrong before it is asked about the page.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "SECURITY.md"
LAST_COLUMN = "proven by"

PROOF = re.compile(r"`(?:(?P<file>tests/[^`\s:]+\.py)::(?P<test>[^`\s]+)|make (?P<target>[^`]+))`")
TARGET = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)


def wrong_proofs(text: str) -> Iterator[str]:
    """Give the tests and targets that are named and not there."""
    for found in PROOF.finditer(text):
        target = found["target"]
        known = targets() if target else inside(found["file"])
        if (target.split()[0] if target else found["test"]) not in known:
            yield found.group()


def without_proof(text: str) -> Iterator[str]:
    """Give the rows whose column of proofs names none."""
    for threat, proof in rows(text):
        if not PROOF.search(proof):
            yield threat


def rows(text: str) -> Iterator[tuple[str, str]]:
    """Give threat and proof of each row of the tables of threats."""
    in_table = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            in_table = False
        elif cells[-1] == LAST_COLUMN:
            in_table = True
        elif in_table and not set(cells[0]) <= {"-"}:
            yield cells[0], cells[-1]


@cache
def inside(name: str) -> frozenset[str]:
    """Return the tests of a file, those of classes as ``Class::test``; none where it is absent."""
    file = ROOT / name
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    methods = (
        f"{holder.name}::{name}"
        for holder in tree.body
        if isinstance(holder, ast.ClassDef)
        for name in functions(holder.body)
    )
    return frozenset([*functions(tree.body), *methods])


def functions(body: list[ast.stmt]) -> Iterator[str]:
    """Give the names of the tests among some statements."""
    for one in body:
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
            yield one.name


@cache
def targets() -> frozenset[str]:
    """Return what ``make`` can be asked for."""
    return frozenset(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("`tests/docs/test_security.py::test_every_proof_exists`", 0, id="test"),
        pytest.param(
            "`tests/inference/engine_contract.py::EngineContract::test_computes_by_tensor_name`",
            0,
            id="method",
        ),
        pytest.param("`make canary`, `make canary MINUTES=60`", 0, id="targets"),
        pytest.param("`tests/docs/test_security.py::test_absent`", 1, id="no such test"),
        pytest.param("`tests/docs/test_security.py::wrong_proofs`", 1, id="no test"),
        pytest.param(f"`tests/{'absent'}.py::test_every_proof_exists`", 1, id="no file"),
        pytest.param(
            "`tests/inference/engine_contract.py::test_computes_by_tensor_name`",
            1,
            id="method without its class",
        ),
        pytest.param("`make absent`", 1, id="no such target"),
    ],
)
def test_a_wrong_proof_is_found(text: str, wrong: int) -> None:
    """And a right one is not."""
    assert len(list(wrong_proofs(text))) == wrong


def test_a_row_without_a_proof_is_found() -> None:
    """Other tables need none."""
    text = (
        "| who | may |\n| --- | --- |\n| IT | look |\n\n"
        "| threat | what holds | proven by |\n| --- | --- | --- |\n"
        "| a | b | `make canary` |\n| c | `make canary` | our word |\n"
    )

    assert list(without_proof(text)) == ["c"]


def test_every_proof_exists() -> None:
    """A test that is renamed takes its name here along."""
    assert not list(wrong_proofs(PAGE.read_text(encoding="utf-8")))


def test_every_threat_has_a_proof() -> None:
    """The page has tables of threats, and whatever is not proven stands elsewhere."""
    text = PAGE.read_text(encoding="utf-8")

    assert list(rows(text))
    assert not list(without_proof(text))
