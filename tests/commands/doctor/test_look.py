"""What the broker allows is told as one sum, and how each part of it was shown."""

import pytest

from appliance.commands.doctor.look import broker_allows


@pytest.mark.parametrize(
    ("proofs", "said"),
    [
        (
            ["delivered"] * 10 + ["accepted"],
            "11 of 11 permissions hold (10 by delivery, 1 accepted)",
        ),
        (["delivered"] * 3, "3 of 3 permissions hold (3 by delivery)"),
    ],
)
def test_what_holds_is_never_told_as_if_something_were_missing(
    proofs: list[str], said: str
) -> None:
    """A topic that does not come back to the box is accepted, not missing."""
    assert broker_allows([f"write a/{n} ({proof})" for n, proof in enumerate(proofs)]) == said
