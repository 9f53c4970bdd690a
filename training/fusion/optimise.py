"""One training run of a fusion network: truncated back-propagation over simulated lessons."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from appliance.domain.affect import AFFECTS, StudentState
from appliance.domain.tokens import POSE_SIZE, PROJECTION_SIZE, TOKEN_HZ, WINDOW_TOKENS
from training.fusion.modality_loss import draw_losses, lose
from training.fusion.network import FusionNetwork, State
from training.fusion.recipe import Args
from training.fusion.scores import score
from training.fusion.shards import load_shard
from training.simulator.classroom import Lesson


def train(args: Args, network: FusionNetwork, validation: Lesson) -> None:
    """Train, one checkpoint per epoch."""
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=args.learning_rate, weight_decay=args.weight_decay
    )
    chunks_each = -(-int(args.minutes * 60 * TOKEN_HZ) // args.chunk)
    per_shard = (args.students // args.batch) * chunks_each
    steps = args.epochs * args.shards * per_shard
    name = f"checkpoint-{args.variant}-{args.seed}-{args.shards}-{args.epochs}.pt"
    checkpoint = args.work / name
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        first = saved["epoch"]
    begun, done = time.monotonic(), 0
    for epoch in range(first, args.epochs):
        losses: list[float] = []
        for shard in np.random.default_rng([args.seed, epoch]).permutation(args.shards):
            rng = np.random.default_rng([args.seed, epoch, int(shard)])
            for loss in train_on(args, network, optimiser, load_shard(args, int(shard)), rng):
                step = (epoch * args.shards * per_shard) + len(losses)
                for group in optimiser.param_groups:
                    group["lr"] = args.learning_rate * schedule(step, steps)
                losses.append(loss)
                done += 1
                if done % 20 == 0:
                    left = (steps - first * args.shards * per_shard - done) / done
                    minutes = left * (time.monotonic() - begun) / 60
                    recent = np.mean(losses[-20:])
                    print(f"step {step} loss {recent:.3f}, {minutes:.1f} min left", flush=True)
        logits, labels = read_out(args, network, validation)
        scores = score_logits(logits, labels, args.states)
        print(f"epoch {epoch}: {json.dumps(scores)}", flush=True)
        torch.save(
            {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "epoch": epoch + 1,
            },
            checkpoint,
        )


def schedule(step: int, steps: int) -> float:
    """Return the factor on the step size: linear warm-up, then a cosine down to 5 %."""
    warm_up = 20
    if step < warm_up:
        return (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return float(0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * min(1.0, progress))))


def train_on(
    args: Args,
    network: FusionNetwork,
    optimiser: torch.optim.Optimizer,
    lesson: Lesson,
    rng: np.random.Generator,
) -> Iterator[float]:
    """Take one step per batch and chunk; yield the losses."""
    entropy = nn.CrossEntropyLoss(label_smoothing=args.label_smoothing)
    network.train()
    for batch in np.array_split(
        rng.permutation(len(lesson.states)), len(lesson.states) // args.batch
    ):
        face = torch.from_numpy(lesson.face[batch])
        pose = torch.from_numpy(lesson.pose[batch])
        labels = torch.from_numpy(lesson.states[batch].astype(np.int64))
        blank = torch.from_numpy(rng.uniform(size=len(batch)) < args.projection_dropout)
        face[blank, :, :PROJECTION_SIZE] = 0
        blank = torch.from_numpy(rng.uniform(size=len(batch)) < args.coordinates_dropout)
        pose[blank, :, :POSE_SIZE] = 0
        face, pose = drop_modality(args, face, pose, rng)
        for chunk in chunks(args, network, face, pose):
            target = labels[:, chunk.positions]
            used = chunk.positions >= args.skip_tokens
            truth = target[:, used].flatten()
            loss = entropy(chunk.logits[:, used].flatten(0, 1), truth)
            for logits in chunk.alone:
                loss = loss + args.alone_weight * entropy(logits[:, used].flatten(0, 1), truth)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            yield float(loss.detach())


def drop_modality(
    args: Args, face: Tensor, pose: Tensor, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Take the face or the body from some students, for stretches or for good."""
    share = rng.choice([0.0, 0.3, 0.6, 1.0], p=args.modality_dropout, size=len(face))
    from_face = rng.uniform(size=len(face)) < 0.5
    for lost_share in (0.3, 0.6, 1.0):
        for stream, chosen in ((face, from_face), (pose, ~from_face)):
            rows = np.flatnonzero((share == lost_share) & chosen)
            lost = draw_losses(rng, len(rows), stream.shape[1], share=lost_share)
            stream[rows] = torch.from_numpy(lose(stream[rows].numpy(), lost))
    return face, pose


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """The network's answers over one stretch of a lesson."""

    positions: Tensor
    """(Q,) token numbers that were read."""

    logits: Tensor
    """(B, Q, C) before temperature."""

    alone: list[Tensor]
    """(B, Q, C) of each stream by itself; empty for a baseline."""


