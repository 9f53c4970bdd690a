"""What the box's detectors would say about a behaviour: landmarks, face cues, projection.

The response of every score is offset + gain x action + coupling + noise with all four drawn per
person over wide ranges, so that fusion has to rely on what is relative to the person.
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.observations import Landmark
from appliance.windows.pooling import FrameCue
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour
from training.simulator.body import LANDMARKS, Body, draw_body, place_landmarks
from training.simulator.cues import FRAME_S
from training.simulator.projection import ProjectionModel
from training.simulator.regimes import Circumstances
from training.simulator.traits import chance, uniform

CUES = len(FrameCue)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Response:
    """How the detectors respond to N people."""

    offset: Float64Array = field(repr=False)
    """(N, 8) score at rest, columns as ``FrameCue``."""
    gain: Float64Array = field(repr=False)
    """(N, 8)."""
    from_pitch: Float64Array = field(repr=False)
    """(N, 8) per radian of head pitch."""
    noise: Float64Array = field(repr=False)
    """(N, 8) standard deviation."""
    blink_power: Float64Array = field(repr=False)
    """(N,) bend of the closure's response."""
    blink_from_look_down: Float64Array = field(repr=False)
    """(N,)."""
    look_down_from_closure: Float64Array = field(repr=False)
    """(N,)."""
    bias: Float64Array = field(repr=False)
    """(N, 33, 2) of the landmarks, shoulder widths."""
    jitter: Float64Array = field(repr=False)
    """(N,) of the landmarks per frame, shoulder widths."""
    drift: Float64Array = field(repr=False)
    """(N,) of the landmarks, slow, shoulder widths."""
    visibility: Float64Array = field(repr=False)
    """(N, 33) typical visibility."""


def draw_response(rng: np.random.Generator, circumstances: Circumstances) -> Response:
    """Draw N persons' detectors."""
    noise, around = circumstances.noise, circumstances.around
    students = len(noise)

    def columns(affect: p.Span, blink: p.Span, jaw: p.Span, action: p.Span) -> Float64Array:
        spans = [affect, affect, blink, jaw, *[action] * (CUES - 4)]
        return np.stack([around(rng, span) for span in spans], axis=1)

    visibility = np.full((students, LANDMARKS), 0.97)
    wrists = chance(rng, p.WRISTS_IN_PICTURE, students)
    hips = chance(rng, p.HIPS_IN_PICTURE, students)
    visibility[:, Landmark.LEFT_WRIST : Landmark.RIGHT_THUMB + 1] = np.where(wrists, 0.85, 0.2)[
        :, None
    ]
    elbows = np.where(wrists, 0.9, uniform(rng, p.Span(0.2, 0.8), students))[:, None]
    visibility[:, Landmark.LEFT_ELBOW : Landmark.RIGHT_ELBOW + 1] = elbows
    visibility[:, Landmark.LEFT_HIP : Landmark.RIGHT_HIP + 1] = np.where(hips, 0.8, 0.1)[:, None]
    visibility[:, Landmark.LEFT_KNEE :] = 0.1
    return Response(
        offset=columns(p.AFFECT_OFFSET, p.BLINK_OFFSET, p.JAW_OFFSET, p.ACTION_OFFSET),
        gain=columns(p.AFFECT_GAIN, p.BLINK_GAIN, p.JAW_GAIN, p.ACTION_GAIN),
        from_pitch=columns(
            p.AFFECT_FROM_PITCH, p.BLINK_FROM_PITCH, p.JAW_FROM_PITCH, p.ACTION_FROM_PITCH
        ),
        noise=noise[:, None] * columns(p.AFFECT_NOISE, p.BLINK_NOISE, p.JAW_NOISE, p.ACTION_NOISE),
        blink_power=around(rng, p.BLINK_POWER),
        blink_from_look_down=around(rng, p.BLINK_FROM_LOOK_DOWN),
        look_down_from_closure=around(rng, p.LOOK_DOWN_FROM_CLOSURE),
        bias=around(rng, p.LANDMARK_BIAS)[:, None, None]
        * rng.standard_normal((students, LANDMARKS, 2)),
        jitter=noise * around(rng, p.LANDMARK_NOISE),
        drift=noise * around(rng, p.LANDMARK_DRIFT),
        visibility=visibility,
    )


