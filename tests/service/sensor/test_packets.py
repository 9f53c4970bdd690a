"""Tokens of all seats become packets of one second and one seat."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus, TokenBatch
from appliance.sensing import SensedTokens
from appliance.service.sensor.packets import PacketMaker
from tests.support.rooms import A01, A02
from tests.support.token_packets import BOOT

SEATS = (A01, A02)


@pytest.fixture
def maker() -> PacketMaker:
    """Of a sensor that sees two seats."""
    return PacketMaker(
        seats=SEATS,
        sensor=SensorKey("sensor-1"),
        boot=BOOT,
        encoder="expression_mobilevit 2.0.0",
        step=lambda: 2,
        camera_ok=lambda seat: seat == A01,
    )


def sensed(number: int, *, due: tuple[SeatKey, ...] = SEATS) -> SensedTokens:
    """One token of both seats, with the number in every place."""
    value = float(number)
    tokens = TokenBatch(
        at_s=(10 + 0.2 * number,) * 2,
        seats=SEATS,
        occupancies=(None, None),
        status=(SeatStatus.PRESENT,) * 2,
        age_s=np.full(2, value, dtype=np.float32),
        face=np.full((2, FACE_SIZE), value, dtype=np.float32),
        pose=np.full((2, POSE_STREAM_SIZE), value, dtype=np.float32),
        restarted=np.array([number == 0] * 2),
    )
    return SensedTokens(tokens=tokens, due=frozenset(due), denied=frozenset())


def take(maker: PacketMaker, *tokens: SensedTokens) -> list[TokenPacket]:
    """Everything that is full."""
    return [packet for each in tokens for packet in maker.take(each)]


def test_five_tokens_of_a_seat_are_a_packet(maker: PacketMaker) -> None:
    """Numbered through, with nothing of the other seat."""
    packets = take(maker, *(sensed(number) for number in range(11)))

    assert [(each.seat, each.first) for each in packets] == [
        (A01, 0), (A02, 0), (A01, 5), (A02, 5),
    ]  # fmt: skip
    second = packets[2]
    assert second.at_s == tuple(10 + 0.2 * number for number in range(5, 10))
    assert second.face[:, 0].tolist() == [5, 6, 7, 8, 9]
    assert (second.sensor, second.boot, second.step) == ("sensor-1", BOOT, 2)
    assert packets[0].restarted.tolist() == [True, False, False, False, False]
    assert [each.camera_ok for each in packets] == [True, False, True, False]


def test_what_is_not_due_is_not_sent(maker: PacketMaker) -> None:
    """A seat of another camera waits for its own tokens."""
    packets = take(maker, *(sensed(number, due=(A02,)) for number in range(5)))

    assert [each.seat for each in packets] == [A02]


def test_of_who_says_no_nothing_leaves(maker: PacketMaker) -> None:
    """Neither what was seen before and waits; the numbers have no gap."""
    first = [sensed(number) for number in range(3)]
    denied = replace(sensed(3), denied=frozenset({A01}))
    after = [sensed(number) for number in range(4, 9)]
    packets = take(maker, *first, denied, *after)

    mine = [each for each in packets if each.seat == A01]
    assert [(each.first, each.face[0, 0]) for each in mine] == [(0, 4.0)]


def test_what_is_forgotten_is_not_sent(maker: PacketMaker) -> None:
    """As by a log-out."""
    take(maker, *(sensed(number) for number in range(4)))
    maker.forget(A01)

    assert [each.seat for each in take(maker, sensed(4))] == [A02]
