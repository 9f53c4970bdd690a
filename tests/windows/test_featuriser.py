"""Frames become feature columns; rows never influence each other."""

from dataclasses import fields
from typing import Any

import numpy as np

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.observations import Landmark
from appliance.domain.tokens import (
    PROJECTION_SIZE,
    FaceColumn,
    PoseColumn,
    face_column,
    pose_column,
)
from appliance.windows.featuriser import Featuriser
from appliance.windows.pooling import FrameCue, TokenFrames
from tests.support.people import upright

ROW = np.array([0])


def frames(token: int, *, rows: int = 1, **changed: AnyArray) -> TokenFrames:
    """Return a token of three frames of upright people with neutral faces."""
    yes = np.ones((rows, 3), dtype=np.bool_)
    cues = np.zeros((rows, 3, len(FrameCue)), dtype=np.float32)
    cues[:, :, FrameCue.BLINK] = 0.1
    fields: dict[str, Any] = {
        "times_s": np.tile((3 * token + np.arange(3)) / 15, (rows, 1)),
        "pose_ran": yes,
        "pose_seen": yes,
        "points": np.tile(upright(), (rows, 3, 1, 1)),
        "expression_ran": yes,
        "face_seen": yes,
        "eyes_readable": yes,
        "projection": np.zeros((rows, 3, PROJECTION_SIZE), dtype=np.float32),
        "cues": cues,
    }
    return TokenFrames(**(fields | changed))


def random_frames(rng: np.random.Generator, token: int, *, rows: int) -> TokenFrames:
    """Return a token of people who move, blink and get lost at random."""
    flags = rng.uniform(size=(5, rows, 3)) < 0.8
    points = np.tile(upright(), (rows, 3, 1, 1))
    points[..., :2] += rng.normal(0, 5, points[..., :2].shape)
    points[..., 3] = rng.uniform(0.3, 1, points[..., 3].shape)
    return frames(
        token,
        rows=rows,
        pose_ran=flags[0],
        pose_seen=flags[0] & flags[1],
        points=points,
        expression_ran=flags[2],
        face_seen=flags[2] & flags[3],
        eyes_readable=flags[2] & flags[3] & flags[4],
        projection=rng.normal(size=(rows, 3, PROJECTION_SIZE)).astype(np.float32),
        cues=rng.uniform(size=(rows, 3, len(FrameCue))).astype(np.float32),
    )


def one_row(many: TokenFrames, row: int) -> TokenFrames:
    """Return what one of many rows saw."""
    return TokenFrames(**{one.name: getattr(many, one.name)[[row]] for one in fields(many)})


def face_of(stream: Float32Array, column: FaceColumn) -> float:
    """Return one face column of the first row."""
    return float(stream[0, face_column(column)])


def pose_of(stream: Float32Array, column: PoseColumn) -> float:
    """Return one pose column of the first row."""
    return float(stream[0, pose_column(column)])


def test_eight_seats_give_the_numbers_of_each_seat_alone() -> None:
    """Bit for bit: a student's features must not depend on who else is in the room."""
    rng = np.random.default_rng(5)
    together, alone = Featuriser(8), [Featuriser(1) for _ in range(8)]
    for token in range(60):
        many = random_frames(rng, token, rows=8)
        face, pose = together.step(np.arange(8), many)
        for row, single in enumerate(alone):
            single_face, single_pose = single.step(ROW, one_row(many, row))
            np.testing.assert_array_equal(face[row], single_face[0])
            np.testing.assert_array_equal(pose[row], single_pose[0])


def test_a_reset_row_equals_a_new_one_and_its_neighbour_goes_on() -> None:
    """Nothing learnt about one student reaches the next on the seat."""
    rng = np.random.default_rng(6)
    both, fresh, going = Featuriser(2), Featuriser(1), Featuriser(1)
    rows = np.arange(2)
    for token in range(40):
        many = random_frames(rng, token, rows=2)
        if token == 20:
            both.reset(ROW)
        face, pose = both.step(rows, many)
        expected_face, expected_pose = going.step(ROW, one_row(many, 1))
        np.testing.assert_array_equal(face[1], expected_face[0])
        np.testing.assert_array_equal(pose[1], expected_pose[0])
        if token >= 20:
            expected_face, expected_pose = fresh.step(ROW, one_row(many, 0))
            np.testing.assert_array_equal(face[0], expected_face[0])
            np.testing.assert_array_equal(pose[0], expected_pose[0])


