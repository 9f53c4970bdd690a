"""The fuser keeps every seat's state apart and says when it does not know."""

from collections.abc import Mapping

import numpy as np
import pytest

from appliance.domain.affect import VIGILANCES, Affect, ReadingStatus
from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.tokens import WINDOW_TOKENS, SeatStatus
from appliance.fusion.fuser import (
    MAX_NOVELTY,
    MIN_PROBABILITY,
    MIN_PROBABILITY_OF_TWO,
    WARM_UP_S,
    Fuser,
)
from tests.support.counting_session import CountingSession
from tests.support.tokens import batch

BELOW = np.nextafter(np.float32(1), np.float32(0))


def test_all_seats_share_one_call_and_keep_their_order() -> None:
    """Readings come back in the order of the rows, with seat, occupancy and time."""
    session = CountingSession()

    readings = Fuser(session, seats=3).read(batch(face=(1, 2, 3)))

    assert len(session.seen) == 1
    assert [reading.seat for reading in readings] == ["s0", "s1", "s2"]
    assert [reading.occupancy for reading in readings] == ["o0", "o1", "o2"]
    assert [reading.at_s for reading in readings] == [1, 2, 3]
    assert [float(reading.fused[0]) for reading in readings] == [1, 2, 3]
    assert readings[0].leading is Affect.FATIGUED


def test_rows_that_cannot_be_read_are_frozen() -> None:
    """Neither LSTM state nor ring moves while a seat is empty."""
    session = CountingSession()
    fuser = Fuser(session, seats=2)
    fuser.read(batch(face=(1, 1)))
    fuser.read(batch(face=(1, 1), status=(SeatStatus.PRESENT, SeatStatus.ABSENT)))
    fuser.read(batch(face=(1, 1)))

    assert session.counts() == [2, 1]
    assert session.counts("pose_cell") == [2, 1]
    np.testing.assert_array_equal(session.seen[-1]["age"].astype(bool).sum(axis=1), [2, 1])


def test_a_new_occupancy_begins_with_nothing() -> None:
    """State, keys and values of the student before are gone; the neighbour's stay."""
    session = CountingSession()
    fuser = Fuser(session, seats=2)
    for _ in range(3):
        fuser.read(batch(face=(1, 1)))
    fuser.read(batch(face=(1, 1), restarted=(True, False)))

    assert session.counts() == [0, 3]
    np.testing.assert_array_equal(session.seen[-1]["age"].astype(bool).sum(axis=1), [0, 3])


def test_the_ring_holds_the_299_tokens_before_the_newest() -> None:
    """With its own key the newest token sees exactly 300, the oldest having left."""
    session = CountingSession()
    fuser = Fuser(session, seats=1)
    for token in range(WINDOW_TOKENS + 2):
        fuser.read(batch(face=(float(token),)))

    last = session.seen[-1]
    held = last["age"][0].astype(bool)
    assert held.sum() == WINDOW_TOKENS - 1
    # The newest of the ring came one token ago, the oldest 299, in the order of their keys.
    order = np.argsort(last["keys"][0, held, 0])
    np.testing.assert_array_equal(last["age"][0, held][order], np.arange(WINDOW_TOKENS - 1, 0, -1))
    assert sorted(last["keys"][0, held, 0]) == list(range(2, WINDOW_TOKENS + 1))
    assert sorted(last["values"][0, held, 0]) == [-key for key in range(WINDOW_TOKENS, 1, -1)]


