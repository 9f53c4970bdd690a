"""How often something was found on a seat, as numbers for whoever sets a camera up."""

from dataclasses import dataclass

from appliance.domain.observations import Observation
from appliance.windows.slots import MIN_TRUST


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCounts:
    """What has become of a seat's observations since start, and what they found."""

    overflowed: int
    """Lost because the seat's slots were full when they came."""

    late: int
    """Came after their token was closed; they count into the next one."""

    looked: int = 0
    """All of them: frames on which the seat was looked at."""

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


@dataclass(slots=True)
class SeatFinds:
    """Counts of one seat; the caller serialises."""

    looked: int = 0
    person: int = 0
    ambiguous: int = 0
    face_looked: int = 0
    face: int = 0
    lids: int = 0
    face_side_px: float | None = None

    def add(self, observation: Observation) -> None:
        """Count one frame."""
        self.looked += 1
        if not observation.present:
            return
        self.person += 1
        self.ambiguous += observation.ambiguous
        if observation.face_side_px is not None:
            self.face_side_px = observation.face_side_px
        if not observation.expression_ran:
            return
        self.face_looked += 1
        face = observation.face
        if face is not None and face.trust >= MIN_TRUST:
            self.face += 1
            self.lids += face.eyes_readable

    def counts(self, *, overflowed: int, late: int) -> FrameCounts:
        """Return them together with what became of the frames."""
        return FrameCounts(
            overflowed=overflowed,
            late=late,
            looked=self.looked,
            person=self.person,
            ambiguous=self.ambiguous,
            face_looked=self.face_looked,
            face=self.face,
            lids=self.lids,
            face_side_px=self.face_side_px,
        )
