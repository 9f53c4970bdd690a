"""Pauses of single seats, and whom the box may look at: consent and pauses together."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from appliance.domain.seats import SeatKey
from appliance.ports import Clock
from appliance.service.control.closures import Closures
from appliance.service.control.pausing import Pausing
from appliance.storage.pause import PauseFile
from appliance.storage.tables.audit import Audit


class SeatPauses:
    """Keeps for each seat whether somebody asked not to be looked at; any thread may call.

    As durable as a pause of the room, of which it is independent: neither ends the other.
    """

    def __init__(
        self, *, seats: Iterable[SeatKey], state_dir: Path, audit: Audit, clock: Clock
    ) -> None:
        """Connect; ``follows`` take over what the last run has kept.

        Args:
            seats: Of the configuration.
            state_dir: Folder of the files that keep them.
            audit: Keeps who asked.
            clock: Wall time for the record.
        """
        self._closures = {seat: Closures(pause=_nothing, resume=_nothing) for seat in seats}
        self._pausing = {
            seat: Pausing(
                closures=closures,
                file=PauseFile(state_dir, seat=seat),
                audit=audit,
                clock=clock,
                seat=seat,
            )
            for seat, closures in self._closures.items()
        }

    def paused(self, seat: SeatKey) -> bool:
        """Tell whether a seat must not be looked at."""
        return self._closures[seat].any

    def seats(self) -> list[SeatKey]:
        """Return those that are paused."""
        return [seat for seat in self._closures if self.paused(seat)]

    def asked_by(self, seat: SeatKey) -> str | None:
        """Return the role and client whose pause it is; None where there is none."""
        return self._pausing[seat].asked_by

    def pause(self, seat: SeatKey, *, actor: str, why: str = "") -> str:
        """Look at a seat no more; see ``Pausing.pause``."""
        return self._pausing[seat].pause(actor=actor, why=why)

    def resume(self, seat: SeatKey, *, actor: str) -> None:
        """Take a seat's pause back.

        Raises:
            StorageError: It could not be put on record or taken off the disk: still paused.
        """
        self._pausing[seat].resume(actor=actor)

    @property
    def follows(self) -> list[Callable[[], None]]:
        """What obeys files that appeared and keeps what could not be kept, for each seat."""
        return [pausing.follow for pausing in self._pausing.values()]


class ConsentRecords(Protocol):
    """What is known of consent; ``Consents`` is one."""

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the seat's present occupancy has consented."""
        ...

    def refused(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back and nobody has given it since."""
        ...


class Permitted:
    """Whom the box may look at: who has consented and is not paused; a ``ConsentRegister``."""

    def __init__(self, *, consent: ConsentRecords, pauses: SeatPauses) -> None:
        """Take both."""
        self._consent = consent
        self._pauses = pauses

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether a seat may be looked at now."""
        return self._consent.granted(seat) and not self._pauses.paused(seat)

    def refused(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back and nobody has given it since."""
        return self._consent.refused(seat)

    def paused(self, seat: SeatKey) -> bool:
        """Tell whether somebody asked for a pause of the seat."""
        return self._pauses.paused(seat)


def _nothing() -> None:
    """Close no camera: others sit before it."""
