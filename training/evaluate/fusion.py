"""What the shipped fusion model scores on simulated students it has never seen.

Everything goes through the box's own streaming ``Fuser`` and the shipped artifact, all students as
the seats of one box. The numbers are simulated and say so; they are no statement about people.
"""

import functools
import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, TOKEN_HZ
from appliance.fusion.fuser import WARM_UP_S
from training.ceiling.bayes import bayes_ceiling
from training.evaluate.baselines import evaluate_baselines
from training.fusion.modality_loss import Modality
from training.fusion.scores import Scores, area_under_roc, interval, score
from training.fusion.streaming import stream, stream_max_diff
from training.fusion.unseen import LOST_SHARE, UNSEEN_SEED, on_ladder, unseen_lesson, without
from training.progress import tracked
from training.real.drowsy_blinks import evaluate_drowsy_blinks
from training.simulator.classroom import Lesson
from training.simulator.parameters import FRAME_HZ, LADDER, PERSISTENCE, SHARES

GOLDEN = Path("tests/fusion/golden/whole_sequence.npz")
CLIP_S = 10.0  # the field's AUCs are of 10 s clips (docs/DESIGN.md, 9)
WARM_TOKENS = int(WARM_UP_S * TOKEN_HZ)
SEATS = 32


def evaluate_fusion(
    *,
    students: int = 48,
    minutes: float = 10.0,
    seeds: int = 5,
    particles: int = 1000,
    work: Path | None = None,
) -> dict[str, object]:
    """Return the scores of the shipped model as a JSON-ready table.

    Args:
        students: Unseen simulated students per seed.
        minutes: Length of each occupancy.
        seeds: Different groups of students; 95 % intervals are over them.
        particles: Of the ceiling's filter; 0 leaves the ceiling out.
        work: Folder of ``training.fusion`` with the baselines; None leaves them out.
    """
    if particles > 0 and importlib.util.find_spec("numba") is None:
        # Said before minutes of work, not after.
        msg = "the ceiling needs numba: pip install 'classbox[training]', or add --particles 0"
        raise SystemExit(msg)
    draw = functools.partial(unseen_lesson, students=students, tokens=int(minutes * 60 * TOKEN_HZ))
    groups = [UNSEEN_SEED + repetition for repetition in range(seeds)]
    nominal = [draw(seed=seed) for seed in tracked(groups, "Students")]
    read = [stream(lesson) for lesson in tracked(nominal, "Nominal")]
    tables = [_score(p, lesson) for p, lesson in zip(read, nominal, strict=True)]
    result: dict[str, Any] = {
        "data": "simulated",
        "students": students * seeds,
        "student_hours": round(seeds * students * minutes / 60, 1),
        **_mean(tables),
        "ece": pooled_ece(read, nominal),
        "macro_f1_interval": interval([table["macro_f1"] for table in tables]),
    }
    result["degraded"], _ = _repeat(functools.partial(draw, regime="degraded"), groups)
    result["field"], aucs = _repeat(functools.partial(draw, regime="field"), groups)
    result["field"]["auc"] = aucs
    family, _ = _repeat(functools.partial(draw, held_out_family=True), groups)
    result["heldout_family"], result["ece_heldout_family"] = family, family["ece"]
    result["drop_30"] = {
        modality.value: _macro_f1(without(nominal[0], modality, share=LOST_SHARE, seed=1))
        for modality in tracked(list(Modality), "30 % lost")
    }
    result["only"] = {
        kept: _macro_f1(without(nominal[0], lost, share=1.0, seed=1))
        for kept, lost in (("face", Modality.POSE), ("pose", Modality.FACE))
    }
    # All of the following are of the first group: to be compared with its own score.
    result["first_group"] = tables[0]["macro_f1"]
    result["ladder"] = dict(_on_each_step(functools.partial(draw, seed=groups[0])))
    result["persistence"] = {
        str(factor): _macro_f1(draw(seed=groups[0], persistence=factor))
        for factor in tracked(list(PERSISTENCE), "Persistence")
    }
    result["prevalence"] = {
        name: _macro_f1(draw(seed=groups[0], scenario=name))
        for name in tracked(list(SHARES), "Prevalence")
    }
    result["risk_coverage"] = risk_coverage(read[0], nominal[0])
    result["stream_max_diff"] = stream_max_diff(GOLDEN)
    result["hour_8_max_diff"] = hour_8_max_diff(nominal[0])
    result["ms_per_token_32_seats"] = ms_per_token()
    if work is not None:
        result["baselines"] = evaluate_baselines(work, nominal)
    if particles > 0:
        ceiling = bayes_ceiling(students=students, minutes=minutes, particles=particles)
        result["bayes_macro_f1"] = ceiling["macro_f1"]
        result["ceiling"] = ceiling
    return result


def blink_scores(windows: Path) -> dict[str, object]:
    """Return what real blinks alone say about drowsiness, by person (``drowsy_blinks``)."""
    table = evaluate_drowsy_blinks(windows)
    return {"rldd_three_way": table["three_way"], "rldd_alert_drowsy": table["alert_drowsy"]}


