"""What a unit keeps is bounded where the network is used, as it is streamed."""

import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE
from training.fusion.network import HIDDEN, MOST_KEPT, FusionNetwork, State

TOKENS = 600


def forgetful(forget_bias: float) -> FusionNetwork:
    """Return a network whose units take in nothing and keep as much as the bias says."""
    network = FusionNetwork()
    with torch.no_grad():
        for lstm in (network.face_lstm, network.pose_lstm):
            for weight in lstm.parameters():
                weight.zero_()
            lstm.bias_ih_l0[:HIDDEN] = -100.0
            lstm.bias_ih_l0[HIDDEN : 2 * HIDDEN] = forget_bias
    return network


def run(network: FusionNetwork) -> State:
    """Return the state after two minutes that begin with all cells at 1."""
    begun = (torch.zeros(1, HIDDEN), torch.ones(1, HIDDEN)) * 2
    face, pose = torch.zeros(1, TOKENS, FACE_SIZE), torch.zeros(1, TOKENS, POSE_STREAM_SIZE)
    with torch.no_grad():
        return network.encode(face, pose, begun)[2]


def test_a_full_memory_is_gone_to_an_eth_in_two_minutes() -> None:
    """Whatever the gate says."""
    _, face_cell, _, pose_cell = run(forgetful(100.0).eval())

    for cell in (face_cell, pose_cell):
        torch.testing.assert_close(cell, torch.full_like(cell, MOST_KEPT**TOKENS))
    assert pytest.approx(0.3679, abs=1e-4) == MOST_KEPT**TOKENS


def test_a_gate_below_the_bound_is_left_alone() -> None:
    """Trained and used alike: half of the cell per token."""
    network = forgetful(0.0)
    trained, used = run(network.train())[1], run(network.eval())[1]

    torch.testing.assert_close(trained, used, atol=0, rtol=0)
    assert float(trained.max()) < 1e-6
