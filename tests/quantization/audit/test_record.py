"""An audit is put beside what a report says already."""

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

from appliance.errors import ModelLoadError
from quantization.audit.forms import FormAudit
from quantization.audit.record import describe_machine, write_audit
from tests.support.audited_model import write_folder
from tests.support.form_audits import form

MACHINE: dict[str, object] = {"emulated": False}


def record(folder: Path, audit: FormAudit, *, architecture: str) -> dict[str, object]:
    """Write one audit and return the report."""
    write_audit(folder, [audit], machine=MACHINE, architecture=architecture)
    report: dict[str, object] = json.loads((folder / "report.json").read_text())
    return report


def test_everything_else_stays(tmp_path: Path) -> None:
    """Scores, their order, and other architectures; the same architecture is replaced."""
    folder = write_folder(tmp_path)
    before = {"name": "edges", "forms": {"openvino_f32": {"score": 0.1 + 0.2}}, "defaults": {}}
    (folder / "report.json").write_text(json.dumps(before))

    record(folder, form(), architecture="x86_64")
    record(folder, form(int8=0), architecture="aarch64")
    report = record(folder, form(int8=19), architecture="x86_64")

    audit = report.pop("audit")
    assert report == before
    assert list(report) == list(before)
    assert isinstance(audit, dict)
    assert list(audit) == ["aarch64", "x86_64"]
    assert audit["aarch64"]["openvino_int8"]["int8"] == 0
    assert audit["x86_64"]["openvino_int8"]["int8"] == 19
    assert audit["x86_64"]["emulated"] is False


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """An audit can be checked against the repository."""
    folder = write_folder(tmp_path)

    record(folder, form(), architecture="x86_64")
    first = (folder / "report.json").read_bytes()
    record(folder, form(), architecture="x86_64")

    assert (folder / "report.json").read_bytes() == first


def test_a_broken_report_is_not_overwritten(tmp_path: Path) -> None:
    """One line names the file."""
    folder = write_folder(tmp_path)
    (folder / "report.json").write_text("{")

    with pytest.raises(ModelLoadError, match=r"report\.json: cannot be read"):
        write_audit(folder, [form()], machine=MACHINE, architecture="x86_64")

    assert (folder / "report.json").read_text() == "{"


def test_a_limited_processor_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO obeys the variable, so an audit under it is another one."""
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    assert "limited_to" not in describe_machine(emulated=None)

    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    machine = describe_machine(emulated=None)
    assert machine["limited_to"] == "AVX2"
    assert machine["emulated"] is False
