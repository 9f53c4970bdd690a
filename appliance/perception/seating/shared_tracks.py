"""What the seats of one camera tell each other, so that nobody is read on two seats.

Seats of a camera are looked at on different lanes and may be one frame apart. So that a replayed
clip gives the same with one lane and with many, a seat that looks at frame k uses only what the
others have said up to frame k - 2: ``Lanes.put`` takes no frame k before every seat has been given
frame k - 1, and a seat is given k - 1 only when it has finished k - 2.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.domain.seats import Region, SeatKey
from appliance.perception.seating.prior import SeatPrior
from appliance.perception.seating.torso import Torso

LAG_FRAMES = 2
"""Younger entries of the others are not read: they may or may not be there yet."""

KEPT = 6
"""Entries per seat: k - 2 is read while another seat may already be at k + 1."""

FRESH_S = 0.5
"""Older entries say nothing about where somebody is now."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackEntry:
    """What one seat knew after one frame."""

    index: int
    """Number of the frame."""

    at_s: float
    """Its capture time, seconds."""

    prior: SeatPrior = field(repr=False)
    """Where the seat's person usually is."""

    body: Torso | None = field(repr=False)
    """The body that the seat follows; None when it follows none."""

    rank: int
    """Place of the seat in the configuration; decides where two seats are equally good."""


class SharedTracks:
    """Shared by the seats of one camera; every method may be called from any thread."""

    def __init__(self, seats: Mapping[SeatKey, Region]) -> None:
        """Begin without entries.

        Args:
            seats: Region of every seat of the camera, in the order of the configuration.
        """
        self._regions = dict(seats)
        self._entries: dict[SeatKey, deque[TrackEntry]] = {
            seat: deque(maxlen=KEPT) for seat in seats
        }
        self._guard = threading.Lock()

    def rank(self, seat: SeatKey) -> int:
        """Return the place of a seat in the configuration."""
        return list(self._regions).index(seat)

    def publish(self, seat: SeatKey, entry: TrackEntry) -> None:
        """Say what a seat knows after a frame."""
        with self._guard:
            self._entries[seat].append(entry)

    def withdraw(self, seat: SeatKey) -> None:
        """Forget all that a seat has said: nobody may be looked at there."""
        with self._guard:
            self._entries[seat].clear()

    def others(
        self, seat: SeatKey, *, index: int, since: int, at_s: float, size_wh: tuple[int, int]
    ) -> list[TrackEntry]:
        """Return what every other seat of the camera knew two frames ago, in a fixed order.

        Args:
            seat: Who asks.
            index: Number of the frame that the seat looks at.
            since: Entries before this frame belong to a scene that is over.
            at_s: Capture time of the frame.
            size_wh: Width and height of the picture, for seats that have not said anything.
        """
        found = []
        with self._guard:
            for rank, (other, entries) in enumerate(self._entries.items()):
                if other == seat:
                    continue
                known = [e for e in entries if since <= e.index <= index - LAG_FRAMES]
                if known and at_s - known[-1].at_s <= FRESH_S:
                    found.append(known[-1])
                    continue
                prior = known[-1].prior if known else self.empty_prior(other, size_wh=size_wh)
                found.append(TrackEntry(index=index, at_s=at_s, prior=prior, body=None, rank=rank))
        return found

    def empty_prior(self, seat: SeatKey, *, size_wh: tuple[int, int]) -> SeatPrior:
        """Return the prior of a seat that nobody has sat on."""
        width, height = size_wh
        return SeatPrior(
            region_xyxy=self._regions[seat].pixel_box(width_px=width, height_px=height)
        )
