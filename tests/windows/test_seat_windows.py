"""Observations of several seats become tokens, in time and with the right status."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.observations import ActionCues, FaceAction, FaceCues
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import (
    UNDEFINED_WITHOUT_EMOTION,
    FaceColumn,
    PoseColumn,
    SeatStatus,
    TokenBatch,
    face_column,
    pose_column,
)
from appliance.windows.seat_windows import CAMERA_LOST_S, SeatWindows
from appliance.windows.slots import SLOTS
from tests.support.people import SEAT, Keys, blinking, observe

OTHER = SeatKey("a02")


def windows(*seats: SeatKey) -> SeatWindows:
    """Return empty windows of one seat, or of those given."""
    return SeatWindows(seats=seats or (SEAT,), new_key=Keys())


def watch(subject: SeatWindows, token: int, **looks: object) -> TokenBatch:
    """Show three frames of the first seat in a token and close it."""
    end_s = (token + 1) / 5
    for frame in range(3):
        subject.append(observe(end_s - (2 - frame) / 15, **looks))  # type: ignore[arg-type]
    return subject.close({SEAT: end_s})


def test_frames_belong_to_the_token_of_their_capture_time() -> None:
    """A frame exactly at the end belongs to this token, a later one to the next."""
    subject = windows()
    watch(subject, 0)
    jaw_max = face_column(FaceColumn.JAW_MAX)
    subject.append(observe(0.25))
    subject.append(observe(0.5, actions={FaceAction.JAW_OPEN: 0.9}))
    first = subject.close({SEAT: 0.375})
    second = subject.close({SEAT: 0.5})

    assert first.face[0, jaw_max] < 0.3
    assert second.face[0, jaw_max] > 0.6


def test_somebody_sitting_down_restarts_the_row_once() -> None:
    """The first token of an occupancy is marked, the next is not."""
    subject = windows()

    first, second = watch(subject, 0), watch(subject, 1)

    assert first.restarted[0]
    assert not second.restarted[0]
    assert first.occupancies == second.occupancies == ("seen-1",)
    np.testing.assert_allclose([first.age_s[0], second.age_s[0]], [0.2, 0.4])


def test_an_empty_seat_freezes_and_ends_after_a_minute() -> None:
    """Age stands still while nobody is there; after 60 s the occupancy is over."""
    subject = windows()
    watch(subject, 0)
    for token in range(1, 301):
        away = watch(subject, token, present=False)
        assert away.status == (SeatStatus.ABSENT,)
        assert away.occupancies == ("seen-1",)
    ended = watch(subject, 301, present=False)
    again = watch(subject, 302)

    np.testing.assert_allclose(away.age_s[0], 0.2)
    assert ended.occupancies == (None,)
    assert again.occupancies == ("seen-2",)
    assert again.restarted[0]
    np.testing.assert_allclose(again.age_s[0], 0.2)


def test_a_short_absence_keeps_the_occupancy() -> None:
    """Bending down for ten seconds is the same student, and nothing restarts."""
    subject = windows()
    watch(subject, 0)
    for token in range(1, 51):
        watch(subject, token, present=False)
    back = watch(subject, 51)

    assert back.occupancies == ("seen-1",)
    assert not back.restarted[0]


def test_a_fresh_log_in_restarts_and_a_repeated_one_does_not() -> None:
    """The nonce of the terminal's retained presence is the occupancy's key."""
    subject = windows()
    watch(subject, 0)
    subject.begin_occupancy(SEAT, OccupancyKey("nonce"))
    first = watch(subject, 1)
    subject.begin_occupancy(SEAT, OccupancyKey("nonce"))
    second = watch(subject, 2)

    assert first.restarted[0]
    assert first.occupancies == second.occupancies == ("nonce",)
    assert not second.restarted[0]
    np.testing.assert_allclose(second.age_s[0], 0.4)


def test_two_people_in_the_region_mask_the_token() -> None:
    """Ambiguous frames are not features of anybody; afterwards the occupancy goes on."""
    subject = windows()
    watch(subject, 0)
    masked = watch(subject, 1, ambiguous=True)
    after = watch(subject, 2)

    assert masked.status == (SeatStatus.AMBIGUOUS,)
    assert not masked.face.any()
    assert not masked.pose.any()
    assert after.status == (SeatStatus.PRESENT,)
    assert not after.restarted[0]


@pytest.mark.parametrize("fatigue_only", [False, True])
def test_fatigue_only_leaves_what_it_does_not_define_at_zero(*, fatigue_only: bool) -> None:
    """A face that smiles, yawns and feels: of the mood nothing is left, not even recentred."""
    subject = SeatWindows(seats=[SEAT], new_key=Keys(), fatigue_only=fatigue_only)
    felt = {FaceAction.SMILE: 0.9, FaceAction.JAW_OPEN: 0.9}
    for token in range(3):
        at_s = 0.2 * (token + 1)
        seen = observe(at_s, actions=felt)
        assert isinstance(seen.face, FaceCues)
        mood = replace(seen.face, valence=0.5, projection=np.ones(16, dtype=np.float32))
        subject.append(replace(seen, face=mood))
        batch = subject.close({SEAT: at_s})

    undefined = batch.face[0, list(UNDEFINED_WITHOUT_EMOTION)]
    assert bool(undefined.any()) is not fatigue_only
    assert batch.face[0, face_column(FaceColumn.JAW_MEAN)] > 0.5
    assert batch.face[0, face_column(FaceColumn.FACE_PRESENT)] == 1
    assert batch.pose[0].any()


def test_a_face_without_a_mood_is_read_like_any_other() -> None:
    """The twin encoder's actions fill the same columns; nothing is filled in for the rest."""
    with_mood, without = (
        SeatWindows(seats=[SEAT], new_key=Keys(), fatigue_only=True) for _ in range(2)
    )
    for token in range(3):
        at_s = 0.2 * (token + 1)
        seen = observe(at_s, actions={FaceAction.BROW_DOWN: 0.4})
        assert isinstance(seen.face, FaceCues)
        bare = ActionCues(
            actions=seen.face.actions, trust=seen.face.trust, eyes_readable=seen.face.eyes_readable
        )
        with_mood.append(seen)
        without.append(replace(seen, face=bare))
        expected, batch = with_mood.close({SEAT: at_s}), without.close({SEAT: at_s})

    np.testing.assert_array_equal(batch.face, expected.face)
    assert batch.face[0, face_column(FaceColumn.BROW_DOWN)] > 0.2


