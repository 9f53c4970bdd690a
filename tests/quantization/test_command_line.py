"""What goes wrong in a command is one line and an exit code."""

import importlib.util
import sys

import pytest

from quantization import __main__ as tool
from quantization import entry


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(
            ["build", "expression_mobilevit"],
            "building needs onnx; pip install 'classbox[quantization]'",
            id="build",
        ),
        pytest.param(
            ["distil", "pose_landmark_lite", "--state", "state.pt"],
            "distilling needs onnx; pip install 'classbox[quantization,training]'",
            id="distil",
        ),
        pytest.param(
            ["audit", "fusion"],
            "auditing needs onnx; pip install 'classbox[quantization]'",
            id="audit",
        ),
    ],
)
def test_a_missing_extra_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    """Brackets and all, however narrow the terminal; exit 69, as for other missing programs."""

    def lacking(name: str) -> None:
        raise ModuleNotFoundError(name, name="onnx")

    monkeypatch.setattr(entry, "import_module", lacking)
    monkeypatch.setattr(sys, "argv", ["quantization", *arguments])

    with pytest.raises(SystemExit) as ended:
        entry.run(tool.app)

    assert ended.value.code == 69
    assert capsys.readouterr().out == f"error: {says}\n"


@pytest.mark.parametrize("name", tool.Recipe)
def test_every_recipe_exists(name: str) -> None:
    """A name on the command line is a file."""
    assert importlib.util.find_spec(f"quantization.recipes.{name}") is not None
