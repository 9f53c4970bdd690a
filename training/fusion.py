"""Train the fusion model on simulated students and write ``optimized_models/fusion``.

    python -m training.fusion --work DIR [--epochs 10] [--shards 6] [--variant fatigue-only]

The variant ``fatigue-only`` writes ``optimized_models/fusion_fatigue``: the same students and the
same network, but it tells fatigued from alert (any other state) and is blind to the columns that
its profile does not define (``appliance/domain/tokens.py``).

Equations 2-8 of the paper, with these deviations, each argued in DESIGN.md, 4:

* tokens at 5 Hz instead of frames; the face stream is a projection of f_t plus named cues;
* attention is masked to the last 300 tokens at or before t, and the LSTMs run on beyond the
  window instead of restarting with it, so that streaming gives the same numbers;
* the softmax has a temperature, fitted on validation students;
* input standardisation is inside the network, limited to four standard deviations.

Training data are simulated students only (``training/simulator``), each from the beginning of an
occupancy, read in chunks of 90 seconds with the recurrent state carried over (truncated
back-propagation) and the pose history of one window kept for the attention. Shards of students and
checkpoints go to ``--work``; a run that is interrupted continues with the epoch it was in. The
result depends on the seed and the arguments only.
"""

import argparse
import functools
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from appliance import windows
from appliance.domain.affect import AFFECTS, VIGILANCES, StudentState
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
    POSE_CUE_COLUMNS,
    POSE_SIZE,
    PROJECTION_SIZE,
    TOKEN_HZ,
    UNDEFINED_WITHOUT_EMOTION,
    WINDOW_TOKENS,
    FaceColumn,
    PoseColumn,
)
from training import simulator
from training.fatigue_only import without_emotion
from training.fusion_export import export, write_golden
from training.fusion_network import FusionNetwork, State
from training.simulator.classroom import Lesson, simulate_lesson

BITS = {
    FaceColumn.FACE_PRESENT,
    FaceColumn.EYES_READABLE,
    FaceColumn.BLINKS_TIMED,
    PoseColumn.POSE_PRESENT,
    PoseColumn.SHOULDERS_VISIBLE,
    PoseColumn.WRISTS_VISIBLE,
}
"""Not standardised: their two values are what they mean."""


class Variant(StrEnum):
    """Which model is trained, by the profile that loads it."""

    FOUR_STATE = "four-state"
    FATIGUE_ONLY = "fatigue-only"


STATES: dict[Variant, tuple[StudentState, ...]] = {
    Variant.FOUR_STATE: AFFECTS,
    Variant.FATIGUE_ONLY: VIGILANCES,
}
"""What each variant tells apart, in output order."""

MODELS = {Variant.FOUR_STATE: "fusion", Variant.FATIGUE_ONLY: "fusion_fatigue"}
"""Folder that the box loads each variant from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What a training run depends on."""

    work: Path
    """Folder for shards and checkpoints, outside the repository."""

    variant: Variant = Variant.FOUR_STATE
    """Which model."""

    out: Path = Path("optimized_models/fusion")
    """Folder of the artifacts."""

    golden: Path = Path("tests/fusion/golden/whole_sequence.npz")
    """Where the whole-sequence answer for the streaming test goes."""

    golden_tokens: int = 420
    """Its length: more than one window, so that the ring wraps."""

    seed: int = 20261122
    """Decides students, initial weights and order."""

    shards: int = 6
    """Training shards; one more is for validation and temperature."""

    students: int = 512
    """Students per training shard."""

    validation_students: int = 128
    """Students of the validation shard."""

    minutes: float = 10.0
    """Length of a simulated occupancy: more students teach more than longer stays."""

    epochs: int = 10
    """Passes over all shards."""

    batch: int = 64
    """Students per step."""

    chunk: int = 450
    """Tokens per step (90 s); the state is carried on to the next."""

    learning_rate: float = 3e-3
    """Peak of Adam's step size; warms up for 20 steps, then falls along a cosine."""

    stride: int = 5
    """Tokens between two read-outs in the loss: 1 Hz, states do not change faster."""

    skip_tokens: int = 50
    """Tokens at the start of an occupancy without loss: nothing can be known yet."""

    projection_dropout: float = 0.3
    """Share of students whose projection is blanked: identity must not be needed."""

    coordinates_dropout: float = 0.3
    """Share of students whose k_t is blanked: bodies and cameras differ from the simulator's."""

    label_smoothing: float = 0.0
    """States are named by observers, who err."""

    version: str = "0.1.0"
    """Version of the weights."""

    @property
    def states(self) -> tuple[StudentState, ...]:
        """What the model tells apart, in output order."""
        return STATES[self.variant]

    @property
    def undefined(self) -> list[int]:
        """Columns of the face stream that the model must be blind to."""
        blind = self.variant is Variant.FATIGUE_ONLY
        return list(UNDEFINED_WITHOUT_EMOTION) if blind else []


