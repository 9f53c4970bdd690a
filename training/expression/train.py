"""Train the expression encoder: ``python -m training.expression --work DIR [--resume]``.

One linear recipe (CleanRL style). What it does beyond or unlike docs/PAPER.md, 3.1:

* three heads instead of one: FER+ votes, valence and arousal, ten facial actions;
* actions are distilled from MediaPipe's FaceLandmarker on real faces; eyes are closed by drawing
  the lids of real faces down, because photographs hardly contain closed eyes;
* input 64² instead of 256² (docs/DESIGN.md, 3: the smallest that meets the bars); larger inputs
  start from the smaller one's weights (``--start``);
* guides: networks of the same recipe, wider or with other seeds, whose mean opinion is mixed into
  the votes and labels faces that nobody voted on (``--guide``; Hinton et al. 2015).

A run is a function of its ``Args``: every step seeds its own draws, so ``--resume`` continues
with what an unbroken run would have seen. ``training.expression_export`` ships the result.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    track,
)
from torch import nn

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import label_faces
from training.datasets.face_teacher import WHOLE_EXTENT, FaceTeacher
from training.datasets.ferplus import EXPRESSIONS, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression.augment import crop_face
from training.expression.checkpoint import load_network, save_checkpoint
from training.expression.held_out import HeldOut
from training.expression.losses import losses
from training.expression.network import MobileVitXxs, fit_to_side, predict
from training.expression.samples import (
    Sample,
    diffusion_samples,
    draw_batch,
    ferplus_samples,
    guided,
    press_samples,
    render_samples,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """Every choice of the recipe."""

    data: Path = Path("../shared/data")
    """Folder with ``affect/`` and ``teachers/`` (``training/datasets/`` lists the sources)."""

    work: Path = Path("build/expression")
    """Where labels and checkpoints go; outside the repository or ignored by it."""

    renders: Path | None = None
    """Rendered faces with exact actions (``images`` RGB, ``actions``), mixed in when given."""

    name: str = "encoder"
    """Of the checkpoint."""

    side: int = 64
    """Pixels of the crop's side."""

    width: float = 1.0
    """Channels relative to MobileViT-XXS."""

    start: Path | None = None
    """Checkpoint whose averaged weights to start from, of any side."""

    guides: tuple[Path, ...] = ()
    """Checkpoints whose mean opinion joins the votes."""

    guide_share: float = 0.25
    """Part of the guides in a target that has votes."""

    guide_unvoted: float = 0.4
    """Weight of a target that only the guides gave."""

    actions_only: bool = False
    """Teach facial actions and nothing else: the encoder of the ``fatigue-only`` profile."""

    steps: int = 12000
    """Optimiser steps; the learning rate falls over the last ``decay`` of them."""

    decay: float = 0.7
    """Share of the steps with a falling learning rate, (0, 1]."""

    warmup: int = 300
    """Steps with a rising learning rate."""

    learning_rate: float = 1e-3
    """Peak, AdamW."""

    weight_decay: float = 0.05
    """AdamW; not on norms and biases."""

    batch_ferplus: int = 44
    """FER+ faces in a batch."""

    batch_diffusion: int = 8
    """DiffusionFER faces; concordance is computed over them."""

    batch_press: int = 20
    """muxspace faces as they are."""

    batch_lids: int = 8
    """muxspace and DiffusionFER faces with their lids drawn down."""

    batch_renders: int = 4
    """Rendered faces, if there are any."""

    balance: float = 0.35
    """Exponent of class balancing on FER+; 0 leaves it as it is, 1 makes all classes alike."""

    affect_weight: float = 0.15
    """Weight of 1 - concordance; more drowns the other heads in the noise of ten faces."""

    anchor_weight: float = 1.0
    """Weight of the squared error to the class means on FER+."""

    action_weight: float = 1.0
    """Weight of the actions' standardised squared error."""

    ema: float = 0.998
    """Decay of the averaged weights, which are what is measured and shipped."""

    seed: int = 7
    """Of everything."""

    threads: int = 1
    """CPU threads for torch."""

    resume: bool = False
    """Continue from the last checkpoint in ``work``."""


DEFAULTS = Args()
PRINT_EVERY = 50
CHECKPOINT_EVERY = 250
MEASURE_EVERY = 1000
MEASURED_PART = 3  # every third face while training, all at the end


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
    tests = HeldOut.load(args.data, labels=args.work / "labels" / "muxspace.npz", side=args.side)

    # ---- network, averaged network, optimiser
    network, averaged = (new_network(args).to(device) for _ in range(2))
    network = network.to(memory_format=torch.channels_last)
    if args.start is not None:
        kept = torch.load(args.start, map_location=device, weights_only=True)
        network.load_state_dict(fit_to_side(kept["averaged"], side=args.side))
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
    checkpoint_file = args.work / f"{args.name}.pt"
    first = 0
    if args.resume and checkpoint_file.exists():
        kept = torch.load(checkpoint_file, map_location=device, weights_only=True)
        network.load_state_dict(kept["network"])
        averaged.load_state_dict(kept["averaged"])
        optimizer.load_state_dict(kept["optimizer"])
        first = int(kept["step"])

    weights = {
        "expression": 1.0,
        "affect": args.affect_weight,
        "anchor": args.anchor_weight,
        "actions": args.action_weight,
    }

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
            parts = losses(network, batch, device=device, actions_only=args.actions_only)
            optimizer.zero_grad(set_to_none=True)
            torch.stack([weights[name] * part for name, part in parts.items()]).sum().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            _average(averaged, network, decay=min(args.ema, (1 + step) / (10 + step)))
            progress.advance(task)
            done = step + 1
            if done % PRINT_EVERY == 0:
                text = "  ".join(f"{name} {part.item():.3f}" for name, part in parts.items())
                progress.console.print(f"{done:5d}  {text}")
            if done % CHECKPOINT_EVERY == 0 or done == args.steps:
                save_checkpoint(checkpoint_file, network, averaged, optimizer, step=done)
            if done % MEASURE_EVERY == 0 or done == args.steps:
                every = 1 if done == args.steps else MEASURED_PART
                progress.console.print(f"{done:5d}  {tests.measure(averaged, every=every)}")
    return checkpoint_file


