"""Ways to read a window of blinks, from which the drowsy-blinks check chooses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.errors import MissingProgramError

LIMIT = 8.0  # data/README.md
SEED = 0

Model = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to read a window."""

    name: str
    """What it is."""

    features: Callable[[Float64Array], Float64Array] = field(repr=False)
    """(N, 30, 4) blinks to (N, F)."""

    build: Model = field(repr=False)
    """An unfitted scikit-learn classifier that takes ``sample_weight``."""


def summarise(blinks: Float64Array) -> Float64Array:
    """Return order statistics, spread, trend and memory of (N, 30, 4) blinks, (N, 66).

    Each is limited to +-8, and most are taken of the signed logarithm, which the cumulative
    frequency needs: it begins tens of spreads away.
    """
    limited = _limited(blinks)
    logs = np.sign(limited) * np.log1p(np.abs(limited))
    centred = logs - logs.mean(axis=1, keepdims=True)
    power = (centred**2).mean(axis=1) + 1e-6
    slope = np.linspace(-1, 1, blinks.shape[1])[None, :, None]
    columns = [
        limited.mean(axis=1),
        limited.std(axis=1),
        logs.mean(axis=1),
        logs.std(axis=1),
        *np.quantile(limited, [0.1, 0.25, 0.5, 0.75, 0.9], axis=1),
        *((limited >= level).mean(axis=1) for level in (2, 4, LIMIT)),
        *((centred[:, lag:] * centred[:, :-lag]).mean(axis=1) / power for lag in (1, 2)),
        np.abs(np.diff(logs, axis=1)).mean(axis=1),
        (centred * slope).mean(axis=1),
    ]
    pairs = [
        ((centred[:, :, a] * centred[:, :, b]).mean(axis=1) / np.sqrt(power[:, a] * power[:, b]))
        for a, b in combinations(range(blinks.shape[2]), 2)
    ]
    return np.concatenate([*columns, np.stack(pairs, axis=1)], axis=1)


def order(blinks: Float64Array) -> Float64Array:
    """Return the sorted signed logarithms of each column, (N, 120)."""
    limited = np.sort(_limited(blinks), axis=1)
    logs = np.sign(limited) * np.log1p(np.abs(limited))
    return np.asarray(logs.transpose(0, 2, 1).reshape(len(blinks), -1))


def list_candidates() -> list[Candidate]:
    """Return what is chosen from, plainest first.

    Raises:
        MissingProgramError: scikit-learn is not installed.
    """
    try:  # here, not above: the other parts of the evaluation do without
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415
        from sklearn.svm import SVC  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = f"drowsy blinks need {error.name}; pip install 'classbox[training]'"
        raise MissingProgramError(msg) from error

    def logistic(strength: float) -> Model:
        return lambda: make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500))

    def kernel(strength: float) -> Model:
        return lambda: make_pipeline(StandardScaler(), SVC(C=strength, gamma=0.002))

    return [
        *(
            Candidate(
                name=f"{title} logistic {strength:g}", features=made, build=logistic(strength)
            )
            for title, made in (("summary", summarise), ("order", order))
            for strength in (1e-4, 1e-3, 1e-2, 1e-1)
        ),
        Candidate(name="summary kernel 0.1", features=summarise, build=kernel(0.1)),
        Candidate(name="summary kernel 0.3", features=summarise, build=kernel(0.3)),
        Candidate(
            name="summary boosting",
            features=summarise,
            build=lambda: HistGradientBoostingClassifier(
                max_iter=40, max_leaf_nodes=6, learning_rate=0.1, max_bins=63, random_state=SEED
            ),
        ),
    ]


def _limited(blinks: Float64Array) -> Float64Array:
    return np.clip(blinks, -LIMIT, LIMIT)
