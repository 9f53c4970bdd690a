"""Every number of the simulator, with its source and the range it is drawn from.

Two kinds of range stand here. *Between people*: drawn once per simulated student. *Between
families*: the published numbers themselves are uncertain, so they are randomised by 30-50 %
(DESIGN.md, 9) and drawn per student as well; a model that only works for one choice of them has
learnt the simulator. "guess" marks what nothing measured supports; those ranges are wide.

Order of states everywhere: ``appliance.domain.affect.AFFECTS`` (focused, confused, fatigued,
bored).
"""

from typing import NamedTuple


class Span(NamedTuple):
    """A uniform range."""

    low: float
    high: float


FRAME_HZ = 15.0  # DESIGN.md, 2: the pose rate without degradation
FRAMES_PER_TOKEN = 3


# --- Regimes (regimes.py) --------------------------------------------------------------------
class Regime(NamedTuple):
    """How plainly states show and how well they are seen."""

    strength: Span
    """Range of an episode's intensity: factor on everything that differs from focused."""
    cue_absent: float
    """Share of students in whom one cue of one state does not occur."""
    noise: Span
    """Factor on the detectors' noise, per student."""
    losses: float
    """Factor on the rate of lost frames, faces and bodies."""


# DESIGN.md, 9 asks for three. First version: "field" is a guess at weak expression; scaling it to
# the AUCs of a real computer lab (boredom .61, confusion .65, engagement .68) is still to do.
REGIMES: dict[str, Regime] = {
    "nominal": Regime(strength=Span(0.7, 1.2), cue_absent=0.08, noise=Span(0.5, 1.2), losses=1.0),
    "degraded": Regime(strength=Span(0.5, 1.1), cue_absent=0.15, noise=Span(1.0, 2.0), losses=3.0),
    "field": Regime(strength=Span(0.1, 0.6), cue_absent=0.30, noise=Span(1.0, 2.0), losses=1.5),
}
# What training students are drawn from: mostly nominal, and enough of the others that weak or
# noisy evidence gives an unsure answer.
REGIME_WEIGHTS: dict[str, float] = {"nominal": 0.7, "degraded": 0.2, "field": 0.1}

# --- States (states.py) ----------------------------------------------------------------------
# DESIGN.md, 9: jumps of the embedded chain, row = from, column = to.
JUMPS = (
    (0.00, 0.62, 0.12, 0.26),
    (0.72, 0.00, 0.08, 0.20),
    (0.62, 0.08, 0.00, 0.30),
    (0.62, 0.10, 0.28, 0.00),
)
# Mean dwell of focused, seconds, and the shares that the other dwells are solved for. Table 3 of
# the paper is class sampling, not a prevalence; DAiSEE's dominant states are 93 % engaged
# (data/dynamics); "field" lies between (guess).
FOCUSED_DWELL_S = 260.0
SHARES: dict[str, tuple[float, float, float, float]] = {
    "table3": (0.45, 0.25, 0.20, 0.10),
    "field": (0.65, 0.15, 0.12, 0.08),
    "daisee": (0.93, 0.02, 0.02, 0.03),
}
# How often training students come from each scenario, and how long they stay in a state: lag-one
# counts with noisy labels cannot tell persistence (DESIGN.md, 9), so short, medium and long.
SCENARIO_WEIGHTS: dict[str, float] = {"table3": 0.55, "field": 0.35, "daisee": 0.10}
PERSISTENCE = (0.5, 1.0, 2.0)
DWELL_SHAPE = 2.5  # gamma; guess: neither memoryless nor clockwork
MIN_DWELL_S = 10.0  # DAiSEE labels 10 s clips; shorter states cannot be labelled
# Slow fatigue: a level from 0 to 1 that rises over a lesson and raises the odds of jumping to
# fatigued by a factor between the two numbers (guess).
FATIGUE_START = Span(0.0, 0.5)
FATIGUE_RISE_PER_HOUR = Span(0.1, 1.0)
FATIGUE_ODDS = (0.6, 1.8)
ONSET_S = Span(3.0, 12.0)  # a state does not show at once (guess)
# Outside of fatigue, a tired student shows this share of its cues (conflicting evidence).
FATIGUE_LEAK = 0.15

