"""A float encoder of any size, for its speed: ``python -m training.expression_float``.

What others would put beside MediaPipe is a MobileViT at its own 256 pixels; `quantization.peers`
compares the box with that. The weights are random: a float network is as fast whatever it says.
"""

import sys
from pathlib import Path
from typing import Annotated

import torch
import typer

from training.expression.export import export
from training.expression.network import ExportedActions, MobileVitXxs

EXPRESSIONS, ACTIONS = 8, 10  # heads of the encoder that ships; they cost next to nothing


def main(
    *,
    out: Annotated[Path, typer.Option(help="ONNX file to write.")],
    side: Annotated[int, typer.Option(min=64, help="Pixels; a multiple of 64.")] = 256,
) -> None:
    """Write a MobileViT-XXS with random weights as ONNX."""
    if side % 64:
        sys.exit(f"--side {side}: give a multiple of 64, which needs no resizing in the network")
    torch.manual_seed(0)
    network = MobileVitXxs(expressions=EXPRESSIONS, actions=ACTIONS, side=side)
    out.parent.mkdir(parents=True, exist_ok=True)
    export(ExportedActions(network.eval()), out, side=side, outputs=["actions"])
