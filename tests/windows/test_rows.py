"""A ring of tokens sums exactly its last tokens, row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.windows.rows import TokenRing

BOTH = np.array([0, 1])


def test_the_oldest_token_leaves_when_the_ring_is_full() -> None:
    """With three slots the fourth token pushes out the first."""
    ring = TokenRing(1, tokens=3, width=1)
    row = np.array([0])

    sums = [float(ring.push(row, np.array([[value]]))[0, 0]) for value in (1.0, 2.0, 4.0, 8.0)]

    assert sums == [1, 3, 7, 14]


def test_a_row_that_is_left_out_keeps_its_tokens() -> None:
    """Frozen rows neither gain nor lose tokens, and a reset touches one row only."""
    ring = TokenRing(2, tokens=2, width=1)
    ring.push(BOTH, np.array([[1.0], [16.0]]))
    ring.push(np.array([0]), np.array([[2.0]]))
    ring.push(np.array([0]), np.array([[4.0]]))

    ring.reset(np.array([0]))
    sums = ring.push(BOTH, np.array([[8.0], [32.0]]))

    np.testing.assert_array_equal(sums, [[8], [48]])


@given(
    values=st.lists(st.integers(min_value=-1000, max_value=1000), min_size=1, max_size=40),
    tokens=st.integers(min_value=1, max_value=9),
)
def test_sums_equal_a_sum_over_the_last_tokens(values: list[int], tokens: int) -> None:
    """The running sum never drifts from the plain one."""
    ring = TokenRing(1, tokens=tokens, width=1)

    for count, value in enumerate(values, start=1):
        total = ring.push(np.array([0]), np.array([[float(value)]]))[0, 0]
        assert total == sum(values[max(0, count - tokens) : count])
