"""Stages are due on a grid of capture times, as the simulator's students were."""

import pytest

from appliance.domain.frames import EVERYTHING, NOTHING, Due
from appliance.scheduling.ladder import STEPS
from appliance.scheduling.pace import Pace
from training.simulator.parameters import LADDER

FRAMES = 60
"""Four seconds at 15 Hz."""


def plan(step: int, *, fps: float = 15.0, jitter_s: float = 0.0) -> list[Due]:
    """Return what is due on each frame, every other one being a little late."""
    pace = Pace(step=lambda: STEPS[step])
    return [pace.plan(index / fps + jitter_s * (index % 2)) for index in range(FRAMES)]


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("jitter_s", [0.0, 0.008])
def test_each_step_is_what_the_model_was_trained_on(step: int, jitter_s: float) -> None:
    """Every n-th frame from the same first one, also where frames jitter as simulated ones do."""
    pose_every, expression_every, _ = LADDER[step]

    assert plan(step, jitter_s=jitter_s) == [
        Due(pose=index % pose_every == 0, expression=index % expression_every == 0)
        for index in range(FRAMES)
    ]


def test_there_is_a_step_for_each_of_the_simulator() -> None:
    """And no other."""
    assert len(LADDER) == len(STEPS)


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
def test_at_full_rate_every_frame_is_looked_at(fps: float) -> None:
    """What the camera sends beyond its own setting was left out before."""
    assert plan(0, fps=fps) == [EVERYTHING] * FRAMES


def test_a_slow_camera_keeps_what_it_has() -> None:
    """At 5 frames a second no step takes anything away."""
    assert plan(len(STEPS) - 1, fps=5.0) == [EVERYTHING] * FRAMES


def test_both_stages_share_frames_where_their_rates_are_equal() -> None:
    """Then every other frame need not be converted at all."""
    assert plan(2)[:4] == [EVERYTHING, NOTHING, EVERYTHING, NOTHING]


def test_a_new_step_begins_with_everything() -> None:
    """Both grids start at the first frame of the step."""
    step = 0
    pace = Pace(step=lambda: STEPS[step])
    pace.plan(0.0)
    step = 4

    assert pace.plan(1 / 15) == EVERYTHING
    assert pace.plan(2 / 15) == NOTHING
