"""Stays hold the states that the policy would have kept, and halves of a clip do not touch."""

import numpy as np
import pytest

from appliance.domain.observations import Observation, PoseLandmarks
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.policy.state import FUSED, MEAN_P, STATE_SIZE
from training.datasets.filmed_people import FilmedClip
from training.real.fused.stays import halve, keep_states
from training.real.observations import SEAT


def body(at_s: float) -> Observation:
    """Return a body that sits still."""
    points = np.zeros((33, 4), dtype=np.float32)
    points[:, 3] = 1
    points[11, :2], points[12, :2] = (400, 300), (240, 300)
    points[0, :2], points[7, :2], points[8, :2] = (320, 180), (350, 170), (290, 170)
    points[3, :2], points[6, :2] = (335, 160), (305, 160)
    return Observation(
        seat=SEAT,
        captured_at_s=at_s,
        pose=PoseLandmarks(points=points, presence=1.0),
        face=None,
        present=True,
        track=1,
    )


def test_a_state_is_kept_every_ten_seconds_from_a_minute_on() -> None:
    """The mean so far is that of the window while the window holds everything."""
    session = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX).session()
    states, usual = keep_states([body(frame / 15) for frame in range(15 * 81)], session)

    assert states.shape == (3, STATE_SIZE)
    assert usual[0] == pytest.approx(states[0, FUSED], abs=1e-5)
    assert np.abs(usual[2] - states[2, FUSED]).max() > 0
    assert states[:, MEAN_P].sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_too_short_a_stay_keeps_nothing() -> None:
    """Less than a minute."""
    session = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX).session()
    states, usual = keep_states([body(frame / 15) for frame in range(15 * 30)], session)

    assert states.shape == (0, STATE_SIZE)
    assert usual.shape == (0, FUSED.stop)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, None, [(0, 44), (55, 99)]), (20, 60, [(20, 38), (43, 60)])],
    ids=["all", "a stretch"],
)
def test_halves_leave_the_middle_out(
    first: int, last: int | None, expected: list[tuple[int, int]]
) -> None:
    """A tenth of the clip lies between them."""
    clip = FilmedClip(name="clip", person="one", first=first, last=last)
    assert [(half.first, half.last) for half in halve(clip, frames=100)] == expected
