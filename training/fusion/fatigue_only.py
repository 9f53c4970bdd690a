"""A simulated lesson as the profile ``fatigue-only`` sees it (docs/DESIGN.md, 8)."""

from dataclasses import replace

import numpy as np

from appliance.domain.affect import AFFECTS, VIGILANCES, Affect, Vigilance
from appliance.domain.tokens import UNDEFINED_WITHOUT_EMOTION
from training.simulator.classroom import Lesson


def without_emotion(lesson: Lesson) -> Lesson:
    """Return a lesson with undefined columns at 0 and states as indices into ``VIGILANCES``.

    Fatigued stays what it is; the three other states are one, alert. What the box's own featuriser
    makes of the other columns does not depend on those that are taken out.
    """
    face = lesson.face.copy()
    face[..., list(UNDEFINED_WITHOUT_EMOTION)] = 0
    fatigued = lesson.states == AFFECTS.index(Affect.FATIGUED)
    vigilance = np.where(
        fatigued, VIGILANCES.index(Vigilance.FATIGUED), VIGILANCES.index(Vigilance.ALERT)
    )
    return replace(lesson, face=face, states=vigilance.astype(np.int8))
