"""Networks side by side, and their gradients against finite differences and torch."""

from typing import Any

import numpy as np
import pytest

from appliance.errors import ShapeError
from appliance.intervention.policy.learners.neural.network import (
    Floats,
    MlpEnsemble,
    count_parameters,
    huber,
)

SIZES = (5, 4, 3, 2)
MEMBERS = 3
ROWS = 6


@pytest.fixture
def networks() -> MlpEnsemble:
    """Three networks in float64, whose biases are not zero."""
    rng = np.random.default_rng(3)
    drawn = rng.normal(0, 0.5, (MEMBERS, count_parameters(SIZES)))
    return MlpEnsemble(SIZES, drawn)


@pytest.fixture
def inputs() -> Floats:
    """Rows that no test changes."""
    return np.asarray(np.random.default_rng(4).normal(0, 1, (ROWS, SIZES[0])))


def loss(networks: MlpEnsemble, inputs: Floats, aims: Floats) -> float:
    """Huber's, some errors on either side of its threshold."""
    return float(huber(networks.forward(inputs) - aims, threshold=0.5)[0].sum())


def test_members_are_networks_of_their_own(networks: MlpEnsemble, inputs: Floats) -> None:
    """Layer by layer, with a rectifier between layers and none behind the last."""
    together = networks.forward(inputs)

    for member in range(MEMBERS):
        values = inputs
        for index in range(3):
            values = values @ networks.weights[index][member] + networks.biases[index][member]
            if index < 2:
                values = np.maximum(values, 0)
        np.testing.assert_allclose(together[member], values, rtol=1e-12)


def test_each_member_may_have_inputs_of_its_own(networks: MlpEnsemble, inputs: Floats) -> None:
    """(K, B, in) that are all the same give what (B, in) gives."""
    apart = np.stack([inputs] * MEMBERS)

    np.testing.assert_array_equal(networks.forward(apart), networks.forward(inputs))


def test_gradients_are_finite_differences(networks: MlpEnsemble, inputs: Floats) -> None:
    """Every weight and bias of every member."""
    aims = np.random.default_rng(5).normal(0, 1, (MEMBERS, ROWS, SIZES[-1]))
    trace = networks.trace(inputs)
    gradient = networks.gradient(trace, huber(trace[-1] - aims, threshold=0.5)[1])

    step = 1e-6
    expected = np.empty_like(gradient)
    for at in np.ndindex(*networks.vector.shape):
        kept = networks.vector[at]
        networks.vector[at] = kept + step
        above = loss(networks, inputs, aims)
        networks.vector[at] = kept - step
        below = loss(networks, inputs, aims)
        networks.vector[at] = kept
        expected[at] = (above - below) / (2 * step)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(gradient, expected, atol=1e-7)


def test_gradients_are_those_of_torch(networks: MlpEnsemble, inputs: Floats) -> None:
    """Where torch is installed."""
    torch: Any = pytest.importorskip("torch")
    aims = np.random.default_rng(5).normal(0, 1, (MEMBERS, ROWS, SIZES[-1]))
    trace = networks.trace(inputs)
    gradient = networks.gradient(trace, huber(trace[-1] - aims, threshold=0.5)[1])

    vector = torch.tensor(networks.vector, requires_grad=True)
    values, at = torch.tensor(inputs).expand(MEMBERS, -1, -1), 0
    for index, (before, after) in enumerate([(5, 4), (4, 3), (3, 2)]):
        end = at + before * after
        weights = vector[:, at:end].reshape(MEMBERS, before, after)
        values = values @ weights + vector[:, None, end : end + after]
        values = torch.relu(values) if index < 2 else values
        at = end + after
    torch.nn.functional.huber_loss(
        values, torch.tensor(aims), delta=0.5, reduction="sum"
    ).backward()
    np.testing.assert_allclose(gradient, vector.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_huber_is_square_up_to_its_threshold_and_straight_beyond() -> None:
    """Both sides of it, and the point itself, where both say the same."""
    losses, slopes = huber(np.array([-2.0, -0.5, 0.0, 0.25, 0.5, 1.0]), threshold=0.5)

    np.testing.assert_array_equal(losses, [0.875, 0.125, 0, 0.03125, 0.125, 0.375])
    np.testing.assert_array_equal(slopes, [-0.5, -0.5, 0, 0.25, 0.5, 0.5])


def test_inputs_that_are_zero_can_be_left_out(networks: MlpEnsemble, inputs: Floats) -> None:
    """The same outputs, and the way back leaves the other weights as they were."""
    columns = np.array([True, False, True, True, False])
    selected = networks.select_inputs(columns)

    np.testing.assert_allclose(
        selected.forward(inputs[:, columns]), networks.forward(inputs * columns), rtol=1e-12
    )
    selected.vector += 1
    back = networks.with_inputs(columns, selected)
    np.testing.assert_array_equal(back.weights[0][:, ~columns], networks.weights[0][:, ~columns])
    np.testing.assert_allclose(
        back.forward(inputs * columns), selected.forward(inputs[:, columns]), rtol=1e-12
    )


def test_a_copy_and_a_selection_are_their_own(networks: MlpEnsemble) -> None:
    """Changing them changes nothing here."""
    before = networks.vector.copy()
    networks.copy().vector[:] = 0
    networks.select_inputs(np.ones(5, dtype=np.bool_)).vector[:] = 0

    np.testing.assert_array_equal(networks.vector, before)


def test_silent_inputs_have_no_say_at_first_and_can_learn() -> None:
    """Their weights are 0, and the gradient of these is not."""
    networks = MlpEnsemble.draw(SIZES, members=2, rng=np.random.default_rng(0), silent=slice(0, 2))
    inputs = np.ones((1, 5), dtype=np.float32)
    moved = inputs * np.array([9, 9, 1, 1, 1], dtype=np.float32)

    np.testing.assert_array_equal(networks.forward(inputs), networks.forward(moved))
    trace = networks.trace(inputs)
    gradient = MlpEnsemble(SIZES, networks.gradient(trace, np.ones_like(trace[-1])))
    assert np.abs(gradient.weights[0][:, :2]).max() > 0


def test_wrong_weights_are_refused() -> None:
    """One number too few."""
    with pytest.raises(ShapeError, match="vector"):
        MlpEnsemble(SIZES, np.zeros((1, count_parameters(SIZES) - 1), dtype=np.float32))
