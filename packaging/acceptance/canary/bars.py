"""Finds the bars of a canary in raw memory, whatever type, layout, scale and brightness it has."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from acceptance.canary.pictures import bar_colours

IN_A_ROW = 8
"""So many bars one after the other are a find."""

ALIKE = 0.9995
"""Correlation of their values with those of a canary. Rounding and JPEG leave 0.9999; among eight
random values less than one in a thousand millions reaches it."""

MOST_BETWEEN = 4
"""Samples between two bars, where scaling has mixed them."""

MOST_UNEVEN = 3.0
"""Ratio of the widest to the narrowest bar of a find."""

LEAST_SPREAD = 1e-3
"""Of the values of a find; less is rounding of one and the same value."""

EXACT, BLUR = 1e-3, 3.0
"""Largest difference between neighbours within a bar."""

TO_GREY = np.array([0.114, 0.587, 0.299])  # ITU-R BT.601, B G R
TO_CB = np.array([0.5, -0.331264, -0.168736])
TO_CR = np.array([-0.081312, -0.418688, 0.5])

Samples = npt.NDArray[np.float32]


class BarSearch:
    """Knows the bars; holds nothing else."""

    def __init__(self) -> None:
        """Prepare what every piece of memory is compared with."""
        colours = bar_colours().astype(np.float64)
        planes = [*colours.T, colours @ TO_GREY, colours @ TO_CB, colours @ TO_CR]
        series = [line for plane in planes for line in (plane, plane[::-1])]
        windows = np.concatenate(
            [np.lib.stride_tricks.sliding_window_view(line, IN_A_ROW) for line in series]
        )
        self._templates = _normalise(windows).astype(np.float32)

    def found(self, data: bytes, *, blurred: bool = False) -> bool:
        """Tell whether a row of a canary lies somewhere in the data.

        Args:
            data: Of any kind.
            blurred: It is the pixels of a picture that has been compressed with a loss.
        """
        return any(self._found_along(samples, blurred=blurred) for samples in _views(data))

    def _found_along(self, samples: Samples, *, blurred: bool) -> bool:
        values, starts, lengths = _plateaus(samples, slack=BLUR if blurred else EXACT)
        if len(values) < IN_A_ROW:
            return False
        windows = np.lib.stride_tricks.sliding_window_view
        gaps = starts[1:] - (starts + lengths)[:-1]
        near = windows(gaps, IN_A_ROW - 1).max(axis=1) <= MOST_BETWEEN
        runs = windows(lengths, IN_A_ROW)[near]
        rows = windows(values, IN_A_ROW)[near]
        even = runs.max(axis=1) <= MOST_UNEVEN * runs.min(axis=1)
        spread = np.ptp(rows, axis=1) > LEAST_SPREAD
        rows = rows[even & spread].astype(np.float64)
        return any(
            bool((_normalise(part).astype(np.float32) @ self._templates.T > ALIKE).any())
            for part in np.array_split(rows, 1 + len(rows) // 65536)
            if len(part)
        )


def _views(data: bytes) -> Iterator[Samples]:
    """Yield the data as rows of one channel: bytes and floats; planes, triples and quadruples."""
    octets = np.frombuffer(data, dtype=np.uint8)
    yield octets.astype(np.float32)
    for step in (3, 4):
        for first in range(step):
            yield octets[first::step].astype(np.float32)
    for first in range(4):
        floats = np.frombuffer(
            data, dtype="<f4", offset=first, count=max(0, len(data) - first) // 4
        )
        with np.errstate(invalid="ignore"):
            usable = np.where(np.abs(floats) < 1024, floats, np.nan)  # noqa: PLR2004
        yield usable
        for step in (3, 4):
            for channel in range(step):
                yield usable[channel::step]
    for first in range(2):
        halves = np.frombuffer(
            data, dtype="<f2", offset=first, count=max(0, len(data) - first) // 2
        )
        yield halves.astype(np.float32)


def _plateaus(
    samples: Samples, *, slack: float
) -> tuple[Samples, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return value, first sample and length of each run of two or more samples that agree."""
    if len(samples) < IN_A_ROW:
        empty = np.empty(0, dtype=np.int64)
        return np.empty(0, dtype=np.float32), empty, empty
    with np.errstate(invalid="ignore"):
        same = np.abs(np.diff(samples)) <= slack
    edges = np.flatnonzero(~same)
    starts = np.concatenate([[0], edges + 1])
    ends = np.concatenate([edges + 1, [len(samples)]])
    lengths = ends - starts
    long = lengths > 1
    return samples[(starts + lengths // 2)[long]], starts[long], lengths[long]


def _normalise(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return rows of mean 0 and length 1, so that a product of two is their correlation."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(centred / lengths)
