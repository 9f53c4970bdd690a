"""Train the fusion model on simulated students and write ``optimized_models/fusion``.

    python -m training.fusion --work DIR [--epochs 2] [--shards 40] [--variant fatigue-only]

The variant ``fatigue-only`` writes ``optimized_models/fusion_fatigue``: the same students and the
same network, but it tells fatigued from alert (any other state) and is blind to the columns that
its profile does not define (``appliance/domain/tokens.py``). ``face``, ``pose``, ``early`` and
``cues-only`` are the baselines of ``training/fusion/baselines.py``; they stay in ``--work``.

Equations 2-8 of the paper, with these deviations, each argued in docs/DESIGN.md, 4:

* tokens at 5 Hz instead of frames; the face stream is a projection of f_t plus named cues;
* attention is masked to the last 300 tokens at or before t, and the LSTMs run on beyond the
  window instead of restarting with it, so that streaming gives the same numbers;
* a score of eq. 6 fades with the token's age at a rate that is learned: eq. 6 knows no time;
* an LSTM unit forgets to an e-th in two minutes at the latest, so that hours do not add up;
* the softmax has a temperature, fitted on validation students;
* input standardisation is inside the network, limited to four standard deviations.

Training data are simulated students only (``training/simulator``), each from the beginning of an
occupancy, read in chunks of 90 seconds with the recurrent state carried over (truncated
back-propagation) and the pose history of one window kept for the attention. Shards of students and
checkpoints go to ``--work``; a run that is interrupted continues with the epoch it was in. The
result depends on the seed and the arguments only.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from appliance import windows
from appliance.inference.manifest import read_manifest
from training import simulator
from training.fusion.baselines import EarlyFusion, SingleStream
from training.fusion.export import encoder_of, export, write_golden
from training.fusion.network import FusionNetwork, set_statistics
from training.fusion.optimise import read_out, score_logits, train
from training.fusion.recipe import BASELINES, GOLDEN, MODELS, Args, Variant
from training.fusion.shards import circumstances, load_shard, source_digest
from training.simulator.classroom import Lesson


def main(args: Args) -> None:
    """Train the fusion model on simulated students and write its artifacts."""
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    network = build_network(args)
    validation = load_shard(args, args.shards)
    set_statistics(network, load_shard(args, 0), undefined=args.undefined)
    train(args, network, validation)
    report = calibrate(args, network, validation)
    print(json.dumps(report, indent=1))
    if args.variant in BASELINES:
        torch.save(network.state_dict(), args.work / f"baseline-{args.variant}-{args.seed}.pt")
        return
    hours = args.shards * args.students * args.minutes / 60
    facts = {
        "states": ", ".join(args.states),
        "simulator": source_digest(simulator),
        "featuriser": source_digest(windows),
        "data": f"{hours:.0f} simulated student-hours, {args.epochs} epochs",
        "seed": str(args.seed),
        **{key: f"{value:.4f} (simulated)" for key, value in report.items()},
    }
    name = MODELS[args.variant]
    out = args.out or Path("optimized_models") / name
    encoder = read_manifest(Path("optimized_models") / encoder_of(name))
    export(network, out, name=name, version=args.version, facts=facts, encoders=(encoder.title,))
    write_golden(
        network,
        torch.from_numpy(validation.face[0, : args.golden_tokens]),
        torch.from_numpy(validation.pose[0, : args.golden_tokens]),
        args.golden or GOLDEN[args.variant],
    )
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def build_network(args: Args) -> FusionNetwork:
    """Return the variant's network with random weights."""
    match args.variant:
        case Variant.FACE | Variant.POSE:
            return SingleStream(face=args.variant is Variant.FACE)
        case Variant.EARLY:
            return EarlyFusion()
        case _:
            return FusionNetwork(classes=len(args.states))


def calibrate(args: Args, network: FusionNetwork, validation: Lesson) -> dict[str, float]:
    """Fit the temperature and the usual novelty on validation students; return the scores.

    Nominal students want a temperature below 1, the others one above. So everybody counts, and
    those who are nominal count once more: nominal is what calibration is judged by (docs/DESIGN.md,
    9).
    """
    logits, labels = read_out(args, network, validation)
    plain = torch.from_numpy(circumstances(args, args.shards).losses == 0)
    plain = plain.repeat_interleave(len(labels) // len(plain))  # read-outs stand student by student
    parts = ((logits, labels), (logits[plain], labels[plain]))
    temperatures = np.geomspace(0.5, 3.0, 60)
    losses = [
        sum(float(nn.functional.cross_entropy(z / t, truth)) for z, truth in parts)
        for t in temperatures
    ]
    network.temperature.fill_(float(temperatures[int(np.argmin(losses))]))
    with torch.no_grad():
        network.usual_novelty.fill_(1.0)
        face, pose = torch.from_numpy(validation.face), torch.from_numpy(validation.pose)
        novelty = network.novelty(face, pose).flatten().numpy()
    network.usual_novelty.fill_(float(max(np.quantile(novelty, 0.999), 0.02)))
    return {
        **score_logits(logits / network.temperature, labels, args.states),
        "temperature": float(network.temperature),
        "usual_novelty": float(network.usual_novelty),
    }
