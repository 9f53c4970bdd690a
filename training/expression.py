"""Train the expression encoder: ``python -m training.expression --work DIR [--resume]``.

One linear recipe (CleanRL style). What it does beyond or unlike the paper's section 3.1:

* three heads instead of one: FER+ votes, valence and arousal, ten facial actions;
* actions are distilled from MediaPipe's FaceLandmarker on real faces; eyes are closed by drawing
  the lids of real faces down, because photographs hardly contain closed eyes;
* input 64² instead of 256² (DESIGN.md, 3: the smallest that meets the bars).

A run is a function of its ``Args``: every step seeds its own draws, so ``--resume`` continues
with what an unbroken run would have seen. ``training.expression_export`` ships the result.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.nn import functional

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import label_faces
from training.datasets.face_teacher import WHOLE_EXTENT, FaceTeacher, region_of_picture
from training.datasets.ferplus import EXPRESSIONS, PUBLIC_TEST, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression_augment import crop_face
from training.expression_network import MobileVitXxs
from training.expression_samples import (
    Batch,
    Sample,
    diffusion_samples,
    draw_batch,
    ferplus_samples,
    press_samples,
    render_samples,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """Every choice of the recipe."""

    data: Path = Path("../shared/data")
    """Folder with ``affect/`` and ``teachers/`` (training/README.md lists the sources)."""

    work: Path = Path("build/expression")
    """Where labels and checkpoints go; outside the repository or ignored by it."""

    ferplus_taught: int = 5000
    """How many FER+ faces the teacher reads; it takes 13 ms each."""

    renders: Path | None = None
    """Rendered faces with exact actions (``images`` RGB, ``actions``), mixed in when given."""

    side: int = 64
    """Pixels of the crop's side."""

    steps: int = 3000
    """Optimiser steps; the learning rate falls over the last ``decay`` of them."""

    decay: float = 0.4
    """Share of the steps with a falling learning rate, (0, 1]."""

    warmup: int = 100
    """Steps with a rising learning rate."""

    learning_rate: float = 1e-3
    """Peak, AdamW."""

    weight_decay: float = 0.05
    """AdamW; not on norms and biases."""

    batch_ferplus: int = 22
    """FER+ faces in a batch."""

    batch_diffusion: int = 6
    """DiffusionFER faces; concordance is computed over them."""

    batch_press: int = 8
    """muxspace faces as they are."""

    batch_lids: int = 5
    """muxspace and DiffusionFER faces with their lids drawn down."""

    batch_renders: int = 4
    """Rendered faces, if there are any."""

    balance: float = 0.2
    """Exponent of class balancing on FER+; 0 leaves it as it is, 1 makes all classes alike."""

    affect_weight: float = 0.15
    """Weight of 1 - concordance; more drowns the other heads in the noise of ten faces."""

    anchor_weight: float = 1.0
    """Weight of the squared error to the class means on FER+."""

    action_weight: float = 1.0
    """Weight of the actions' standardised squared error."""

    ema: float = 0.995
    """Decay of the averaged weights, which are what is measured and shipped."""

    seed: int = 7
    """Of everything."""

    threads: int = 1
    """CPU threads for torch."""

    resume: bool = False
    """Continue from the last checkpoint in ``work``."""


DEFAULTS = Args()
# Blink and jaw carry PERCLOS and yawns, the cues that fatigue rests on; the rest support them.
ACTION_WEIGHTS = (3.0, 3.0, 0.7, 2.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.7)
# Spread of the teacher's actions on muxspace and FER+ training faces, floored at 0.05.
ACTION_SPREADS = (0.22, 0.22, 0.17, 0.15, 0.2, 0.2, 0.33, 0.06, 0.08, 0.16)
CHECKPOINT_EVERY = 100
MEASURE_EVERY = 300


