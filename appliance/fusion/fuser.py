"""Tokens to readings, five times a second, all seats in one call."""

import numpy as np

from appliance.domain.affect import AFFECTS, AffectReading, ReadingStatus, StudentState
from appliance.domain.arrays import BoolArray, Float32Array
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
# (training/fusion_network.py, ``novelty``): something stands before the camera that the training
# data do not contain.
MAX_NOVELTY = 2.0

_STATUS_OF_SEAT = {
    SeatStatus.ABSENT: ReadingStatus.ABSENT,
    SeatStatus.NO_CONSENT: ReadingStatus.ABSENT,
    SeatStatus.AMBIGUOUS: ReadingStatus.UNKNOWN,
    SeatStatus.CAMERA_LOST: ReadingStatus.UNKNOWN,
}


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
        warm_up_s: float = WARM_UP_S,
        min_probability: float = MIN_PROBABILITY,
        max_novelty: float = MAX_NOVELTY,
    ) -> None:
        """Begin with no history.

        Args:
            session: A request on the ``fusion`` model or on its ``fatigue-only`` twin.
            seats: Rows of every batch.
            states: What the model tells apart, in its output order.
            warm_up_s: Observed seconds of an occupancy before a reading may be ``KNOWN``.
            min_probability: The leading state's probability must reach it, in (1/C, 1].
            max_novelty: The model's novelty must not exceed it.
        """
        self._session = session
        self._states = states
        self._state = RecurrentState(seats)
        self._warm_up_s = warm_up_s
        self._min_probability = min_probability
        self._max_novelty = max_novelty

    def read(self, tokens: TokenBatch) -> list[AffectReading]:
        """Take in one token of every seat and return one reading per seat, in the same order.

        Rows that are not ``PRESENT`` keep their state as it is; restarted rows begin anew.
        """
        readable = np.array([status is SeatStatus.PRESENT for status in tokens.status])
        self._state.clear(tokens.restarted)
        if not readable.any():
            return [self._mask(tokens, row) for row in range(len(tokens.seats))]
        outputs = self._session.infer(
            {"face": tokens.face, "pose": tokens.pose, **self._state.inputs()}
        )
        self._state.advance(readable, outputs)
        status = self._judge(tokens, outputs["probabilities"], outputs["novelty"])
        return [
            AffectReading(
                seat=tokens.seats[row],
                occupancy=tokens.occupancies[row],
                at_s=tokens.at_s[row],
                status=status[row],
                probabilities=outputs["probabilities"][row],
                fused=outputs["fused"][row],
                states=self._states,
            )
            if readable[row]
            else self._mask(tokens, row)
            for row in range(len(tokens.seats))
        ]

    def _judge(
        self, tokens: TokenBatch, probabilities: Float32Array, novelty: Float32Array
    ) -> list[ReadingStatus]:
        """Return the status each row would have if its seat can be read."""
        sure: BoolArray = (probabilities.max(axis=1) >= self._min_probability) & (
            novelty <= self._max_novelty
        )
        warm = tokens.age_s > self._warm_up_s
        return [
            ReadingStatus.WARMING_UP
            if not warm[row]
            else (ReadingStatus.KNOWN if sure[row] else ReadingStatus.UNKNOWN)
            for row in range(len(tokens.seats))
        ]

    def _mask(self, tokens: TokenBatch, row: int) -> AffectReading:
        return AffectReading(
            seat=tokens.seats[row],
            occupancy=tokens.occupancies[row],
            at_s=tokens.at_s[row],
            status=_STATUS_OF_SEAT[tokens.status[row]],
            probabilities=np.full(len(self._states), 1 / len(self._states), dtype=np.float32),
            fused=np.zeros(self._state.fused_size, dtype=np.float32),
            states=self._states,
        )
