"""Each body is read on the one seat that it belongs to, and a change of person ends the track."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.domain.seats import Region, SeatKey
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.seating.association import Association, SeatAssociator
from appliance.perception.seating.shared_tracks import SharedTracks
from appliance.perception.seating.torso import Torso
from tests.support.torsos import SIZE_WH, STEP_S, WIDTH, torso

LEFT, RIGHT = SeatKey("left"), SeatKey("right")
LEFT_HOME, RIGHT_HOME = 256.0, 768.0
"""Four shoulder widths apart."""


def leaning(x: float, *, from_x: float) -> Torso:
    """Build a body whose hips stay."""
    return torso(x, hips_x=from_x)


class Row:
    """Two seats of one camera, looked at in turn, sixteen times a second."""

    def __init__(self) -> None:
        """Begin with both seats empty."""
        tracks = SharedTracks(
            {
                LEFT: Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0),
                RIGHT: Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0),
            }
        )
        self.associators = {
            seat: SeatAssociator(seat=seat, tracks=tracks) for seat in (LEFT, RIGHT)
        }
        self.frame = 0

    def step(self, left: Torso | None, right: Torso | None) -> tuple[Association, Association]:
        """Show one frame in which the trackers found these bodies."""
        self.look()
        verdicts = self.associators[LEFT].judge(left), self.associators[RIGHT].judge(right)
        self.frame += 1
        return verdicts

    def play(self, seconds: float, left: Torso | None, right: Torso | None) -> set[object]:
        """Show the same for a while and return all pairs of verdicts."""
        return {self.step(left, right) for _ in range(round(seconds / STEP_S))}

    def seated(self) -> "Row":
        """Let both students sit until their priors are settled."""
        self.play(4.0, torso(LEFT_HOME), torso(RIGHT_HOME))
        return self

    def choice(self, seat: SeatKey, *bodies: Torso) -> int | None:
        """Let a seat without a body choose among detections in the next frame."""
        self.look()
        return self.associators[seat].choose(detections(*bodies))

    def look(self) -> None:
        """Begin a frame on both seats."""
        for associator in self.associators.values():
            associator.look_around(index=self.frame, at_s=self.frame * STEP_S, size_wh=SIZE_WH)


def detections(*bodies: Torso) -> Detections:
    """Return what the pose detector would say."""
    points: Float32Array = np.zeros((len(bodies), 4, 2), dtype=np.float32)
    for row, body in enumerate(bodies):
        points[row, 0], points[row, 2] = body.hips, body.shoulders
    return Detections(
        boxes_xyxy=np.zeros((len(bodies), 4), dtype=np.float32),
        points=points,
        scores=np.linspace(0.9, 0.8, len(bodies), dtype=np.float32),
    )


def first(row: Row, bodies: Callable[[int], Torso], verdict: Association, *, frames: int) -> int:
    """Move the left seat's body and return the first frame with a verdict."""
    return next(frame for frame in range(frames) if row.step(bodies(frame), None)[0] is verdict)


def test_neighbours_who_sit_are_both_read() -> None:
    """From the first frame on."""
    row = Row()

    assert row.play(5.0, torso(LEFT_HOME), torso(RIGHT_HOME)) == {
        (Association.OWN, Association.OWN)
    }


def test_one_body_between_two_empty_seats_goes_to_the_nearer_one() -> None:
    """Its middle is still in the left region, but the hips are the right seat's."""
    between = leaning(508, from_x=640)
    row = Row()

    assert row.choice(LEFT, between) is None
    assert row.choice(RIGHT, leaning(516, from_x=640)) == 0


def test_a_body_exactly_between_two_homes_goes_to_one_of_them() -> None:
    """To the first in the configuration; hips outweigh shoulders by as much as needed."""
    row = Row().seated()
    middle = leaning(500, from_x=524)

    assert row.step(middle, None)[0] is not Association.OWN  # a jump
    assert row.associators[LEFT].choose(detections(middle)) == 0
    assert row.associators[RIGHT].choose(detections(leaning(524, from_x=500))) is None


def test_the_nearest_to_home_is_chosen_not_the_best() -> None:
    """A visitor in front of the seat scores more than the student behind the desk."""
    visitor, student = torso(400), torso(LEFT_HOME + 10)

    assert Row().seated().choice(LEFT, visitor, student) == 1