def test_without_consent_nothing_is_read_and_nothing_is_kept() -> None:
    """Frames that wait are dropped, and after consent returns everything begins anew."""
    subject = windows()
    watch(subject, 0)
    subject.append(observe(0.4, actions={FaceAction.JAW_OPEN: 0.9}))
    denied = subject.close({SEAT: 0.4}, without_consent={SEAT})
    after = watch(subject, 2)

    assert denied.status == (SeatStatus.NO_CONSENT,)
    assert not denied.face.any()
    assert after.restarted[0]
    np.testing.assert_allclose(after.age_s[0], 0.2)


@pytest.mark.parametrize(
    ("quiet_s", "status"),
    [
        pytest.param(CAMERA_LOST_S, SeatStatus.PRESENT, id="at-the-limit"),
        pytest.param(CAMERA_LOST_S + 0.125, SeatStatus.CAMERA_LOST, id="above"),
    ],
)
def test_silence_is_a_lost_camera_only_after_two_seconds(
    quiet_s: float, status: SeatStatus
) -> None:
    """Until then the token is masked by its bits."""
    subject = windows()
    for frame in range(16):
        subject.append(observe(frame / 16))
        subject.close({SEAT: frame / 16})

    batch = subject.close({SEAT: 15 / 16 + quiet_s})

    assert batch.status == (status,)
    assert batch.occupancies == ("seen-1",)


def test_seats_of_other_cameras_stay_as_they_are() -> None:
    """A seat that is not due neither ages nor restarts."""
    subject = windows(SEAT, OTHER)
    for seat in (SEAT, OTHER):
        subject.append(observe(0.125, seat=seat))
    subject.close({SEAT: 0.2, OTHER: 0.2})
    subject.append(observe(0.25))
    only = subject.close({SEAT: 0.4})
    subject.append(observe(0.25, seat=OTHER))
    both = subject.close({OTHER: 0.4})

    assert only.status == (SeatStatus.PRESENT, SeatStatus.CAMERA_LOST)
    np.testing.assert_allclose(only.age_s, [0.4, 0.2])
    np.testing.assert_allclose(both.age_s, [0.4, 0.4])
    assert not both.restarted.any()


