"""One simulated student on one seat, token by token, with pop-ups that move eyes and head.

``classroom.emit_tokens`` with two differences: the state of a token is asked for when it comes,
and a pop-up acts on the behaviour between the student and the detectors. So it has an effect on
every sensor that sees eyes or head, and none on the state.
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import TOKEN_S
from appliance.windows.featuriser import Featuriser
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour, BehaviourModel

# The generator is frozen by hash: its own steps, so that the two cannot drift apart.
from training.simulator.classroom import SETTLE_FRAMES, join_frames, see_frame
from training.simulator.cues import FRAME_S
from training.simulator.emissions import EmissionModel
from training.simulator.nuisances import NuisanceModel
from training.simulator.regimes import draw_circumstances
from training.simulator.traits import draw_population, draw_traits, uniform

# Reading a pop-up in a corner of the screen: guesses.
POPUP_S = p.Span(2.0, 6.0)
POPUP_RISE_S = 0.3
POPUP_LOOK_DOWN = p.Span(0.1, 0.5)
POPUP_YAW_DEG = p.Span(-12.0, 12.0)
POPUP_PITCH_DEG = p.Span(-2.0, 8.0)


class Seat(Protocol):
    """Gives the tokens of one student in order."""

    def step(self, state: int, *, at_s: float) -> tuple[Float32Array, Float32Array]:
        """Return the (1, F) face and (1, P) pose stream of the token that begins at ``at_s``."""
        ...

    def show_popup(self, *, at_s: float) -> None:
        """Let something appear on the student's screen."""
        ...


class Popup:
    """Eyes and head go to what appeared, and back."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Begin with nothing on the screen."""
        self._rng = rng
        self._start_s, self._length_s = -np.inf, 0.0
        self._look_down, self._yaw, self._pitch = 0.0, 0.0, 0.0

    def show(self, *, at_s: float) -> None:
        """Begin to look."""
        self._start_s, self._length_s = at_s, self._rng.uniform(*POPUP_S)
        self._look_down = self._rng.uniform(*POPUP_LOOK_DOWN)
        self._yaw = np.radians(self._rng.uniform(*POPUP_YAW_DEG))
        self._pitch = np.radians(self._rng.uniform(*POPUP_PITCH_DEG))

    def apply(self, behaviour: Behaviour, *, at_s: float) -> Behaviour:
        """Return what the student does while looking; the same object when not."""
        into_s = at_s - self._start_s
        if not 0 <= into_s < self._length_s:
            return behaviour
        share = min(into_s, self._length_s - into_s) / POPUP_RISE_S
        share = min(share, 1.0)
        return replace(
            behaviour,
            look_down=np.clip(behaviour.look_down + share * self._look_down, 0, 1),
            yaw=behaviour.yaw + share * self._yaw,
            pitch=behaviour.pitch + share * self._pitch,
        )


class SimulatedSeat:
    """A student of the simulator; without pop-ups bit for bit one of ``emit_tokens``."""

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        popups: np.random.Generator,
        regime: str | None = None,
    ) -> None:
        """Draw a student; ``regime`` as in ``emit_tokens``."""
        circumstances = draw_circumstances(rng, 1, regime=regime)
        population = draw_population(circumstances.families, circumstances.strength)
        self._behaviours = BehaviourModel(
            rng, draw_traits(rng, population), folds=circumstances.folds
        )
        self._emissions = EmissionModel(rng, circumstances)
        self._nuisances = NuisanceModel(rng, circumstances)
        self._featuriser = Featuriser(1)
        self._fatigue = uniform(rng, p.FATIGUE_START, 1)
        self._rise = uniform(rng, p.FATIGUE_RISE_PER_HOUR, 1) * TOKEN_S / 3600
        self._popup = Popup(popups)
        self._settled = False

    def show_popup(self, *, at_s: float) -> None:
        """Let something appear on the student's screen."""
        self._popup.show(at_s=at_s)

    def step(self, state: int, *, at_s: float) -> tuple[Float32Array, Float32Array]:
        """Return the (1, F) face and (1, P) pose stream of the token that begins at ``at_s``."""
        states = np.array([state], dtype=np.int8)
        if not self._settled:
            for _ in range(SETTLE_FRAMES):
                self._behaviours.step(states, self._fatigue)
            self._settled = True
        self._fatigue = np.minimum(self._fatigue + self._rise, 1)
        slots = []
        for frame_s in at_s + (np.arange(p.FRAMES_PER_TOKEN) + 0.5) * FRAME_S:
            behaviour = self._behaviours.step(states, self._fatigue)
            behaviour = self._popup.apply(behaviour, at_s=frame_s)
            slots.append(see_frame(behaviour, self._nuisances, self._emissions, nominal_s=frame_s))
        return self._featuriser.step(np.arange(1), join_frames(slots))