def train(args: Args) -> Path:
    """Train, and return the checkpoint whose averaged weights are to be exported."""
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    console = Console()
    args.work.mkdir(parents=True, exist_ok=True)

    # ---- data: (samples, number in a batch, lids drawn down)
    streams = load_streams(args)
    chances = [_cumulative([sample.chance for sample in samples]) for samples, _, _ in streams]
    test_pixels, test_top, test_sure = load_public_test(args)

    # ---- network, averaged network, optimiser
    network = MobileVitXxs(expressions=len(EXPRESSIONS), actions=len(FACE_ACTIONS)).to(device)
    network = network.to(memory_format=torch.channels_last)
    averaged = MobileVitXxs(expressions=len(EXPRESSIONS), actions=len(FACE_ACTIONS)).to(device)
    averaged.load_state_dict(network.state_dict())
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": args.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=args.learning_rate,
        betas=(0.9, 0.99),
    )
    checkpoint_file = args.work / f"checkpoint_{args.side}.pt"
    first = 0
    if args.resume and checkpoint_file.exists():
        kept = torch.load(checkpoint_file, map_location=device, weights_only=True)
        network.load_state_dict(kept["network"])
        averaged.load_state_dict(kept["averaged"])
        optimizer.load_state_dict(kept["optimizer"])
        first = int(kept["step"])

    # ---- steps
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=args.steps, completed=first)
        for step in range(first, args.steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, args)
            rng = np.random.default_rng([args.seed, step])
            batch = draw_batch(streams, chances=chances, side=args.side, rng=rng)
            network.train()
            parts = losses(network, batch, device=device, args=args)
            optimizer.zero_grad(set_to_none=True)
            sum(parts.values(), torch.zeros((), device=device)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            _average(averaged, network, decay=min(args.ema, (1 + step) / (10 + step)))
            progress.advance(task)
            done = step + 1
            if done % 20 == 0:
                text = "  ".join(f"{name} {float(value):.3f}" for name, value in parts.items())
                progress.console.print(f"{done:5d}  {text}")
            if done % CHECKPOINT_EVERY == 0 or done == args.steps:
                _save(checkpoint_file, network, averaged, optimizer, done)
            if done % MEASURE_EVERY == 0 or done == args.steps:
                every = 1 if done == args.steps else 4
                guess = predict(averaged, test_pixels[::every], device=device)[1].argmax(axis=1)
                hit = guess == test_top[::every]
                sure = hit[test_sure[::every]]
                progress.console.print(
                    f"{done:5d}  PublicTest all {hit.mean():.3f}  majority6 {sure.mean():.3f}"
                )
    return checkpoint_file


def load_streams(args: Args) -> list[tuple[list[Sample], int, bool]]:
    """Read the archives and the teacher's labels (made on the first run) into streams."""
    affect = args.data / "affect"
    teacher = FaceTeacher.load(args.data / "teachers" / "face_landmarker.task")
    press = read_muxspace(affect / "muxspace.tar", affect / "muxspace.csv")
    press_labels = label_faces(
        [face.picture for face in press],
        teacher=teacher,
        cache_file=args.work / "labels" / "muxspace.npz",
        whole_extent=WHOLE_EXTENT,
    )
    drawn = read_diffusionfer(affect / "diffusionfer.tar", affect / "diffusionfer.csv")
    drawn_labels = label_faces(
        [face.picture for face in drawn],
        teacher=teacher,
        cache_file=args.work / "labels" / "diffusionfer.npz",
        whole_extent=0.9,
    )
    ferplus = read_ferplus(affect / "ferplus.npz")
    ferplus_labels = label_faces(
        [
            cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
            for image in ferplus.images[: args.ferplus_taught]
        ],
        teacher=teacher,
        cache_file=args.work / "labels" / "ferplus.npz",
        whole_extent=WHOLE_EXTENT,
    )
    anchors = np.array(
        [
            np.mean(
                [(face.valence, face.arousal) for face in drawn if face.expression == name]
                or [(-0.3, 0.1)],  # contempt is not in DiffusionFER: mildly unpleasant
                axis=0,
            )
            for name in EXPRESSIONS
        ],
        dtype=np.float32,
    )
    pressed = press_samples(press, press_labels)
    diffused = diffusion_samples(drawn, drawn_labels)
    open_eyed = [sample for sample in pressed + diffused if sample.points_xy is not None]
    streams = [
        (
            ferplus_samples(ferplus, ferplus_labels, anchors=anchors, balance=args.balance),
            args.batch_ferplus,
            False,
        ),
        (diffused, args.batch_diffusion, False),
        (pressed, args.batch_press, False),
        (open_eyed, args.batch_lids, True),
    ]
    if args.renders is not None:
        streams.append((render_samples(args.renders), args.batch_renders, False))
    return streams


def load_public_test(args: Args) -> tuple[UInt8Array, UInt8Array, BoolArray]:
    """Return crops, top votes and at-least-six-votes of the PublicTest faces with an expression."""
    faces = read_ferplus(args.data / "affect" / "ferplus.npz")
    rows = np.flatnonzero((faces.usage == PUBLIC_TEST) & faces.is_expression)
    pixels = np.stack([whole_crop(faces.images[row], side=args.side) for row in rows])
    return pixels, faces.top[rows], faces.votes[rows].max(axis=1) >= 6


def whole_crop(gray: UInt8Array, *, side: int) -> UInt8Array:
    """Return the box's crop of a gray picture that is all face."""
    picture = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    return crop_face(picture, region_of_picture(picture), side=side)


def learning_rate(step: int, args: Args) -> float:
    """Return warm-up, plateau, then a half cosine to zero over the last ``decay``."""
    start = args.steps * (1 - args.decay)
    if step < args.warmup:
        return args.learning_rate * (step + 1) / args.warmup
    if step < start:
        return args.learning_rate
    return (
        args.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - start) / (args.steps - start)))
    )