def main() -> None:
    """Run the recipe from top to bottom."""
    args = parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    network = FusionNetwork(classes=len(args.states))
    validation = load_shard(args, args.shards)
    set_statistics(network, load_shard(args, 0), undefined=args.undefined)
    train(args, network, validation)
    report = calibrate(args, network, validation)
    print(json.dumps(report, indent=1))
    hours = args.shards * args.students * args.minutes / 60
    facts = {
        "states": ", ".join(args.states),
        "simulator": source_digest(),
        "data": f"{hours:.0f} simulated student-hours, {args.epochs} epochs",
        "seed": str(args.seed),
        **{name: f"{value:.4f} (simulated)" for name, value in report.items()},
    }
    export(network, args.out, name=MODELS[args.variant], version=args.version, facts=facts)
    write_golden(
        network,
        torch.from_numpy(validation.face[0, : args.golden_tokens]),
        torch.from_numpy(validation.pose[0, : args.golden_tokens]),
        args.golden,
    )
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def parse_args() -> Args:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--variant", type=Variant, default=Variant.FOUR_STATE)
    parser.add_argument("--out", type=Path, default=argparse.SUPPRESS)
    parser.add_argument("--golden", type=Path, default=argparse.SUPPRESS)
    parser.add_argument("--epochs", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--shards", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--students", type=int, default=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    if given["variant"] is Variant.FATIGUE_ONLY:
        given.setdefault("out", Path("optimized_models") / MODELS[given["variant"]])
        given.setdefault("golden", Path("tests/fusion/golden/whole_sequence_fatigue.npz"))
    return Args(**given)


def load_shard(args: Args, index: int) -> Lesson:
    """Return a shard of simulated students, from ``--work`` if it has been made before.

    On disk a shard has everything; what the variant does not define is taken out here.
    """
    tokens = int(args.minutes * 60 * TOKEN_HZ)
    students = args.students if index < args.shards else args.validation_students
    path = args.work / f"shard-{source_digest()}-{args.seed}-{index}-{students}x{tokens}.npz"
    if not path.exists():
        begun = time.monotonic()
        lesson = simulate_lesson(seed=args.seed + index, students=students, tokens=tokens)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            face=lesson.face.astype(np.float16),
            pose=lesson.pose.astype(np.float16),
            states=lesson.states,
        )
        partial.rename(path)
        print(f"simulated shard {index} in {time.monotonic() - begun:.0f} s", flush=True)
    with np.load(path) as arrays:
        lesson = Lesson(
            face=arrays["face"].astype(np.float32),
            pose=arrays["pose"].astype(np.float32),
            states=arrays["states"],
        )
    return lesson if args.variant is Variant.FOUR_STATE else without_emotion(lesson)


@functools.cache
def source_digest() -> str:
    """Return a short hash of the simulator and the featuriser: other code, other shards.

    Once per run: an edit while a run goes on must not mix two simulators.
    """
    digest = hashlib.sha256()
    for package in (simulator, windows):
        folder = Path(package.__path__[0])
        for source in sorted([*folder.glob("*.py"), *folder.glob("*.json")]):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def set_statistics(
    network: FusionNetwork, lesson: Lesson, *, undefined: Sequence[int] = ()
) -> None:
    """Standardise by the first shard; scales have a floor so that no column explodes.

    Args:
        network: To be set.
        lesson: The first shard.
        undefined: Columns of the face stream that are divided by infinity: whatever stands there,
            LSTM and novelty see 0, so the artifact itself cannot be influenced by them.
    """
    streams = (
        (network.face_mean, network.face_scale, lesson.face, FACE_CUE_COLUMNS, PROJECTION_SIZE),
        (network.pose_mean, network.pose_scale, lesson.pose, POSE_CUE_COLUMNS, POSE_SIZE),
    )
    for mean, scale, values, columns, raw in streams:
        flat = values.reshape(-1, values.shape[-1])
        centre, spread = flat.mean(axis=0), flat.std(axis=0)
        # Coordinates: a tenth of a shoulder width; projection: it is whitened, so near 1.
        spread[:raw] = np.maximum(spread[:raw], 0.15)
        spread[raw:] = np.maximum(spread[raw:], 0.02)
        for position, column in enumerate(columns, start=raw):
            if column in BITS:
                centre[position], spread[position] = 0.0, 1.0
        mean.copy_(torch.from_numpy(centre))
        scale.copy_(torch.from_numpy(spread))
    network.face_mean[list(undefined)] = 0.0
    network.face_scale[list(undefined)] = torch.inf