def clip_aucs(p: Float64Array, lesson: Lesson) -> dict[str, float]:
    """Return the area under the ROC curve of each state against the rest on 10 s clips.

    A clip's score is the mean probability; clips in which the state changes are left out.
    """
    length = int(CLIP_S * TOKEN_HZ)
    first = WARM_TOKENS
    count = (p.shape[1] - first) // length
    window = slice(first, first + count * length)
    clips = p[:, window].reshape(len(p), count, length, -1).mean(axis=2)
    states = lesson.states[:, window].reshape(len(p), count, length)
    pure = (states == states[:, :, :1]).all(axis=2)
    return {
        affect.value: round(area_under_roc(clips[pure][:, index], states[pure][:, 0] == index), 4)
        for index, affect in enumerate(AFFECTS)
    }


def pooled_ece(read: Sequence[Float64Array], lessons: Sequence[Lesson]) -> float:
    """Return the calibration error over the students of all groups together.

    The mean of the groups' own errors would be too large: whoever is few deviates by chance, and
    the error knows no sign.
    """
    p = np.concatenate([one[:, WARM_TOKENS:].reshape(-1, one.shape[2]) for one in read])
    states = np.concatenate([lesson.states[:, WARM_TOKENS:].ravel() for lesson in lessons])
    return score(p, states)["ece"]


def risk_coverage(p: Float64Array, lesson: Lesson) -> list[dict[str, float]]:
    """Return the share of wrong answers among those kept when the least sure ones are dropped."""
    confidence = p[:, WARM_TOKENS:].max(axis=2).ravel()
    wrong = p[:, WARM_TOKENS:].argmax(axis=2).ravel() != lesson.states[:, WARM_TOKENS:].ravel()
    order = np.argsort(-confidence, kind="stable")
    return [
        {
            "coverage": share,
            "risk": round(float(wrong[order[: round(share * len(order))]].mean()), 4),
        }
        for share in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    ]


def hour_8_max_diff(lesson: Lesson, *, students: int = 4) -> float:
    """Return how much the eighth pass over the same hour differs from the first.

    The hour is the lesson repeated; the first ten minutes of each hour are left out, because the
    first hour begins without a past.
    """
    hour = 3600 * int(TOKEN_HZ)
    times = -(-hour // lesson.states.shape[1])
    face = np.tile(lesson.face[:students], (1, times, 1))[:, :hour]
    pose = np.tile(lesson.pose[:students], (1, times, 1))[:, :hour]
    day = Lesson(
        face=np.tile(face, (1, 8, 1)),
        pose=np.tile(pose, (1, 8, 1)),
        states=np.zeros((students, 8 * hour), dtype=np.int8),
    )
    p = stream(day)
    after = 600 * int(TOKEN_HZ)
    return float(np.abs(p[:, after:hour] - p[:, 7 * hour + after :]).max())


def ms_per_token(*, calls: int = 200) -> float:
    """Return the median milliseconds of one token for 32 seats, one thread."""
    lesson = Lesson(
        face=np.zeros((SEATS, calls, FACE_SIZE), dtype=np.float32),
        pose=np.zeros((SEATS, calls, POSE_STREAM_SIZE), dtype=np.float32),
        states=np.zeros((SEATS, calls), dtype=np.int8),
    )
    begun = time.perf_counter()
    stream(lesson)
    return round(1e3 * (time.perf_counter() - begun) / calls, 2)


def _repeat(draw: Callable[..., Lesson], seeds: list[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the mean scores and clip AUCs of the model over groups of students."""
    lessons, read = [], []
    for seed in tracked(seeds, "Regimes and families"):
        lessons.append(draw(seed=seed))
        read.append(stream(lessons[-1]))
    pairs = list(zip(read, lessons, strict=True))
    scores = _mean([_score(p, lesson) for p, lesson in pairs])
    scores["ece"] = pooled_ece(read, lessons)
    return scores, _mean([clip_aucs(p, lesson) for p, lesson in pairs])


def _on_each_step(draw: Callable[[], Lesson]) -> Iterator[tuple[str, float]]:
    for step in tracked(range(len(LADDER)), "Ladder"):
        pose_every, expression_every, _ = LADDER[step]
        with on_ladder(step):
            lesson = draw()
        name = f"pose {FRAME_HZ / pose_every:g} Hz, expression {FRAME_HZ / expression_every:g} Hz"
        yield name, _macro_f1(lesson)


def _score(p: Float64Array, lesson: Lesson) -> Scores:
    answers = p[:, WARM_TOKENS:].reshape(-1, len(AFFECTS))
    return score(answers, lesson.states[:, WARM_TOKENS:].ravel())


def _macro_f1(lesson: Lesson) -> float:
    return _score(stream(lesson), lesson)["macro_f1"]


def _mean(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average tables of numbers, nested ones too."""
    result: dict[str, Any] = {}
    for key, value in tables[0].items():
        if isinstance(value, Mapping):
            result[key] = _mean([table[key] for table in tables])
        else:
            result[key] = round(float(np.mean([_number(table[key]) for table in tables])), 4)
    return result


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        msg = f"not a number: {value!r}"
        raise TypeError(msg)
    return float(value)
