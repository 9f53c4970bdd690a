"""Tokens of each seat, gathered to a second and numbered, on their way to the decider."""

import threading
from collections.abc import Callable, Collection, Mapping

import numpy as np
import structlog

from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import SeatStatus
from appliance.sensing import SensedTokens

PACKET_TOKENS = 5
"""One second."""

PATIENCE_S = 1.2
"""After which fewer go as they are: a camera that stalls must not hold back what was seen."""


class TokenSender:
    """Takes every tick's rows and hands on packets; any thread may call."""

    def __init__(
        self,
        *,
        seats: Collection[SeatKey],
        sensor: SensorKey,
        boot: str,
        encoder: str,
        publish: Callable[[TokenPacket], bool],
        step: Callable[[], int],
        camera_ok: Callable[[SeatKey], bool],
        granted: Callable[[SeatKey], bool],
        monotonic: Callable[[], float],
    ) -> None:
        """Begin to count at 0.

        Args:
            seats: Own.
            sensor: Own id.
            boot: UUIDv7 of this process.
            encoder: Name and version.
            publish: Sends now or never; False where nobody could hear.
            step: Of the degrade ladder.
            camera_ok: Whether a seat's camera delivers.
            granted: Whether a seat may be looked at; asked again before anything leaves.
            monotonic: Seconds.
        """
        self._sensor = sensor
        self._boot = boot
        self._encoder = encoder
        self._publish = publish
        self._step = step
        self._camera_ok = camera_ok
        self._granted = granted
        self._monotonic = monotonic
        self._rows: dict[SeatKey, list[tuple[SensedTokens, int]]] = {seat: [] for seat in seats}
        self._since_s = dict.fromkeys(seats, 0.0)
        self._next = dict.fromkeys(seats, 0)
        self._sent = dict.fromkeys(seats, 0)
        self._status: dict[SeatKey, SeatStatus] = {}
        self._lock = threading.Lock()
        self._log = structlog.get_logger()

    def take(self, sensed: SensedTokens) -> None:
        """Keep the rows of the seats that were due; send what makes a second.

        Of a seat at which nobody may look nothing leaves, also not what was seen before.
        """
        with self._lock:
            for row, seat in enumerate(sensed.tokens.seats):
                if seat not in sensed.due:
                    continue
                if seat in sensed.denied:
                    self._rows[seat].clear()
                    self._status[seat] = SeatStatus.NO_CONSENT
                    continue
                if not self._rows[seat]:
                    self._since_s[seat] = self._monotonic()
                self._rows[seat].append((sensed, row))
                self._status[seat] = sensed.tokens.status[row]
                if len(self._rows[seat]) >= PACKET_TOKENS:
                    self._send(seat)

    def flush(self) -> None:
        """Send what has waited for too long."""
        with self._lock:
            now_s = self._monotonic()
            for seat, rows in self._rows.items():
                if rows and now_s - self._since_s[seat] >= PATIENCE_S:
                    self._send(seat)

    def forget(self, seat: SeatKey) -> None:
        """Drop what has not been sent of a seat."""
        with self._lock:
            self._rows[seat].clear()
            self._status.pop(seat, None)

    def sent(self) -> Mapping[SeatKey, int]:
        """Return the tokens that were sent of each seat."""
        with self._lock:
            return dict(self._sent)

    def status(self, seat: SeatKey) -> SeatStatus | None:
        """Return what the last token of a seat says; None before the first."""
        with self._lock:
            return self._status.get(seat)

    def _send(self, seat: SeatKey) -> None:
        rows, self._rows[seat] = self._rows[seat], []
        if not self._granted(seat):
            return  # somebody has said no since: it stays here
        first = self._next[seat]
        self._next[seat] = first + len(rows)  # also where nobody hears: that is a gap
        try:
            if self._publish(self._packet(seat, rows, first=first)):
                self._sent[seat] += len(rows)
        except ValueError as error:  # a number that the contract cannot hold
            self._log.warning("tokens_not_sent", seat=seat, error=str(error))

    def _packet(
        self, seat: SeatKey, rows: list[tuple[SensedTokens, int]], *, first: int
    ) -> TokenPacket:
        batches = [(sensed.tokens, row) for sensed, row in rows]
        return TokenPacket(
            seat=seat,
            sensor=self._sensor,
            boot=self._boot,
            first=first,
            encoder=self._encoder,
            at_s=tuple(tokens.at_s[row] for tokens, row in batches),
            status=tuple(tokens.status[row] for tokens, row in batches),
            occupancies=tuple(tokens.occupancies[row] for tokens, row in batches),
            age_s=np.stack([tokens.age_s[row] for tokens, row in batches]),
            restarted=np.stack([tokens.restarted[row] for tokens, row in batches]),
            face=np.stack([tokens.face[row] for tokens, row in batches]),
            pose=np.stack([tokens.pose[row] for tokens, row in batches]),
            step=self._step(),
            camera_ok=self._camera_ok(seat),
        )
