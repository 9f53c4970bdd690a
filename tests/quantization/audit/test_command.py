"""``python -m quantization audit``: prints, writes if asked, and fails where a form does."""

import json
import platform
import sys
from pathlib import Path

import pytest

from quantization import __main__ as tool
from quantization.entry import run as start


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the tool and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["quantization", *arguments])
    with pytest.raises(SystemExit) as ended:
        start(tool.app)
    return int(ended.value.code or 0)


def test_an_unknown_model_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the ones that exist are."""
    assert run(monkeypatch, "audit", "poses") == 65
    assert "no model poses in optimized_models; there are " in capsys.readouterr().out


on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="OpenVINO's kernels for x86-64")


@on_x86
def test_a_good_folder_is_written_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One JSON object, exit 0; the report appears with ``--write`` and says the same."""
    pytest.importorskip("onnx", reason="needs the extra [quantization]")
    from tests.support.audited_model import write_folder  # noqa: PLC0415 - needs the extra

    folder = write_folder(tmp_path)
    arguments = ("audit", "edges", "--models", str(tmp_path), "--json")

    assert run(monkeypatch, *arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert not (folder / "report.json").exists()

    assert run(monkeypatch, *arguments, "--write", "--emulated", "an emulator") == 0
    written = json.loads((folder / "report.json").read_text())["audit"]["x86_64"]
    assert printed["failures"] == []
    assert printed["emulated"] is False
    assert (written["emulated"], written["emulator"]) == (True, "an emulator")
    assert {key: written[key] for key in printed["models"]["edges"]} == printed["models"]["edges"]


@on_x86
def test_a_bad_form_fails_after_it_was_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 65 with and without JSON; the table and the reasons are both there."""
    pytest.importorskip("onnx", reason="needs the extra [quantization]")
    from tests.support.audited_model import write_folder  # noqa: PLC0415 - needs the extra

    write_folder(tmp_path, swap=True)

    assert run(monkeypatch, "audit", "--models", str(tmp_path)) == 65
    shown = capsys.readouterr().out
    assert shown.count("fails") == 4
    assert "error: edges openvino_int8: no layer of the file is quantized; edges onnx" in shown

    assert run(monkeypatch, "audit", "--models", str(tmp_path), "--json") == 65
    assert len(json.loads(capsys.readouterr().out)["failures"]) == 4