class EmissionModel:
    """Turns behaviour into detector outputs, frame by frame, for N students."""

    def __init__(self, rng: np.random.Generator, circumstances: Circumstances) -> None:
        """Draw bodies, cameras and detectors."""
        students = len(circumstances.noise)
        self.body: Body = draw_body(rng, circumstances)
        self.response: Response = draw_response(rng, circumstances)
        self._rng, self._count = rng, students
        self._cue_noise = np.zeros((students, CUES))
        self._projection = ProjectionModel(rng, circumstances)
        self._drift = np.zeros((students, LANDMARKS, 2))
        self._wrists = np.zeros((students, 2, 3))

    def landmarks(self, behaviour: Behaviour) -> Float32Array:
        """Return (N, 33, 4) landmarks in pixels with visibility."""
        rng, response = self._rng, self.response
        reach = behaviour.restless_m[:, None, None]
        pull = FRAME_S / p.HAND_MEMORY_S
        self._wrists += -self._wrists * pull + reach * np.sqrt(2 * pull) * rng.standard_normal(
            self._wrists.shape
        )
        pixels = place_landmarks(self.body, behaviour, self._wrists)
        width = np.hypot(
            *(pixels[:, Landmark.LEFT_SHOULDER] - pixels[:, Landmark.RIGHT_SHOULDER]).T
        )
        pull = FRAME_S / p.LANDMARK_DRIFT_S
        self._drift += -self._drift * pull + np.sqrt(2 * pull) * rng.standard_normal(
            self._drift.shape
        )
        error = (
            response.bias
            + response.drift[:, None, None] * self._drift
            + response.jitter[:, None, None] * rng.standard_normal(pixels.shape, dtype=np.float32)
        )
        points = np.zeros((self._count, LANDMARKS, 4), dtype=np.float32)
        points[..., :2] = pixels + error * width[:, None, None]
        visible = response.visibility + 0.08 * rng.standard_normal(response.visibility.shape)
        hands = slice(Landmark.LEFT_WRIST, Landmark.RIGHT_THUMB + 1)
        at_face = (behaviour.hand != 0)[:, None]
        visible[:, hands] = np.where(at_face, np.maximum(visible[:, hands], 0.8), visible[:, hands])
        points[..., 3] = np.clip(visible, 0, 1)
        return points

    def face(self, behaviour: Behaviour) -> tuple[Float32Array, Float32Array]:
        """Return (N, 8) cues in the order of ``FrameCue`` and the (N, 16) projection."""
        rng, response = self._rng, self.response
        blink = behaviour.closure**response.blink_power
        blink += response.blink_from_look_down * behaviour.look_down * (1 - behaviour.closure)
        look_down = behaviour.look_down + response.look_down_from_closure * behaviour.closure
        actions = np.stack(
            [
                behaviour.valence,
                behaviour.arousal,
                blink,
                behaviour.jaw,
                behaviour.brow_down,
                behaviour.brow_inner_up,
                behaviour.smile,
                look_down,
            ],
            axis=1,
        )
        keep = p.NOISE_MEMORY
        fresh = np.sqrt(1 - keep**2)
        self._cue_noise = keep * self._cue_noise + fresh * rng.standard_normal((self._count, CUES))
        scores = (
            response.offset
            + response.gain * actions
            + response.from_pitch * behaviour.pitch[:, None]
            + response.noise * self._cue_noise
        )
        lowest = np.array([-1.0, -1.0, *[0.0] * (CUES - 2)])
        scores = np.clip(scores, lowest, 1)
        return scores.astype(np.float32), self._projection.step(scores)
