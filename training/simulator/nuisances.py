"""What gets lost on the way: frames, faces, bodies, eyes, and the degrade ladder's rates."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour
from training.simulator.cues import FRAME_S
from training.simulator.regimes import Circumstances
from training.simulator.traits import chance, uniform


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What of one frame reaches the windows, per student."""

    pose_ran: BoolArray = field(repr=False)
    """(N,)."""
    pose_seen: BoolArray = field(repr=False)
    """(N,)."""
    expression_ran: BoolArray = field(repr=False)
    """(N,)."""
    face_seen: BoolArray = field(repr=False)
    """(N,)."""
    eyes_readable: BoolArray = field(repr=False)
    """(N,)."""
    frame_kept: BoolArray = field(repr=False)
    """(N,) the frame was not dropped."""


class NuisanceModel:
    """Draws each student's losses and advances them by a frame at a time."""

    def __init__(self, rng: np.random.Generator, circumstances: Circumstances) -> None:
        """Draw what every student suffers from."""
        students = len(circumstances.losses)
        self._rng, self._count = rng, students
        losses = circumstances.losses
        steps = rng.choice(len(p.LADDER), size=students, p=[step[2] for step in p.LADDER])
        # A box that loses nothing is on the first step.
        steps = np.where(rng.uniform(size=students) < losses, steps, 0)
        ladder = np.array([step[:2] for step in p.LADDER])[steps]
        self._pose_every: NDArray[np.int64] = ladder[:, 0]
        self._expression_every: NDArray[np.int64] = ladder[:, 1]
        self._frame_loss = (
            uniform(rng, p.FRAME_LOSS, students) * chance(rng, 0.5, students) * (losses > 0)
        )
        per_min = uniform(rng, p.LOSSES_PER_MIN, students) * losses
        self._losses_per_s = per_min / 60
        self._lost_s = np.zeros((students, 2))
        never = rng.uniform(size=students) < p.LONG_LOSS * losses
        self._lost_s[never, rng.integers(0, 2, int(never.sum()))] = np.inf
        self._face_yaw = np.radians(uniform(rng, p.YAW_LOSES_FACE_DEG, students))
        self._eyes_yaw = np.radians(uniform(rng, p.YAW_LOSES_EYES_DEG, students))
        self._eyes_pitch = np.radians(uniform(rng, p.PITCH_LOSES_EYES_DEG, students))
        self._glare = rng.uniform(size=students) < p.GLARE * losses
        self._glaring = np.zeros(students, dtype=np.bool_)
        self._eyes_of_hand = p.EYES_OF_HAND
        self._frame = 0

    def step(self, behaviour: Behaviour) -> Seen:
        """Return what is seen of the next frame."""
        rng, count = self._rng, self._count
        self._lost_s = np.maximum(self._lost_s - FRAME_S, 0)
        starts = rng.uniform(size=(count, 2)) < self._losses_per_s[:, None] * FRAME_S
        if starts.any():
            length_s = uniform(rng, p.LOSS_S, (count, 2))
            self._lost_s = np.where(starts, np.maximum(self._lost_s, length_s), self._lost_s)
        flips = chance(rng, FRAME_S / 10.0, count)
        glaring = self._glare & chance(rng, p.GLARE_SHARE, count)
        self._glaring = np.where(flips, glaring, self._glaring)
        kept = rng.uniform(size=count) >= self._frame_loss
        pose_ran = kept & (self._frame % self._pose_every == 0)
        expression_ran = kept & (self._frame % self._expression_every == 0)
        self._frame += 1
        pose_seen = pose_ran & (self._lost_s[:, 0] == 0)
        face_seen = expression_ran & (self._lost_s[:, 1] == 0)
        face_seen &= np.abs(behaviour.yaw) < self._face_yaw
        eyes = face_seen & ~self._glaring & (np.abs(behaviour.yaw) < self._eyes_yaw)
        eyes &= behaviour.pitch < self._eyes_pitch
        eyes &= ~((behaviour.hand != 0) & chance(rng, self._eyes_of_hand, count))
        return Seen(
            pose_ran=pose_ran,
            pose_seen=pose_seen,
            expression_ran=expression_ran,
            face_seen=face_seen,
            eyes_readable=eyes,
            frame_kept=kept,
        )

    def times_s(self, nominal_s: float) -> Float64Array:
        """Return the (N,) capture times of a frame: nominal with jitter."""
        return nominal_s + self._rng.uniform(-p.TIME_JITTER_S, p.TIME_JITTER_S, self._count)
