"""How often something was found on a seat, as numbers for whoever sets a camera up."""

from dataclasses import dataclass

from appliance.domain.observations import Observation
from appliance.windows.slots import MIN_TRUST


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFinds:
    """Frames of one seat since start, and what was found in them."""

    looked: int = 0
    """Frames on which the seat was looked at."""

    person: int = 0
    """Of these, with somebody on the seat."""

    ambiguous: int = 0
    """Of these, with more than one."""

    face_looked: int = 0
    """With somebody, and the face was to be read."""

    face: int = 0
    """Of these, with a face that can be trusted."""

    lids: int = 0
    """Of these, with eyes that can be judged."""

    face_side_px: float | None = None
    """Side of the square around the last face, trusted or not, pixels; None before the first."""


class FindCounter:
    """Counts of one seat; the caller serialises."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._looked = 0
        self._person = 0
        self._ambiguous = 0
        self._face_looked = 0
        self._face = 0
        self._lids = 0
        self._face_side_px: float | None = None

    def add(self, observation: Observation) -> None:
        """Count one frame."""
        self._looked += 1
        if not observation.present:
            return
        self._person += 1
        self._ambiguous += observation.ambiguous
        if observation.face_side_px is not None:
            self._face_side_px = observation.face_side_px
        if not observation.expression_ran:
            return
        self._face_looked += 1
        face = observation.face
        if face is not None and face.trust >= MIN_TRUST:
            self._face += 1
            self._lids += face.eyes_readable

    def finds(self) -> SeatFinds:
        """Return them."""
        return SeatFinds(
            looked=self._looked,
            person=self._person,
            ambiguous=self._ambiguous,
            face_looked=self._face_looked,
            face=self._face,
            lids=self._lids,
            face_side_px=self._face_side_px,
        )
