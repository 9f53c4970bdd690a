"""A form is refused where it does not run as it promises."""

import platform
from pathlib import Path

import pytest

from appliance.domain.models import Backend, Precision
from appliance.errors import ModelLoadError

pytest.importorskip("onnx", reason="needs the extra [quantization]")

from quantization.audit.forms import FormAudit, audit_folder, check_lowering, counts, find_failures
from tests.support.audited_model import LAYERS, write_folder
from tests.support.form_audits import form


@pytest.mark.parametrize(
    ("audit", "failure"),
    [
        pytest.param(form(int8=19), None, id="share-at-the-bound"),
        pytest.param(form(int8=18), "18 of 20 quantized layers", id="share-below"),
        pytest.param(form(left_in_float=80), None, id="left-in-float-on-purpose"),
        pytest.param(form(reorders=20), None, id="openvino-reorders-at-the-bound"),
        pytest.param(form(reorders=21), "21 reorders around 20", id="openvino-reorders-above"),
        pytest.param(form(backend=Backend.ONNX, reorders=70), None, id="onnx-at-the-bound"),
        pytest.param(
            form(backend=Backend.ONNX, reorders=71), "71 reorders around 20", id="onnx-above"
        ),
        pytest.param(form(quantized=0, int8=0), "no layer of the file", id="int8-in-name-only"),
        pytest.param(
            form(precision=Precision.F32, quantized=0, left_in_float=9, int8=0, reorders=99),
            None,
            id="float",
        ),
        pytest.param(
            form(precision=Precision.F16, quantized=0, left_in_float=9, int8=1),
            "int8 layers: 1, a float form has none",
            id="float-that-is-not",
        ),
    ],
)
def test_bounds(audit: FormAudit, failure: str | None) -> None:
    """At the bound a form passes; one layer beyond it, one line says which form and why."""
    found = find_failures(audit)

    if failure is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(f"edges openvino_{audit.file.precision}: ") or (
            found[0].startswith("edges onnx_int8: ")
        )
        assert failure in found[0]


def test_a_build_is_refused_with_every_reason() -> None:
    """Exit 65, and both forms are named; a good one between them is not."""
    bad = form(int8=0)
    worse = form(backend=Backend.ONNX, reorders=99)

    with pytest.raises(
        ModelLoadError, match=r"openvino_int8: 0 of 20.*; .*onnx_int8: 99"
    ) as caught:
        check_lowering([bad, form(), worse])

    assert caught.value.exit_code == 65


def test_counts_of_a_form() -> None:
    """Layers that calculate by format, what was asked, and the share of the multiply-adds."""
    table = counts(form(left_in_float=20, reorders=5))

    assert {name: table[name] for name in ("int8", "f16", "f32", "reorders")} == {
        "int8": 20,
        "f16": 0,
        "f32": 20,
        "reorders": 5,
    }
    assert table["quantized"] == {
        "layers": 20,
        "in_int8": 20,
        "share": 1.0,
        "reorders_per_layer": 0.25,
    }
    assert table["int8_share_of_multiply_adds"] == 0.5
    assert table["by_type"] == {"Convolution": {"f32": 20, "int8": 20}, "Reorder": {"int8": 5}}
    assert "failures" not in table


def test_a_failure_is_part_of_the_counts() -> None:
    """Whoever reads the report sees that a form is not what it says."""
    assert counts(form(int8=0))["failures"] == find_failures(form(int8=0))


# What OpenVINO makes of eight bits on ARM is what the audit is for, and not a promise.
on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="OpenVINO's kernels for x86-64")


@on_x86
def test_real_files_are_counted(tmp_path: Path) -> None:
    """Both run times run the quantized convolutions in eight bits, and the float ones in f32."""
    audits = {audit.key: audit for audit in audit_folder(write_folder(tmp_path))}

    assert list(audits) == ["openvino_f32", "onnx_f32", "openvino_int8", "onnx_int8"]
    for key, audit in audits.items():
        table = counts(audit)
        int8 = key.endswith("int8")
        assert table["products"] == {"int8" if int8 else "f32": LAYERS}, key
        assert audit.quantized == (LAYERS if int8 else 0), key
        assert table["int8_share_of_multiply_adds"] == (1.0 if int8 else 0.0), key
        assert find_failures(audit) == [], key


@on_x86
def test_a_file_under_the_wrong_name_is_found_out(tmp_path: Path) -> None:
    """A float file called INT8 quantizes nothing; an INT8 file called f32 runs in eight bits."""
    audits = audit_folder(write_folder(tmp_path, swap=True))

    found = [line for audit in audits for line in find_failures(audit)]
    assert found == [
        "edges openvino_int8: no layer of the file is quantized",
        "edges onnx_int8: no layer of the file is quantized",
        f"edges openvino_f32: int8 layers: {LAYERS}, a float form has none",
        f"edges onnx_f32: int8 layers: {LAYERS}, a float form has none",
    ]