def test_a_body_that_the_neighbour_follows_is_left_alone() -> None:
    """The right seat is empty, its neighbour leans far over it."""
    row = Row()
    row.play(4.0, torso(LEFT_HOME), torso(RIGHT_HOME))
    row.play(1.0, torso(LEFT_HOME), None)
    for x in np.arange(LEFT_HOME, 540, 24):
        row.step(leaning(float(x), from_x=LEFT_HOME + 120), None)
    over = leaning(540, from_x=LEFT_HOME + 120)

    assert row.choice(RIGHT, over) is None


def test_who_leans_over_is_masked_and_comes_back() -> None:
    """Followed all the time, read by nobody while far from its place, read again there."""
    row = Row().seated()
    far = leaning(490, from_x=LEFT_HOME + 64)
    for x in np.linspace(LEFT_HOME, 490, 16):
        row.step(leaning(float(x), from_x=LEFT_HOME + 64), torso(RIGHT_HOME))
    assert row.play(0.5, far, torso(RIGHT_HOME)) == {(Association.DOUBTFUL, Association.OWN)}
    for x in np.linspace(490, LEFT_HOME, 16):
        row.step(torso(float(x)), torso(RIGHT_HOME))
    row.step(None, torso(RIGHT_HOME))  # the track may have ended: it was away for over a second

    assert row.play(1.0, torso(LEFT_HOME), torso(RIGHT_HOME)) == {
        (Association.OWN, Association.OWN)
    }


def test_a_tracker_that_slides_to_the_neighbour_lets_go() -> None:
    """The left seat's landmarks jump onto the right seat's student."""
    row = Row().seated()

    assert row.step(torso(RIGHT_HOME), torso(RIGHT_HOME)) == (Association.FOREIGN, Association.OWN)


def test_two_seats_on_one_body_become_one() -> None:
    """However slowly the left tracker got there: the right seat explains the body better."""
    row = Row().seated()
    x, verdict = LEFT_HOME, Association.OWN
    while verdict is not Association.FOREIGN:
        x += 16
        verdict, other = row.step(torso(x), torso(RIGHT_HOME))
        assert other is Association.OWN
        assert verdict is not Association.OWN or x < (LEFT_HOME + RIGHT_HOME) / 2

    assert x < RIGHT_HOME - 16


@pytest.mark.parametrize(
    ("up", "verdict"),
    [
        pytest.param(0.75 * WIDTH, Association.OWN, id="exactly .75 widths"),
        pytest.param(0.75 * WIDTH + 0.5, Association.DOUBTFUL, id="more"),
    ],
)
def test_a_body_away_from_home_is_not_read(up: float, verdict: Association) -> None:
    """Somebody stands at the desk."""
    row = Row().seated()
    row.step(None, None)

    assert row.step(torso(LEFT_HOME, up=up), None)[0] is verdict


def test_a_body_outside_the_region_is_let_go_after_more_than_a_second() -> None:
    """Exactly one second is not yet more."""
    row = Row().seated()
    x = 520.0  # beyond the edge, yet nearer to the left prior by the hips
    for step in np.linspace(LEFT_HOME, x, 18)[:-1]:
        row.step(leaning(float(step), from_x=LEFT_HOME), None)
    ended = first(row, lambda _: leaning(x, from_x=LEFT_HOME), Association.FOREIGN, frames=40)

    assert ended == 17


def test_a_clearly_better_claim_needs_more_than_a_quarter_width() -> None:
    """Hysteresis: in between the body is followed and not read."""
    band = 0.25 * WIDTH / 2  # costs change against each other twice as fast as the body moves
    row = Row().seated()
    for x in np.linspace(LEFT_HOME, 511, 16):
        row.step(leaning(float(x), from_x=LEFT_HOME), None)
    inside = leaning(511, from_x=513 + 2 * band)
    beyond = leaning(511, from_x=513 + 2 * band + 4)

    assert row.play(3.0, inside, None) == {(Association.DOUBTFUL, Association.LOST)}
    assert first(row, lambda _: beyond, Association.FOREIGN, frames=40) == 17


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [
        pytest.param(6 * STEP_S * WIDTH, Association.OWN, id="exactly six widths a second"),
        pytest.param(6 * STEP_S * WIDTH + 0.5, Association.FOREIGN, id="faster"),
    ],
)
def test_nobody_moves_faster_than_six_widths_a_second(moved: float, verdict: Association) -> None:
    """The landmarks have gone to another body."""
    assert Row().seated().step(torso(LEFT_HOME + moved), None)[0] is verdict