@pytest.mark.parametrize(
    ("age_s", "leading", "novelty", "status"),
    [
        pytest.param(WARM_UP_S, 0.75, 0.0, ReadingStatus.WARMING_UP, id="warm-up-inclusive"),
        pytest.param(WARM_UP_S + 0.25, 0.75, 0.0, ReadingStatus.KNOWN, id="warm"),
        pytest.param(99.0, MIN_PROBABILITY, 0.0, ReadingStatus.KNOWN, id="just-sure"),
        pytest.param(99.0, MIN_PROBABILITY * BELOW, 0.0, ReadingStatus.UNKNOWN, id="unsure"),
        pytest.param(99.0, 0.75, MAX_NOVELTY, ReadingStatus.KNOWN, id="at-the-novelty-limit"),
        pytest.param(99.0, 0.75, MAX_NOVELTY + 0.01, ReadingStatus.UNKNOWN, id="too-novel"),
    ],
)
def test_a_reading_is_known_only_when_warm_sure_and_familiar(
    age_s: float, leading: float, novelty: float, status: ReadingStatus
) -> None:
    """Abstention hides nothing: the probabilities are in the reading either way."""
    session = CountingSession()
    session.leading, session.novelty = np.float32(leading), np.float32(novelty)
    fuser = Fuser(session, seats=1, min_probability=float(np.float32(MIN_PROBABILITY)))

    reading = fuser.read(batch(age_s=(age_s,)))[0]

    assert reading.status is status
    assert reading.probabilities[2] == np.float32(leading)


class TwoStateSession(CountingSession):
    """The twin of ``fatigue-only``: alert and fatigued."""

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Advance by one token."""
        rows = [[1 - self.leading, self.leading]] * len(inputs["face"])
        return super().infer(inputs) | {"probabilities": np.array(rows, dtype=np.float32)}


@pytest.mark.parametrize(
    ("leading", "status"),
    [
        pytest.param(MIN_PROBABILITY_OF_TWO, ReadingStatus.KNOWN, id="just-sure"),
        pytest.param(MIN_PROBABILITY_OF_TWO * BELOW, ReadingStatus.UNKNOWN, id="unsure"),
        pytest.param(0.25, ReadingStatus.KNOWN, id="surely-alert"),
    ],
)
def test_the_twin_reads_alert_and_fatigued(leading: float, status: ReadingStatus) -> None:
    """Two columns, named; with the threshold of two it can still say that it does not know."""
    session = TwoStateSession()
    session.leading = np.float32(leading)
    threshold = float(np.float32(MIN_PROBABILITY_OF_TWO))
    fuser = Fuser(session, seats=1, states=VIGILANCES, min_probability=threshold)

    reading = fuser.read(batch())[0]
    empty = fuser.read(batch(status=(SeatStatus.ABSENT,)))[0]

    assert reading.status is status
    assert reading.states == empty.states == VIGILANCES
    assert reading.probabilities[1] == np.float32(leading)
    np.testing.assert_array_equal(empty.probabilities, [0.5, 0.5])


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        pytest.param(SeatStatus.ABSENT, ReadingStatus.ABSENT, id="absent"),
        pytest.param(SeatStatus.NO_CONSENT, ReadingStatus.ABSENT, id="no-consent"),
        pytest.param(SeatStatus.AMBIGUOUS, ReadingStatus.UNKNOWN, id="ambiguous"),
        pytest.param(SeatStatus.CAMERA_LOST, ReadingStatus.UNKNOWN, id="camera-lost"),
    ],
)
def test_masked_seats_say_nothing_about_anybody(seat: SeatStatus, status: ReadingStatus) -> None:
    """Uniform probabilities and an empty state vector; the model is not even asked."""
    session = CountingSession()

    reading = Fuser(session, seats=1).read(batch(status=(seat,)))[0]

    assert not session.seen
    assert reading.status is status
    np.testing.assert_array_equal(reading.probabilities, 0.25)
    assert not reading.fused.any()


def test_what_is_shared_by_masked_readings_cannot_be_written() -> None:
    """Every seat of which nothing is known has the same arrays."""
    lost = Fuser(CountingSession(), seats=1).read(batch(status=(SeatStatus.CAMERA_LOST,)))[0]

    with pytest.raises(ValueError, match="read-only"):
        lost.probabilities[0] = 1


def test_readings_are_of_the_seats_that_are_due() -> None:
    """In the order of the rows, and of nobody else."""
    present, absent = SeatStatus.PRESENT, SeatStatus.ABSENT
    tokens = batch(face=(1, 2, 3), status=(present, absent, present))
    _, second, third = tokens.seats

    read = Fuser(CountingSession(), seats=3).read(tokens, due={third, second})

    assert [reading.seat for reading in read] == [second, third]