def test_a_frozen_row_does_not_age() -> None:
    """Steps of other rows leave a row's state where it was."""
    rng = np.random.default_rng(7)
    frozen, alone = Featuriser(2), Featuriser(1)
    seen = [random_frames(rng, token, rows=1) for token in range(30)]
    for token, many in enumerate(seen):
        frozen.step(np.array([1]), many)
        if token % 3 == 0:
            face, pose = frozen.step(ROW, many)
            expected_face, expected_pose = alone.step(ROW, many)
            np.testing.assert_array_equal(face, expected_face)
            np.testing.assert_array_equal(pose, expected_pose)


def test_a_lost_face_is_masked_with_its_bit() -> None:
    """The stage ran and found nothing: instant cues are 0, the slow ones go on."""
    subject = Featuriser(1)
    for token in range(50):
        subject.step(ROW, frames(token))
    no = np.zeros((1, 3), dtype=np.bool_)
    face, pose = subject.step(ROW, frames(50, face_seen=no, eyes_readable=no))

    assert face_of(face, FaceColumn.FACE_PRESENT) == 0
    assert face_of(face, FaceColumn.EYES_READABLE) == 0
    assert not face[0, :PROJECTION_SIZE].any()
    assert face_of(face, FaceColumn.PERCLOS) > 0
    assert pose_of(pose, PoseColumn.POSE_PRESENT) == 1


def test_a_lost_body_is_masked_with_its_bits() -> None:
    """No landmark, no posture, and all three bits say so."""
    subject = Featuriser(1)
    subject.step(ROW, frames(0))
    _, pose = subject.step(ROW, frames(1, pose_seen=np.zeros((1, 3), dtype=np.bool_)))

    assert not pose[0, : pose_column(PoseColumn.POSE_RATE)].any()


def test_a_stage_that_is_not_due_is_bridged_for_two_tokens() -> None:
    """Up to 0.4 s the last face stands in; after that it is masked."""
    subject = Featuriser(1)
    for token in range(10):
        subject.step(ROW, frames(token))
    no = np.zeros((1, 3), dtype=np.bool_)
    present = []
    for token in range(10, 13):
        idle = frames(token, expression_ran=no, face_seen=no, eyes_readable=no)
        present.append(face_of(subject.step(ROW, idle)[0], FaceColumn.FACE_PRESENT))

    assert present == [1, 1, 0]


def test_blinks_are_not_timed_below_twelve_hertz() -> None:
    """One frame in three is 5 Hz: the duration is masked and the bit is 0."""
    slow = np.array([[True, False, False]])
    subject, quick = Featuriser(1), Featuriser(1)
    for token in range(30):
        face, _ = subject.step(
            ROW, frames(token, expression_ran=slow, face_seen=slow, eyes_readable=slow)
        )
        usual, _ = quick.step(ROW, frames(token))

    assert face_of(face, FaceColumn.BLINKS_TIMED) == 0
    assert face_of(face, FaceColumn.BLINK_DURATION) == 0
    assert face_of(usual, FaceColumn.BLINKS_TIMED) == 1
    assert face_of(usual, FaceColumn.BLINK_DURATION) > 0
    np.testing.assert_allclose(face_of(face, FaceColumn.EXPRESSION_RATE), 1 / 3)
    np.testing.assert_allclose(face_of(usual, FaceColumn.EXPRESSION_RATE), 1)


def test_leaning_in_slumping_and_nodding_are_deviations_from_the_students_own_posture() -> None:
    """After a minute upright: 10 % wider, 10 px lower, nose 8 px (.2 ear distances) down."""
    subject = Featuriser(1)
    for token in range(300):
        subject.step(ROW, frames(token))
    bent = upright()
    bent[Landmark.LEFT_SHOULDER, 0] += 5
    bent[Landmark.RIGHT_SHOULDER, 0] -= 5
    bent[: Landmark.LEFT_SHOULDER, 1] += 10
    bent[Landmark.NOSE, 1] += 8
    points = np.tile(bent, (1, 3, 1, 1))
    _, before = subject.step(ROW, frames(300))
    _, after = subject.step(ROW, frames(301, points=points))

    moved = after - before
    np.testing.assert_allclose(pose_of(moved, PoseColumn.LEAN), 0.10, atol=0.01)
    np.testing.assert_allclose(pose_of(moved, PoseColumn.HEAD_PITCH), 0.20, atol=0.01)
    np.testing.assert_allclose(pose_of(moved, PoseColumn.SLUMP), 0.64 - 46 / 110, atol=0.01)