def chunks(args: Args, network: FusionNetwork, face: Tensor, pose: Tensor) -> Iterator[Chunk]:
    """Read lessons chunk by chunk, carrying state and one window of pose history."""
    state: State | None = None
    history = torch.zeros(len(face), 0, network.width)
    for start in range(0, face.shape[1], args.chunk):
        part = slice(start, start + args.chunk)
        h_face, h_pose, state = network.encode(face[:, part], pose[:, part], state)
        state = (state[0].detach(), state[1].detach(), state[2].detach(), state[3].detach())
        together = torch.cat([history, h_pose], dim=1)
        fused = network.attend(h_face, together, before=history.shape[1], stride=args.stride)
        last = start + h_face.shape[1] - 1
        positions = torch.arange(last, start - 1, -args.stride).flip(0)
        read = positions - start
        yield Chunk(
            positions=positions,
            logits=network.classify(fused),
            alone=network.alone_logits(h_face[:, read], h_pose[:, read]),
        )
        history = together[:, -(WINDOW_TOKENS - 1) :].detach()


def whole(args: Args, network: FusionNetwork, lesson: Lesson) -> Tensor:
    """Return (N, T / stride, C) calibrated logits of a lesson, read without a break."""
    network.eval()
    face, pose = torch.from_numpy(lesson.face), torch.from_numpy(lesson.pose)
    with torch.no_grad():
        read = [chunk.logits for chunk in chunks(args, network, face, pose)]
    return torch.cat(read, dim=1) / network.temperature


def read_out(args: Args, network: FusionNetwork, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """Return (M, C) logits and (M,) labels of a lesson at 1 Hz after the warm-up."""
    network.eval()
    with torch.no_grad():
        read = list(
            chunks(args, network, torch.from_numpy(lesson.face), torch.from_numpy(lesson.pose))
        )
    positions = torch.cat([chunk.positions for chunk in read])
    logits = torch.cat([chunk.logits for chunk in read], dim=1)
    labels = torch.from_numpy(lesson.states.astype(np.int64))[:, positions]
    used = positions >= 20 * TOKEN_HZ
    return logits[:, used].flatten(0, 1), labels[:, used].flatten()


def score_logits(
    logits: Tensor, labels: Tensor, states: Sequence[StudentState] = AFFECTS
) -> dict[str, float]:
    """Return macro-F1, recalls, ECE (15 bins) and log loss on simulated students."""
    p = logits.softmax(dim=1).double().numpy()
    table = score(p, labels.numpy(), names=states)
    return {
        "macro_f1": table["macro_f1"],
        **{f"recall_{name}": recall for name, recall in table["recall"].items()},
        "ece": table["ece"],
        "nll": float(nn.functional.cross_entropy(logits, labels)),
    }
