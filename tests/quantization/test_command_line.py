"""What goes wrong in a build is one line and an exit code."""

import importlib.util
import sys

import pytest

from quantization import __main__ as tool
from quantization.entry import run as start


def test_a_missing_extra_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Brackets and all, however narrow the terminal; exit 69, as for other missing programs."""

    def lacking(name: str) -> None:
        raise ModuleNotFoundError(name, name="onnx")

    monkeypatch.setattr(tool, "import_module", lacking)
    monkeypatch.setattr(sys, "argv", ["quantization", "build", "expression_mobilevit"])

    with pytest.raises(SystemExit) as ended:
        start(tool.app)

    assert ended.value.code == 69
    line = capsys.readouterr().out
    assert line == "error: building needs onnx; pip install 'classbox[quantization]'\n"


@pytest.mark.parametrize("name", tool._RECIPES)
def test_every_recipe_exists(name: str) -> None:
    """A name on the command line is a file."""
    assert importlib.util.find_spec(f"quantization.recipes.{name}") is not None
