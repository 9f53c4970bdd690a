"""Times all forms of one model in one run, so that each meets the same load."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.domain.models import Backend, Precision
from appliance.ports import InferenceSession

FormKey = tuple[Backend, Precision]

TURNS = 400  # each form once per turn
ORDER_SEED = 20261122  # shuffled: with a fixed order, a form pays for what its predecessor evicts
CALLS = 3  # per form and turn, after one that warms the caches

# f16 computes exactly what f32 does where the processor has no halves, so both measure the same,
# up to 7 % apart on a busy machine: INT8 is called faster only below this share.
FASTER_BELOW = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Time of one form."""

    milliseconds: float
    """Median wall time per call."""

    cpu_milliseconds: float
    """Median processor time per call."""

    cpu_ratio: float
    """Median over the turns of processor time against f32 on the same run time."""


def time_all(
    sessions: Mapping[FormKey, InferenceSession],
    inputs: Sequence[Mapping[str, AnyArray]],
    *,
    turns: int = TURNS,
) -> dict[FormKey, Speed]:
    """Time all forms in one run, in a new order every turn.

    Args:
        sessions: Forms of one model; f32 of each run time among them.
        inputs: What they are fed, in turn.
        turns: How often each form is timed.
    """
    keys = list(sessions)
    order = np.random.default_rng(ORDER_SEED)
    wall: dict[FormKey, list[float]] = {key: [] for key in keys}
    processor: dict[FormKey, list[float]] = {key: [] for key in keys}
    for turn in range(turns):
        for place in order.permutation(len(keys)).tolist():
            key = keys[place]
            session = sessions[key]
            fed = [inputs[(turn + call) % len(inputs)] for call in range(CALLS)]
            session.infer(fed[0])
            begun, used = time.perf_counter(), time.process_time()
            for each in fed:
                session.infer(each)
            processor[key].append((time.process_time() - used) / CALLS)
            wall[key].append((time.perf_counter() - begun) / CALLS)
    return {
        key: Speed(
            milliseconds=1000 * float(np.median(wall[key])),
            cpu_milliseconds=1000 * float(np.median(processor[key])),
            cpu_ratio=float(np.median(np.divide(processor[key], processor[key[0], Precision.F32]))),
        )
        for key in keys
    }
