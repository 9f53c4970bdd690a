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
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn

from appliance.domain.arrays import Float64Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.ferplus import EXPRESSIONS
from training.expression.held_out import HeldOut
from training.expression.losses import losses
from training.expression.network import MobileVitXxs, fit_to_side, save_checkpoint
from training.expression.recipe import Args
from training.expression.samples import draw_batch
from training.expression.streams import load_streams

PRINT_EVERY = 50
CHECKPOINT_EVERY = 250
MEASURE_EVERY = 1000
MEASURED_PART = 3  # every third face while training, all at the end


def train(args: Args) -> Path:
    """Train the expression encoder; return the checkpoint whose averaged weights are exported."""
    if args.expressions_only:
        args = replace(args, renders=None, batch_ferplus=56, batch_press=0, batch_lids=0)
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