def new_network(args: Args) -> MobileVitXxs:
    """Return fresh weights of the shape that ``args`` asks for."""
    return MobileVitXxs(
        expressions=len(EXPRESSIONS), actions=len(FACE_ACTIONS), side=args.side, width=args.width
    )


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
        [cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) for image in ferplus.images],
        teacher=teacher,
        cache_file=args.work / "labels" / "ferplus.npz",
        whole_extent=WHOLE_EXTENT,
    )
    shown = [face for face in drawn if not (face.held_out or face.near_held_out)]
    anchors = np.array(
        [
            np.mean(
                [(face.valence, face.arousal) for face in shown if face.expression == name]
                or [(-0.3, 0.1)],  # contempt is not in DiffusionFER: mildly unpleasant
                axis=0,
            )
            for name in EXPRESSIONS
        ],
        dtype=np.float32,
    )
    pressed = press_samples(press, press_labels)
    diffused = diffusion_samples(drawn, drawn_labels)
    voted = ferplus_samples(ferplus, ferplus_labels, anchors=anchors, balance=args.balance)
    if args.guides:
        voted, diffused, pressed = (
            guided(
                samples,
                opinions(samples, args.guides),
                share=args.guide_share,
                unvoted=args.guide_unvoted,
            )
            for samples in (voted, diffused, pressed)
        )
    streams = [
        (voted, args.batch_ferplus, False),
        (diffused, args.batch_diffusion, False),
        (pressed, args.batch_press, False),
        ([s for s in pressed + diffused if s.points_xy is not None], args.batch_lids, True),
    ]
    if args.renders is not None:
        streams.append((render_samples(args.renders), args.batch_renders, False))
    if args.actions_only:
        streams = [
            ([s for s in samples if s.actions is not None], count, lids)
            for samples, count, lids in streams
        ]
    return [stream for stream in streams if stream[1] > 0]


def opinions(samples: Sequence[Sample], guides: Sequence[Path]) -> Float32Array:
    """Return the guides' mean distribution (N, 8) on unaltered and mirrored crops."""
    total = np.zeros((len(samples), len(EXPRESSIONS)), dtype=np.float64)
    for file in guides:
        network, _ = load_network(file)
        side = network.side
        for start in track(range(0, len(samples), 512), description=f"guide {file.stem}"):
            crops = np.stack(
                [
                    crop_face(s.picture, s.regions[0], side=side)
                    for s in samples[start : start + 512]
                ]
            )
            for pixels in (crops, crops[:, :, ::-1]):
                logits = predict(network, pixels, device="cpu")[1].astype(np.float64)
                odds = np.exp(logits - logits.max(axis=1, keepdims=True))
                total[start : start + 512] += odds / odds.sum(axis=1, keepdims=True)
    return (total / (2 * len(guides))).astype(np.float32)


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


def _average(averaged: nn.Module, network: nn.Module, *, decay: float) -> None:
    with torch.no_grad():
        mine = [value for value in averaged.state_dict().values() if value.is_floating_point()]
        new = [value for value in network.state_dict().values() if value.is_floating_point()]
        for old, fresh in zip(mine, new, strict=True):
            old.lerp_(fresh, 1 - decay)


def _cumulative(chances: list[float]) -> Float64Array:
    total = np.cumsum(np.array(chances, dtype=np.float64))
    return total / total[-1]


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with affect/ and teachers/.")] = DEFAULTS.data,
    work: Annotated[Path, typer.Option(help="Labels and checkpoints.")] = DEFAULTS.work,
    name: Annotated[str, typer.Option(help="Of the checkpoint.")] = DEFAULTS.name,
    renders: Annotated[Path | None, typer.Option(help="Rendered faces to mix in.")] = None,
    side: Annotated[int, typer.Option(help="Pixels of the crop's side.")] = DEFAULTS.side,
    width: Annotated[float, typer.Option(help="Channels relative to XXS.")] = DEFAULTS.width,
    start: Annotated[Path | None, typer.Option(help="Checkpoint to start from.")] = None,
    guide: Annotated[
        list[Path] | None, typer.Option(help="Checkpoint that gives opinions.")
    ] = None,
    expressions_only: Annotated[
        bool, typer.Option(help="A guide: only faces with expressions.")
    ] = False,
    actions_only: Annotated[bool, typer.Option(help="The encoder of fatigue-only.")] = False,
    learning_rate: Annotated[float, typer.Option(help="Peak.")] = DEFAULTS.learning_rate,
    steps: Annotated[int, typer.Option(help="Optimiser steps in all.")] = DEFAULTS.steps,
    seed: Annotated[int, typer.Option(help="Of everything.")] = DEFAULTS.seed,
    resume: Annotated[bool, typer.Option(help="Continue from the checkpoint.")] = False,
) -> None:
    """Train the expression encoder."""
    args = Args(
        data=data,
        work=work,
        name=name,
        renders=renders,
        side=side,
        width=width,
        start=start,
        guides=tuple(guide or ()),
        actions_only=actions_only,
        learning_rate=learning_rate,
        steps=steps,
        seed=seed,
        resume=resume,
    )
    if expressions_only:
        args = replace(args, renders=None, batch_ferplus=56, batch_press=0, batch_lids=0)
    train(args)
