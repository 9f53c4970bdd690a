"""The encoder's shapes and how its weights move to another input side."""

import pytest

pytest.importorskip("torch", reason="torch comes with the extra 'training'")

import torch

from training.expression.network import ExportedActions, MobileVitXxs, fit_to_side


def network(side: int) -> MobileVitXxs:
    """Return a seeded network in evaluation mode."""
    torch.manual_seed(3)
    made = MobileVitXxs(expressions=8, actions=10, side=side)
    made.eval()
    return made


@pytest.mark.parametrize("side", [64, 96, 128])
def test_heads_do_not_depend_on_the_side(side: int) -> None:
    """Every side gives the same outputs, within their ranges."""
    with torch.no_grad():
        embedding, logits, affect, actions = network(side)(torch.zeros(2, 3, side, side))

    assert [tuple(part.shape) for part in (embedding, logits, affect, actions)] == [
        (2, 320),
        (2, 8),
        (2, 2),
        (2, 10),
    ]
    assert (affect.abs() <= 1).all()
    assert ((actions >= 0) & (actions <= 1)).all()


def test_weights_of_one_side_start_another() -> None:
    """On an even picture the resampled kernel answers as the first one did."""
    small, large = network(64), network(96)

    large.load_state_dict(fit_to_side(small.state_dict(), side=96))

    cells = torch.full((1, 32, 1, 1), 0.7)
    torch.testing.assert_close(
        small.actions(cells.expand(1, 32, 4, 4)), large.actions(cells.expand(1, 32, 6, 6))
    )


def test_the_actions_encoder_holds_no_other_head() -> None:
    """The fatigue-only file must not contain what could read an emotion."""
    names = set(ExportedActions(network(64)).state_dict())

    assert not {name for name in names if name.startswith(("expression", "affect"))}
    assert any(name.startswith("actions") for name in names)
