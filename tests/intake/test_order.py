"""Property: within the lateness, neither order nor doubles change what is handed on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.seats import OccupancyKey
from appliance.domain.token_packets import TokenPacket
from appliance.domain.tokens import SeatStatus
from appliance.intake.order import JUMP_S, LATENESS_S, MOST_WAITING, IntakeRow, SeatIntake
from tests.support.token_packets import make_packet

OTHER_BOOT = "019abc00-0000-7000-8000-000000000002"
NOW_S = 50_000.0


def told(rows: list[IntakeRow], *, from_s: float) -> list[tuple[object, ...]]:
    """Everything of each row, times from the first one on."""
    return [
        (
            round(row.at_s - from_s, 6),
            row.status,
            row.occupancy,
            row.age_s,
            row.restarted,
            row.face.tobytes(),
            row.pose.tobytes(),
        )
        for row in rows
    ]


def follow(arrivals: list[tuple[float, TokenPacket]], *, end_s: float) -> list[IntakeRow]:
    """Put each packet at its time, and take everything up to ``end_s``."""
    intake, rows = SeatIntake(), []
    for now_s, packet in sorted(arrivals, key=lambda one: one[0]):
        intake.put(packet, now_s=now_s)
        while (row := intake.take()) is not None:
            rows.append(row)
    while intake.ready(now_s=end_s):
        if (row := intake.take()) is not None:
            rows.append(row)
    return rows


def plain(seconds: int, *, begins: int = 0) -> list[TokenPacket]:
    """Seconds of one seat whose student is replaced by another after four of them."""
    return [
        make_packet(
            first=begins + 5 * second,
            seed=second,
            occupancies=(OccupancyKey("a" if second < 4 else "b"),) * 5,
            restarted=np.array([second in (0, 4), *[False] * 4]),
            age_s=(0.2 * (1 + 5 * (second % 4) + np.arange(5))).astype(np.float32),
        )
        for second in range(seconds)
    ]


delays = st.lists(st.floats(0, 0.95 * LATENESS_S), min_size=8, max_size=8)


@settings(deadline=None)
@given(late=delays, again=st.lists(st.tuples(st.integers(0, 7), st.floats(0, 3)), max_size=12))
def test_disorder_and_doubles_change_nothing(
    late: list[float], again: list[tuple[int, float]]
) -> None:
    """Whatever the way does within the lateness, the same rows come."""
    packets = plain(8)
    due = [(NOW_S + second, packet) for second, packet in enumerate(packets)]
    moved = [(at_s + late_s, packet) for (at_s, packet), late_s in zip(due, late, strict=True)]
    doubles = [(moved[which][0] + after_s, packets[which]) for which, after_s in again]
    expected = follow(due, end_s=NOW_S + 20)
    assert len(expected) == 40
    got = follow(moved + doubles, end_s=NOW_S + 20)
    assert told(got, from_s=got[0].at_s) == told(expected, from_s=expected[0].at_s)
    assert (got[0].at_s - expected[0].at_s).is_integer()  # seconds begin where they did


@settings(deadline=None)
@given(lost=st.sets(st.integers(1, 6), min_size=1))
def test_a_gap_is_one_unreadable_row_and_nothing_is_made_up(lost: set[int]) -> None:
    """What is lost is marked once, and every readable row is one that was sent."""
    packets = plain(8)
    rows = follow(
        [(NOW_S + at, packet) for at, packet in enumerate(packets) if at not in lost],
        end_s=NOW_S + 20,
    )
    whole = follow([(NOW_S + at, packet) for at, packet in enumerate(packets)], end_s=NOW_S + 20)
    read = [row for row in rows if row.status is SeatStatus.PRESENT]
    assert len(read) == 5 * (8 - len(lost))
    known = {row.face.tobytes() for row in whole}
    assert {row.face.tobytes() for row in read} <= known
    marks = [row for row in rows if row.status is SeatStatus.CAMERA_LOST]
    assert len(marks) == sum(at + 1 not in lost for at in lost)
    assert all(not row.face.any() and not row.pose.any() for row in marks)
    times = [row.at_s for row in rows]
    assert times == sorted(set(times))
    # Whoever is new begins anew, also where the token that said so is lost.
    assert [row.restarted for row in read].count(True) == 2


def test_a_gap_waits_for_the_lateness_and_no_longer() -> None:
    """The seat goes on behind it then."""
    first, _, third = plain(3)
    intake = SeatIntake()
    intake.put(first, now_s=NOW_S)
    intake.put(third, now_s=NOW_S + 1)
    for _ in range(5):
        assert intake.take() is not None
    assert not intake.ready(now_s=NOW_S + 1 + LATENESS_S - 0.01)
    assert intake.ready(now_s=NOW_S + 1 + LATENESS_S)
    assert intake.missing == 5


def test_a_sensor_that_starts_again_begins_anew_and_time_goes_on() -> None:
    """Another process is an occupancy that begins, and no jump of the clock."""
    second = replace(
        make_packet(seed=9, restarted=np.zeros(5, dtype=np.bool_)),
        boot=OTHER_BOOT,
        at_s=tuple(3.0 + 0.2 * each for each in range(5)),
    )
    stragglers = plain(3)[2]
    rows = follow(
        [
            *((NOW_S + at, packet) for at, packet in enumerate(plain(2))),
            (NOW_S + 31, second),
            (NOW_S + 31.1, stragglers),
        ],
        end_s=NOW_S + 60,
    )
    assert len(rows) == 10 + 1 + 5
    assert [row.restarted for row in rows] == [True, *[False] * 10, True, *[False] * 4]
    assert 29 < rows[11].at_s - rows[9].at_s < 31  # as long as it was away, whatever its clock says
    assert rows[10].status is SeatStatus.CAMERA_LOST


def test_whoever_was_there_before_the_decider_is_followed_from_now_on() -> None:
    """A history that this decider has not seen does not count."""
    packet = make_packet(
        first=5000,
        restarted=np.zeros(5, dtype=np.bool_),
        age_s=(900 + 0.2 * np.arange(5)).astype(np.float32),
    )
    rows = follow([(NOW_S, packet)], end_s=NOW_S + 2)
    assert rows[0].restarted
    assert abs(rows[-1].age_s - 1.0) < 1e-3
    assert abs(rows[-1].at_s - NOW_S) <= 0.5


def test_wild_numbers_fill_no_memory() -> None:
    """Numbers that leap are given up before they pile up."""
    intake = SeatIntake()
    for at in range(MOST_WAITING):
        intake.put(make_packet(first=1000 + 100 * at, seed=at), now_s=NOW_S)
    kept = 0
    while intake.take() is not None:
        kept += 1
    assert kept > 0
    assert intake.missing > 0


def moved(packet: TokenPacket, by_s: float) -> TokenPacket:
    """The same second on a clock that is off."""
    return replace(packet, at_s=tuple(at_s + by_s for at_s in packet.at_s))


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, -3.0, JUMP_S + 1])
def test_a_clock_that_jumps_within_a_process_is_a_gap_and_no_hour(jump_s: float) -> None:
    """No token is lost, nobody is new, and time goes on as the decider's does."""
    packets = [moved(one, jump_s if at >= 4 else 0.0) for at, one in enumerate(plain(8))]
    rows = follow([(NOW_S + at, packet) for at, packet in enumerate(packets)], end_s=NOW_S + 20)
    read = [row for row in rows if row.status is SeatStatus.PRESENT]
    assert [row.face.tobytes() for row in read] == [
        face.tobytes() for packet in packets for face in packet.face
    ]
    assert [row.status for row in rows].count(SeatStatus.CAMERA_LOST) == 1
    assert rows[20].status is SeatStatus.CAMERA_LOST
    times = [row.at_s for row in rows]
    assert times == sorted(set(times))
    assert times[-1] - times[0] < 8 + 2
    assert [row.restarted for row in read].count(True) == 2


@pytest.mark.parametrize("heard_s", [601.6, 0.0])
def test_time_that_has_passed_is_no_jump(heard_s: float) -> None:
    """Neither a camera that was closed for long, nor a decider that slept meanwhile."""
    slept = heard_s == 0
    later = moved(make_packet(first=3015 if slept else 15, seed=4), 0.0 if slept else 600.0)
    arrivals = [(NOW_S + at, packet) for at, packet in enumerate(plain(3))]
    rows = follow([*arrivals, (NOW_S + 3 + heard_s, later)], end_s=NOW_S + 700)
    assert abs(rows[-5].at_s - rows[14].at_s - 600.2) < 1e-6
