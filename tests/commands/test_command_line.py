"""The command line lists every command, and imports only what is asked for."""

import importlib
import inspect
import subprocess
import sys
from importlib import metadata

import pytest
import typer

from appliance.commands.command_line import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    """A summary is the first line of the command's own help."""
    command = importlib.import_module(f"appliance.commands.{COMMANDS[name].module}").command

    said = (
        command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)
    ) or ""

    assert COMMANDS[name].summary == said.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "modules"),
    [
        pytest.param(["--help"], "openvino, cv2, numpy", id="help"),
        pytest.param(["consent", "--help"], "openvino, onnxruntime, cv2, paho", id="consent"),
        pytest.param(["status", "--help"], "openvino, onnxruntime, cv2, paho", id="status"),
        pytest.param(["pause", "--help"], "openvino, onnxruntime, cv2, paho", id="pause"),
    ],
)
def test_what_needs_no_model_answers_at_once(words: list[str], modules: str) -> None:
    """Nobody waits for OpenVINO to be told how a command is called."""
    code = (
        "import sys, contextlib\n"
        f"sys.argv = ['classbox', *{words!r}]\n"
        "from appliance.__main__ import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        f"print(sorted(set({modules.split(', ')!r}) & set(sys.modules)))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.splitlines()[-1] == "[]"


def test_the_version_is_that_of_the_package() -> None:
    """For people and for scripts."""
    command = [sys.executable, "-m", "appliance", "--version"]

    out = subprocess.run(command, capture_output=True, text=True, check=True)

    assert out.stdout == f"classbox {metadata.version('classbox')}\n"


def test_a_wrong_choice_is_said_without_the_validators_words() -> None:
    """What can be chosen, and nothing in front of it."""
    command = [sys.executable, "-m", "appliance", "door-page", "--language", "fr"]

    out = subprocess.run(command, capture_output=True, text=True, check=False)

    assert out.returncode == 2
    assert "'fr' is not one of 'en', 'de'" in out.stderr
    assert "Value error" not in out.stderr
