"""What is asked of a record when it shall say whether actions help."""

from dataclasses import dataclass

from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.interventions import Action
from appliance.domain.policy.experience import Experience


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChoiceTrial:
    """N choices and the parts of what came of them."""

    experience: Experience
    """The choices."""

    drops: Float64Array
    """(N, 2) Delta F and Delta B; both are NaN when missing."""

    bases: IntArray
    """(N,) what would have been done without chance: the rule's action or what replaced it."""

    visits: IntArray
    """(N,) number of the stay, the same as in ``Shown``: what is counted. A stay in which the clock
    of a camera began anew is two in ``experience``, where only one of them has an order of time."""

    wall_s: Float64Array
    """(N,) wall time, seconds since the Unix epoch."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.experience)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceCounts:
    """How many choices are on record."""

    made: int = 0
    """Without those of students who were erased."""

    erased: int = 0
    """Further ones: that there was one is all that is kept."""

    finished: int = 0
    """Those of which an outcome is known."""

    drawn: int = 0
    """Those that were drawn by lot (``Choice.drawn``)."""

    drawn_finished: int = 0
    """Drawn ones of which an outcome is known."""

    changed: int = 0
    """Drawn ones of which something else came than without the lot."""


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
    """Closed. Neither: not answered, or only rated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCourse:
    """How the score went on after an alert, or after the first intervention that it led to."""

    stay: int
    """Number of the stay, as in ``Shown``."""

    before: float
    """30 s mean of the score (equation 9) before, [0, 1]."""

    after: float
    """30 s mean that ends 120 s after."""

    acted: bool
    """An intervention came of it within 120 s."""

    @property
    def halved(self) -> bool:
        """True when the score fell by more than half."""
        return self.before - self.after > self.before / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialRecord:
    """All that the box has kept about what it did."""

    trial: ChoiceTrial
    """Choices whose outcome is known, the newest of them."""

    counts: ChoiceCounts
    """Of all choices on record."""

    shown: tuple[Shown, ...]
    """Interventions, those of the rules too; no calls for a teacher."""

    courses: tuple[AlertCourse, ...]
    """Of the newest alerts of which readings are still stored."""

    hours: float
    """Time in which a student was seen, since the first reading that is stored."""

    stays: int
    """Stays of students of which there is anything here: one student on one seat, until that
    student leaves."""
