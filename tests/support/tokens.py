"""Token batches for the fusion tests."""

from collections.abc import Sequence

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus, TokenBatch


def batch(
    *,
    face: Sequence[float] = (0.0,),
    status: Sequence[SeatStatus] | None = None,
    age_s: Sequence[float] | None = None,
    restarted: Sequence[bool] | None = None,
) -> TokenBatch:
    """Return one token per seat; every face column of a seat has the seat's number."""
    seats = len(face)
    return TokenBatch(
        at_s=tuple(1.0 + seat for seat in range(seats)),
        seats=tuple(SeatKey(f"s{seat}") for seat in range(seats)),
        occupancies=tuple(OccupancyKey(f"o{seat}") for seat in range(seats)),
        status=tuple(status or [SeatStatus.PRESENT] * seats),
        age_s=np.array(age_s or [100.0] * seats, dtype=np.float32),
        face=np.repeat(np.array(face, dtype=np.float32)[:, None], FACE_SIZE, axis=1),
        pose=np.zeros((seats, POSE_STREAM_SIZE), dtype=np.float32),
        restarted=np.array(restarted or [False] * seats),
    )


def tokens_of(face: Float32Array, pose: Float32Array, *, age_s: float) -> TokenBatch:
    """Return one token of every (S, F) and (S, P) row."""
    seats = len(face)
    return TokenBatch(
        at_s=(age_s,) * seats,
        seats=tuple(SeatKey(f"s{seat}") for seat in range(seats)),
        occupancies=(OccupancyKey("o"),) * seats,
        status=(SeatStatus.PRESENT,) * seats,
        age_s=np.full(seats, age_s, dtype=np.float32),
        face=face,
        pose=pose,
        restarted=np.full(seats, age_s == 0),
    )
