"""INT8 becomes a default only where it is faster and within every bound."""

from dataclasses import replace

import pytest

from appliance.domain.models import Backend, Precision
from quantization.build.choice import FormNumbers, beyond_bounds, choose_default

WHOLE = FormNumbers(
    accuracy_all=0.79,
    accuracy_majority6=0.86,
    macro_recall=0.62,
    concordance_valence=0.88,
    concordance_arousal=0.87,
    cosine_median=1.0,
    cosine_p5=1.0,
    agreement=1.0,
    action_correlation={"blink_left": 1.0, "blink_right": 1.0, "jaw_open": 1.0, "smile": 1.0},
    bytes=4_000_000,
    milliseconds=1.0,
    cpu_milliseconds=1.0,
    cpu_ratio=1.0,
)
AT_EVERY_BOUND = replace(
    WHOLE,
    accuracy_all=0.78,
    concordance_valence=0.87,
    concordance_arousal=0.86,
    cosine_median=0.99,
    agreement=0.97,
    action_correlation={"blink_left": 0.99, "blink_right": 0.99, "jaw_open": 0.99, "smile": 0.5},
    cpu_ratio=0.8,
)
TWIN = replace(
    AT_EVERY_BOUND,
    accuracy_all=None,
    accuracy_majority6=None,
    macro_recall=None,
    concordance_valence=None,
    concordance_arousal=None,
    cosine_median=None,
    cosine_p5=None,
    agreement=None,
)


def chosen(eight: FormNumbers, *, again: float = 1.0) -> tuple[Precision, str]:
    """Choose for ONNX Runtime; ``again`` is what f16, which computes the same as f32, takes."""
    choice = choose_default(
        Backend.ONNX,
        {
            (Backend.ONNX, Precision.F32): WHOLE,
            (Backend.ONNX, Precision.F16): replace(WHOLE, cpu_ratio=again),
            (Backend.ONNX, Precision.INT8): eight,
        },
    )
    return choice.precision, choice.reason


def test_exactly_at_every_bound_is_within() -> None:
    """The bounds are inclusive."""
    assert beyond_bounds(WHOLE, AT_EVERY_BOUND) == []
    assert chosen(AT_EVERY_BOUND)[0] is Precision.INT8


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (replace(AT_EVERY_BOUND, accuracy_all=0.7799), "accuracy drops by 0.0101"),
        (replace(AT_EVERY_BOUND, concordance_valence=0.8699), "valence concordance"),
        (replace(AT_EVERY_BOUND, concordance_arousal=0.8599), "arousal concordance"),
        (replace(AT_EVERY_BOUND, cosine_median=0.9899), "embedding cosine 0.9899"),
        (replace(AT_EVERY_BOUND, agreement=0.9699), "agreement 0.9699"),
        (replace(AT_EVERY_BOUND, action_correlation={"jaw_open": 0.9899}), "jaw_open 0.9899"),
    ],
)
def test_one_broken_bound_is_enough_and_is_named(broken: FormNumbers, named: str) -> None:
    """However fast it is."""
    precision, reason = chosen(broken)

    assert precision is Precision.F32
    assert named in reason


@pytest.mark.parametrize(
    ("ratio", "again", "precision"),
    [
        (0.949, 1.0, Precision.INT8),
        (0.95, 1.0, Precision.F32),  # as slow as the limit is not faster
        (0.92, 0.93, Precision.F32),  # f32 measured twice differs by as much: .95 x .965 = .917
        (0.91, 0.93, Precision.INT8),
        (0.75, 0.75, Precision.F32),  # below .95 of the mean, but no quicker than f16
        (0.968, 1.04, Precision.INT8),  # the first f32 was lucky: .95 x 1.02 = .969
    ],
)
def test_faster_means_more_than_chance(ratio: float, again: float, precision: Precision) -> None:
    """The limit is strict and moves with what two equal computations take."""
    assert chosen(replace(AT_EVERY_BOUND, cpu_ratio=ratio), again=again)[0] is precision


@pytest.mark.parametrize(("blink", "precision"), [(0.99, Precision.INT8), (0.98, Precision.F32)])
def test_without_emotion_heads_the_eyelids_decide(blink: float, precision: Precision) -> None:
    """What the model lacks is not held against it; what is left still counts."""
    twin = replace(TWIN, action_correlation={"blink_left": blink})

    assert chosen(twin)[0] is precision
