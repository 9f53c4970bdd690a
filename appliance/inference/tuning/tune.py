"""``classbox tune``: which form of each model is fastest on this board, under the mix of all.

The timing runs in a child process (``trial.py``), because a candidate may crash or hang. The child
is then started again without the culprit, and the rest is still timed.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.domain.models import ModelFile, ModelSpec
from appliance.errors import InferenceError
from appliance.inference.board import read_board_key
from appliance.inference.library import ModelLibrary
from appliance.inference.tuning.one_runtime import Contest, settle
from appliance.inference.tuning.selection import Selection, Slice, select_form
from appliance.inference.tuning.trial import WITHOUT, Job, MixPart, Trial, form_name
from appliance.inference.tuning.trial_process import listen
from appliance.inference.tuning.tuned import TunedModel, candidates, write_tuned

MAX_SECONDS = 90.0
"""Longest tuning (docs/DESIGN.md, 10)."""

STEP_LIMIT = 6
"""A child that is silent for so many times a request's limit hangs: its slowest step, compiling,
takes 5 s when busy."""

BACKGROUND_STEP_LIMIT = 12
"""The same beside a box that leaves it a tenth of the processor."""

TRIAL_COMMAND = (sys.executable, "-m", "appliance.inference.tuning.trial")

_CHILD_SHARE = 0.95  # of the time; the rest is for starting and ending it
_LEAST_S = 0.5  # with less left a child is not worth starting


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The outcome for one model."""

    model: str
    """Its folder."""

    default: str
    """Form that had to be beaten."""

    selection: Selection
    """Who won and why."""

    tuned: TunedModel
    """The winner, as it is kept."""

    def to_json(self) -> dict[str, Any]:
        """Return what ``classbox tune --json`` prints of it."""
        return {
            "model": self.model,
            "winner": self.selection.winner,
            "default": self.default,
            "candidates": [
                self._row(form)
                for form in dict.fromkeys([*self.selection.scores, *self.selection.notes])
            ],
        }

    def _row(self, form: str) -> dict[str, Any]:
        score = self.selection.scores.get(form)
        numbers = {} if score is None else {k: round(v, 4) for k, v in asdict(score).items()}
        return {"form": form, **numbers, "note": self.selection.notes.get(form, "")}


