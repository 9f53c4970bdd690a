"""Every number of the simulator, with its source and the range it is drawn from.

A student's cues are layered, from the outside in: the *population* says what a state looks like on
average (printed numbers); a *family* bends the population, because the printed numbers are
uncertain themselves (30-50 %, docs/DESIGN.md, 9); a *person* differs from the population, an
*episode* from the person, and the moment wanders about the episode. The spread of persons and
episodes is what makes states overlap: it was widened until a Bayes filter that knows all of this
and sees the behaviour itself (``training/ceiling/bayes.py``) stays below .90. "guess" marks what
nothing measured supports.

Order of states everywhere: ``appliance.domain.affect.AFFECTS`` (focused, confused, fatigued,
bored).
"""

from enum import IntEnum
from typing import NamedTuple


class Span(NamedTuple):
    """A uniform range."""

    low: float
    high: float


FRAME_HZ = 15.0  # docs/DESIGN.md, 2: the pose rate without degradation
FRAMES_PER_TOKEN = 3

PerState = tuple[float, float, float, float]


# --- Regimes (regimes.py) --------------------------------------------------------------------
class Regime(NamedTuple):
    """How plainly states show and how well they are seen."""

    strength: Span
    """Factor on everything that differs from focused, per student."""
    noise: Span
    """Factor on the detectors' noise, per student."""
    reach: float
    """How much of the detectors' and cameras' ranges occurs, from the middle out; 1 is all."""
    losses: float
    """Factor on the rate of lost frames, faces and bodies, and on the share of students who are
    never seen in one of the two, wear glasses that glare, or sit at a box on a ladder step."""


# docs/DESIGN.md, 9 asks for three. "field" is to be as hard as a real computer lab, where 10 s
# clips gave AUCs of .61 (boredom), .65 (confusion) and .68 (engagement).
REGIMES: dict[str, Regime] = {
    "nominal": Regime(strength=Span(1.0, 1.0), noise=Span(0.2, 0.4), reach=0.25, losses=0.0),
    "degraded": Regime(strength=Span(0.7, 1.0), noise=Span(0.8, 1.8), reach=1.0, losses=1.0),
    "field": Regime(strength=Span(0.1, 0.4), noise=Span(0.8, 1.8), reach=1.0, losses=0.5),
}
# What training students are drawn from: enough of each that weak or noisy evidence gives an unsure
# answer, and enough nominal ones that clear evidence gives a sure one.
REGIME_WEIGHTS: dict[str, float] = {"nominal": 0.65, "degraded": 0.25, "field": 0.10}

# --- Families (traits.py) --------------------------------------------------------------------
# docs/DESIGN.md, 9: "randomised +-30-50 %, some families held out". Family 0 is the printed
# population.
FAMILY_BEND = Span(0.6, 1.4)
TRAINING_FAMILIES = range(1, 41)
HELD_OUT_FAMILIES = range(41, 61)
BASE_SHARE = 0.6  # of training students come from the printed population

