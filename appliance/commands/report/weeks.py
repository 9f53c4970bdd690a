"""Is the record still what it was: the last week against what was before."""

from dataclasses import fields

from appliance.domain.arrays import BoolArray
from appliance.domain.policy.experience import Experience
from appliance.domain.policy.trials import ChoiceTrial
from appliance.intervention.effects.fidelity import FidelityCheck, check_fidelity

NEW_S = 7 * 86400.0
"""A week is the new window of fidelity, what was before it the old one."""


def compare_weeks(trial: ChoiceTrial) -> tuple[FidelityCheck, ...]:
    """Compare the last week with what was before; a stay over midnight is in either."""
    new = trial.wall_s >= trial.wall_s.max() - NEW_S
    if new.all():
        return ()
    return check_fidelity(_take(trial.experience, ~new), _take(trial.experience, new))


def _take(experience: Experience, rows: BoolArray) -> Experience:
    return Experience(
        **{one.name: getattr(experience, one.name)[rows] for one in fields(Experience)}
    )
