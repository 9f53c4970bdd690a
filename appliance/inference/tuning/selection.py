"""From measured slices to the form that a box should use; no clock, no process.

A *slice* is a fixed piece of the mixed load during which one candidate serves the model under
test. In every round each candidate has one slice, and so has the load without the model. Slices of
one round lie close together, so whatever else the machine did at that time hit them alike;
candidates are compared round by round.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MIN_ROUNDS = 5
"""Of fewer the spread may be small by chance."""

MAX_ROUNDS = 60
"""More would sharpen little: the error falls with the root of their number."""

MIN_GAIN = 0.05
"""Share of the default's CPU time that a winner saves at least; less is not worth a change."""

NOISE_FACTOR = 3.0
"""The gain exceeds this many standard errors of its median."""

MAX_SLOWDOWN = 1.10
"""A winner's own time under load may be this much longer: CPU is scarce, latency is not."""

_SIGMA_PER_MAD = 1.4826  # of a normal distribution
_MEDIAN_PER_MEAN = 1.2533  # standard error of the median over that of the mean, likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One measured piece of the mixed load."""

    cpu_ms: float
    """CPU time of the whole process, milliseconds."""

    wall_ms: float
    """Median time of one call of the model under test, milliseconds; 0 without it."""

    calls: int
    """Of the model under test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one candidate costs; milliseconds per inference."""

    rounds: int
    """Rounds that the numbers come from."""

    cpu_ms: float
    """CPU time: the default's slices over those without the model, less the gain."""

    wall_ms: float
    """Time of a call under the load."""

    gain_ms: float
    """CPU time saved against the default, median of the rounds."""

    noise_ms: float
    """Standard error of the gain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The outcome for one model."""

    winner: str
    """Name of the candidate to use."""

    scores: Mapping[str, Score]
    """By candidate; those that worked."""

    notes: Mapping[str, str]
    """By candidate; why it did not win, or what is wrong with it."""


def select_form(
    rounds: Sequence[Mapping[str, Slice]],
    *,
    names: Sequence[str],
    default: str,
    without: str,
    broken: Mapping[str, str],
) -> Selection:
    """Decide which candidate a box should use.

    A candidate replaces the default when its gain is at least ``MIN_GAIN`` of what the default
    costs, more than ``NOISE_FACTOR`` times its own standard error, and its calls take no more than
    ``MAX_SLOWDOWN`` times as long. Of several the one with the largest gain wins.

    Args:
        rounds: Slices by candidate; incomplete ones are used as far as they go.
        names: The candidates.
        default: The one that stays unless it is beaten; where it is broken, the first that is not
            takes its place.
        without: Name of the slices without the model.
        broken: Reason by candidate that did not work.

    Returns:
        The winner; the default where nothing could be compared.
    """
    working = [name for name in names if name not in broken]
    if default in broken and working:
        default = working[0]
    scores = {
        name: score
        for name in names
        if name not in broken
        and (score := _score(rounds, name=name, default=default, without=without)) is not None
    }
    notes = dict(broken)
    winner, best_ms = default, 0.0
    for name, score in scores.items():
        if name == default:
            continue
        if note := _shortcoming(score, scores[default]):
            notes[name] = note
        elif score.gain_ms > best_ms:
            winner, best_ms = name, score.gain_ms
    for name in names:
        if name not in scores and name not in notes:
            notes[name] = f"fewer than {MIN_ROUNDS} rounds in the time there was"
    return Selection(winner=winner, scores=scores, notes=notes)


def _score(
    rounds: Sequence[Mapping[str, Slice]], *, name: str, default: str, without: str
) -> Score | None:
    shared = [one for one in rounds if name in one and default in one and without in one]
    if len(shared) < MIN_ROUNDS:
        return None
    costs = [(one[default].cpu_ms - one[without].cpu_ms) / one[default].calls for one in shared]
    gains = [(one[default].cpu_ms - one[name].cpu_ms) / one[name].calls for one in shared]
    gain_ms = median(gains)
    spread_ms = _SIGMA_PER_MAD * median(abs(gain - gain_ms) for gain in gains)
    return Score(
        rounds=len(shared),
        cpu_ms=median(costs) - gain_ms,
        wall_ms=median(one[name].wall_ms for one in shared),
        gain_ms=gain_ms,
        noise_ms=_MEDIAN_PER_MEAN * spread_ms / math.sqrt(len(shared)),
    )


def _shortcoming(score: Score, default: Score) -> str:
    if score.gain_ms <= 0:
        return "not faster"
    if score.gain_ms < MIN_GAIN * default.cpu_ms:
        return f"saves less than {MIN_GAIN:.0%} of the default's CPU time"
    if score.gain_ms <= NOISE_FACTOR * score.noise_ms:
        return f"its gain is within {NOISE_FACTOR:g} times the noise"
    if score.wall_ms > MAX_SLOWDOWN * default.wall_ms:
        return f"its calls take more than {MAX_SLOWDOWN:g} times as long as the default's"
    return ""
