"""UUIDv7 as RFC 9562 lays it out."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.ids import uuid7


def test_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6: every bit stands where the standard puts it."""
    randomness = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10)

    assert uuid7(wall_s=1645557742.0, randomness=randomness) == (
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    )


@given(
    wall_s=st.floats(min_value=0, max_value=4e9),
    randomness=st.binary(min_size=10, max_size=10),
)
def test_every_id_is_a_version_7_uuid_with_its_time(wall_s: float, randomness: bytes) -> None:
    """Version, variant and milliseconds, whatever the random bits."""
    made = uuid.UUID(uuid7(wall_s=wall_s, randomness=randomness))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(wall_s * 1000)


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=1, max_value=10**6))
def test_later_ids_sort_later(milliseconds: int, later: int) -> None:
    """As text, even against the greatest random part."""
    first = uuid7(wall_s=milliseconds / 1000, randomness=b"\xff" * 10)
    second = uuid7(wall_s=(milliseconds + later) / 1000 + 1e-3, randomness=bytes(10))

    assert first < second


@pytest.mark.parametrize(
    ("wall_s", "randomness", "words"),
    [
        pytest.param(-0.001, bytes(10), "wall_s", id="before-the-epoch"),
        pytest.param(2.0**48 / 1000, bytes(10), "wall_s", id="beyond-48-bits"),
        pytest.param(0.0, bytes(9), "10 bytes, got 9", id="too-little-randomness"),
    ],
)
def test_what_does_not_fit_is_refused(wall_s: float, randomness: bytes, words: str) -> None:
    """A truncated id would look valid and not be unique."""
    with pytest.raises(ValueError, match=words):
        uuid7(wall_s=wall_s, randomness=randomness)
