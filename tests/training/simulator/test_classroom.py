"""A small class from state to token: valid, reproducible, and different between states."""

import numpy as np
import pytest

from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    FaceColumn,
    PoseColumn,
    face_column,
    pose_column,
)
from training.simulator.classroom import Lesson, emit_tokens, simulate_lesson

STUDENTS, TOKENS = 24, 500


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """One class whose students stay in one state each: six of every state."""
    states = np.repeat(np.arange(4, dtype=np.int8), STUDENTS // 4)[:, None].repeat(TOKENS, axis=1)
    face = np.empty((STUDENTS, TOKENS, FACE_SIZE), dtype=np.float32)
    pose = np.empty((STUDENTS, TOKENS, POSE_STREAM_SIZE), dtype=np.float32)
    for token, streams in enumerate(
        emit_tokens(np.random.default_rng(3), states, regime="nominal")
    ):
        face[:, token], pose[:, token] = streams
    return Lesson(face=face, pose=pose, states=states)


def test_tokens_are_finite_and_within_their_ranges(lesson: Lesson) -> None:
    """Whatever gets lost on the way, no NaN reaches the network."""
    assert np.isfinite(lesson.face).all()
    assert np.isfinite(lesson.pose).all()
    closure = lesson.face[:, :, face_column(FaceColumn.CLOSURE_MAX)]
    assert closure.min() >= 0
    assert closure.max() <= 1
    assert set(np.unique(lesson.pose[:, :, pose_column(PoseColumn.POSE_PRESENT)])) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("column", "state"),
    [
        pytest.param(FaceColumn.PERCLOS, 2, id="fatigued-close-their-eyes"),
        pytest.param(FaceColumn.YAWN_RATE, 2, id="fatigued-yawn"),
    ],
)
def test_states_show_in_their_cues(lesson: Lesson, column: FaceColumn, state: int) -> None:
    """The state with the cue has clearly more of it than the focused, on average."""
    late = lesson.face[:, 250:, face_column(column)]
    shown = late[lesson.states[:, 0] == state].mean()
    focused = late[lesson.states[:, 0] == 0].mean()

    assert shown > 1.5 * focused


def test_the_seed_decides_everything() -> None:
    """Equal seeds give equal lessons, another seed another one."""
    first, again, other = (simulate_lesson(seed=seed, students=4, tokens=30) for seed in (7, 7, 8))

    np.testing.assert_array_equal(first.face, again.face)
    np.testing.assert_array_equal(first.pose, again.pose)
    np.testing.assert_array_equal(first.states, again.states)
    assert not np.array_equal(first.pose, other.pose)
