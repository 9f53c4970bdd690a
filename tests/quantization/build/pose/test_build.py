"""What a build without the data folder may still claim about the INT8 form."""

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

import hashlib

from appliance.domain.models import Precision
from quantization.build.model_folder import FLOAT_FORMS
from quantization.build.pose.build import EIGHT, HALF, carry_over, mark_forms

BYTES = b"weights"
MEASURED = {
    "int8_sha256": hashlib.sha256(BYTES).hexdigest(),
    "proven": ["openvino_int8"],
    "defaults": {
        "openvino": {"precision": "int8", "reason": "measured"},
        "onnx": {"precision": "f32", "reason": "measured"},
    },
    "audit": {"x86_64": {}},
}


@pytest.fixture
def int8_file(tmp_path: Path) -> Path:
    """Return the file that was measured."""
    file = tmp_path / "model_int8.onnx"
    file.write_bytes(BYTES)
    return file


def test_a_measurement_holds_for_the_file_it_was_made_on(int8_file: Path) -> None:
    """A clone without the clips builds the same defaults."""
    report = carry_over(MEASURED, int8_file)

    assert report["proven"] == ["openvino_int8"]
    assert report["defaults"] == MEASURED["defaults"]


def test_other_weights_are_not_proven(int8_file: Path) -> None:
    """One byte more, and nothing is claimed until somebody measures."""
    int8_file.write_bytes(BYTES + b"!")
    report = carry_over(MEASURED, int8_file)

    assert report["proven"] == []
    assert {choice["precision"] for choice in report["defaults"].values()} == {"f32"}


def test_forms_are_marked_as_reported() -> None:
    """One default per run time; proven is said of INT8 only."""
    marked = mark_forms([*FLOAT_FORMS, HALF, *EIGHT], MEASURED)

    assert [form.key for form in marked if form.default] == ["onnx_f32", "openvino_int8"]
    assert [form.key for form in marked if form.proven] == ["openvino_int8"]
    assert Precision.F16 in {form.precision for form in marked}
