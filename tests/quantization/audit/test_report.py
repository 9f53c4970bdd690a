"""The report reads what folders say about themselves, with no extra installed."""

import hashlib
import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from appliance.errors import ModelLoadError
from appliance.inference.manifest import read_manifest
from quantization import __main__ as tool
from quantization.audit.report import find_folders, report_table, summarise_model
from quantization.entry import run as start

SHIPPED = sorted(path.parent for path in Path("optimized_models").glob("*/manifest.toml"))


def write_folder(models: Path, *, report: dict[str, object] | None) -> Path:
    """Write a folder whose files are no models, which nobody here loads."""
    folder = models / "edges"
    folder.mkdir()
    lines = ['name = "edges"', 'version = "1.0"', "[inputs]", "[outputs]"]
    for key, default in (("f32", False), ("int8", True)):
        (folder / f"{key}.xml").write_bytes(b"graph")
        (folder / f"{key}.bin").write_bytes(b"weights")
        lines += [
            f"[files.openvino_{key}]",
            f'path = "{key}.xml"',
            'backend = "openvino"',
            f'precision = "{key}"',
            f'sha256 = "{hashlib.sha256(b"graph").hexdigest()}"',
            f'weights = "{key}.bin"',
            f'weights_sha256 = "{hashlib.sha256(b"weights").hexdigest()}"',
            f"default = {str(default).lower()}",
        ]
    (folder / "manifest.toml").write_text("\n".join(lines))
    if report is not None:
        (folder / "report.json").write_text(json.dumps(report))
    return folder


def test_everything_that_is_there_is_shown(tmp_path: Path) -> None:
    """Scores under the report's own names, whatever they are; the rest in its column."""
    folder = write_folder(tmp_path, report=None)
    digest = read_manifest(folder).digest
    report = {
        "name": "edges",
        "macro_f1": 0.5,
        "libraries": {"onnx": 1},
        "forms": {
            "openvino_int8": {
                "pck10": 0.96,
                "proven": True,
                "action": {"blink": 0.9, "smile": 0.99},
                "clips": {"one": {"pck": 0.5, "frames": 3}, "two": {"pck": 0.75, "frames": 4}},
                "cpu_ratio": 0.75,
                "bytes": 12,
            }
        },
        "audit": {
            "x86_64": {
                "digest": digest,
                "openvino_int8": {"int8": 7, "f16": 0, "f32": 2, "reorders": 3},
            },
            "aarch64": {
                "digest": "of other files",
                "openvino_int8": {
                    "int8": 0,
                    "f16": 4,
                    "f32": 5,
                    "reorders": 9,
                    "failures": ["it is not"],
                },
            },
        },
    }
    (folder / "report.json").write_text(json.dumps(report))

    summary = summarise_model(folder)

    assert (summary.name, summary.version) == ("edges", "1.0")
    assert summary.scores == {"macro_f1": 0.5}
    assert summary.stale_audits == ("aarch64",)
    whole, eight = summary.forms
    assert (whole.default, whole.speed_ratio, whole.scores, whole.audit) == (False, None, {}, {})
    assert (eight.key, eight.bytes, eight.default) == ("openvino_int8", 12, True)
    assert eight.speed_ratio == 0.75
    assert eight.scores == {
        "pck10": 0.96,
        "action.blink": 0.9,
        "action.smile": 0.99,
    }
    assert eight.audit == {"x86_64": "7/0/2+3", "aarch64": "0/4/5+9 fails"}

    screen = io.StringIO()
    Console(width=160, file=screen).print(report_table([summary]))
    shown = screen.getvalue()
    scores = "pck10 0.96, action 0.9 to 0.99"
    for text in ("openvino_int8*", " 0.75 ", scores, "aarch64: of other files"):
        assert text in shown


def test_f32_is_the_default_where_the_manifest_names_none(tmp_path: Path) -> None:
    """As the box takes it."""
    folder = write_folder(tmp_path, report=None)
    manifest = folder / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("default = true", "default = false"))

    assert [form.default for form in summarise_model(folder).forms] == [True, False]


def test_a_report_that_is_no_object_is_refused(tmp_path: Path) -> None:
    """One line names the file."""
    folder = write_folder(tmp_path, report=None)
    (folder / "report.json").write_text("[]")

    with pytest.raises(ModelLoadError, match=r"report\.json: not a JSON object"):
        summarise_model(folder)


def test_an_empty_folder_of_models_is_said(tmp_path: Path) -> None:
    """A wrong ``--models`` is no empty table."""
    with pytest.raises(ModelLoadError, match=r"no model folder with a manifest\.toml"):
        find_folders(tmp_path, [])


def test_the_command_prints_one_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By model; exit 0."""
    write_folder(tmp_path, report={"forms": {}})
    monkeypatch.setattr(
        sys, "argv", ["quantization", "report", "--models", str(tmp_path), "--json"]
    )

    with pytest.raises(SystemExit) as ended:
        start(tool.app)

    assert not ended.value.code
    printed = json.loads(capsys.readouterr().out)
    assert [form["key"] for form in printed["edges"]["forms"]] == ["openvino_f32", "openvino_int8"]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_models_carry_an_audit_of_their_files(folder: Path) -> None:
    """Made on x86-64, of every form, of these very files: ``quantization audit --write``."""
    summary = summarise_model(folder)

    assert "x86_64" not in summary.stale_audits
    assert [form.key for form in summary.forms if "x86_64" not in form.audit] == []
    assert [form.key for form in summary.forms if "fails" in form.audit["x86_64"]] == []
