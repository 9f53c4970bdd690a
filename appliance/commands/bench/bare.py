"""What the models cost alone: the box's own engines in a bare loop on random input."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.errors import ApplianceError
from appliance.inference.tensors import make_noise
from appliance.ports import InferenceEngine, InferenceSession

WARM_UPS = 3
"""Calls of each model before the clock counts: the first ones allocate."""

EVERY = {"pose_detector": 30, "face_detector": 8}
"""Of how many frames one sees the model: 2 s and 0.5 s at 15 frames per second, docs/DESIGN.md,
2."""

FUSION_EVERY = 3
"""The fusion's tokens are a third of the frames (5 Hz of 15)."""


def time_models(
    engines: Mapping[str, InferenceEngine],
    *,
    lanes: int,
    seats: int,
    seconds: float,
    period_s: float = 0.0,
) -> dict[str, float]:
    """Return the median CPU time of one call of each model, milliseconds.

    As in the box, ``lanes`` threads run at once and go through the models one after the other, so
    that each call finds the caches as cold as there; random input, nothing else between the calls.

    Args:
        engines: By model.
        lanes: Threads.
        seats: Rows of the fusion's call.
        seconds: How long to loop; every model runs at least once.
        period_s: From one frame of a lane to its next; 0 goes on at once. A core that rests in
            between finds its caches cold, in the box as here.

    Raises:
        InferenceError: A run time failed.
    """
    rng = np.random.default_rng(20_261_123)
    inputs = {name: make_noise(engine.spec, rng, rows=seats) for name, engine in engines.items()}
    times: dict[str, list[float]] = {name: [] for name in engines}
    errors: list[ApplianceError] = []
    ends_s = time.monotonic() + seconds

    def run(lane: int) -> None:
        try:
            sessions = {
                name: engine.session()
                for name, engine in engines.items()
                if lane == 0 or not _once(name)
            }
            _loop(sessions, inputs, times, ends_s=ends_s, period_s=period_s)
        except ApplianceError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(lane,), name="bare") for lane in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return {name: 1000 * median(each) for name, each in times.items()}


def _loop(
    sessions: Mapping[str, InferenceSession],
    inputs: Mapping[str, Mapping[str, AnyArray]],
    times: Mapping[str, list[float]],
    *,
    ends_s: float,
    period_s: float,
) -> None:
    """Do what one lane does, and note what each call took."""
    for name, session in sessions.items():
        for _ in range(WARM_UPS):
            session.infer(inputs[name])
    frame = 0
    began_at_s = time.monotonic()
    while frame == 0 or time.monotonic() < ends_s:
        for name, session in sessions.items():
            if frame % (FUSION_EVERY if _once(name) else EVERY.get(name, 1)) == 0:
                began_s = time.thread_time()
                session.infer(inputs[name])
                times[name].append(time.thread_time() - began_s)
        frame += 1
        time.sleep(max(0.0, began_at_s + frame * period_s - time.monotonic()))


def scale_lanes(engines: Mapping[str, InferenceEngine], *, seconds: float) -> float:
    """Return what two lanes with a model each do together, in lanes that have a model alone.

    2 where neither costs the other anything: the sum over pose and expression of the calls per
    second beside the other model over those alone, each measured three times in turn.

    Args:
        engines: By model; the first that sees every frame is the pose, the other the expression.
        seconds: Of each measurement.

    Raises:
        InferenceError: A run time failed.
    """
    pair = [engines[name] for name in engines if name.startswith(("pose_landmark", "expression"))]
    alone: list[list[float]] = [[] for _ in pair]
    together: list[list[float]] = [[] for _ in pair]
    for _ in range(3):
        for index, engine in enumerate(pair):
            alone[index] += _rates([engine], seconds=seconds)
        for index, rate in enumerate(_rates(pair, seconds=seconds)):
            together[index].append(rate)
    return sum(
        median(beside) / median(by_itself)
        for beside, by_itself in zip(together, alone, strict=True)
    )


def _rates(engines: Sequence[InferenceEngine], *, seconds: float) -> list[float]:
    """Return the calls per second of each engine, all running at once on a thread each."""
    rng = np.random.default_rng(20_261_123)
    inputs = [make_noise(engine.spec, rng, rows=1) for engine in engines]
    sessions = [engine.session() for engine in engines]

    def run(index: int) -> float:
        for _ in range(WARM_UPS):
            sessions[index].infer(inputs[index])
        began_s, calls = time.monotonic(), 0
        while calls == 0 or time.monotonic() < began_s + seconds:
            sessions[index].infer(inputs[index])
            calls += 1
        return calls / (time.monotonic() - began_s)

    with ThreadPoolExecutor(len(engines), thread_name_prefix="bare") as pool:
        return list(pool.map(run, range(len(engines))))


def mean_of(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """Return the mean of two measurements of the same models."""
    return {name: (value + second[name]) / 2 for name, value in first.items()}


def _once(model: str) -> bool:
    """Tell whether all seats share one call of a model."""
    return model.startswith("fusion")
