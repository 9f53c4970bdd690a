"""The child process of ``classbox tune``: runs the mixed load and reports each slice of it.

``python -m appliance.inference.tuning.trial`` reads one job (JSON) from standard input and writes
one JSON object per line. Before anything that may crash or hang it says what it is about to do, so
the parent knows whom to blame. It sees no frames: its inputs are noise.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

import numpy as np

from appliance.domain.models import ModelFile
from appliance.errors import ApplianceError, ModelLoadError, StuckEngineError
from appliance.inference.library import ModelLibrary
from appliance.inference.tensors import make_noise
from appliance.inference.tuning.selection import MAX_ROUNDS, MIN_ROUNDS, Slice
from appliance.ports import InferenceEngine, InferenceSession

FRAMES = 15
"""Per lane and slice: one second of a camera at 15 Hz. Short, so that a noisy second hits all
candidates of a round; each lane stands at another second, so rare models have their turn, too."""

WITHOUT = "without"
"""Name of the slices in which the model under test is left out."""

_WARM_UPS = 3
_BACKGROUND_NICE = 10  # a tenth of a lane's weight (sched(7)): the box goes first, yet it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPart:
    """How the box uses one model."""

    model: str
    """Its folder."""

    form: str
    """Form that serves it while another model is tested; see ``form_name``."""

    every: int
    """A lane calls it on each of so many frames."""

    shared: bool
    """True for a model that one thread calls for all seats: only the first lane does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One model and the forms to compare."""

    model: str
    """Its folder."""

    forms: Sequence[str]
    """See ``form_name``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything the child is told."""

    models_dir: str
    """Folder of models."""

    lanes: int
    """Worker threads, as in the box."""

    time_limit_s: float
    """A request that takes longer is an error."""

    rows: int
    """Size of free axes: seats."""

    seconds: float
    """For all trials together, loading included."""

    background: bool
    """Run at low priority."""

    mix: Sequence[MixPart]
    """Every model of the box."""

    trials: Sequence[Trial]
    """In order."""

    def to_json(self) -> str:
        """Return one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote."""
        document = json.loads(text)
        mix = [MixPart(**part) for part in document.pop("mix")]
        trials = [Trial(**trial) for trial in document.pop("trials")]
        return cls(**document, mix=mix, trials=trials)


def form_name(file: ModelFile) -> str:
    """Return how tables and the child call a form, for example ``openvino int8``."""
    return f"{file.backend} {file.precision}"


class _Load:
    """All engines of the mix, and requests of each for every lane."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._library = ModelLibrary(
            Path(job.models_dir), lanes=job.lanes, time_limit_s=job.time_limit_s
        )
        self._rng = np.random.default_rng(20_261_122)
        self._specs = {part.model: self._library.spec(part.model) for part in job.mix}
        self._inputs = {
            name: make_noise(spec, self._rng, rows=job.rows) for name, spec in self._specs.items()
        }
        self._engines: dict[str, InferenceEngine] = {}
        for part in job.mix:
            _say("load", model=part.model, form="")
            self._engines[part.model] = self.load(part.model, part.form)
        self._lanes = [
            [
                (part, self._engines[part.model].session())
                for part in job.mix
                if lane == 0 or not part.shared
            ]
            for lane in range(job.lanes)
        ]

    def load(self, model: str, form: str) -> InferenceEngine:
        """Load one form and run it for the first times."""
        spec = self._specs[model]
        for file in spec.files:
            if form_name(file) == form:
                engine = self._library.load_file(spec, file)
                session = engine.session()
                for _ in range(_WARM_UPS):
                    session.infer(self._inputs[model])
                return engine
        msg = f"{model}: the manifest offers no {form}"
        raise ModelLoadError(msg)

    def slice(self, model: str, engine: InferenceEngine | None) -> Slice:
        """Run the mix once with one engine for the model under test; None leaves it out."""
        tested = next(part for part in self._job.mix if part.model == model)
        walls: list[float] = []
        errors: list[ApplianceError] = []

        def run(lane: int) -> None:
            under_test = None
            if engine is not None and (lane == 0 or not tested.shared):
                under_test = engine.session()
            try:
                walls.extend(self._frames(lane, tested, under_test))
            except ApplianceError as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(lane,)) for lane in range(self._job.lanes)]
        began_s = time.process_time()  # of all threads: OpenVINO computes on its own
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu_ms = 1000 * (time.process_time() - began_s)
        if errors:
            raise errors[0]
        return Slice(
            cpu_ms=cpu_ms, wall_ms=1000 * median(walls) if walls else 0.0, calls=len(walls)
        )

    def _frames(
        self, lane: int, tested: MixPart, under_test: InferenceSession | None
    ) -> list[float]:
        """Do one lane's work of a slice; return how long each call of the tested model took."""
        walls: list[float] = []
        for frame in range(FRAMES * lane, FRAMES * (lane + 1)):
            for part, session in self._lanes[lane]:
                if part is not tested and frame % part.every == 0:
                    session.infer(self._inputs[part.model])
            # On every frame, however rare it is in the box: what differs is measured often enough.
            if under_test is not None:
                began_s = time.perf_counter()
                under_test.infer(self._inputs[tested.model])
                walls.append(time.perf_counter() - began_s)
        return walls


