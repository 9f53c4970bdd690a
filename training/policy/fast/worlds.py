"""What one simulated school is like: who sits there, and what interventions do to them.

Everything that is not of the simulator or of the slow environment is a guess, drawn wide on
purpose: a policy has to be right in worlds that nobody has measured.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np

from appliance.domain.policy.choices import POLICY_ACTIONS
from training.policy.slow.chain import HABITUATION_KEEP, HABITUATION_RISE, ODDS_RATIO
from training.policy.slow.student import ACCEPTANCE, COMPLETION, DISMISS_S
from training.simulator.parameters import PERSISTENCE, SCENARIO_WEIGHTS, Span


class WorldKind(StrEnum):
    """What actions do at best."""

    NORMAL = "normal"
    """A matched action helps the student back to focused."""
    NULL = "null"
    """No action moves a state, and nothing is ever completed."""
    HARM = "harm"
    """A matched action keeps the student from going back, and more is rejected."""


class StudentType(IntEnum):
    """What kinds of students sit in one world."""

    RECEPTIVE = 0
    """Accepts more."""
    RELUCTANT = 1
    """Accepts less."""
    TIRED = 2
    """Is fatigued more often, and accepts a little less."""
    RESTLESS = 3
    """Is bored more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All parameters of one school. The defaults are those of the slow environment."""

    kind: WorldKind = WorldKind.NORMAL
    """What actions do."""

    scenarios: tuple[float, ...] = tuple(SCENARIO_WEIGHTS.values())
    """Share of the students with each prevalence, in the order of ``parameters.SHARES``."""

    persistences: tuple[float, ...] = tuple(PERSISTENCE.values())
    """Share of the students with each factor on all dwells, in the order of ``PERSISTENCE``."""

    types: tuple[float, ...] = (0.25, 0.25, 0.25, 0.25)
    """Share of each student type."""

    type_acceptance: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    """Of each type, what is added to the log-odds of accepting."""

    type_fatigued: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    """Of each type, the factor on the odds of jumping to fatigued."""

    type_bored: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    """Of each type, the factor on the odds of jumping to bored."""

    acceptance: tuple[float, ...] = (0.0, *(ACCEPTANCE[action] for action in POLICY_ACTIONS[1:]))
    """Mean acceptance of each action; a student's own is beta distributed about it."""

    completion: float = COMPLETION
    """Share of what was accepted that is completed."""

    dismiss_s: Span = DISMISS_S
    """When an action is dismissed, after it was shown."""

    odds_ratio: tuple[float, ...] = (1.0, *(ODDS_RATIO for _ in POLICY_ACTIONS[1:]))
    """Of each action, when it matches the state: factor on the odds of leaving the state for
    focused within the next two minutes."""

    habituation_rise: float = HABITUATION_RISE
    """What each shown action adds to a student's habituation, [0, 1]."""

    habituation_keep: float = HABITUATION_KEEP
    """What is left of it after 10 s without one."""

    signal: float = 1.0
    """Factor on how far the readings of different states lie apart: their quality."""

    noise: float = 1.0
    """Factor on the readings' noise."""


SLOW_WORLD = World()
"""The world of ``training/policy/slow``."""


def draw_world(rng: np.random.Generator, kind: WorldKind) -> World:
    """Draw the parameters of a school.

    Args:
        rng: Source of randomness.
        kind: What actions do in it.
    """
    acceptance = [_shift(ACCEPTANCE[action], rng.normal(0, 0.6)) for action in POLICY_ACTIONS[1:]]
    completion = float(rng.uniform(0.4, 0.9))
    # About 1.9 (docs/DESIGN.md, 9); some actions work better than others.
    overall = np.log(ODDS_RATIO) * rng.uniform(0.5, 1.8)
    odds = np.exp(overall * rng.uniform(0.4, 1.6, len(POLICY_ACTIONS) - 1))
    dismiss = DISMISS_S
    if kind is WorldKind.NULL:
        odds, completion = np.ones_like(odds), 0.0
    elif kind is WorldKind.HARM:
        odds = 1 / odds
        acceptance = [_shift(mean, -rng.uniform(0.5, 1.5)) for mean in acceptance]
        dismiss = Span(DISMISS_S.low, float(rng.uniform(8.0, 14.0)))
    return World(
        kind=kind,
        scenarios=tuple(rng.dirichlet(4 * np.array(list(SCENARIO_WEIGHTS.values())) + 0.2)),
        persistences=tuple(rng.dirichlet(10 * np.array(list(PERSISTENCE.values())))),
        types=tuple(rng.dirichlet(np.full(len(StudentType), 8.0))),
        type_acceptance=(
            float(rng.uniform(0.3, 1.0)),
            float(rng.uniform(-1.5, -0.5)),
            float(rng.uniform(-0.6, 0.2)),
            float(rng.uniform(-0.3, 0.3)),
        ),
        type_fatigued=(1.0, 1.0, float(rng.uniform(1.5, 3.0)), 0.7),
        type_bored=(1.0, 1.0, 0.8, float(rng.uniform(1.5, 3.0))),
        acceptance=(0.0, *acceptance),
        completion=completion,
        dismiss_s=dismiss,
        odds_ratio=(1.0, *(float(one) for one in odds)),
        habituation_keep=float(rng.uniform(HABITUATION_KEEP, 0.995)),
        signal=float(rng.uniform(0.75, 1.15)),
        noise=float(rng.uniform(0.85, 1.25)),
    )


def _shift(mean: float, by: float) -> float:
    """Return a probability whose log-odds are moved."""
    odds = mean / (1 - mean) * np.exp(by)
    return float(odds / (1 + odds))
