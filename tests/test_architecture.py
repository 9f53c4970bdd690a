"""What holds for the code of the appliance as a whole."""

import ast
from collections import Counter
from pathlib import Path

import appliance

CODE = Path(appliance.__file__).parent


def test_one_class_per_name() -> None:
    """A name that is searched for leads to one class."""
    names = Counter(
        node.name
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )

    assert [name for name, count in names.items() if count > 1] == []
