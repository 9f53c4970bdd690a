"""Compare checkpoints of several input sides: ``python -m training.expression_sides FILE …``.

The smallest side that meets the bars ships; this prints the table to choose from.
"""

import json
import tempfile
import time
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import openvino
import torch
import typer
from rich.console import Console
from rich.table import Table

from appliance.domain.observations import FACE_ACTIONS, FaceAction
from training.expression.export import export
from training.expression.held_out import HeldOut, Scores
from training.expression.network import ExportedActions, MobileVitXxs, load_network
from training.progress import tracked

ROUNDS = 300
ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
SHOWN = (FaceAction.BLINK_LEFT, FaceAction.BLINK_RIGHT, FaceAction.JAW_OPEN, FaceAction.BROW_DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One checkpoint."""

    name: str
    """File name without its ending."""

    side: int
    """Pixels of the input's side."""

    scores: Scores
    """On faces that are never trained on."""

    milliseconds: float
    """Median of one call on OpenVINO, one thread, without calibration and projection."""


def main(
    checkpoints: Annotated[list[Path], typer.Argument(help="Of training.expression.")],
    *,
    data: Annotated[Path, typer.Option(help="Folder with affect/.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Where the labels are.")] = Path("build/expression"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure checkpoints on the same held-out faces and time them turn by turn."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    networks = [load_network(file)[0] for file in checkpoints]
    milliseconds = time_in_turns(networks)
    contestants = []
    entries = list(zip(checkpoints, networks, milliseconds, strict=True))
    for file, network, took in tracked(entries, "checkpoints"):
        faces = HeldOut.load(data, labels=work / "labels" / "muxspace.npz", side=network.side)
        contestants.append(
            Contestant(
                name=file.stem, side=network.side, scores=faces.measure(network), milliseconds=took
            )
        )
    if as_json:
        print(json.dumps([asdict(contestant) for contestant in contestants]))
        return
    table = Table("checkpoint", "side", "all", "majority6", "macro", "V", "A", *SHOWN, "ms")
    for one in contestants:
        scores = one.scores
        numbers = [
            scores.accuracy_all,
            scores.accuracy_majority6,
            float(np.mean(scores.recall)),
            scores.valence,
            scores.arousal,
            *(scores.actions[FACE_ACTIONS.index(action)] for action in SHOWN),
        ]
        table.add_row(
            one.name, str(one.side), *(f"{n:.3f}" for n in numbers), f"{one.milliseconds:.2f}"
        )
    Console().print(table)


def time_in_turns(networks: list[MobileVitXxs]) -> list[float]:
    """Return the median milliseconds per call; one call each in turn, so that noise is shared."""
    compiled, faces = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for row, network in enumerate(networks):
            file = Path(scratch) / f"{row}.onnx"
            export(ExportedActions(deepcopy(network)), file, side=network.side, outputs=["actions"])
            compiled.append(openvino.Core().compile_model(file, "CPU", ONE_THREAD))
            faces.append(np.zeros((1, network.side, network.side, 3), dtype=np.uint8))
    took = np.zeros((ROUNDS, len(networks)))
    for turn in range(ROUNDS):
        for row, (model, face) in enumerate(zip(compiled, faces, strict=True)):
            start = time.perf_counter()
            model(face)
            took[turn, row] = time.perf_counter() - start
    return [float(value) for value in np.median(took, axis=0) * 1000]