# --- Eyes and mouth (behaviour.py) -----------------------------------------------------------
# DESIGN.md, 9: blinks 6-10/min reading, 15-25 fatigued, widened by 40 %. Confused and bored: guess.
BLINKS_PER_MIN = (Span(4, 14), Span(5, 17), Span(12, 30), Span(7, 20))
BLINK_S = (Span(0.13, 0.26), Span(0.13, 0.26), Span(0.24, 0.50), Span(0.14, 0.30))
BLINK_JITTER = 0.25  # lognormal sd of one blink's duration (Caffier et al. 2003: about 25 %)
BLINK_CLOSE_S, BLINK_OPEN_S = 0.07, 0.12  # Caffier et al. 2003: closing and reopening times
# Long closures of fatigue: with blinks and droop they give PERCLOS 8-35 % (DESIGN.md, 9; render
# script of the demo).
CLOSURES_PER_MIN = (Span(0, 0.05), Span(0, 0.05), Span(1.0, 7.0), Span(0, 0.3))
CLOSURE_S = Span(0.6, 4.0)
DROOP = (Span(0, 0.05), Span(0, 0.05), Span(0.05, 0.50), Span(0, 0.18))
# DESIGN.md, 9: .05 focused, .1 bored, .5 fatigued, render script up to 1 per minute.
YAWNS_PER_MIN = (Span(0, 0.07), Span(0, 0.07), Span(0.25, 1.2), Span(0.03, 0.15))
YAWN_S = Span(3.5, 7.0)
YAWN_JAW = Span(0.55, 1.0)
YAWN_EYES = Span(0.0, 1.0)  # eyes squeezed during the yawn
TALKS_PER_MIN = Span(0.0, 0.8)  # guess
TALK_S = Span(1.0, 12.0)
TALK_JAW = Span(0.08, 0.35)
TALK_HZ = Span(2.0, 5.0)  # syllable rate

# --- Face (behaviour.py) ---------------------------------------------------------------------
# DESIGN.md, 9: (valence, arousal) means, sd .15.
VALENCE = (0.05, -0.15, -0.20, -0.10)
AROUSAL = (0.05, 0.15, -0.40, -0.50)
AFFECT_SD = 0.15
# Brow lowering of confusion (Craig et al. 2008); concentration lowers the brow a little as well.
BROW_DOWN = (Span(0, 0.18), Span(0.12, 0.60), Span(0, 0.12), Span(0, 0.10))
BROW_INNER_UP = (Span(0, 0.05), Span(0, 0.12), Span(0, 0.12), Span(0, 0.08))
SMILES_PER_MIN = Span(0.0, 0.5)
SMILE_S = Span(1.0, 6.0)

# --- Head and trunk (behaviour.py) -----------------------------------------------------------
# Looking down to write or at the keyboard: per minute, seconds, degrees. The share of students who
# write at all, and the states in which they do (focused and confused mostly): guess.
WRITERS = 0.6
WRITES_PER_MIN = (Span(0.3, 2.0), Span(0.2, 1.2), Span(0.0, 0.3), Span(0.0, 0.5))
WRITE_S = Span(3.0, 30.0)
WRITE_PITCH_DEG = Span(6, 30)
WRITE_LOOK_DOWN = Span(0.3, 0.9)
# DESIGN.md, 9: nods 1-3/min, pitch +10-20 degrees fatigued; slump of nose over shoulders: guess.
NODS_PER_MIN = (Span(0, 0.08), Span(0, 0.1), Span(0.6, 3.5), Span(0, 0.2))
NOD_S = Span(0.8, 3.0)
NOD_DEG = Span(8, 28)
NOD_CLOSES_DEG = 20.0  # a nod of this size closes the eyes, a smaller one in part (guess)
PITCH_DEG = (Span(-2, 3), Span(-4, 6), Span(6, 24), Span(-5, 8))
SLUMP_M = (Span(0, 0.01), Span(-0.01, 0.02), Span(0.01, 0.07), Span(0, 0.05))
# DESIGN.md, 9: roll 5-10 degrees confused, sign random per episode; a propped head rolls as well.
ROLL_DEG = (Span(0, 2), Span(3, 12), Span(0, 6), Span(0, 7))
PROP_ROLL_DEG = Span(2, 14)
# DESIGN.md, 9: lean sign random per student 70/30 (towards the screen when confused).
LEAN_IN_SHARE = 0.7
LEAN_M = (Span(0, 0.02), Span(0.02, 0.10), Span(-0.02, 0.05), Span(-0.08, 0.01))
# DESIGN.md, 9: movement 42 % less when engaged (Witchel 2016): .58 against 1, widened.
MOVEMENT = (Span(0.45, 0.75), Span(0.8, 1.2), Span(0.6, 1.2), Span(0.8, 1.4))
SWAY_M = Span(0.004, 0.02)
SHIFTS_PER_MIN = Span(0.2, 1.5)
SHIFT_M = 0.03
HEAD_JITTER_DEG = Span(0.3, 2.5)
# DESIGN.md, 9: gaze away 25-40 % and hand-to-face 30-40 % of the time when bored, else guesses.
AWAY_SHARE = (Span(0, 0.08), Span(0, 0.15), Span(0.02, 0.2), Span(0.2, 0.5))
AWAY_S = Span(1.0, 10.0)
AWAY_YAW_DEG = Span(12, 55)
HAND_SHARE = (Span(0, 0.15), Span(0.05, 0.35), Span(0.05, 0.35), Span(0.2, 0.50))
HAND_S = Span(3.0, 40.0)
TYPING_SHARE = (Span(0.1, 0.7), Span(0.1, 0.5), Span(0.0, 0.3), Span(0.0, 0.3))
TYPING_S = Span(3.0, 30.0)