def losses(network: MobileVitXxs, batch: Batch, *, device: str, args: Args) -> dict[str, Tensor]:
    """Return the weighted loss of each head on one batch."""
    pixels = to_tensor(batch.pixels, device=device)
    logits, affect, actions = network.read(network.embed(pixels))

    target = torch.from_numpy(batch.expression).to(device)
    weight = torch.from_numpy(batch.expression_weight).to(device)
    surprise = -(target * functional.log_softmax(logits, dim=1)).sum(dim=1)
    expression = (surprise * weight).sum() / weight.sum()

    wanted = torch.from_numpy(batch.affect).to(device)
    measured = torch.from_numpy(batch.measured).to(device)
    anchored = torch.from_numpy(batch.anchored).to(device)
    # The squared error steadies the concordance, which is noisy over so few faces.
    discord = 2.0 - concordance(affect[measured], wanted[measured]).sum()
    discord = discord + 2.0 * (affect[measured] - wanted[measured]).square().mean()
    anchor = (affect[anchored] - wanted[anchored]).square().mean()

    spreads = torch.tensor(ACTION_SPREADS, device=device)
    emphasis = torch.tensor(ACTION_WEIGHTS, device=device) / sum(ACTION_WEIGHTS)
    shown = torch.from_numpy(batch.action_weight).to(device)
    error = (actions - torch.from_numpy(batch.actions).to(device)) / spreads
    # Beyond two spreads the error counts linearly: the teacher is sometimes plainly wrong.
    robust = functional.huber_loss(error, torch.zeros_like(error), delta=2.0, reduction="none")
    action = (robust * shown * emphasis).sum() / (shown * emphasis).sum()
    return {
        "expression": expression,
        "affect": args.affect_weight * discord,
        "anchor": args.anchor_weight * anchor,
        "actions": args.action_weight * action,
    }


def concordance(guess: Tensor, truth: Tensor) -> Tensor:
    """Return Lin's concordance correlation per column of (N, C)."""
    guess_mean, truth_mean = guess.mean(dim=0), truth.mean(dim=0)
    covariance = ((guess - guess_mean) * (truth - truth_mean)).mean(dim=0)
    spread = guess.var(dim=0, unbiased=False) + truth.var(dim=0, unbiased=False)
    return 2 * covariance / (spread + (guess_mean - truth_mean).square() + 1e-6)


def predict(
    network: MobileVitXxs, pixels: UInt8Array, *, device: str
) -> tuple[Float32Array, Float32Array, Float32Array, Float32Array]:
    """Return embedding, logits, affect and actions of (N, S, S, 3) u8 BGR crops."""
    network.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(pixels), 128):
            embedding = network.embed(to_tensor(pixels[start : start + 128], device=device))
            parts.append([part.cpu().numpy() for part in (embedding, *network.read(embedding))])
    embedding, logits, affect, actions = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return embedding, logits, affect, actions


def to_tensor(pixels: UInt8Array, *, device: str) -> Tensor:
    """Turn u8 BGR NHWC crops into RGB NCHW in [-1, 1], channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(pixels[..., ::-1])).to(device)
    tensor = tensor.permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return tensor.contiguous(memory_format=torch.channels_last)


def _average(averaged: nn.Module, network: nn.Module, *, decay: float) -> None:
    with torch.no_grad():
        mine = [value for value in averaged.state_dict().values() if value.is_floating_point()]
        new = [value for value in network.state_dict().values() if value.is_floating_point()]
        for old, fresh in zip(mine, new, strict=True):
            old.lerp_(fresh, 1 - decay)


def _save(
    file: Path, network: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer, step: int
) -> None:
    state = {
        "network": network.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
    }
    partial = file.with_suffix(".partial")
    torch.save(state, partial)
    partial.rename(file)


def _cumulative(chances: list[float]) -> Float64Array:
    total = np.cumsum(np.array(chances, dtype=np.float64))
    return total / total[-1]


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with affect/ and teachers/.")] = DEFAULTS.data,
    work: Annotated[Path, typer.Option(help="Labels and checkpoints.")] = DEFAULTS.work,
    renders: Annotated[Path | None, typer.Option(help="Rendered faces to mix in.")] = None,
    steps: Annotated[int, typer.Option(help="Optimiser steps in all.")] = DEFAULTS.steps,
    resume: Annotated[bool, typer.Option(help="Continue from the checkpoint.")] = False,
) -> None:
    """Train the expression encoder."""
    train(Args(data=data, work=work, renders=renders, steps=steps, resume=resume))


if __name__ == "__main__":
    typer.run(main)