def test_a_head_that_moves_alone_is_no_other_person() -> None:
    """Somebody looks down quickly; the shoulders stay."""
    row = Row().seated()
    body = torso(LEFT_HOME)
    nodding = Torso(shoulders=body.shoulders, hips=body.hips, nose=body.shoulders, width_px=WIDTH)

    assert row.step(nodding, None)[0] is Association.OWN


def test_whoever_sits_down_after_somebody_got_up_is_a_new_track() -> None:
    """Two change places: up, away, another one down, all within one tracker's reach."""
    row = Row().seated()
    rise = np.linspace(0, WIDTH, 12)
    seen = [row.step(torso(LEFT_HOME, up=float(up)), None)[0] for up in rise]
    seen += [row.step(torso(LEFT_HOME, up=WIDTH), None)[0] for _ in range(16)]
    seen += [row.step(torso(LEFT_HOME, up=float(up)), None)[0] for up in rise[::-1]]

    assert seen.count(Association.FOREIGN) == 1
    assert seen[-1] is Association.OWN
    assert Association.OWN not in seen[12 : seen.index(Association.FOREIGN)]


def test_somebody_who_stays_elsewhere_has_moved_the_chair() -> None:
    """After more than five seconds of rest the body is taken up anew where it is."""
    row = Row().seated()
    for x in np.linspace(LEFT_HOME, 140, 16):
        row.step(torso(float(x)), None)
    place = torso(140)
    began = first(row, lambda _: place, Association.FOREIGN, frames=200)

    assert began * STEP_S == pytest.approx(5.0, abs=0.5)
    assert row.play(5.0, place, None) == {(Association.OWN, Association.LOST)}


def test_coming_back_to_where_one_stood_is_no_rest() -> None:
    """Somebody gets up, is away for long and stands before the chair again."""
    row = Row().seated()
    for up in np.linspace(0, WIDTH, 12):
        row.step(torso(LEFT_HOME, up=float(up)), None)
    row.play(6.0, None, None)

    assert row.play(4.0, torso(LEFT_HOME, up=WIDTH), None) == {
        (Association.DOUBTFUL, Association.LOST)
    }


def test_a_walker_never_becomes_a_home() -> None:
    """Somebody walks through the empty seat's region, standing."""
    row = Row().seated()
    row.play(2.0, None, torso(RIGHT_HOME))
    seen = {
        row.step(torso(float(x), up=WIDTH), torso(RIGHT_HOME))[0] for x in np.linspace(500, 20, 60)
    }

    assert Association.OWN not in seen
    assert row.play(1.0, None, torso(RIGHT_HOME)) == {(Association.LOST, Association.OWN)}


def test_nobody_is_nobody() -> None:
    """A seat whose person has left."""
    row = Row().seated()

    assert row.play(1.0, None, None) == {(Association.LOST, Association.LOST)}
    assert row.choice(LEFT) is None


def test_a_body_just_lost_is_not_taken_by_the_neighbour() -> None:
    """For one and a half seconds it may still be there."""
    row = Row().seated()
    row.play(1.0, torso(LEFT_HOME), None)
    over = leaning(540, from_x=LEFT_HOME + 140)
    for share in np.linspace(0, 1, 16):
        x = LEFT_HOME + share * (540 - LEFT_HOME)
        row.step(leaning(float(x), from_x=LEFT_HOME + share * 140), None)
    row.step(None, None)
    row.play(1.0, None, None)

    assert row.choice(RIGHT, over) is None
    assert row.choice(RIGHT, torso(RIGHT_HOME)) == 0


def test_a_seat_that_starts_again_knows_its_region_only() -> None:
    """After a seam the next body in the region is read, wherever it sits."""
    row = Row().seated()
    row.associators[LEFT].restart(row.frame)

    assert row.step(torso(130), None)[0] is Association.OWN


def test_a_seat_without_consent_tells_the_others_nothing() -> None:
    """What it knew is withdrawn; the neighbour goes by the regions."""
    row = Row().seated()
    row.associators[LEFT].reset()
    row.look()

    assert row.associators[RIGHT].choose(detections(torso(500))) is None
    assert row.associators[RIGHT].choose(detections(torso(520, hips_x=530))) == 0
