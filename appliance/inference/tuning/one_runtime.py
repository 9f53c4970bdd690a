"""From the best form of each model to the best run time for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.domain.models import Backend
from appliance.inference.tuning.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What was found out about one model."""

    selection: Selection
    """Scores and winner by form."""

    backends: Mapping[str, Backend]
    """Run time of each form."""

    default: str
    """Form that stays unless it is beaten."""

    every: int
    """Frames from one call to the next."""


def settle(contests: Sequence[Contest]) -> list[Selection]:
    """Let all models run on one run time, so that the other one is never in memory.

    The run time with which the whole mix costs least processor time, each model in its best form
    there. A model keeps its default where that belongs to it, and the best timed form otherwise.

    Args:
        contests: One per model.

    Returns:
        The selections in the same order, with a note where a winner had to give way.
    """
    spread = {one.backends[one.selection.winner] for one in contests}
    choices = [
        backend for backend in Backend if all(_best(one, backend) is not None for one in contests)
    ]
    if len(spread) == 1 or not choices:
        return [one.selection for one in contests]
    chosen = min(
        choices, key=lambda backend: sum(_cost_ms(one, backend) / one.every for one in contests)
    )
    return [_on(one, chosen) for one in contests]


def _on(contest: Contest, backend: Backend) -> Selection:
    selection, best = contest.selection, _best(contest, backend)
    if best is None or contest.backends[selection.winner] is backend:
        return selection
    note = f"one run time for all models: {backend.value} costs less in all"
    return replace(selection, winner=best, notes={**selection.notes, selection.winner: note})


def _best(contest: Contest, backend: Backend) -> str | None:
    """Return the form that a model would take on a run time; None where none was timed."""
    selection = contest.selection
    if contest.backends[selection.winner] is backend:
        return selection.winner if selection.winner in selection.scores else None
    forms = [form for form in selection.scores if contest.backends[form] is backend]
    if contest.default in forms:
        return contest.default
    return min(forms, key=lambda form: selection.scores[form].cpu_ms, default=None)


def _cost_ms(contest: Contest, backend: Backend) -> float:
    best = _best(contest, backend)
    return float("inf") if best is None else contest.selection.scores[best].cpu_ms