@dataclass(slots=True)
class _Findings:
    """What children have said about one model."""

    forms: list[str]
    rounds: list[dict[str, Slice]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    finished: bool = False


class Tuner:
    """Runs the children and listens to them."""

    def __init__(
        self,
        library: ModelLibrary,
        *,
        mix: Sequence[MixPart],
        rows: int,
        background: bool,
        command: Sequence[str] = TRIAL_COMMAND,
        step_limit_s: float | None = None,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            library: Where the models are, and how many lanes use them.
            mix: Every model of the box, in the form in use.
            rows: Seats.
            background: Let the box go first.
            command: Of the child.
            step_limit_s: Longest silence of the child; None follows from the constants above.
        """
        if step_limit_s is None:
            step_limit = BACKGROUND_STEP_LIMIT if background else STEP_LIMIT
            step_limit_s = step_limit * library.time_limit_s
        self._library = library
        self._mix = tuple(mix)
        self._rows = rows
        self._background = background
        self._command = command
        self._step_limit_s = step_limit_s

    def run(
        self,
        defaults: Mapping[str, ModelFile],
        *,
        seconds: float,
        progress: Callable[[str, float], None],
        stop: threading.Event,
    ) -> tuple[Tuning, ...]:
        """Time the candidates of some models.

        Args:
            defaults: Models to tune, each with the form that stays unless it is beaten.
            seconds: For all of it.
            progress: Told what is being done, and the share of the time that is over.
            stop: Ends the tuning early.

        Returns:
            One outcome per model; none at all when it was stopped.

        Raises:
            ModelLoadError: A model is missing or altered.
            InferenceError: The mix itself does not run, whatever the candidate.
        """
        specs = {model: self._library.spec(model) for model in defaults}
        every = {part.model: part.every for part in self._mix}
        found = {  # what the box calls most comes first, should the time be short
            model: _Findings(_forms(specs[model], defaults[model]))
            for model in sorted(specs, key=lambda model: every[model])
        }
        began_s = time.monotonic()
        ends_s = began_s + seconds
        while ends_s - time.monotonic() > _LEAST_S and not stop.is_set():
            trials = _waiting(found)
            if not trials:
                break
            doing = ("", "")
            for line in listen(
                self._command,
                self._job(trials, ends_s - time.monotonic()),
                ends_s=ends_s,
                step_limit_s=self._step_limit_s,
                stopped=stop.is_set,
            ):
                doing = _take(line, found, doing)
                progress(" ".join(filter(None, doing)), (time.monotonic() - began_s) / seconds)
        if stop.is_set():
            return ()
        contests = [
            _contest(specs[model], found[model], defaults[model], every=every[model])
            for model in defaults
        ]
        return tuple(
            _conclude(specs[model], contest, selection)
            for model, contest, selection in zip(defaults, contests, settle(contests), strict=True)
        )

    def _job(self, trials: Sequence[Trial], left_s: float) -> Job:
        return Job(
            models_dir=str(self._library.models_dir),
            lanes=self._library.lanes,
            time_limit_s=self._library.time_limit_s,
            rows=self._rows,
            seconds=_CHILD_SHARE * left_s,
            background=self._background,
            mix=self._mix,
            trials=trials,
        )


def save_tunings(file: Path, tunings: Sequence[Tuning]) -> None:
    """Keep the winners for the next start of this board.

    A model for which the time was too short is left out: it has no result, and is timed again.

    Raises:
        InferenceError: That is true of all of them, so there is nothing to keep.
        StorageError: The file cannot be written.
    """
    models = {one.model: one.tuned for one in tunings if one.selection.scores}
    if not models:
        msg = (
            "nothing was measured: no model could be timed once; give it more time than it had "
            "(sudo classbox tune --seconds), or a quieter machine"
        )
        raise InferenceError(msg)
    write_tuned(
        file,
        key=read_board_key(),
        models=models,
        table=[one.to_json() for one in tunings],
    )


def _forms(spec: ModelSpec, default: ModelFile) -> list[str]:
    return list(dict.fromkeys(form_name(file) for file in (default, *candidates(spec))))


def _waiting(found: Mapping[str, _Findings]) -> tuple[Trial, ...]:
    """Return the trials still to be made, without what is broken."""
    return tuple(
        Trial(model=model, forms=forms)
        for model, one in found.items()
        if not one.finished and (forms := [form for form in one.forms if form not in one.broken])
    )


def _take(
    line: Mapping[str, Any], found: Mapping[str, _Findings], doing: tuple[str, str]
) -> tuple[str, str]:
    """Note what the child says; return what it is doing now, as (model, form)."""
    match line["step"]:
        case "load" | "run":
            return line["model"], line["form"]
        case "round":
            found[line["model"]].rounds.append({})
        case "slice":
            one = Slice(cpu_ms=line["cpu_ms"], wall_ms=line["wall_ms"], calls=line["calls"])
            found[line["model"]].rounds[-1][line["form"]] = one
        case "tried":
            found[line["model"]].finished = True
        case "failed":
            _blame(found, (line["model"], line["form"]), line["reason"])
        case "died":
            _blame(found, doing, line["reason"])
        case "gave_up":
            raise InferenceError(line["reason"])
    return doing


def _blame(found: Mapping[str, _Findings], doing: tuple[str, str], reason: str) -> None:
    """Leave a candidate out from now on.

    Raises:
        InferenceError: It was no candidate but the mix itself.
    """
    model, form = doing
    if form in {"", WITHOUT}:
        msg = f"the models cannot be timed: {' '.join(filter(None, doing))} {reason}".strip()
        raise InferenceError(msg)
    found[model].broken.setdefault(form, reason)


def _contest(spec: ModelSpec, found: _Findings, default: ModelFile, *, every: int) -> Contest:
    selection = select_form(
        found.rounds,
        names=found.forms,
        default=form_name(default),
        without=WITHOUT,
        broken=found.broken,
    )
    files = (default, *candidates(spec))
    return Contest(
        selection=selection,
        backends={form_name(file): file.backend for file in files},
        default=form_name(default),
        every=every,
    )


def _conclude(spec: ModelSpec, contest: Contest, selection: Selection) -> Tuning:
    winner = next(file for file in spec.files if form_name(file) == selection.winner)
    return Tuning(
        model=spec.name,
        default=contest.default,
        selection=selection,
        tuned=TunedModel(digest=spec.digest, backend=winner.backend, precision=winner.precision),
    )
