"""The fitted numbers of ``fitted.toml``: what the readings of simulated students are like."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array

STATES = len(AFFECTS)
AXES = STATES - 1
"""A reading has three free numbers: the logarithms of p(confused), p(fatigued) and p(bored), each
divided by p(focused). Below they are called its log-odds."""

FITTED = Path(__file__).with_name("fitted.toml")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderClass:
    """Students who are read alike: plainly, hardly, or in between."""

    share: float
    """Of the students."""
    levels: Float64Array = field(repr=False)
    """(4, 3) mean log-odds that a true state leads to in the long run."""
    spread: Float64Array = field(repr=False)
    """(12, 12) covariance of a student's own levels about them, row-major."""
    episodes: Float64Array = field(repr=False)
    """(4, 3, 3) covariance of what is added for as long as a state lasts."""
    noise: Float64Array = field(repr=False)
    """(4, 3, 3) covariance of what is new in the noise every 10 s."""
    noise_spread: float
    """Standard deviation of the logarithm of a student's own factor on the noise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadingModel:
    """How readings come from true states, in steps of 10 s.

    seen <- follow x seen + (1 - follow) x (delay x level 10 s ago + (1 - delay) x level now)
    noise <- keep[0] x noise + keep[1] x noise 10 s ago + new
    log-odds = seen + noise, and the probabilities are their softmax.
    """

    follow: float
    """What is kept in 10 s of what was seen so far."""
    delay: float
    """How much of a level shows one step late."""
    keep: Float64Array = field(repr=False)
    """(2,) what the noise keeps of itself 10 s and 20 s before."""
    start: Float64Array = field(repr=False)
    """(3,) log-odds that are seen before anything was seen."""
    shape: Float64Array = field(repr=False)
    """(4, 3, 4) coefficients of 1, z, z^2, z^3 that give what is new in the noise, before its
    covariance, its skewness and its tails; z is standard normal."""
    swing_at: Float64Array = field(repr=False)
    """(K,) log-odds, increasing."""
    swing: Float64Array = field(repr=False)
    """(3, K) factor on what is new in the noise where the last log-odds are there: what is certain
    moves less."""
    unrest: Float64Array = field(repr=False)
    """(A,) factor on it in the first, second, ... and every later 10 s of a state."""
    bursts_keep: float
    """Correlation of the logarithm of another factor with itself 10 s before: some moments are
    livelier than others."""
    bursts_sd: Float64Array = field(repr=False)
    """(2,) standard deviation of what the three log-odds share of that logarithm, and of what each
    has for itself."""
    sure: Float64Array = field(repr=False)
    """(K,) largest probability of a mean over 10 s, increasing."""
    known: Float64Array = field(repr=False)
    """(K,) how often the latest reading is then known."""
    popup: Float64Array = field(repr=False)
    """(P, 3) what is added to the log-odds in the first, second, ... 10 s after a pop-up."""
    classes: tuple[ReaderClass, ...] = field(repr=False)
    """What kinds of students there are."""


_ARRAYS = (
    *("keep", "start", "shape", "swing_at", "swing", "unrest", "bursts_sd"),
    *("sure", "known", "popup"),
)


def load_model(path: Path = FITTED) -> ReadingModel:
    """Read a file that ``write_model`` wrote."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    classes = tuple(
        ReaderClass(
            share=one["share"],
            levels=np.array(one["levels"]),
            spread=np.array(one["spread"]),
            episodes=np.array(one["episodes"]),
            noise=np.array(one["noise"]),
            noise_spread=one["noise_spread"],
        )
        for one in table["class"]
    )
    arrays = {name: np.array(table[name], dtype=np.float64) for name in _ARRAYS}
    return ReadingModel(
        follow=table["follow"],
        delay=table["delay"],
        bursts_keep=table["bursts_keep"],
        classes=classes,
        **arrays,
    )


def write_model(model: ReadingModel, path: Path, *, source: str) -> None:
    """Write a model with what it was fitted to."""
    lines = [
        f"# {source}",
        "# What each number means stands in fitted.py.",
        f"follow = {model.follow:.4g}",
        f"delay = {model.delay:.4g}",
        f"bursts_keep = {model.bursts_keep:.4g}",
        *(f"{name} = {_text(getattr(model, name))}" for name in _ARRAYS),
    ]
    for one in model.classes:
        lines += [
            "",
            "[[class]]",
            f"share = {one.share:.4g}",
            f"noise_spread = {one.noise_spread:.4g}",
            *(
                f"{name} = {_text(getattr(one, name))}"
                for name in ("levels", "spread", "episodes", "noise")
            ),
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _text(values: Float64Array, indent: int = 2) -> str:
    """Return an array as TOML, one innermost row a line."""
    if values.ndim == 1:
        return "[" + ", ".join(f"{value:.4g}" if value else "0.0" for value in values) + "]"
    rows = [" " * indent + _text(row, indent + 2) + "," for row in values]
    return "[\n" + "\n".join(rows) + "\n" + " " * (indent - 2) + "]"