def run_job(job: Job) -> None:
    """Run all trials of a job, reporting on standard output."""
    parent = os.getppid()
    ends_s = time.monotonic() + job.seconds
    load = _Load(job)
    weights = [len(trial.forms) + 1 for trial in job.trials]
    for index, trial in enumerate(job.trials):
        left_s = ends_s - time.monotonic()
        share_s = left_s * weights[index] / sum(weights[index:])
        _try(
            load,
            trial,
            ends_s=time.monotonic() + share_s,
            last_s=ends_s,
            parent=parent,
        )
        _say("tried", model=trial.model)
    _say("done")


def _try(load: _Load, trial: Trial, *, ends_s: float, last_s: float, parent: int) -> None:
    """Make rounds until there are enough, or the model's share of the time is over.

    Where that is too short for a selection, it takes time from the models after it: some results
    are more than none, and the others come with the next tuning.
    """
    engines: dict[str, InferenceEngine | None] = {WITHOUT: None}
    for form in trial.forms if time.monotonic() < last_s else ():
        _say("load", model=trial.model, form=form)
        try:
            engines[form] = load.load(trial.model, form)
        except ApplianceError as error:
            _refuse(trial.model, form, error)
    rng = np.random.default_rng(len(engines))
    for done in range(MAX_ROUNDS):
        if time.monotonic() >= (ends_s if done >= MIN_ROUNDS else last_s):
            return
        _say("round", model=trial.model)
        names = list(engines)
        for name in (names[index] for index in rng.permutation(len(names))):
            if os.getppid() != parent:  # whoever asked is gone
                sys.exit(1)
            _say("run", model=trial.model, form=name)
            try:
                one = load.slice(trial.model, engines[name])
            except ApplianceError as error:
                _refuse(trial.model, name, error)
                del engines[name]
            else:
                _say("slice", model=trial.model, form=name, **asdict(one))


def _refuse(model: str, form: str, error: ApplianceError) -> None:
    cause = f" ({error.__cause__})" if error.__cause__ is not None else ""
    text = " ".join(f"{error}{cause}".split())
    _say("failed", model=model, form=form, reason=text[:300])
    if isinstance(error, StuckEngineError):
        os._exit(error.exit_code)  # its native thread goes on computing and would disturb the rest


def _say(step: str, **more: Any) -> None:  # noqa: ANN401 - any JSON
    sys.stdout.write(json.dumps({"step": step, **more}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the job and run it."""
    job = Job.from_json(sys.stdin.readline())
    if job.background:
        os.nice(_BACKGROUND_NICE)
    with contextlib.suppress(OSError):  # short of memory, the kernel takes this process first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        run_job(job)
    except ApplianceError as error:
        _say("gave_up", reason=str(error))


if __name__ == "__main__":
    main()