# --- States (states.py) ----------------------------------------------------------------------
# Jumps of the embedded chain, row = from, column = to. docs/DESIGN.md, 9 starts from .62 .12 .26 /
# .72 .08 .20 / .62 .08 .30 / .62 .10 .28, with which bored would last 117 s: solved together with
# shares and dwells, they move by at most five points, and bored lasts 142 s (120-150 there).
JUMPS = (
    (0.00, 0.66, 0.13, 0.21),
    (0.75, 0.00, 0.09, 0.16),
    (0.66, 0.08, 0.00, 0.26),
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
# counts with noisy labels cannot tell persistence (docs/DESIGN.md, 9), so short, medium and long.
SCENARIO_WEIGHTS: dict[str, float] = {"table3": 0.75, "field": 0.20, "daisee": 0.05}
PERSISTENCE: dict[float, float] = {0.5: 0.2, 1.0: 0.6, 2.0: 0.2}
DWELL_SHAPE = 2.5  # gamma; guess: neither memoryless nor clockwork
MIN_DWELL_S = 10.0  # DAiSEE labels 10 s clips; shorter states cannot be labelled
# Slow fatigue: a level from 0 to 1 that rises over a lesson and raises the odds of jumping to
# fatigued by a factor between the two numbers (guess).
FATIGUE_START = Span(0.0, 0.5)
FATIGUE_RISE_PER_HOUR = Span(0.1, 1.0)
FATIGUE_ODDS = (0.6, 1.8)
ONSET_S = Span(2.0, 8.0)  # a state does not show at once (guess)
# Outside of fatigue, a tired student shows this share of its slow cues (conflicting evidence).
FATIGUE_LEAK = 0.15


# --- Slow cues (behaviour.py) ----------------------------------------------------------------
class LevelCue(IntEnum):
    """What a student holds for a while: an Ornstein-Uhlenbeck process about an episode's mean."""

    PITCH = 0
    """Head down, degrees."""
    ROLL = 1
    """Head towards the left shoulder, degrees."""
    SLUMP = 2
    """Sinking of the head, metres."""
    LEAN = 3
    """Towards the camera, metres."""
    DROOP = 4
    """Closure of the resting lid, [0, 1]."""
    BROW_DOWN = 5
    """[0, 1]."""
    BROW_INNER_UP = 6
    """[0, 1]."""
    VALENCE = 7
    """[-1, 1], as far as a face shows it."""
    AROUSAL = 8
    """[-1, 1], likewise."""


class Level(NamedTuple):
    """One slow cue."""

    mean: PerState
    """Of the population."""
    neutral: float
    """Standard deviation between students of what is added in every state: build, camera, habit."""
    person: PerState
    """Standard deviation between students of what is added in one state."""
    episode: PerState
    """Standard deviation of a student's episodes about the student's own mean."""
    wander: float
    """Standard deviation of the moment about the episode's mean."""
    memory_s: float
    """Time constant of wandering, and of arriving at a new episode's mean."""


LEVELS: dict[LevelCue, Level] = {
    # docs/DESIGN.md, 9: pitch +10-20 degrees fatigued. The rest: guess.
    LevelCue.PITCH: Level(
        mean=(0.0, 0.5, 12.0, 1.0),
        neutral=5.0,
        person=(1.0, 2.5, 4.0, 3.0),
        episode=(0.8, 1.2, 2.0, 1.5),
        wander=4.0,
        memory_s=25.0,
    ),
    # docs/DESIGN.md, 9: roll 5-10 degrees confused, sign random, so a spread without a mean.
    LevelCue.ROLL: Level(
        mean=(0.0, 0.0, 0.0, 0.0),
        neutral=2.0,
        person=(0.5, 0.5, 0.5, 0.5),
        episode=(0.8, 5.0, 2.0, 3.0),
        wander=2.0,
        memory_s=15.0,
    ),
    # Sinking of the head: guess.
    LevelCue.SLUMP: Level(
        mean=(0.0, 0.0, 0.035, 0.015),
        neutral=0.020,
        person=(0.004, 0.006, 0.012, 0.012),
        episode=(0.003, 0.004, 0.006, 0.006),
        wander=0.012,
        memory_s=25.0,
    ),
    # docs/DESIGN.md, 9: lean towards the screen when confused, in 70 of 100 students (a mean of .03
    # m with .05 m between students); bored lean back (guess).
    LevelCue.LEAN: Level(
        mean=(0.0, 0.03, 0.0, -0.02),
        neutral=0.05,
        person=(0.01, 0.05, 0.02, 0.03),
        episode=(0.005, 0.01, 0.01, 0.01),
        wander=0.02,
        memory_s=25.0,
    ),
    # With blinks and closures it gives PERCLOS of 10-12 % drowsy and more (docs/DESIGN.md, 9).
    LevelCue.DROOP: Level(
        mean=(0.03, 0.03, 0.14, 0.06),
        neutral=0.03,
        person=(0.01, 0.01, 0.06, 0.04),
        episode=(0.01, 0.01, 0.04, 0.03),
        wander=0.05,
        memory_s=10.0,
    ),
    # Brow lowering of confusion (Craig et al. 2008); concentration lowers the brow as well.
    LevelCue.BROW_DOWN: Level(
        mean=(0.08, 0.15, 0.06, 0.06),
        neutral=0.08,
        person=(0.03, 0.08, 0.03, 0.03),
        episode=(0.02, 0.04, 0.02, 0.02),
        wander=0.07,
        memory_s=8.0,
    ),
    LevelCue.BROW_INNER_UP: Level(
        mean=(0.03, 0.06, 0.05, 0.03),
        neutral=0.04,
        person=(0.02, 0.04, 0.04, 0.03),
        episode=(0.01, 0.02, 0.02, 0.01),
        wander=0.05,
        memory_s=8.0,
    ),
    # docs/DESIGN.md, 9: (valence, arousal) means, sd .15 (here the neutral); a third of
    # it shows (guess).
    LevelCue.VALENCE: Level(
        mean=(0.03, -0.03, -0.05, -0.02),
        neutral=0.15,
        person=(0.06, 0.06, 0.06, 0.06),
        episode=(0.03, 0.03, 0.03, 0.03),
        wander=0.12,
        memory_s=15.0,
    ),
    LevelCue.AROUSAL: Level(
        mean=(0.03, 0.06, -0.11, -0.14),
        neutral=0.15,
        person=(0.06, 0.06, 0.06, 0.06),
        episode=(0.03, 0.03, 0.03, 0.03),
        wander=0.12,
        memory_s=15.0,
    ),
}
LEAKING = (LevelCue.PITCH, LevelCue.SLUMP, LevelCue.DROOP, LevelCue.AROUSAL)


# --- Events (behaviour.py) -------------------------------------------------------------------
class EventCue(IntEnum):
    """What starts at random and lasts a while."""

    CLOSURE = 0
    YAWN = 1
    NOD = 2
    AWAY = 3
    HAND = 4
    WRITE = 5
    TYPE = 6
    SHIFT = 7
    FROWN = 8


class Event(NamedTuple):
    """One kind of event: its starts are a Poisson process while none is going on."""

    per_min: PerState
    """Starts per minute of the population; a student's own are gamma distributed about it."""
    shape: float
    """Shape of that gamma distribution: 1 / squared coefficient of variation."""
    length_s: Span


EVENTS: dict[EventCue, Event] = {
    # Long closures: PERCLOS 10-12 % drowsy and more (docs/DESIGN.md, 9).
    EventCue.CLOSURE: Event((0.02, 0.02, 1.5, 0.10), 4.0, Span(0.6, 4.0)),
    # docs/DESIGN.md, 9: .05 focused, .1 bored, .5 fatigued.
    EventCue.YAWN: Event((0.05, 0.05, 0.5, 0.10), 4.0, Span(3.5, 7.0)),
    # docs/DESIGN.md, 9: nods 1-3/min fatigued.
    EventCue.NOD: Event((0.05, 0.05, 1.5, 0.12), 4.0, Span(0.8, 3.0)),
    # docs/DESIGN.md, 9: gaze away 25-40 % and hand-to-face 30-40 % of the time when bored (starts =
    # share / (1 - share) / length); the others: guess.
    EventCue.AWAY: Event((0.7, 1.0, 1.2, 4.2), 6.0, Span(1.0, 10.0)),
    EventCue.HAND: Event((0.25, 0.6, 0.6, 1.4), 6.0, Span(3.0, 40.0)),
    # Looking down to write, or typing; not every student does (shape below 1): guess.
    EventCue.WRITE: Event((1.0, 0.7, 0.2, 0.3), 0.8, Span(3.0, 30.0)),
    EventCue.TYPE: Event((2.2, 1.6, 0.6, 0.8), 3.0, Span(3.0, 30.0)),
    # Changes of the sitting position. docs/DESIGN.md, 9: movement 42 % less when engaged (Witchel
    # 2016).
    EventCue.SHIFT: Event((1.7, 3.0, 2.2, 3.6), 6.0, Span(0.5, 2.0)),
    # Brows drawn together for a moment: docs/DESIGN.md, 9 and Craig et al. 2008 for confusion; how
    # often: guess.
    EventCue.FROWN: Event((0.6, 2.5, 0.4, 0.4), 6.0, Span(1.5, 8.0)),
}
# Resting, working and talking hands, each about its place; real hands: clips, where the wrists of
# people who talk or sign move at .6 to 1.7 shoulder widths a second (about .04 to .1 m here).
FIDGET_M = Span(0.005, 0.06)  # logarithmic
WORK_M = Span(0.03, 0.12)  # logarithmic
GESTURE_M = Span(0.02, 0.12)  # logarithmic
HAND_MEMORY_S = 0.4
SWAY_M = Span(0.003, 0.015)  # logarithmic
SWAY_MEMORY_S = 4.0
SWAY_AXES = (1.0, 0.4, 1.5)  # sideways, up, towards the camera (guess)
HEAD_YAW_DEG = Span(0.3, 2.0)
HEAD_MEMORY_S = 1.2
SHIFT_M = 0.02

# --- Eyes and mouth (behaviour.py) -----------------------------------------------------------
# docs/DESIGN.md, 9: blinks 6-10/min reading; the people of the clips blink 13 to 38 times a minute.
# Rate and duration of thirty blinks follow thirty of a real recording (blinks.py): z-scores of RLDD
# against the person's own alert recording, turned back with these relative standard deviations. Of
# the rate: so that drowsy recordings give the 15-25/min of docs/DESIGN.md, 9. Of the duration:
# Caffier et al. 2003.
BLINKS_PER_MIN = Span(5, 30)
BLINKS_PER_WINDOW = 30  # of data/fatigue
BLINK_RATE_SD = 0.04
BLINK_RATE_LIMITS = Span(0.35, 3.0)
BLINK_STATE_FACTOR: PerState = (1.0, 1.1, 1.0, 1.25)  # guess
BLINK_S = Span(0.15, 0.35)
BLINK_DURATION_SD = 0.25
BLINK_DURATION_LIMITS = Span(0.6, 2.5)
BLINK_JITTER = 0.25  # lognormal sd of one blink's duration (Caffier et al. 2003)
BLINK_CLOSE_S, BLINK_OPEN_S = 0.07, 0.12  # Caffier et al. 2003: closing and reopening times
YAWN_JAW = Span(0.55, 1.0)
YAWN_EYES = Span(0.0, 1.0)  # eyes squeezed during the yawn
# Some hardly ever talk or smile, others all the time; and faces move without meaning a state: the
# people of the clips are livelier by a factor of ten than each other (spreads over 10 s of .02 to
# .13 in arousal, .02 to .16 in valence, .01 to .23 in raised brows, .01 to .34 in smiles).
TALKS_PER_MIN = Span(0.05, 6.0)  # logarithmic; guess
TALK_S = Span(1.0, 12.0)
TALK_JAW = Span(0.08, 0.35)
TALK_HZ = Span(2.0, 5.0)  # syllable rate
SMILES_PER_MIN = Span(0.05, 2.0)  # logarithmic; guess
SMILE_S = Span(1.0, 6.0)
LIVELY_AFFECT = Span(0.03, 0.4)  # logarithmic; standard deviation
LIVELY_BROW = Span(0.02, 0.5)  # logarithmic; of what is raised half of the time
LIVELY_SMILE = Span(0.01, 0.5)  # logarithmic; likewise
LIVELY_MEMORY_S = 0.8
WRITE_PITCH_DEG = Span(6, 30)
WRITE_LOOK_DOWN = Span(0.3, 0.9)
# Eyes wander down to keys and paper: clips, where look_down spreads by .04 to .16 in 10 s.
GAZE_DOWN = Span(0.05, 0.45)
GAZE_MEMORY_S = 1.5
FROWN = Span(0.3, 0.8)
NOD_DEG = Span(8, 28)
NOD_CLOSES_DEG = 20.0  # a nod of this size closes the eyes, a smaller one in part (guess)
AWAY_YAW_DEG = Span(12, 55)
PROP_ROLL_DEG = Span(2, 14)
WRITE_MEMORY_S = 0.8  # how fast the head follows the hands' work and a propping hand

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
