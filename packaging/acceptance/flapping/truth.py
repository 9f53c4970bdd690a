"""What was true of a camera, against what the status said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

LATE_S = 10.0
"""So long after a change the status may still say what was true before."""

Changes = Sequence[tuple[float, bool]]
"""Since when, Unix time in order, and whether the camera was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the comparison came to."""

    messages: int
    """Status messages after the first, which said how it was when the comparison began."""

    losses: int
    """Times that the camera was lost, and the box could have known."""

    untrue: tuple[str, ...]
    """Messages that said what was not so, and had not been for longer than ``LATE_S``."""

    late: tuple[str, ...]
    """Changes that lasted, and were not told within ``LATE_S``."""


def compare(was: Changes, said: Changes, *, ends_s: float) -> Verdict:
    """Compare the camera with the status.

    Args:
        was: Whether the box got pictures.
        said: For each status message, whether it named no problem of this camera.
        ends_s: Until when both were watched, Unix time.

    Returns:
        Everything that was untrue or late. A camera that is back before it was missed for
        ``LATE_S`` need not be spoken of.
    """
    begins_s = said[0][0] if said else ends_s
    merged = _merge(was)
    untrue = [
        f"{at_s - begins_s:.1f} s: said {_word(there=there)}, untrue for over {LATE_S:g} s"
        for at_s, there in said
        if not _held(merged, value=there, from_s=at_s - LATE_S, to_s=at_s)
    ]
    ends = [at_s for at_s, _ in merged[1:]] + [ends_s]
    late = [
        f"{at_s - begins_s:.1f} s: {_word(there=there)} for {end_s - at_s:.0f} s, not told in time"
        for (at_s, there), end_s in zip(merged, ends, strict=True)
        if at_s >= begins_s
        and end_s - at_s > LATE_S
        and not _held(said, value=there, from_s=at_s, to_s=at_s + LATE_S)
    ]
    losses = sum(not there for at_s, there in merged if at_s >= begins_s)
    return Verdict(messages=len(said[1:]), losses=losses, untrue=tuple(untrue), late=tuple(late))


def _merge(changes: Changes) -> list[tuple[float, bool]]:
    """Leave out what changes nothing."""
    merged: list[tuple[float, bool]] = []
    for at_s, there in changes:
        if not merged or merged[-1][1] is not there:
            merged.append((at_s, there))
    return merged


def _held(changes: Changes, *, value: bool, from_s: float, to_s: float) -> bool:
    """Tell whether a value held at any moment of a span."""
    before = [there for at_s, there in changes if at_s <= from_s]
    within = [there for at_s, there in changes if from_s < at_s <= to_s]
    return value in {*before[-1:], *within}


def _word(*, there: bool) -> str:
    return "there" if there else "lost"
