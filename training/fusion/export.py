"""Write the trained fusion network as the artifacts that the box loads."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import openvino
import torch
from torch import Tensor

from appliance.domain.affect import AFFECTS
from appliance.domain.token_packets import TOKENS_VERSION
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, WINDOW_TOKENS
from training.fusion.network import HIDDEN, FusionNetwork, StreamingStep

INPUTS: dict[str, tuple[int, ...]] = {
    "face": (FACE_SIZE,),
    "pose": (POSE_STREAM_SIZE,),
    "face_hidden": (HIDDEN,),
    "face_cell": (HIDDEN,),
    "pose_hidden": (HIDDEN,),
    "pose_cell": (HIDDEN,),
    "keys": (WINDOW_TOKENS, HIDDEN),
    "values": (WINDOW_TOKENS, HIDDEN),
    "age": (WINDOW_TOKENS,),
}
OUTPUTS: dict[str, tuple[int, ...]] = {
    "probabilities": (len(AFFECTS),),
    "fused": (2 * HIDDEN,),
    "novelty": (),
    "face_hidden_next": (HIDDEN,),
    "face_cell_next": (HIDDEN,),
    "pose_hidden_next": (HIDDEN,),
    "pose_cell_next": (HIDDEN,),
    "key": (HIDDEN,),
    "value": (HIDDEN,),
}
"""Every tensor with its shape behind the free first axis (seats); the ``fatigue-only`` twin has two
probabilities in place of four."""


def export(
    network: FusionNetwork,
    folder: Path,
    *,
    name: str,
    version: str,
    facts: dict[str, str],
    encoders: tuple[str, ...],
) -> None:
    """Write ``model.onnx``, ``model.xml``/``.bin`` and ``manifest.toml``.

    Args:
        network: Trained, with statistics and temperature set.
        folder: Where to; created when absent.
        name: Of the model: the folder in which the box looks for it.
        version: Version of the weights.
        facts: Lines of the ``[training]`` table.
        encoders: Names and versions of the encoders whose tokens it reads.
    """
    folder.mkdir(parents=True, exist_ok=True)
    step = StreamingStep(network).eval()
    example = tuple(torch.zeros(2, *shape) for shape in INPUTS.values())
    seats = torch.export.Dim("seats", min=1, max=1024)
    program = torch.onnx.export(
        step,
        example,
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        dynamic_shapes=tuple({0: seats} for _ in INPUTS),
        dynamo=True,
        optimize=True,
        external_data=False,
        verbose=False,
    )
    if program is None:
        msg = "torch.onnx.export returned nothing"
        raise RuntimeError(msg)
    onnx_file = folder / "model.onnx"
    program.save(str(onnx_file))
    _strip(onnx_file)
    # compress_to_fp16 is off: a state that runs for hours should not be rounded 5 times a second.
    openvino.save_model(
        openvino.convert_model(onnx_file), folder / "model.xml", compress_to_fp16=False
    )
    outputs = {**OUTPUTS, "probabilities": (network.classify.out_features,)}
    (folder / "manifest.toml").write_text(
        _manifest(folder, name, outputs, version=version, facts=facts, encoders=encoders),
        encoding="utf-8",
    )


def encoder_of(name: str) -> str:
    """Return the folder of the encoder that a fusion model is made for: both are twins or none."""
    return name.replace("fusion", "expression_mobilevit")


def write_golden(network: FusionNetwork, face: Tensor, pose: Tensor, path: Path) -> None:
    """Record one student read as a whole sequence, for the test of the streaming artifact.

    Args:
        network: The exported network.
        face: (T, F) tokens that float16 holds exactly.
        pose: (T, P) likewise.
        path: ``.npz`` file; its folder is created when absent.
    """
    network.eval()
    with torch.no_grad():
        h_face, h_pose, _ = network.encode(face[None], pose[None])
        fused = network.attend(h_face, h_pose, before=0, stride=1)
        probabilities = (network.classify(fused) / network.temperature).softmax(dim=-1)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        face=face.numpy().astype(np.float16),
        pose=pose.numpy().astype(np.float16),
        probabilities=probabilities[0].numpy(),
        fused_last=fused[0, -1].numpy(),
    )


def _strip(onnx_file: Path) -> None:
    """Remove what the exporter notes about the machine it ran on: stack traces and paths."""
    model = onnx.load(onnx_file)
    for holder in (model, model.graph, *model.graph.node, *model.graph.value_info):
        del holder.metadata_props[:]
        holder.doc_string = ""
    for tensor in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del tensor.metadata_props[:]
        tensor.doc_string = ""
    onnx.save(model, onnx_file)


def _manifest(
    folder: Path,
    name: str,
    outputs: dict[str, tuple[int, ...]],
    *,
    version: str,
    facts: dict[str, str],
    encoders: tuple[str, ...],
) -> str:
    lines = [
        "# Written by `python -m training.fusion`; do not edit.",
        f'name = "{name}"',
        f'version = "{version}"',
        'licence = "Apache-2.0"',
        'origin = "training/fusion on simulated students (training/simulator)"',
    ]
    for kind, tensors in (("inputs", INPUTS), ("outputs", outputs)):
        for tensor, shape in tensors.items():
            sizes = ", ".join(str(size) for size in (-1, *shape))
            lines += ["", f"[{kind}.{tensor}]", 'dtype = "f32"', f"shape = [{sizes}]"]
    lines += [
        "",
        "[files.openvino_f32]",
        'path = "model.xml"',
        'backend = "openvino"',
        'precision = "f32"',
        f'sha256 = "{_sha256(folder / "model.xml")}"',
        'weights = "model.bin"',
        f'weights_sha256 = "{_sha256(folder / "model.bin")}"',
        "",
        "[files.onnx_f32]",
        'path = "model.onnx"',
        'backend = "onnx"',
        'precision = "f32"',
        f'sha256 = "{_sha256(folder / "model.onnx")}"',
        "",
        "[made_for]",
        "expression = [" + ", ".join(f'"{encoder}"' for encoder in encoders) + "]",
        f'tokens = "{TOKENS_VERSION}"',
        "",
        "[training]",
        *(f'{key} = "{value}"' for key, value in facts.items()),
    ]
    return "\n".join(lines) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
