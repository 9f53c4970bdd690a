"""What a layer calculates in, from what it reads and writes."""

import pytest

from quantization.audit.layers import (
    NumberFormat,
    arithmetic_format,
    convolution_multiply_adds,
    product_format,
)


@pytest.mark.parametrize(
    ("data", "weights", "expected"),
    [
        ("u8", "i8", NumberFormat.INT8),
        ("i8", "i8", NumberFormat.INT8),
        ("u8", "f32", NumberFormat.F32),
        ("f32", "f16", NumberFormat.F32),
        ("f32", "i8", NumberFormat.F32),
        ("f16", "f16", NumberFormat.F16),
        ("i32", "i32", NumberFormat.OTHER),
    ],
)
def test_products(data: str, weights: str, expected: NumberFormat) -> None:
    """Eight bits only if both sides are; weights stored in halves do not make it f16."""
    assert product_format(data, weights) is expected


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        (["u8", "u8"], NumberFormat.INT8),
        (["u8", "f32"], NumberFormat.F32),
        (["f16", "u8"], NumberFormat.F16),
        (["f16", "f32"], NumberFormat.F32),
        (["bool"], NumberFormat.OTHER),
        ([], NumberFormat.OTHER),
    ],
)
def test_other_arithmetic(touched: list[str], expected: NumberFormat) -> None:
    """The widest counts: what widens bytes calculates in float."""
    assert arithmetic_format(touched) is expected


def test_multiply_adds_of_a_grouped_convolution() -> None:
    """A depthwise kernel reads one channel: (G, O, I, height, width) leaves I, height, width."""
    assert convolution_multiply_adds([1, 8, 4, 4], [8, 3, 3, 3], grouped=False) == 128 * 27
    assert convolution_multiply_adds([1, 8, 4, 4], [8, 1, 1, 3, 3], grouped=True) == 128 * 9
