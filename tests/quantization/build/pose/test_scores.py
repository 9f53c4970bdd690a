"""INT8 is the default only where it is proven on the worst clip and faster."""

from dataclasses import replace

import pytest

from appliance.domain.models import Backend, Precision
from appliance.inference.library import EngineChoice
from quantization.build.pose.crops import LEARNED, MEASURED
from quantization.build.pose.scores import LandmarkNumbers, choose_landmarks
from quantization.build.speed import FormKey, Speed
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.pose import FormAgreement

PERFECT = FormAgreement(
    frames=100,
    found=1.0,
    presence_agreement=1.0,
    jitter_ratio=1.0,
    pck05_upper=1.0,
    pck10_upper=1.0,
    median_error_shoulder_widths=0.01,
    head_angle_error_deg=1.0,
)


def numbers(
    *, worst: FormAgreement = PERFECT, cpu_ratio: float = 0.7
) -> dict[FormKey, LandmarkNumbers]:
    """Return what one run time measured, one clip perfect and one as given."""

    def speed(ratio: float) -> Speed:
        return Speed(milliseconds=ratio, cpu_milliseconds=ratio, cpu_ratio=ratio)

    def form(precision: Precision) -> LandmarkForm:
        return LandmarkForm(engine=EngineChoice.ONNX, precision=precision, variant=Variant.LITE)

    return {
        (Backend.ONNX, Precision.F32): LandmarkNumbers(
            form=form(Precision.F32), clips={}, speed=speed(1.0), bytes=4
        ),
        (Backend.ONNX, Precision.INT8): LandmarkNumbers(
            form=form(Precision.INT8),
            clips={"good": PERFECT, "worst": worst},
            speed=speed(cpu_ratio),
            bytes=1,
        ),
    }


@pytest.mark.parametrize(
    ("worst", "cpu_ratio", "precision"),
    [
        pytest.param(PERFECT, 0.7, Precision.INT8, id="good"),
        pytest.param(replace(PERFECT, pck10_upper=0.95), 0.7, Precision.INT8, id="pck-at-bound"),
        pytest.param(replace(PERFECT, pck10_upper=0.949), 0.7, Precision.F32, id="pck-below"),
        pytest.param(
            replace(PERFECT, presence_agreement=0.99), 0.7, Precision.INT8, id="presence-at-bound"
        ),
        pytest.param(
            replace(PERFECT, presence_agreement=0.989), 0.7, Precision.F32, id="presence-below"
        ),
        pytest.param(replace(PERFECT, jitter_ratio=1.25), 0.7, Precision.INT8, id="just-steady"),
        pytest.param(replace(PERFECT, jitter_ratio=1.26), 0.7, Precision.F32, id="trembles"),
        pytest.param(PERFECT, 0.949, Precision.INT8, id="just-faster"),
        pytest.param(PERFECT, 0.95, Precision.F32, id="not-faster"),
    ],
)
def test_the_default(worst: FormAgreement, cpu_ratio: float, precision: Precision) -> None:
    """Accuracy bounds are inclusive, the one on time is strict; the worst clip decides."""
    choice = choose_landmarks(Backend.ONNX, numbers(worst=worst, cpu_ratio=cpu_ratio))

    assert choice.precision is precision


def test_the_reason_is_in_numbers() -> None:
    """Whoever reads the report sees which bound was broken and by how much."""
    worst = replace(PERFECT, pck10_upper=0.5)

    choice = choose_landmarks(Backend.ONNX, numbers(worst=worst, cpu_ratio=1.2))

    assert "PCK@.1 0.500" in choice.reason
    assert "1.200 of f32's processor time" in choice.reason


def test_without_int8_there_is_nothing_to_choose() -> None:
    """A folder straight from its source stays float."""
    whole = {(Backend.ONNX, Precision.F32): numbers()[Backend.ONNX, Precision.F32]}

    assert choose_landmarks(Backend.ONNX, whole).precision is Precision.F32


def test_nobody_is_learned_from_and_measured_on() -> None:
    """The clips are disjoint; who is on which is said in the docstring of the crops."""
    assert not set(LEARNED) & set(MEASURED)