def test_a_face_below_trust_is_masked() -> None:
    """Exactly one half is trusted."""
    trusted, doubted = windows(), windows()
    present = face_column(FaceColumn.FACE_PRESENT)

    assert watch(trusted, 0, trust=0.5).face[0, present] == 1
    assert watch(doubted, 0, trust=0.499).face[0, present] == 0


def test_unreadable_eyes_mask_closure() -> None:
    """Glare is not sleep."""
    subject = windows()

    batch = watch(subject, 0, actions=blinking(0.9), eyes_readable=False)

    assert batch.face[0, face_column(FaceColumn.EYES_READABLE)] == 0
    assert batch.face[0, face_column(FaceColumn.CLOSURE_MAX)] == 0
    assert batch.face[0, face_column(FaceColumn.FACE_PRESENT)] == 1


def test_slots_are_bounded_and_the_newest_wins() -> None:
    """When nobody closes tokens the oldest frame goes, and is counted."""
    subject = windows()
    for frame in range(SLOTS + 2):
        subject.append(observe((frame + 1) / 64))

    assert subject.frame_counts()[SEAT].overflowed == 2
    batch = subject.close({SEAT: 1.0})
    assert batch.status == (SeatStatus.PRESENT,)


def test_a_late_frame_is_counted_and_used_with_the_next_token() -> None:
    """A busy lane delivers after its token was closed."""
    subject = windows()
    watch(subject, 0)
    subject.append(observe(0.2))
    batch = subject.close({SEAT: 0.4})

    assert subject.frame_counts()[SEAT].late == 1
    assert batch.pose[0, pose_column(PoseColumn.POSE_PRESENT)] == 1


def test_the_same_observations_give_the_same_tokens() -> None:
    """No clock and no randomness: replay is exact."""
    first, second = windows(), windows()
    for token in range(20):
        score = 0.1 + 0.7 * (token % 5 == 0)
        one = watch(first, token, actions=blinking(score))
        two = watch(second, token, actions=blinking(score))
        np.testing.assert_array_equal(one.face, two.face)
        np.testing.assert_array_equal(one.pose, two.pose)


def test_a_calibration_begins_everything_learnt_afresh() -> None:
    """The stay goes on, its numbers begin anew, and two minutes are counted by what is seen."""
    subject = windows()
    watch(subject, 0)
    none = subject.calibrated_s(SEAT)
    subject.calibrate(SEAT)
    begun = subject.calibrated_s(SEAT)
    first = watch(subject, 1)
    watch(subject, 2, present=False)
    for token in range(3, 601):
        last = watch(subject, token)
    before = (subject.calibrated_s(SEAT), subject.calibrating(SEAT))
    done = watch(subject, 601)

    assert (none, begun) == (None, 0.0)
    assert first.restarted[0]
    assert first.occupancies == done.occupancies == ("seen-1",)
    assert before[0] == pytest.approx(119.8)
    assert before[1]
    assert subject.calibrated_s(SEAT) == pytest.approx(120)
    assert not subject.calibrating(SEAT)
    assert not last.restarted[0]


@pytest.mark.parametrize("end", ["log-out", "refusal", "next-student"])
def test_a_calibration_ends_with_what_was_learnt(end: str) -> None:
    """With the stay, and with a pause or a refusal, which forget the student too."""
    subject = windows()
    watch(subject, 0)
    subject.calibrate(SEAT)
    watch(subject, 1)
    if end == "log-out":
        subject.end_occupancy(SEAT)
    elif end == "next-student":
        subject.begin_occupancy(SEAT, OccupancyKey("o2"))
    else:
        subject.close({SEAT: 0.6}, without_consent={SEAT})

    assert subject.calibrated_s(SEAT) is None
    assert not subject.calibrating(SEAT)
