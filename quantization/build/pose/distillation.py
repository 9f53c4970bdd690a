"""Teaches the landmark network to live with eight bits, its own float form as the teacher.

Quantization-aware distillation: the network rounds as its eight-bit form will, sees crops as a
tracker cuts them, and is pulled towards what the float form says about the very same crop. No
labels are needed. Resumable; the state goes to a file outside the repository.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor
from torch.nn import functional

from appliance.perception.blazepose.landmarks import LANDMARKS
from quantization.build.pose.crops import CropSampler, Sighting
from quantization.build.pose.network import PoseNetwork
from quantization.build.pose.teacher import Teacher

PIXELS_PER_UNIT = 2.0  # of the model input: an error of this many pixels costs one unit
DEPTH_SHARE = 0.05  # z is not used by the box (appliance/windows/pose/posture.py)
LOGIT_SHARE = 0.3
MAP_SHARE = 0.5
FEATURE_SHARE = 1.0
ABSENT_WEIGHT = 0.05  # where the teacher sees nobody, its coordinates are noise
# Head, shoulders, arms and the two alignment points decide what the box does.
POINT_WEIGHTS = torch.tensor([2.0] * 17 + [0.5] * 16 + [2.0] * 2 + [0.1] * 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast."""

    steps: int
    """Updates."""

    batch: int
    """Crops per update."""

    rate: float
    """First learning rate of a weight, as a share of the root mean square of its tensor; falls to
    nothing along a cosine. There is no batch norm left to forgive a larger one: at 1e-3 twenty
    updates ruin the network."""

    step_rate: float
    """The same for the logarithms of the activations' steps."""

    keep_every: int
    """Updates between two saved states."""

    seed: int
    """Of the crops."""


def distil(
    model: onnx.ModelProto,
    network: PoseNetwork,
    sightings: Sequence[Sighting],
    *,
    schedule: Schedule,
    state_file: Path,
    tell: Callable[[int, float], None],
) -> None:
    """Train in place, from the saved state if there is one.

    Args:
        model: The prepared float file.
        network: The student, with ranges set by calibration.
        sightings: Whom to learn from.
        schedule: How long.
        state_file: Where the state is kept.
        tell: Called after each update with its number and the mean loss of late.
    """
    features = feature_names(model)
    teacher = Teacher(model, extra=features)
    steps = list(network.log_steps.parameters())
    weights = [*network.weights.parameters(), *network.biases.parameters()]
    optimiser = torch.optim.Adam(
        [
            *({"params": [weight], "first": schedule.rate * _size(weight)} for weight in weights),
            {"params": steps, "first": schedule.step_rate},
        ],
        betas=(0.9, 0.99),
    )
    begun, recent = 0, math.nan
    if state_file.is_file():
        state = torch.load(state_file, weights_only=True)
        network.load_state_dict(state["network"])
        begun = state["step"]
        if begun < schedule.steps:
            optimiser.load_state_dict(state["optimiser"])
    for step in range(begun, schedule.steps):
        sampler = CropSampler(sightings, rng=np.random.default_rng([schedule.seed, step]))
        crops = np.stack([sampler.draw() for _ in range(schedule.batch)])
        for group in optimiser.param_groups:
            group["lr"] = group["first"] * (1 + math.cos(math.pi * step / schedule.steps)) / 2
        answers = {name: torch.from_numpy(each) for name, each in teacher.ask(crops).items()}
        loss = compare(network(torch.from_numpy(crops)), answers, features=features)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        recent = loss.item() if math.isnan(recent) else 0.98 * recent + 0.02 * loss.item()
        tell(step + 1, recent)
        if (step + 1) % schedule.keep_every == 0 or step + 1 == schedule.steps:
            _keep(state_file, network, optimiser, step + 1)


def compare(
    student: Mapping[str, Tensor], teacher: Mapping[str, Tensor], *, features: Sequence[str]
) -> Tensor:
    """Return how far the student is from the teacher, one number for the batch."""
    there = teacher["presence"][:, 0].clamp(min=ABSENT_WEIGHT)
    ours = student["landmarks"].reshape(-1, LANDMARKS, 5)
    theirs = teacher["landmarks"].reshape(-1, LANDMARKS, 5)
    off = functional.smooth_l1_loss(
        ours[..., :3] / PIXELS_PER_UNIT, theirs[..., :3] / PIXELS_PER_UNIT, reduction="none"
    )
    points = off[..., :2].sum(dim=-1) + DEPTH_SHARE * off[..., 2]
    points = (points * POINT_WEIGHTS).sum(dim=1) / POINT_WEIGHTS.sum()
    logits = functional.binary_cross_entropy_with_logits(
        ours[..., 3:], theirs[..., 3:].sigmoid(), reduction="none"
    )
    logits = (logits.sum(dim=-1) * POINT_WEIGHTS).sum(dim=1) / POINT_WEIGHTS.sum()
    maps = (student["heatmap"].sigmoid() - teacher["heatmap"].sigmoid()).square().sum(dim=(1, 2))
    presence = functional.binary_cross_entropy(
        student["presence"][:, 0].clamp(1e-6, 1 - 1e-6), teacher["presence"][:, 0]
    )
    near = sum(
        (student[name] - teacher[name]).square().mean() / teacher[name].square().mean()
        for name in features
    )
    located = (there * (points + LOGIT_SHARE * logits)).mean()
    # Counted in full where nobody is: the box tells people from cartoons by the heat maps.
    return located + MAP_SHARE * maps.mean() + presence + FEATURE_SHARE * near


def feature_names(model: onnx.ModelProto) -> list[str]:
    """Return the tensors between trunk and heads: what the two poolings read."""
    return [node.input[0] for node in model.graph.node if node.op_type == "MaxPool"]


def _size(weight: Tensor) -> float:
    return float(weight.detach().square().mean().sqrt())


def _keep(
    state_file: Path, network: PoseNetwork, optimiser: torch.optim.Optimizer, step: int
) -> None:
    """Write beside, then replace: a kill in between loses nothing."""
    beside = state_file.with_suffix(".part")
    torch.save(
        {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, beside
    )
    beside.replace(state_file)
