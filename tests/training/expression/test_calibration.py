"""Temperature and class offsets, on logits whose truth is known."""

import numpy as np
import pytest

from appliance.domain.arrays import FloatArray, UInt8Array
from training.expression.calibration import ALLOWED_LOSS, calibrate

SHARES = np.array([0.4, 0.3, 0.1, 0.08, 0.06, 0.03, 0.022, 0.008])


def drawn(count: int) -> tuple[FloatArray, UInt8Array]:
    """Return logits and labels drawn from the very softmax of these logits."""
    rng = np.random.default_rng(5)
    logits = np.log(SHARES) + rng.normal(0, 2, (count, 8))
    odds = np.exp(logits)
    odds /= odds.sum(axis=1, keepdims=True)
    top = (odds.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    return logits, top.astype(np.uint8)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_temperature_is_found_again(factor: float) -> None:
    """Logits that are too large or too small by a factor come back to their own scale."""
    logits, top = drawn(4_000)

    found = calibrate(logits / factor, top=top, shares=SHARES)

    assert found.factor == pytest.approx(factor, rel=0.2)


def test_shares_bent_by_the_sampling_are_bent_back() -> None:
    """Logits that saw the rare classes too often lose exactly that."""
    logits, top = drawn(4_000)

    found = calibrate(logits - 0.4 * np.log(SHARES), top=top, shares=SHARES)

    assert found.strength == pytest.approx(-0.4, abs=0.15)


def test_the_rare_gain_without_costing_more_than_allowed() -> None:
    """Classes below one per cent are found more often; the accuracy stays within the allowance."""
    logits, top = drawn(4_000)

    found = calibrate(logits, top=top, shares=SHARES)

    likely = logits - found.strength * np.log(SHARES)
    before, after = (one.argmax(axis=1) for one in (likely, found.factor * logits + found.offset))
    assert found.rare_gain > 0
    assert (after[top == 7] == 7).mean() > (before[top == 7] == 7).mean()
    assert (after == top).mean() >= (before == top).mean() - ALLOWED_LOSS
