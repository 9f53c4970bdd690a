"""Tokens to readings, five times a second, all seats in one call."""

from collections.abc import Container, Mapping

import numpy as np

from appliance.domain.affect import AFFECTS, AffectReading, Doubt, ReadingStatus, StudentState
from appliance.domain.arrays import Float32Array
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus, TokenBatch
from appliance.fusion.state import RecurrentState
from appliance.ports import InferenceSession

# Before a third of the window is filled the attention has little to attend to, and the baseline of
# the occupancy is mostly the population's.
WARM_UP_S = 20.0
# Abstention: below this the leading state is hardly better than the runner-up. A fifth of the way
# from chance to certainty, with two states as with four: max p is never below chance.
MIN_PROBABILITY = 0.4
MIN_PROBABILITY_OF_TWO = 0.6
# Twice the novelty that simulated students reach in one token of a thousand
# (training/fusion/network.py, ``novelty``): something stands before the camera that the training
# data do not contain.
MAX_NOVELTY = 2.0

CHUNK = 16
"""Rows of one call where there are more than four times as many seats: each row costs 150 KB of
reading, and of a decider's seats few are due at once. Always as many, as OpenVINO wants it."""

_STATUS_OF_SEAT = {
    SeatStatus.ABSENT: ReadingStatus.ABSENT,
    SeatStatus.NO_CONSENT: ReadingStatus.ABSENT,
    SeatStatus.AMBIGUOUS: ReadingStatus.UNKNOWN,
    SeatStatus.CAMERA_LOST: ReadingStatus.UNKNOWN,
}


def rows_of_a_call(seats: int) -> int:
    """Return how many rows the model is given at once, of so many seats."""
    return CHUNK if seats > 4 * CHUNK else seats


class Fuser:
    """Runs the streaming fusion model and keeps every seat's recurrent state.

    Equations 2-8 one token at a time: LSTM states never change afterwards, so keys and values of
    the last 300 tokens in a ring give the same numbers as the whole sequence at once.
    """

    def __init__(
        self,
        session: InferenceSession,
        *,
        seats: int,
        states: tuple[StudentState, ...] = AFFECTS,
        min_probability: float = MIN_PROBABILITY,
    ) -> None:
        """Begin with no history.

        Args:
            session: A request on the ``fusion`` model or on its ``fatigue-only`` twin.
            seats: Rows of every batch.
            states: What the model tells apart, in its output order.
            min_probability: The leading state's probability must reach it, in (1/C, 1].
        """
        self._session = session
        self._states = states
        self._state = RecurrentState(seats)
        self._min_probability = min_probability
        # What is said of a seat that cannot be read; shared, so nobody may write to it.
        self._uniform = np.full(len(states), 1 / len(states), dtype=np.float32)
        self._nobody = np.zeros(self._state.fused_size, dtype=np.float32)
        self._uniform.flags.writeable = self._nobody.flags.writeable = False
        self._in_chunks = rows_of_a_call(seats) < seats

    def read(
        self, tokens: TokenBatch, *, due: Container[SeatKey] | None = None
    ) -> list[AffectReading]:
        """Take in one token of every seat and return one reading per seat, in the same order.

        Rows that are not ``PRESENT`` keep their state as it is; restarted rows begin anew. The
        model is given all rows nevertheless, or whole chunks of them: a row costs it microseconds,
        but OpenVINO takes a third longer whenever their number changes.

        Args:
            tokens: One row per seat.
            due: Seats of which a reading is wanted; None: all.
        """
        rows = [row for row, one in enumerate(tokens.status) if one is SeatStatus.PRESENT]
        if tokens.restarted.any():
            self._state.clear(tokens.restarted)
        read: dict[int, AffectReading] = {}
        if self._in_chunks:
            for first in range(0, len(rows), CHUNK):
                read |= self._run_chunk(tokens, rows[first : first + CHUNK])
        elif rows:
            read = self._run(tokens, rows)
        return [
            read.get(row) or self._mask(tokens, row)
            for row, seat in enumerate(tokens.seats)
            if due is None or seat in due
        ]

    def _run(self, tokens: TokenBatch, rows: list[int]) -> dict[int, AffectReading]:
        """Return the readings of the rows that can be read, by row."""
        outputs = self._session.infer(
            {"face": tokens.face, "pose": tokens.pose, **self._state.inputs()}
        )
        self._state.advance(np.array(rows), outputs)
        return self._judge(tokens, rows, outputs, of=rows)

    def _run_chunk(self, tokens: TokenBatch, rows: list[int]) -> dict[int, AffectReading]:
        """Do the same for at most ``CHUNK`` rows, which alone are given to the model."""
        padded = np.array(rows + [rows[0]] * (CHUNK - len(rows)))
        outputs = self._session.infer(
            {
                "face": tokens.face[padded],
                "pose": tokens.pose[padded],
                **self._state.inputs(padded),
            }
        )
        of = list(range(len(rows)))
        self._state.advance(np.array(rows), outputs, of=np.array(of))
        return self._judge(tokens, rows, outputs, of=of)

    def _judge(
        self,
        tokens: TokenBatch,
        rows: list[int],
        outputs: Mapping[str, Float32Array],
        *,
        of: list[int],
    ) -> dict[int, AffectReading]:
        """Return the readings of the rows, each at its place in the outputs."""
        probabilities, fused, novelty = (
            outputs["probabilities"],
            outputs["fused"],
            outputs["novelty"],
        )
        leading = np.maximum.reduce(probabilities, axis=1)
        sure = leading >= self._min_probability
        familiar = novelty <= MAX_NOVELTY
        read: dict[int, AffectReading] = {}
        for row, at in zip(rows, of, strict=True):
            status, doubt = _judge(
                warm=bool(tokens.age_s[row] > WARM_UP_S),
                sure=bool(sure[at]),
                familiar=bool(familiar[at]),
            )
            read[row] = AffectReading(
                seat=tokens.seats[row],
                occupancy=tokens.occupancies[row],
                at_s=tokens.at_s[row],
                status=status,
                doubt=doubt,
                probabilities=probabilities[at],
                fused=fused[at],
                states=self._states,
            )
        return read

    def _mask(self, tokens: TokenBatch, row: int) -> AffectReading:
        return AffectReading(
            seat=tokens.seats[row],
            occupancy=tokens.occupancies[row],
            at_s=tokens.at_s[row],
            status=_STATUS_OF_SEAT[tokens.status[row]],
            probabilities=self._uniform,
            fused=self._nobody,
            states=self._states,
        )


def _judge(*, warm: bool, sure: bool, familiar: bool) -> tuple[ReadingStatus, Doubt | None]:
    if not warm:
        return ReadingStatus.WARMING_UP, None
    if not familiar:
        return ReadingStatus.UNKNOWN, Doubt.UNFAMILIAR
    return (ReadingStatus.KNOWN, None) if sure else (ReadingStatus.UNKNOWN, Doubt.UNSURE)
