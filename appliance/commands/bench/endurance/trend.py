"""Does something grow? Judges the samples of a soak; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

MOST_SLOPE_MB_H = 1.0
"""Memory that grows as fast is a leak (docs/DESIGN.md, 10)."""

LONG_S = 3600.0
"""Only from here on is the slope itself judged; before, it has to be above the limit beyond
doubt, because a few megabytes of noise make any slope of a few minutes."""

DOUBT = 2.0
"""Standard errors."""

MOST_ALIKE = 0.99
"""Highest correlation of neighbours that is reckoned with; at 1 nothing could be said."""

PART = 4
"""The first and the last quarter of the samples are compared."""

FEWEST = 3
"""Samples that a quarter has to have."""

QUEUE_FACTOR, QUEUE_SLACK = 2, 25
"""A queue that grows all the time is three times as long in the last quarter as in the first; a
second's worth of the writer's saw-tooth is not growth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The process at one moment."""

    at_s: float
    """Since the box was started."""

    rss_mb: float
    """Resident memory, MB of 10^6 bytes."""

    threads: int
    """All threads, those of native libraries included."""

    descriptors: int
    """Open files and sockets."""

    outbox: int
    """Commands and alerts not yet acknowledged or expired."""

    writer: int
    """Feature batches not yet on disk; the fewest of the last seconds, as they come in waves."""

    calm: bool
    """Every camera is live and the broker connected, for the second sample in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line through samples of memory."""

    slope_mb_h: float
    """Megabytes per hour."""

    error_mb_h: float | None
    """Its standard error; None for fewer than three samples."""


def fit_line(samples: Sequence[Sample]) -> Line:
    """Fit memory over time by least squares.

    A sample says little that the one before has not said. So the error is that of independent
    samples times sqrt((1 + r) / (1 - r)), r being the correlation of neighbours' residuals, not
    below 0.

    Source:
        The effective number of samples of a first-order autoregressive series, for example
        Santer et al., J. Geophys. Res. 105 (2000), 7337, equation 6.
    """
    if len(samples) < 3:  # noqa: PLR2004 - two points leave nothing to judge the error by
        return Line(slope_mb_h=0.0, error_mb_h=None)
    hours = np.array([sample.at_s for sample in samples]) / 3600
    memory = np.array([sample.rss_mb for sample in samples])
    away = hours - hours.mean()
    slope = float(away @ memory / (away @ away))
    rest = memory - memory.mean() - slope * away
    error = math.sqrt(float(rest @ rest) / (len(samples) - 2) / float(away @ away))
    alike = float(rest[1:] @ rest[:-1] / (rest @ rest)) if rest.any() else 0.0
    alike = min(max(alike, 0.0), MOST_ALIKE)
    return Line(slope_mb_h=slope, error_mb_h=error * math.sqrt((1 + alike) / (1 - alike)))


def find_growth(samples: Sequence[Sample], *, seconds: float) -> list[str]:
    """Return one line for each thing that grows; only calm samples can be compared.

    Args:
        samples: After the warm-up, in order.
        seconds: Length of the whole soak.
    """
    calm = [sample for sample in samples if sample.calm]
    problems = _grown_memory(fit_line(calm), long=seconds >= LONG_S)
    part = len(calm) // PART
    if part < FEWEST:
        return [*problems, "too few samples with all cameras and the broker there: soak for longer"]
    first, last = calm[:part], calm[-part:]
    for name in ("threads", "descriptors"):
        before = median(getattr(sample, name) for sample in first)
        after = min(getattr(sample, name) for sample in last)
        if after > before:
            problems.append(f"{name}: {before:g} after the warm-up, {after:g} at the end")
    for name in ("outbox", "writer"):
        most = max(getattr(sample, name) for sample in first)
        least = min(getattr(sample, name) for sample in last)
        if least > QUEUE_FACTOR * most + QUEUE_SLACK:
            problems.append(f"{name} queue grows: at most {most} at first, at least {least} later")
    return problems


def _grown_memory(line: Line, *, long: bool) -> list[str]:
    if line.error_mb_h is None:
        return []
    grows = (
        line.slope_mb_h >= MOST_SLOPE_MB_H
        if long
        else line.slope_mb_h - DOUBT * line.error_mb_h > MOST_SLOPE_MB_H
    )
    if not grows:
        return []
    problem = (
        f"memory grows by {line.slope_mb_h:.2f} MB/h (standard error {line.error_mb_h:.2f}); "
        f"less than {MOST_SLOPE_MB_H:g} is allowed"
    )
    return [problem]
