"""What is asked of a record when it shall say whether actions help."""

from dataclasses import dataclass

from appliance.domain.arrays import Float64Array
from appliance.domain.experience import Experience
from appliance.domain.interventions import Action


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """N choices and the parts of what came of them."""

    experience: Experience
    """The choices."""

    drops: Float64Array
    """(N, 2) Delta F and Delta B; NaN when missing."""

    wall_s: Float64Array
    """(N,) wall time, seconds since the Unix epoch."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.experience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One intervention that was sent, and what the student did."""

    action: Action
    """What it was."""

    stay: int
    """Number of the stay; the same for all of one."""

    accepted: bool
    """Answered with "accepted" or "completed"."""

    dismissed: bool
    """Closed; neither: not answered."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialRecord:
    """All that the box has kept about what it did."""

    trial: Trial
    """Choices whose outcome is known."""

    shown: tuple[Shown, ...]
    """Interventions, those of the rules too; no calls for a teacher."""

    hours: float
    """Time in which a student was seen, of which readings are stored."""

    stays: int
    """Stays of students behind ``hours`` and ``shown``."""
