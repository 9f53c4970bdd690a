"""The baselines of Table 2 on the students that the fusion model is measured on."""

from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_HZ
from appliance.fusion.fuser import WARM_UP_S
from training.fusion.scores import interval, score
from training.simulator.classroom import Lesson

WARM_S = int(WARM_UP_S)


def evaluate_baselines(work: Path, lessons: list[Lesson]) -> dict[str, object]:
    """Return macro-F1 of every baseline that was trained, with an interval over the groups.

    Args:
        work: Folder with ``baseline-*.pt`` of ``training.fusion``; face and pose must be there.
        lessons: Groups of unseen students.

    Raises:
        FileNotFoundError: The face's or the pose's baseline was not trained.
    """
    # Imported here: torch is an extra, and the other numbers do not need it.
    import torch  # noqa: PLC0415

    from training.fusion.optimise import whole  # noqa: PLC0415
    from training.fusion.recipe import BASELINES, Args, Variant  # noqa: PLC0415
    from training.fusion.shards import see_as  # noqa: PLC0415
    from training.fusion.train import build_network  # noqa: PLC0415

    torch.set_num_threads(1)
    answers: dict[str, list[Float64Array]] = {}
    for variant in BASELINES:
        args = Args(work=work, variant=variant)
        file = work / f"baseline-{variant}-{args.seed}.pt"
        if variant not in {Variant.FACE, Variant.POSE} and not file.exists():
            continue
        network = build_network(args)
        network.load_state_dict(torch.load(file))
        answers[variant.value] = [
            whole(args, network, see_as(variant, lesson)).softmax(dim=-1).numpy()
            for lesson in lessons
        ]
    # Late fusion, as in the paper: the mean of what the two streams say on their own.
    answers["late"] = [
        (face + pose) / 2
        for face, pose in zip(answers[Variant.FACE], answers[Variant.POSE], strict=True)
    ]
    result: dict[str, object] = {}
    for name, repetitions in answers.items():
        scores = [_macro_f1(p, lesson) for p, lesson in zip(repetitions, lessons, strict=True)]
        key = name.replace("-", "_")
        result[key] = round(float(np.mean(scores)), 4)
        result[f"{key}_interval"] = interval(scores)
    return result


def _macro_f1(p: Float64Array, lesson: Lesson) -> float:
    """Return macro-F1 of (N, S, 4) answers, one a second."""
    states = lesson.states[:, int(TOKEN_HZ) - 1 :: int(TOKEN_HZ)]
    table = score(p[:, WARM_S:].reshape(-1, len(AFFECTS)), states[:, WARM_S:].ravel())
    return table["macro_f1"]
