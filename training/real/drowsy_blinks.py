"""Whether blinks tell who is drowsy: RLDD, one fold of people held out.

Three baselines of a person's blinks are compared:

* *known alert*: the z-scores of the file, made against a recording in which the person is known
  to be alert. Kind to the alert class, because its recording is its own baseline;
* *own start*: made again against the first half of the same recording. RLDD's recordings last
  about ten minutes, so this is what the first five minutes of an occupancy would give the box.
  A z-score is affine in what was measured, so standardising it once more gives the same numbers
  as standardising what was measured; only where five minutes end is not exact. Windows of the
  second half are scored, and beside them the same windows with the known-alert baseline;
* one feature: the share of blinks whose frequency exceeds 8 (known alert), with a threshold.

The held-out fold chooses nothing: features and model are those with the best mean balanced
accuracy when each of the other three folds is predicted by the other two.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from appliance.domain.arrays import BoolArray, Float64Array
from training.datasets.rldd import (
    ALERT,
    DROWSY,
    FOLDS,
    STRIDE,
    VIGILANT,
    WINDOW,
    BlinkWindows,
    join_blinks,
    read_rldd,
)
from training.fusion.scores import balanced_accuracy
from training.real.blink_candidates import Candidate, list_candidates

TASKS: Mapping[str, tuple[tuple[int, ...], float]] = {
    "three_way": ((ALERT, VIGILANT, DROWSY), 0.58),
    "alert_drowsy": ((ALERT, DROWSY), 0.80),
}
"""Classes, and the balanced accuracy to reach."""

FREQUENT = 8.0
MAD_TO_SPREAD = 1.4826
_FREQUENCY = 0

Labels = NDArray[np.intp]


def evaluate_drowsy_blinks(path: Path) -> dict[str, object]:
    """Return how well drowsiness is told of people never seen.

    Args:
        path: ``rldd_blinks.npz``.

    Raises:
        ConfigError: The file cannot be read.
        MissingProgramError: scikit-learn is not installed.
    """
    windows = read_rldd(path)
    candidates = list_candidates()
    started, later = restart(windows)
    baselines = {
        "known_alert": windows,
        "own_start": started,
        "known_alert_same_windows": windows.take(later),
    }
    table: dict[str, object] = {}
    for name, (classes, bar) in TASKS.items():
        rows = {
            title: score_held_out(one, classes=classes, candidates=candidates, title=title)
            for title, one in baselines.items()
        }
        rows["one_feature"] = score_one_feature(windows, classes=classes)
        reached = rows["known_alert"]["mean"]
        table[name] = {
            "balanced_accuracy": reached,
            "spread": rows["known_alert"]["spread"],
            "bar": bar,
            "passed": isinstance(reached, float) and reached >= bar,
            "baselines": rows,
        }
    return {
        **table,
        "n": {
            "windows": len(windows.label),
            "recordings": int(windows.recording.max()) + 1,
            "people": 48,  # data/README.md
            "candidates_tried": len(candidates),
        },
    }


def restart(windows: BlinkWindows) -> tuple[BlinkWindows, BoolArray]:
    """Standardise each recording by its own first half; return its later windows.

    Returns:
        The windows that lie wholly in the second half of their recording, standardised again; and
        which ones they are, (N,).
    """
    later = np.zeros(len(windows.label), dtype=np.bool_)
    blinks = windows.blinks.copy()
    for number in np.unique(windows.recording):
        mine = np.flatnonzero(windows.recording == number)
        every = join_blinks(windows.blinks[mine])
        half = len(every) // 2
        own = mine[STRIDE * np.arange(len(mine)) >= half]
        later[own] = True
        # Neither limited nor floored before: either would carry the known-alert scale along.
        middle = np.median(every[:half], axis=0)
        spread = MAD_TO_SPREAD * np.median(np.abs(every[:half] - middle), axis=0)
        blinks[own] = (blinks[own] - middle) / np.where(spread > 0, spread, np.inf)
    whole = BlinkWindows(
        blinks=blinks, label=windows.label, fold=windows.fold, recording=windows.recording
    )
    return whole.take(later), later


def score_held_out(
    windows: BlinkWindows,
    *,
    classes: Sequence[int],
    candidates: Sequence[Candidate],
    title: str = "",
) -> dict[str, object]:
    """Return the score of each fold, predicted by what the other three have chosen and taught.

    Args:
        windows: All of them.
        classes: Labels that count; the other windows are left out.
        candidates: What to choose from.
        title: What the progress bar says.
    """
    used = windows.take(np.isin(windows.label, classes))
    tables = {one.name: one.features(used.blinks) for one in candidates}
    truth = np.searchsorted(classes, used.label)
    inner: dict[tuple[str, int, int, int], float] = {}
    chosen: dict[str, list[str]] = {"model": []}
    scores, grouped, recall, promised = [], [], [], []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=len(FOLDS) * (3 * len(candidates) + 1))
        for held in FOLDS:
            rest = [fold for fold in FOLDS if fold != held]
            for one in candidates:
                for taught in combinations(rest, 2):
                    (asked,) = set(rest) - set(taught)
                    chance = _predict(
                        one, tables[one.name], truth, used, taught=taught, asked=asked
                    )
                    right = truth[used.fold == asked]
                    inner[one.name, held, *taught] = balanced_accuracy(right, chance.argmax(axis=1))
                    progress.advance(task)
            means = {
                one.name: float(np.mean([v for k, v in inner.items() if k[:2] == (one.name, held)]))
                for one in candidates
            }
            best = max(candidates, key=lambda one: means[one.name])
            chance = _predict(best, tables[best.name], truth, used, taught=rest, asked=held)
            progress.advance(task)
            mine = used.fold == held
            scores.append(balanced_accuracy(truth[mine], chance.argmax(axis=1)))
            grouped.append(_by_recording(chance, truth[mine], used.recording[mine]))
            recall.append(recalls(truth[mine], chance.argmax(axis=1), classes=len(classes)))
            chosen["model"].append(best.name)
            promised.append(means[best.name])
    return {
        **_summary(scores),
        "recall": {
            str(label): float(value)
            for label, value in zip(classes, np.nanmean(recall, axis=0), strict=True)
        },
        "by_recording": _summary(grouped),
        "chosen": chosen["model"],
        "promised_by_the_others": promised,
        "windows": len(truth),
    }


def score_one_feature(windows: BlinkWindows, *, classes: Sequence[int]) -> dict[str, object]:
    """Return the score of the share of frequent blinks, with thresholds of the other folds."""
    used = windows.take(np.isin(windows.label, classes))
    share = (used.blinks[:, :, _FREQUENCY] > FREQUENT).mean(axis=1)
    truth = np.searchsorted(classes, used.label)
    scores = []
    for held in FOLDS:
        rest = used.fold != held
        decide = fit_thresholds(share[rest], truth[rest], classes=len(classes))
        scores.append(balanced_accuracy(truth[~rest], decide(share[~rest])))
    return _summary(scores)


def fit_thresholds(
    values: Float64Array, truth: Labels, *, classes: int
) -> Callable[[Float64Array], Labels]:
    """Return the thresholds on one value that tell the classes best.

    The classes may stand in any order along the value.

    Args:
        values: (N,) multiples of 1 / 30.
        truth: (N,) classes from 0.
        classes: How many.
    """
    places = (np.arange(WINDOW) + 0.5) / WINDOW
    best, score = (np.zeros(0), np.zeros(1, dtype=np.intp)), -1.0
    for count in range(1, classes):
        for edges in combinations(places.tolist(), count):
            part = np.searchsorted(edges, values)
            table = np.zeros((classes, count + 1))
            np.add.at(table, (truth, part), 1)
            table /= np.maximum(table.sum(axis=1, keepdims=True), 1)
            reached = float(table.max(axis=0).sum() / classes)
            if reached > score:
                best, score = (np.array(edges), table.argmax(axis=0)), reached
    edges_, classes_ = best
    return lambda asked: np.asarray(classes_[np.searchsorted(edges_, asked)])


def recalls(truth: Labels, predicted: Labels, *, classes: int) -> list[float]:
    """Return the recall of each class, NaN where it does not occur."""
    return [
        float(np.mean(predicted[truth == one] == one)) if (truth == one).any() else float("nan")
        for one in range(classes)
    ]


def weigh(truth: Labels, recording: Labels) -> Float64Array:
    """Return (N,) weights: every class alike; a recording by the root of its windows.

    Windows overlap by 28 of 30 blinks, so a recording with four times the windows says hardly
    more about other people.
    """
    _, which, counts = np.unique(recording, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(counts[which])
    for one in np.unique(truth):
        weight[truth == one] /= weight[truth == one].sum()
    return np.asarray(weight * len(truth) / len(np.unique(truth)))


def _predict(
    candidate: Candidate,
    table: Float64Array,
    truth: Labels,
    windows: BlinkWindows,
    *,
    taught: Sequence[int],
    asked: int,
) -> Float64Array:
    """Return the (M, C) chances of the classes in one fold, taught by others."""
    rows = np.isin(windows.fold, taught)
    model = candidate.build()
    weight = weigh(truth[rows], windows.recording[rows])
    steps = getattr(model, "steps", None)
    name = "sample_weight" if steps is None else f"{steps[-1][0]}__sample_weight"
    model.fit(table[rows], truth[rows], **{name: weight})
    wanted = table[windows.fold == asked]
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(wanted))
    margin = model.decision_function(wanted)
    if margin.ndim == 1:
        margin = np.stack([-margin, margin], axis=1)
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _by_recording(chance: Float64Array, truth: Labels, recording: Labels) -> float:
    """Return the balanced accuracy of the mean over each recording."""
    numbers = np.unique(recording)
    said = np.array([chance[recording == one].mean(axis=0).argmax() for one in numbers])
    return balanced_accuracy(np.array([truth[recording == one][0] for one in numbers]), said)


def _summary(scores: Sequence[float]) -> dict[str, object]:
    return {
        "mean": float(np.mean(scores)),
        "spread": float(np.std(scores, ddof=1)),
        "folds": [float(score) for score in scores],
    }
