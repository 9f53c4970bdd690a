"""Where the person of a seat usually is: the seat's region at first, then a robust running mean."""

from dataclasses import dataclass, field, replace

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.perception.seating.torso import Torso

MEMORY_S = 30.0
"""The mean forgets with this time constant: people move their chairs, but not every minute."""

SETTLED_S = 3.0
"""Watched for this long, a person's place says more than the region."""

STEP_WIDTHS = 0.25
"""One frame pulls the mean by no more than a body that is this far off would (Huber 1964)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeatPrior:
    """The place of one seat's person, in pixels of the frame."""

    region_xyxy: tuple[float, float, float, float]
    """Left, top, right, bottom of the seat's region."""

    shoulders: Float64Array | None = field(default=None, repr=False)
    """(2,) mean middle of the shoulders; None before anybody sat there."""

    hips: Float64Array | None = field(default=None, repr=False)
    """(2,) mean middle of the hips."""

    width_px: float = 0.0
    """Mean shoulder width."""

    watched_s: float = 0.0
    """How long the mean has been learnt from."""

    @property
    def settled(self) -> bool:
        """True when the place is known better than by the region."""
        return self.watched_s >= SETTLED_S

    def unit_px(self, torso: Torso) -> float:
        """Return what distances of a body from this prior are measured in.

        The larger of both widths: a tall person on a short one's chair sits higher.
        """
        return max(self.width_px, torso.width_px) if self.settled else torso.width_px

    def cost(self, torso: Torso, *, unit_px: float) -> float:
        """Tell how badly this prior explains a body: mean distance of shoulders and hips.

        The hips stay on the chair when somebody leans over; the shoulders are seen best. Before
        the prior is settled, only the distance from the middle of the region across and from its
        edges above and below counts.

        Args:
            torso: The body.
            unit_px: Shoulder width that the distance is given in, the same for all priors compared.

        Returns:
            Distance in shoulder widths.
        """
        if self.settled and self.shoulders is not None and self.hips is not None:
            away = np.linalg.norm(torso.shoulders - self.shoulders)
            away += np.linalg.norm(torso.hips - self.hips)
            return float(away) / (2 * unit_px)
        left, top, right, bottom = self.region_xyxy
        x, y = (torso.shoulders[0] + torso.hips[0]) / 2, torso.shoulders[1]
        return float(np.hypot(x - (left + right) / 2, max(top - y, 0, y - bottom))) / unit_px

    def outside(self, torso: Torso) -> bool:
        """Tell whether the middle of a body's shoulders is outside the seat's region."""
        left, top, right, bottom = self.region_xyxy
        x, y = torso.shoulders
        return not (left <= x < right and top <= y < bottom)

    def learnt(self, torso: Torso, *, passed_s: float) -> "SeatPrior":
        """Return the prior after another look at its person.

        Args:
            torso: Where the person is now.
            passed_s: Time since the look before.
        """
        if self.shoulders is None or self.hips is None:
            return replace(
                self, shoulders=torso.shoulders, hips=torso.hips, width_px=torso.width_px
            )
        watched_s = self.watched_s + passed_s
        weight = passed_s / min(max(watched_s, passed_s), MEMORY_S) if passed_s > 0 else 0.0
        reach = STEP_WIDTHS * self.width_px
        return replace(
            self,
            shoulders=_pulled(self.shoulders, torso.shoulders, weight=weight, reach=reach),
            hips=_pulled(self.hips, torso.hips, weight=weight, reach=reach),
            width_px=self.width_px
            + weight * float(np.clip(torso.width_px - self.width_px, -reach, reach)),
            watched_s=watched_s,
        )

    def forgotten(self) -> "SeatPrior":
        """Return the prior as if nobody had sat there."""
        return SeatPrior(region_xyxy=self.region_xyxy)


def _pulled(mean: Float64Array, seen: Float64Array, *, weight: float, reach: float) -> Float64Array:
    step = seen - mean
    length = float(np.linalg.norm(step))
    pulled: Float64Array = mean + weight * step * min(1.0, reach / max(length, 1e-9))
    return pulled