def train(args: Args, network: FusionNetwork, validation: Lesson) -> None:
    """Train, one checkpoint per epoch."""
    optimiser = torch.optim.Adam(network.parameters(), lr=args.learning_rate)
    per_shard = (args.students // args.batch) * (int(args.minutes * 300) // args.chunk)
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
        scores = score(logits, labels, args.states)
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
        for chunk in chunks(args, network, face, pose):
            target = labels[:, chunk.positions]
            used = chunk.positions >= args.skip_tokens
            loss = entropy(chunk.logits[:, used].flatten(0, 1), target[:, used].flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            yield float(loss.detach())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """The network's answers over one stretch of a lesson."""

    positions: Tensor
    """(Q,) token numbers that were read."""

    logits: Tensor
    """(B, Q, C) before temperature."""


def chunks(args: Args, network: FusionNetwork, face: Tensor, pose: Tensor) -> Iterator[Chunk]:
    """Read lessons chunk by chunk, carrying state and one window of pose history."""
    state: State | None = None
    history = torch.zeros(len(face), 0, network.key.in_features)
    for start in range(0, face.shape[1], args.chunk):
        part = slice(start, start + args.chunk)
        h_face, h_pose, state = network.encode(face[:, part], pose[:, part], state)
        state = (state[0].detach(), state[1].detach(), state[2].detach(), state[3].detach())
        together = torch.cat([history, h_pose], dim=1)
        fused = network.attend(h_face, together, before=history.shape[1], stride=args.stride)
        last = start + h_face.shape[1] - 1
        positions = torch.arange(last, start - 1, -args.stride).flip(0)
        yield Chunk(positions=positions, logits=network.classify(fused))
        history = together[:, -(WINDOW_TOKENS - 1) :].detach()


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


def calibrate(args: Args, network: FusionNetwork, validation: Lesson) -> dict[str, float]:
    """Fit the temperature and the usual novelty on validation students; return the scores."""
    logits, labels = read_out(args, network, validation)
    temperatures = np.geomspace(0.5, 3.0, 60)
    losses = [float(nn.functional.cross_entropy(logits / t, labels)) for t in temperatures]
    network.temperature.fill_(float(temperatures[int(np.argmin(losses))]))
    with torch.no_grad():
        network.usual_novelty.fill_(1.0)
        face, pose = torch.from_numpy(validation.face), torch.from_numpy(validation.pose)
        novelty = network.novelty(face, pose).flatten().numpy()
    network.usual_novelty.fill_(float(max(np.quantile(novelty, 0.999), 0.02)))
    return {
        **score(logits / network.temperature, labels, args.states),
        "temperature": float(network.temperature),
        "usual_novelty": float(network.usual_novelty),
    }


def score(
    logits: Tensor, labels: Tensor, states: Sequence[StudentState] = AFFECTS
) -> dict[str, float]:
    """Return macro-F1, recalls, ECE (15 bins) and log loss on simulated students."""
    p = logits.softmax(dim=1)
    confidence, guess = p.max(dim=1)
    f1, result = [], {}
    for index, state in enumerate(states):
        hit = int(((guess == index) & (labels == index)).sum())
        recall = hit / max(1, int((labels == index).sum()))
        precision = hit / max(1, int((guess == index).sum()))
        f1.append(2 * precision * recall / max(1e-9, precision + recall))
        result[f"recall_{state}"] = recall
    right = (guess == labels).double()
    bins = (confidence * 15).long().clamp(max=14)
    ece = sum(
        float((bins == b).double().mean())
        * abs(float(right[bins == b].mean() - confidence[bins == b].double().mean()))
        for b in range(15)
        if bool((bins == b).any())
    )
    nll = float(nn.functional.cross_entropy(logits, labels))
    return {"macro_f1": float(np.mean(f1)), **result, "ece": ece, "nll": nll}


if __name__ == "__main__":
    main()
