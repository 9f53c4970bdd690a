"""Tokens of all seats to packets of one second and one seat."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import TOKEN_HZ, SeatStatus, TokenBatch
from appliance.sensing import SensedTokens

PACKET_TOKENS = round(TOKEN_HZ)
"""One second: fewer would be more messages, more would be later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    at_s: float
    status: SeatStatus
    occupancy: OccupancyKey | None
    age_s: float
    restarted: bool
    face: Float32Array
    pose: Float32Array


@dataclass(slots=True)
class _Pending:
    first: int = 0
    """Number of the first token that waits."""
    tokens: list[_Token] = field(default_factory=list)


class PacketMaker:
    """Numbers the tokens of each seat and hands them on five at a time; for one thread."""

    def __init__(
        self,
        *,
        seats: Collection[SeatKey],
        sensor: SensorKey,
        boot: str,
        encoder: str,
        step: Callable[[], int],
        camera_ok: Callable[[SeatKey], bool],
    ) -> None:
        """Begin to count.

        Args:
            seats: Those of this sensor.
            sensor: Its id.
            boot: UUIDv7 of this process.
            encoder: Name and version of the expression encoder.
            step: Returns the step of the degrade ladder.
            camera_ok: Tells whether the camera of a seat works.
        """
        self._sensor = sensor
        self._boot = boot
        self._encoder = encoder
        self._step = step
        self._camera_ok = camera_ok
        self._pending = {seat: _Pending() for seat in seats}

    def take(self, sensed: SensedTokens) -> Iterator[TokenPacket]:
        """Take what was closed and yield the packets that are full.

        Of a seat at which nobody may look nothing leaves: not that, and not what was seen before
        and has not been sent.
        """
        tokens = sensed.tokens
        for row, seat in enumerate(tokens.seats):
            if seat not in sensed.due:
                continue
            its = self._pending[seat]
            if seat in sensed.denied:
                its.tokens.clear()
                continue
            its.tokens.append(_token(tokens, row))
            if len(its.tokens) == PACKET_TOKENS:
                yield self._packet(seat, its)
                its.first += PACKET_TOKENS
                its.tokens.clear()

    def forget(self, seat: SeatKey) -> None:
        """Send nothing of what waits."""
        self._pending[seat].tokens.clear()

    def _packet(self, seat: SeatKey, its: _Pending) -> TokenPacket:
        tokens = its.tokens
        return TokenPacket(
            seat=seat,
            sensor=self._sensor,
            boot=self._boot,
            first=its.first,
            encoder=self._encoder,
            at_s=tuple(each.at_s for each in tokens),
            status=tuple(each.status for each in tokens),
            occupancies=tuple(each.occupancy for each in tokens),
            age_s=np.array([each.age_s for each in tokens], dtype=np.float32),
            restarted=np.array([each.restarted for each in tokens]),
            face=np.stack([each.face for each in tokens]),
            pose=np.stack([each.pose for each in tokens]),
            step=self._step(),
            camera_ok=self._camera_ok(seat),
        )


def _token(tokens: TokenBatch, row: int) -> _Token:
    return _Token(
        at_s=tokens.at_s[row],
        status=tokens.status[row],
        occupancy=tokens.occupancies[row],
        age_s=float(tokens.age_s[row]),
        restarted=bool(tokens.restarted[row]),
        face=tokens.face[row],
        pose=tokens.pose[row],
    )
