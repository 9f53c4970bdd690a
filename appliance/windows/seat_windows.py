"""Observations of all seats to 5 Hz tokens: the front door of ``windows``."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.domain.observations import Observation
from appliance.domain.seats import Occupancy, OccupancyKey, SeatKey
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    TOKEN_S,
    UNDEFINED_WITHOUT_EMOTION,
    SeatStatus,
    TokenBatch,
)
from appliance.windows.baselines import KNOWN_AWAKE_S
from appliance.windows.featuriser import Featuriser
from appliance.windows.finds import FindCounter, SeatFinds
from appliance.windows.occupancies import SeatOccupancy
from appliance.windows.slots import FrameSlots

# Without a single frame for 2 s the camera is taken for lost; shorter gaps are a busy box, and the
# token is masked by its presence bits.
CAMERA_LOST_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCounts:
    """What has become of a seat's observations since start."""

    overflowed: int
    """Lost because the seat's slots were full when they came."""

    late: int
    """Came after their token was closed; they count into the next one."""


class SeatWindows:
    """Pools observations into tokens and keeps every occupancy's feature state.

    Deterministic: no clock and no randomness of its own. Not thread-safe: the caller serialises
    ``append`` and ``close``.
    """

    def __init__(
        self,
        *,
        seats: Sequence[SeatKey],
        new_key: Callable[[], OccupancyKey],
        fatigue_only: bool = False,
    ) -> None:
        """Begin with empty seats.

        Args:
            seats: Every seat, in the order of the rows of every batch.
            new_key: Makes the key of an occupancy that begins by somebody sitting down.
            fatigue_only: Leave every column at 0 that this profile does not define.
        """
        self._undefined = list(UNDEFINED_WITHOUT_EMOTION) if fatigue_only else []
        self._seats = tuple(seats)
        self._row = {seat: row for row, seat in enumerate(self._seats)}
        count = len(self._seats)
        self._slots = FrameSlots(count)
        self._featuriser = Featuriser(count)
        self._occupancies = [SeatOccupancy(seat, new_key=new_key) for seat in self._seats]
        self._status = [SeatStatus.ABSENT] * count
        # Lists, because they are read and written one by one.
        self._ended_s = [-math.inf] * count
        self._last_frame_s = [-math.inf] * count
        self._age_tokens = np.zeros(count)
        self._restart = np.ones(count, dtype=np.bool_)
        self._known_awake = np.zeros(count, dtype=np.bool_)
        self._overflowed = [0] * count
        self._late = [0] * count
        self._found = [FindCounter() for _ in range(count)]

    def frame_counts(self) -> dict[SeatKey, FrameCounts]:
        """Return the counts of each seat."""
        return {
            seat: FrameCounts(overflowed=self._overflowed[row], late=self._late[row])
            for seat, row in self._row.items()
        }

    def finds(self) -> dict[SeatKey, SeatFinds]:
        """Return what was found on each seat."""
        return {seat: self._found[row].finds() for seat, row in self._row.items()}

    def occupancy(self, seat: SeatKey) -> Occupancy | None:
        """Return who sits on a seat now."""
        return self._occupancies[self._row[seat]].current

    def append(self, observation: Observation) -> None:
        """Keep one observation until its token closes."""
        row = self._row[observation.seat]
        self._found[row].add(observation)
        self._late[row] += observation.captured_at_s <= self._ended_s[row]
        self._overflowed[row] += not self._slots.put(row, observation)
        self._last_frame_s[row] = max(self._last_frame_s[row], observation.captured_at_s)

    def begin_occupancy(self, seat: SeatKey, key: OccupancyKey) -> None:
        """Begin the occupancy of a fresh log-in; the one before ends, a repeated key does nothing.

        Frames that wait in the slots were taken before the log-in reached the box and go with
        the occupancy that ends.
        """
        row = self._row[seat]
        known_s = (self._ended_s[row], self._last_frame_s[row])
        at_s = next((known for known in known_s if math.isfinite(known)), 0.0)
        if self._occupancies[row].begin(key, at_s=at_s):
            self._forget(row)

    def end_occupancy(self, seat: SeatKey) -> None:
        """End the present occupancy (log-out, consent withdrawn, erasure)."""
        row = self._row[seat]
        self._occupancies[row].end()
        self._forget(row)

    def calibrate(self, seat: SeatKey) -> None:
        """Begin everything learnt of a seat's student afresh: the next two minutes are awake."""
        row = self._row[seat]
        self._forget(row)
        self._known_awake[row] = True

    def calibrated_s(self, seat: SeatKey) -> float | None:
        """Return for how long the student has been seen since then; None without ``calibrate``.

        It ends with all that is learnt: with the occupancy, a pause, a consent taken back.
        """
        row = self._row[seat]
        return float(self._age_tokens[row] * TOKEN_S) if self._known_awake[row] else None

    def calibrating(self, seat: SeatKey) -> bool:
        """Tell whether the two minutes that ``calibrate`` began are not over."""
        seen_s = self.calibrated_s(seat)
        return seen_s is not None and seen_s < KNOWN_AWAKE_S

    def close(
        self,
        now_by_seat: Mapping[SeatKey, float],
        *,
        without_consent: Collection[SeatKey] = frozenset(),
    ) -> TokenBatch:
        """Close the tokens that end now and return one row per seat.

        Frames captured at or before the seat's ``now`` belong to this token, later ones wait.

        Args:
            now_by_seat: Capture time of the token's end per seat that is due. A seat that is
                missing stays as it is; its row reads ``CAMERA_LOST`` and must not be used.
            without_consent: Seats that may not be looked at.
        """
        count = len(self._seats)
        ends = [
            (row, seat, float(now_by_seat[seat]))
            for row, seat in enumerate(self._seats)
            if seat in now_by_seat
        ]
        ended_s = np.full(count, np.nan)
        for row, _, end_s in ends:
            ended_s[row] = self._ended_s[row] = end_s
        due = self._slots.due(ended_s)
        any_frame, person, ambiguous = self._slots.votes(due)
        status = [SeatStatus.CAMERA_LOST] * count
        for row, seat, end_s in ends:
            status[row] = self._status[row] = self._judge(
                row,
                at_s=end_s,
                consent=seat not in without_consent,
                any_frame=bool(any_frame[row]),
                person=bool(person[row]),
                ambiguous=bool(ambiguous[row]),
            )
        face = np.zeros((count, FACE_SIZE), dtype=np.float32)
        pose = np.zeros((count, POSE_STREAM_SIZE), dtype=np.float32)
        restarted = np.zeros(count, dtype=np.bool_)
        readable = [row for row, _, _ in ends if status[row] is SeatStatus.PRESENT]
        if readable:
            rows = np.array(readable)
            restarted[rows] = restart = self._restart[rows]
            if restart.any():
                self._featuriser.reset(rows[restart], awake=self._known_awake[rows[restart]])
                self._restart[rows] = False
            face[rows], pose[rows] = self._featuriser.step(rows, self._slots.gather(rows, due))
            if self._undefined:
                # Not before: recentring on the occupancy would make a 0 something else.
                face[:, self._undefined] = 0
            self._age_tokens[rows] += 1
        self._slots.release(due)
        return TokenBatch(
            at_s=tuple(at_s if math.isfinite(at_s) else 0.0 for at_s in self._ended_s),
            seats=self._seats,
            occupancies=tuple(
                None if occupancy.current is None else occupancy.current.key
                for occupancy in self._occupancies
            ),
            status=tuple(status),
            age_s=(self._age_tokens * TOKEN_S).astype(np.float32),
            face=face,
            pose=pose,
            restarted=restarted,
        )

    def _judge(
        self,
        row: int,
        *,
        at_s: float,
        consent: bool,
        any_frame: bool,
        person: bool,
        ambiguous: bool,
    ) -> SeatStatus:
        """Decide a seat's status for this token and move its occupancy on."""
        occupancy = self._occupancies[row]
        if not consent:
            # Nothing learnt before may outlive the consent, and nothing new is looked at.
            self._forget(row)
            occupancy.hold(at_s=at_s)
            return SeatStatus.NO_CONSENT
        kept = self._status[row]
        quiet_s = at_s - self._last_frame_s[row]
        if not any_frame and quiet_s <= CAMERA_LOST_S and kept is not SeatStatus.NO_CONSENT:
            return kept
        if not any_frame or ambiguous:
            occupancy.hold(at_s=at_s)
            return SeatStatus.AMBIGUOUS if any_frame else SeatStatus.CAMERA_LOST
        if person:
            if occupancy.see(at_s=at_s):
                self._forget(row, pending=False)
            return SeatStatus.PRESENT
        if occupancy.miss(at_s=at_s):
            self._forget(row)
        return SeatStatus.ABSENT

    def _forget(self, row: int, *, pending: bool = True) -> None:
        """Let the row begin anew with its next readable token."""
        self._restart[row] = True
        self._known_awake[row] = False
        self._age_tokens[row] = 0
        if pending:
            self._slots.discard(row)
