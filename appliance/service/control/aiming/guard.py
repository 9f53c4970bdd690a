"""Whether a camera may be pointed now: aiming sees everybody in its picture."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from appliance.domain.frames import CameraKey
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.service.control.closures import Closure, Closures

_OPEN = {
    Closure.PAUSE: "open them: sudo classbox resume",
    Closure.SWITCH: "open them with the switch at the box",
    Closure.TIMETABLE: "outside of lessons aim without the service: sudo systemctl stop classbox",
}
"""How what keeps the cameras closed is taken back."""

_AGREED = "if all in the picture know and agree, say so at the box: aim --people-informed"


class Permits(Protocol):
    """What is known of whom the box may look at; ``Permitted`` is one."""

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the seat may be looked at now."""
        ...

    def refused(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back and nobody has given it since."""
        ...

    def paused(self, seat: SeatKey) -> bool:
        """Tell whether somebody asked for a pause of the seat."""
        ...


class AimGuard:
    """Says no while somebody who has not agreed may be in the picture."""

    def __init__(
        self,
        *,
        seats: Mapping[CameraKey, Sequence[SeatKey]],
        closures: Closures,
        permitted: Permits,
        occupancy: Callable[[SeatKey], OccupancyKey | None],
    ) -> None:
        """Take what knows who is there.

        Args:
            seats: Of each camera.
            closures: What keeps the cameras closed.
            permitted: Who has agreed, who has refused and who asked for a pause.
            occupancy: Who is known to sit on a seat.
        """
        self._seats = seats
        self._closures = closures
        self._permitted = permitted
        self._occupancy = occupancy

    def objection(self, camera: CameraKey, *, informed: bool) -> str:
        """Return why a camera may not be pointed now; empty when it may.

        Args:
            camera: Which one.
            informed: Somebody who is there says that all in the picture know and agree.
        """
        if reasons := self._closures.reasons():
            said = "; ".join(f"{closure}: {why}" for closure, why in reasons.items())
            return f"the cameras are closed ({said}); {_OPEN[next(iter(reasons))]}"
        if informed:
            return ""
        paused = [seat for seat in self._seats[camera] if self._permitted.paused(seat)]
        if paused:
            return f"a pause was asked for on seat {', '.join(paused)}; {_AGREED}"
        refused = [seat for seat in self._seats[camera] if self._permitted.refused(seat)]
        if refused:
            return f"consent was refused on seat {', '.join(refused)}; {_AGREED}"
        unasked = [
            seat
            for seat in self._seats[camera]
            if self._occupancy(seat) is not None and not self._permitted.granted(seat)
        ]
        if unasked:
            who = "somebody who has not consented is logged in"
            return f"{who} on seat {', '.join(unasked)}; {_AGREED}"
        return ""
