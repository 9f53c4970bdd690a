"""Simulated lessons through the box's own streaming fuser and a shipped artifact."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS, AffectReading, StudentState
from appliance.domain.arrays import Float64Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_S, SeatStatus, TokenBatch
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from training.simulator.classroom import Lesson


def stream(
    lesson: Lesson,
    *,
    model: str = "fusion",
    states: Sequence[StudentState] = AFFECTS,
) -> Float64Array:
    """Return (N, T, C) probabilities, token by token, all students as the seats of one box.

    Args:
        lesson: Of N students over T tokens.
        model: Folder of the artifact.
        states: The C states it tells apart, in its order.
    """
    result = np.empty((*lesson.states.shape, len(states)))
    read = read_tokens(lesson, model=model, states=states)
    for token, readings in enumerate(read):
        result[:, token] = [reading.probabilities for reading in readings]
    return result


def read_tokens(
    lesson: Lesson,
    *,
    model: str = "fusion",
    states: Sequence[StudentState] = AFFECTS,
) -> Iterator[list[AffectReading]]:
    """Yield the readings of all students, token by token; arguments as of ``stream``."""
    students, length = lesson.states.shape
    engine = ModelLibrary(None, lanes=1).load(model, choice=EngineChoice.ONNX)
    fuser = Fuser(engine.session(), seats=students, states=tuple(states))
    seats = tuple(SeatKey(f"s{row}") for row in range(students))
    for token in range(length):
        end_s = (token + 1) * TOKEN_S
        yield fuser.read(
            TokenBatch(
                at_s=(end_s,) * students,
                seats=seats,
                occupancies=(OccupancyKey("simulated"),) * students,
                status=(SeatStatus.PRESENT,) * students,
                age_s=np.full(students, end_s, dtype=np.float32),
                face=lesson.face[:, token],
                pose=lesson.pose[:, token],
                restarted=np.full(students, token == 0),
            )
        )


def stream_max_diff(
    golden: Path, *, model: str = "fusion", states: Sequence[StudentState] = AFFECTS
) -> float:
    """Return the largest difference of a probability between streaming and whole sequence."""
    with np.load(golden) as arrays:
        lesson = Lesson(
            face=arrays["face"].astype(np.float32)[None],
            pose=arrays["pose"].astype(np.float32)[None],
            states=np.zeros((1, len(arrays["face"])), dtype=np.int8),
        )
        streamed = stream(lesson, model=model, states=states)[0]
        return float(np.abs(streamed - arrays["probabilities"]).max())
