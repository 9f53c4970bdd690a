"""Checkpoints of the expression encoder: written while training, read to ship or to guide."""

from pathlib import Path

import torch

from appliance.domain.observations import FACE_ACTIONS
from training.datasets.ferplus import EXPRESSIONS
from training.expression.network import MobileVitXxs


def save_checkpoint(
    file: Path,
    network: MobileVitXxs,
    averaged: MobileVitXxs,
    optimizer: torch.optim.Optimizer,
    *,
    step: int,
) -> None:
    """Write everything that a resumed run needs; a torn write leaves the file before."""
    state = {
        "network": network.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "side": network.side,
        "width": network.width,
    }
    partial = file.with_suffix(".partial")
    torch.save(state, partial)
    partial.rename(file)


def load_network(checkpoint_file: Path) -> tuple[MobileVitXxs, int]:
    """Return the averaged network of a checkpoint, for inference, and its step."""
    kept = torch.load(checkpoint_file, map_location="cpu", weights_only=True)
    network = MobileVitXxs(
        expressions=len(EXPRESSIONS),
        actions=len(FACE_ACTIONS),
        side=int(kept["side"]),
        width=float(kept["width"]),
    )
    network.load_state_dict(kept["averaged"])
    return network.eval(), int(kept["step"])
