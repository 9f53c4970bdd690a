"""What holds for the code of the appliance, and of its tests, as a whole."""

import ast
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

import appliance

CODE = Path(appliance.__file__).parent
TESTS = Path(__file__).parent

EVERYWHERE = {"numpy", "cv2"}
"""Libraries without a home: arrays flow between all stages, and OpenCV's pictures are arrays."""


def test_one_class_per_name() -> None:
    """A name that is searched for leads to one class."""
    names = Counter(
        node.name
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )

    assert [name for name, count in names.items() if count > 1] == []


def test_every_counter_is_read() -> None:
    """What a class counts for others to see, another file reads.

    ``tests/service/test_report.py`` follows them to the health report.
    """
    counted: dict[str, Path] = {}
    read: dict[str, set[Path]] = {}
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
                of_self = isinstance(node.target.value, ast.Name) and node.target.value.id == "self"
                if of_self and not node.target.attr.startswith("_"):
                    counted[node.target.attr] = path
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.setdefault(node.attr, set()).add(path)

    assert [name for name, path in counted.items() if not read.get(name, set()) - {path}] == []


def test_every_port_names_the_tests_of_its_promises() -> None:
    """And they exist."""
    for node in ast.parse((CODE / "ports.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            named = re.findall(r"``(tests/\S+\.py)``", ast.get_docstring(node) or "")
            assert named, node.name
            assert all((CODE.parent / path).exists() for path in named), node.name


def test_every_outside_library_has_a_home() -> None:
    """One import contract each, whose source is the whole appliance: no package is forgotten."""
    project = tomllib.loads((CODE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    housed = {
        library
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract.get("source_modules") == ["appliance"]
        for library in contract["forbidden_modules"]
    }
    imported = {
        name.partition(".")[0]
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported_names(node)
    }

    outside = imported - sys.stdlib_module_names - {"appliance"}
    assert outside - housed == EVERYWHERE


def imported_names(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_tests_share_by_tests_support_alone() -> None:
    """A test reads without another: only a contract, in its own folder, is imported beside it."""
    strangers = []
    for path in TESTS.rglob("*.py"):
        own = ".".join(path.relative_to(TESTS.parent).parent.parts)
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.match(r"\s*(?:from|import) (tests[.\w]*)", line)
            if found is None or found[1].startswith("tests.support."):
                continue
            folder, _, name = found[1].rpartition(".")
            if folder != own or name.startswith(("test_", "conftest")):
                strangers.append(f"{path.relative_to(TESTS)}: {line}")

    assert strangers == []
