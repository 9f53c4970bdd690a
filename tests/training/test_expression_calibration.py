"""Temperature and class offsets, on logits whose truth is known."""

import numpy as np
import pytest

from appliance.domain.arrays import FloatArray, UInt8Array
from training.expression_calibration import ALLOWED_LOSS, calibrate

SHARES = np.array([0.4, 0.3, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01])


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
    logits, top = drawn(20_000)

    found = calibrate(logits / factor, top=top, shares=SHARES)

    assert found.factor == pytest.approx(factor, rel=0.15)


def test_rare_classes_gain_without_costing_more_than_allowed() -> None:
    """The offset raises the mean recall; the accuracy stays within the allowance."""
    logits, top = drawn(20_000)

    found = calibrate(logits, top=top, shares=SHARES)

    guess = (found.factor * logits + found.offset).argmax(axis=1)
    before = logits.argmax(axis=1)
    recall = np.mean([(guess[top == row] == row).mean() for row in range(8)])
    recall_before = np.mean([(before[top == row] == row).mean() for row in range(8)])
    assert recall > recall_before
    assert (guess == top).mean() >= (before == top).mean() - ALLOWED_LOSS
    assert found.strength > 0
    assert (np.diff(found.offset) > 0).all()  # the rarer, the more
