"""Everything that model folders say about themselves, in one place; needs no extra."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from appliance.domain.models import Backend, ModelFile, Precision
from appliance.errors import ModelLoadError
from appliance.inference.manifest import MANIFEST_NAME, read_manifest

REPORT_NAME = "report.json"

# What else a report holds: about how it was made, not how good the model is.
_NOT_SCORES = {
    "audit",
    "calibration",
    "defaults",
    "distillation",
    "forms",
    "libraries",
    "measured_on",
    "processor",
    "written_by",
}
# Of a form: shown in columns of their own, a matter of the machine, or summed up by the worst clip.
_NOT_FORM_SCORES = {"bytes", "milliseconds", "cpu_milliseconds", "cpu_ratio", "clips"}
_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSummary:
    """One form of a model."""

    key: str
    """Name in the manifest."""

    bytes: int
    """On disk, weights included."""

    default: bool
    """Whether its run time takes it unasked."""

    speed_ratio: float | None = None
    """Processor time against the float form of the same run time; below one is faster."""

    scores: dict[str, float] = field(default_factory=dict)
    """Accuracy numbers under the report's own names."""

    audit: dict[str, str] = field(default_factory=dict)
    """Architecture to int8/f16/f32 layers and reorders, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One model folder."""

    name: str
    """Folder name."""

    version: str
    """Of the weights."""

    forms: tuple[FormSummary, ...]
    """In the manifest's order."""

    scores: dict[str, float]
    """Numbers of the model as a whole."""

    stale_audits: tuple[str, ...]
    """Architectures whose audit was made of other files."""


def summarise_model(folder: Path) -> ModelSummary:
    """Read a manifest and, if there is one, the report beside it.

    Raises:
        ModelLoadError: A file is missing, altered or cannot be read.
    """
    spec = read_manifest(folder)
    report = read_report(folder)
    measured, audits = _table(report, "forms"), _table(report, "audit")
    defaults = default_files(spec.files)
    forms = []
    for file in spec.files:
        key = f"{file.backend}_{file.precision}"
        numbers = _table(measured, key)
        ratio = numbers.get("cpu_ratio")
        forms.append(
            FormSummary(
                key=key,
                bytes=_size(file),
                default=file in defaults,
                speed_ratio=ratio if isinstance(ratio, float | int) else None,
                scores=dict(_scores(numbers, without=_NOT_FORM_SCORES)),
                audit={
                    name: _audit_line(entry[key])
                    for name, entry in audits.items()
                    if isinstance(entry, dict) and isinstance(entry.get(key), dict)
                },
            )
        )
    return ModelSummary(
        name=folder.name,
        version=spec.version,
        forms=tuple(forms),
        scores=dict(_scores(report, without=_NOT_SCORES)),
        stale_audits=tuple(
            name for name in audits if _table(audits, name).get("digest") != spec.digest
        ),
    )


def read_report(folder: Path) -> dict[str, object]:
    """Return what a model's report says; empty where it has none.

    Raises:
        ModelLoadError: It is there and is not a JSON object.
    """
    path = folder / REPORT_NAME
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read ({error}); build the model again"
        raise ModelLoadError(msg) from error
    if not isinstance(report, dict):
        msg = f"{path}: not a JSON object; build the model again"
        raise ModelLoadError(msg)
    return report


def find_folders(models: Path, names: Iterable[str]) -> list[Path]:
    """Return model folders by name, or all of them in alphabetical order.

    Raises:
        ModelLoadError: There is none of that name, or none at all.
    """
    there = sorted(path.parent for path in models.glob(f"*/{MANIFEST_NAME}"))
    if not there:
        msg = f"{models}: no model folder with a {MANIFEST_NAME}"
        raise ModelLoadError(msg)
    by_name = {folder.name: folder for folder in there}
    wanted = list(names) or list(by_name)
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        msg = f"no model {', '.join(unknown)} in {models}; there are {', '.join(by_name)}"
        raise ModelLoadError(msg)
    return [by_name[name] for name in wanted]


def default_files(files: Iterable[ModelFile]) -> list[ModelFile]:
    """Return the file that each run time takes unasked: the marked one, or else f32."""
    there, chosen = list(files), []
    for backend in Backend:
        offered = [file for file in there if file.backend is backend]
        marked = [file for file in offered if file.default]
        chosen += marked or [file for file in offered if file.precision is Precision.F32]
    return chosen


def report_table(summaries: Iterable[ModelSummary]) -> Table:
    """Show one line per form."""
    table = Table(
        title="Models",
        caption="a star: taken unasked; time: of the float form on the same run time; audit: "
        "int8/f16/f32 layers + reorders",
    )
    table.add_column("form", no_wrap=True)
    for name in ("MiB", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("scores", overflow="fold")
    table.add_column("audit", no_wrap=True)
    for model in summaries:
        table.add_section()
        stale = [f"[red]{name}: of other files[/red]" for name in model.stale_audits]
        table.add_row(
            f"[bold]{model.name}[/bold]",
            "",
            "",
            ", ".join([f"version {model.version}", *_phrases(model.scores)]),
            "\n".join(stale),
        )
        for form in model.forms:
            table.add_row(
                form.key + ("*" if form.default else ""),
                f"{form.bytes / _MEBIBYTE:.1f}",
                "-" if form.speed_ratio is None else f"{form.speed_ratio:.2f}",
                ", ".join(_phrases(form.scores)) or "-",
                "\n".join(f"{name} {text}" for name, text in form.audit.items()) or "-",
            )
    return table


def _size(file: ModelFile) -> int:
    # An .xml has its weights beside it.
    weights = file.path.with_suffix(".bin")
    names = [file.path]
    if file.backend is Backend.OPENVINO and weights.is_file():
        names.append(weights)
    return sum(name.stat().st_size for name in names)


def _scores(
    numbers: Mapping[str, Any], *, without: set[str], under: str = ""
) -> Iterator[tuple[str, float]]:
    """Yield every number, those of nested tables under both names."""
    for name, value in numbers.items():
        if name in without or isinstance(value, bool):
            continue
        if isinstance(value, float | int):
            yield under + name, value
        elif isinstance(value, dict):
            yield from _scores(value, without=without, under=f"{under}{name}.")


def _audit_line(numbers: Mapping[str, Any]) -> str:
    layers = "/".join(str(numbers.get(name, "?")) for name in ("int8", "f16", "f32"))
    failed = " fails" if numbers.get("failures") else ""
    return f"{layers}+{numbers.get('reorders', '?')}{failed}"


def _phrases(scores: Mapping[str, float]) -> list[str]:
    """Return one phrase per number, and one per nested table: its smallest and largest.

    In a table of tables, such as numbers by clip, each inner number has a phrase of its own.
    """
    phrases = [f"{name} {value:.4g}" for name, value in scores.items() if "." not in name]
    nested: dict[str, list[float]] = {}
    for name, value in scores.items():
        group, *members = name.split(".")
        if members:
            nested.setdefault(".".join([group, *members[1:]]), []).append(value)
    for group, values in nested.items():
        phrases.append(f"{group} {min(values):.4g} to {max(values):.4g}")
    return phrases


def _table(tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = tables.get(name)
    return value if isinstance(value, dict) else {}