# --- People (traits.py) ----------------------------------------------------------------------
# A cue of a state is stronger in some students than in others (sd of the factor's logarithm).
CUE_SD = 0.35

# --- Body and camera (body.py) ---------------------------------------------------------------
SHOULDER_WIDTH_M = Span(0.30, 0.44)  # BlazePose's shoulder points; ANSUR II, biacromial .35-.42
NECK_M = Span(0.05, 0.12)
HEAD_SCALE = Span(0.88, 1.12)
CAMERA_DISTANCE_M = Span(0.5, 2.0)
CAMERA_PITCH_DEG = Span(-15, 30)  # positive looks down on the student
CAMERA_YAW_DEG = Span(-25, 25)
FOCAL_PX = Span(380, 900)
ROTATION_GAIN = Span(0.55, 1.15)  # BlazePose follows turns of the head only in part

# --- Detectors (emissions.py) ----------------------------------------------------------------
# Checked on rendered people of the namespace "train" through the real detectors: in every state
# the renders' features have to lie inside the simulated range. No render is trained on.
LANDMARK_BIAS = Span(0.0, 0.05)  # shoulder widths, constant per person and landmark
LANDMARK_NOISE = Span(0.002, 0.015)  # shoulder widths, per frame
LANDMARK_DRIFT = Span(0.003, 0.02)  # shoulder widths, correlated over LANDMARK_DRIFT_S
LANDMARK_DRIFT_S = 3.0
WRISTS_IN_PICTURE = 0.55
HIPS_IN_PICTURE = 0.3
# Response of an action score to the action, per person: score = offset + gain x action + noise.
# Wide on purpose: rendered faces and real faces lie at different places of these ranges.
BLINK_OFFSET = Span(0.02, 0.30)
BLINK_GAIN = Span(0.22, 0.80)
BLINK_POWER = Span(0.5, 1.5)
BLINK_FROM_LOOK_DOWN = Span(0.0, 0.45)
BLINK_FROM_PITCH = Span(-0.2, 0.6)  # per radian: seen from above an eye looks more closed
BLINK_NOISE = Span(0.01, 0.07)
JAW_OFFSET = Span(0.0, 0.10)
JAW_GAIN = Span(0.40, 0.95)
JAW_FROM_PITCH = Span(-0.2, 0.2)
JAW_NOISE = Span(0.005, 0.04)
ACTION_OFFSET = Span(0.0, 0.35)
ACTION_GAIN = Span(0.2, 0.9)
ACTION_NOISE = Span(0.01, 0.07)
ACTION_FROM_PITCH = Span(-0.4, 0.4)
LOOK_DOWN_FROM_CLOSURE = Span(0.0, 0.6)  # ARKit scores: a closed eye also "looks down"
LOOK_DOWN_FROM_PITCH = Span(-0.3, 0.8)
# Rendered faces and quiet readers hardly move the affect scores: it must not be needed.
AFFECT_GAIN = Span(0.0, 0.8)
AFFECT_OFFSET = Span(-0.35, 0.35)
AFFECT_NOISE = Span(0.02, 0.12)
AFFECT_FROM_PITCH = Span(-0.5, 0.5)
NOISE_MEMORY = 0.6  # correlation of the encoder's noise between frames at 15 Hz
# Projection of f_t: the fit is in projection.json; a person's loadings differ from it by this
# share of their size (guess: rendered faces and other cameras are not in the fit).
PROJECTION_BEND = 0.4

# --- Nuisances (nuisances.py) ----------------------------------------------------------------
# (pose every n-th frame, expression every n-th frame): the steps of the degrade ladder, and how
# often training students are on each.
LADDER = ((1, 1, 0.60), (2, 1, 0.14), (2, 2, 0.12), (2, 3, 0.07), (3, 3, 0.07))
FRAME_LOSS = Span(0.0, 0.08)
TIME_JITTER_S = 0.008
LOSSES_PER_MIN = Span(0.0, 0.25)  # bursts without a face or without a body
LOSS_S = Span(1.0, 20.0)
LONG_LOSS = 0.06  # students whose face or body is never found (pose-only, face-only boxes)
YAW_LOSES_FACE_DEG = Span(35, 60)
YAW_LOSES_EYES_DEG = Span(22, 45)
PITCH_LOSES_EYES_DEG = Span(28, 75)
GLARE = 0.12  # students with glasses that glare
GLARE_SHARE = 0.5
EYES_OF_HAND = 0.3  # a hand at the face hides the eyes now and then
