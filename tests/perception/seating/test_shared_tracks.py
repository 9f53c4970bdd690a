"""What seats tell each other does not depend on who was quicker."""

import numpy as np
import pytest

from appliance.domain.seats import Region, SeatKey
from appliance.perception.seating.association import Association, SeatAssociator
from appliance.perception.seating.prior import SeatPrior
from appliance.perception.seating.shared_tracks import SharedTracks, TrackEntry
from tests.support.torsos import SIZE_WH, STEP_S, torso

SEATS = tuple(SeatKey(name) for name in ("a", "b", "c"))


def tracks() -> SharedTracks:
    """Build the tracks of three seats side by side."""
    return SharedTracks(
        {
            seat: Region(x0=place / 3, y0=0.0, x1=(place + 1) / 3, y1=1.0)
            for place, seat in enumerate(SEATS)
        }
    )


def entry(index: int, *, at_s: float | None = None, rank: int = 1) -> TrackEntry:
    """Build what a seat says after a frame."""
    return TrackEntry(
        index=index,
        at_s=index * STEP_S if at_s is None else at_s,
        prior=SeatPrior(region_xyxy=(0, 0, 1, 1)),
        body=torso(float(index)),
        rank=rank,
    )


def heard(shared: SharedTracks, *, index: int, since: int = 0) -> list[int]:
    """Return the frames of the bodies that seat a hears of at a frame."""
    others = shared.others(SEATS[0], index=index, since=since, at_s=index * STEP_S, size_wh=SIZE_WH)
    return [int(other.body.shoulders[0]) for other in others if other.body is not None]


def test_only_what_was_said_two_frames_ago_counts() -> None:
    """The frames after it may or may not have been looked at yet."""
    shared = tracks()
    for index in (6, 7, 8, 9):
        shared.publish(SEATS[1], entry(index))

    assert heard(shared, index=8) == [6]
    assert heard(shared, index=7) == []


def test_what_is_older_than_half_a_second_is_no_place_any_more() -> None:
    """Exactly half a second still is; the prior stays known."""
    shared = tracks()
    shared.publish(SEATS[1], entry(0))

    assert heard(shared, index=8) == [0]
    assert heard(shared, index=9) == []


def test_entries_before_a_seam_do_not_count() -> None:
    """The feed went on elsewhere."""
    shared = tracks()
    shared.publish(SEATS[1], entry(5))

    assert heard(shared, index=8, since=5) == [5]
    assert heard(shared, index=8, since=6) == []


def test_a_seat_does_not_hear_itself() -> None:
    """Only the others."""
    shared = tracks()
    shared.publish(SEATS[0], entry(5))

    assert heard(shared, index=8) == []


def test_silent_seats_are_where_their_regions_are() -> None:
    """A seat without consent says nothing, yet nobody else may take its place."""
    others = tracks().others(SEATS[0], index=2, since=0, at_s=0.125, size_wh=(900, 300))

    assert [other.prior.region_xyxy for other in others] == [(300, 0, 600, 300), (600, 0, 900, 300)]
    assert [other.rank for other in others] == [1, 2]


def test_withdrawing_forgets() -> None:
    """Consent was taken back."""
    shared = tracks()
    shared.publish(SEATS[1], entry(5))
    shared.withdraw(SEATS[1])

    assert heard(shared, index=8) == []


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_do_not_depend_on_the_lanes(seed: int) -> None:
    """Any order that the lanes may take gives what one lane gives."""
    bodies = np.random.default_rng(seed).normal(0, 24, (200, 3)).cumsum(axis=0)
    bodies += (170, 512, 854)

    def play(order: np.random.Generator | None) -> list[list[Association]]:
        shared = tracks()
        claims = [SeatAssociator(seat=seat, tracks=shared) for seat in SEATS]
        verdicts: list[list[Association]] = [[], [], []]
        while any(len(row) < len(bodies) for row in verdicts):
            done = [len(row) for row in verdicts]
            # ``Lanes.put``: frame k only when every seat has been given frame k - 1.
            ready = [s for s in range(3) if done[s] < len(bodies) and done[s] <= min(done) + 1]
            seat = ready[0] if order is None else int(order.choice(ready))
            if order is None:
                seat = int(np.argmin(done))
            frame = done[seat]
            claims[seat].look_around(index=frame, at_s=frame * STEP_S, size_wh=SIZE_WH)
            verdicts[seat].append(claims[seat].judge(torso(float(bodies[frame, seat]))))
        return verdicts

    alone = play(None)

    assert len({verdict for row in alone for verdict in row}) > 2
    assert play(np.random.default_rng(seed + 100)) == alone
