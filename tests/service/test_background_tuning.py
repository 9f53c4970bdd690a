"""The background tuning runs only where it may and where there is something to find out."""

import io
import threading
from pathlib import Path
from typing import Any

import pytest
import structlog
from rich.console import Console
from structlog.testing import capture_logs

from appliance.commands.box.tune import show_tunings
from appliance.service.background_tuning import BackgroundTuning
from appliance.service.models import Models
from appliance.settings.reading.rules import MODELS
from tests.support.boxes import keep_result, make_settings
from tests.support.tiny_models import write_model


@pytest.mark.parametrize(
    ("tune", "tuned", "runs"),
    [(True, False, True), (False, False, False), (True, True, False)],
    ids=["unknown-board", "forbidden", "known-board"],
)
def test_it_runs_only_if_allowed_and_needed(
    tmp_path: Path, *, tune: bool, tuned: bool, runs: bool
) -> None:
    """A box that knows its board, or must not measure, starts no thread; stopping is harmless."""
    for name in MODELS:
        write_model(tmp_path / "models", name)
    if tuned:
        keep_result(tmp_path / "models")
    settings = make_settings(tmp_path / "models", {"tune": tune})
    structlog.reset_defaults()
    tuning = BackgroundTuning(settings, Models(settings, lanes=1), wanted=True)

    with capture_logs() as logs:
        tuning.start()
        tuning.stop()

    assert ("tuning_started" in [entry["event"] for entry in logs]) == runs
    assert "tuner" not in [thread.name for thread in threading.enumerate()]


def test_the_table_shows_every_form_with_its_numbers_or_its_reason() -> None:
    """On eighty columns the winner has its star, and what is wrong with the others is said."""
    numbers: dict[str, Any] = {"rounds": 9, "noise_ms": 0.01}
    rows = [
        {"form": "openvino f32", "cpu_ms": 4.25, "wall_ms": 4.5, "gain_ms": 0.0, **numbers},
        {"form": "onnx int8", "cpu_ms": 3.125, "wall_ms": 3.25, "gain_ms": 1.125, **numbers},
        {"form": "openvino int8"},
    ]
    notes = {"openvino int8": "crashed (SIGSEGV)"}
    candidates = [{**row, "note": notes.get(str(row["form"]), "")} for row in rows]
    table = {"model": "fusion", "winner": "onnx int8", "default": "openvino f32"}
    report = {
        "lanes": 2,
        "file": "/x/engines.json",
        "models": [{**table, "candidates": candidates}],
    }
    out = io.StringIO()

    show_tunings(report, Console(file=out, width=80))

    lines = {form: line for line in out.getvalue().splitlines() for form in ROWS if form in line}
    for form, parts in ROWS.items():
        assert all(part in lines[form] for part in parts), lines[form]
    assert "/x/engines.json" in out.getvalue()


ROWS = {
    "fusion": (),
    "openvino f32": ("4.25", "4.50", "default"),
    "onnx int8*": ("3.12", "3.25", "1.12 ± 0.01", "9"),
    "openvino int8": ("crashed (SIGSEGV)",),
}
