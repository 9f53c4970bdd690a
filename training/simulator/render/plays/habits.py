"""What each state looks like: the numbers behind the behaviour of a rendered person.

Rates are those of the design document, section 9 (its sources: Witchel 2016 for movement, J. Vision
2012 for PERCLOS, observation protocols in the manner of BROMP for boredom and confusion); the
others were chosen by eye so that the motion looks natural at 15 frames/s.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.affect import Affect


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What one state looks like at full strength. A pair is the range a person is drawn from."""

    blinks_per_min: tuple[float, float]
    """Blink rate."""

    blink_s: tuple[float, float]
    """Time from the start of closing to open again, seconds."""

    long_closures_per_min: tuple[float, float]
    """Eyes closed for 0.8 to 2.2 s, without a nod."""

    droop: tuple[float, float]
    """Lid closure between blinks, 0 open to 1 closed."""

    yawns_per_min: tuple[float, float]
    """Yawns of 4 to 6 s."""

    nods_per_min: tuple[float, float]
    """The head sinks with closing eyes and jerks up again."""

    pitch_deg: tuple[float, float]
    """Chin down compared with sitting upright, degrees."""

    slump: tuple[float, float]
    """0 upright to 1 rounded back."""

    sway_deg: tuple[float, float]
    """Standard deviation of slow head movement, degrees."""

    sway_s: float
    """Time constant of that movement, seconds."""

    look_down_share: tuple[float, float]
    """Share of the time with the eyes on keyboard or paper."""

    gaze_away_share: tuple[float, float]
    """Share of the time with the eyes off the desk altogether."""

    hand_to_face_share: tuple[float, float]
    """Share of the time with a hand at chin or cheek."""

    side_deg: tuple[float, float]
    """Trunk leaning to one side, degrees; the side is drawn."""

    lean_deg: tuple[float, float]
    """Trunk towards the screen, degrees; negative leans back."""

    roll_deg: tuple[float, float]
    """Head tilt, degrees; the side is drawn anew every 10 to 25 s."""

    brow_down: tuple[float, float]
    """Lowered brows, 0 to 1."""

    frown: tuple[float, float]
    """Mouth corners down, 0 to 1."""

    press: tuple[float, float]
    """Pressed lips, 0 to 1."""


HABITS: Mapping[Affect, Habits] = {
    Affect.FOCUSED: Habits(
        blinks_per_min=(6.0, 10.0),  # docs/DESIGN.md, 9: reading
        blink_s=(0.20, 0.27),  # 150-250 ms; 3 to 4 frames at 15 frames/s
        long_closures_per_min=(0.0, 0.0),
        droop=(0.0, 0.04),
        yawns_per_min=(0.0, 0.08),  # docs/DESIGN.md, 9: .05
        nods_per_min=(0.0, 0.0),
        pitch_deg=(0.0, 3.0),
        slump=(0.0, 0.12),
        sway_deg=(1.0, 1.8),  # docs/DESIGN.md, 9: movement 42 % less when engaged; by eye
        sway_s=5.0,
        look_down_share=(0.06, 0.14),
        gaze_away_share=(0.0, 0.02),
        hand_to_face_share=(0.0, 0.04),
        side_deg=(0.0, 1.5),
        lean_deg=(0.0, 3.0),
        roll_deg=(0.0, 1.5),
        brow_down=(0.0, 0.08),
        frown=(0.0, 0.03),
        press=(0.0, 0.05),
    ),
    Affect.CONFUSED: Habits(
        blinks_per_min=(9.0, 15.0),
        blink_s=(0.20, 0.27),
        long_closures_per_min=(0.0, 0.0),
        droop=(0.0, 0.05),
        yawns_per_min=(0.0, 0.05),
        nods_per_min=(0.0, 0.0),
        pitch_deg=(0.0, 4.0),
        slump=(0.0, 0.15),
        sway_deg=(2.0, 3.2),
        sway_s=2.5,
        look_down_share=(0.08, 0.15),
        gaze_away_share=(0.03, 0.08),
        hand_to_face_share=(0.08, 0.22),
        side_deg=(0.0, 3.0),
        lean_deg=(4.0, 9.0),  # docs/DESIGN.md, 9: leans in
        roll_deg=(5.0, 10.0),  # docs/DESIGN.md, 9
        brow_down=(0.55, 0.95),  # docs/DESIGN.md, 9: brow lowering
        frown=(0.05, 0.25),
        press=(0.15, 0.5),
    ),
    Affect.FATIGUED: Habits(
        blinks_per_min=(15.0, 25.0),  # docs/DESIGN.md, 9
        blink_s=(0.30, 0.50),
        long_closures_per_min=(1.5, 3.0),
        droop=(0.18, 0.34),
        yawns_per_min=(0.5, 1.0),  # docs/DESIGN.md, 9: .5; issue brief .5-1
        nods_per_min=(1.0, 3.0),  # docs/DESIGN.md, 9
        pitch_deg=(8.0, 12.0),  # docs/DESIGN.md, 9: +10-20, the nods add the rest
        slump=(0.55, 0.95),
        sway_deg=(1.8, 3.0),
        sway_s=9.0,  # slower
        look_down_share=(0.05, 0.12),
        gaze_away_share=(0.02, 0.06),
        hand_to_face_share=(0.05, 0.18),
        side_deg=(1.0, 5.0),
        lean_deg=(-2.0, 3.0),
        roll_deg=(1.0, 4.0),
        brow_down=(0.0, 0.10),
        frown=(0.08, 0.25),
        press=(0.0, 0.05),
    ),
    Affect.BORED: Habits(
        blinks_per_min=(12.0, 18.0),
        blink_s=(0.22, 0.32),
        long_closures_per_min=(0.0, 0.3),
        droop=(0.08, 0.18),
        yawns_per_min=(0.05, 0.15),  # docs/DESIGN.md, 9: .1
        nods_per_min=(0.0, 0.0),
        pitch_deg=(2.0, 7.0),
        slump=(0.25, 0.55),
        sway_deg=(3.0, 5.0),
        sway_s=3.5,
        look_down_share=(0.05, 0.12),
        gaze_away_share=(0.25, 0.40),  # docs/DESIGN.md, 9
        hand_to_face_share=(0.30, 0.40),  # docs/DESIGN.md, 9
        side_deg=(3.0, 8.0),
        lean_deg=(-5.0, 2.0),
        roll_deg=(2.0, 6.0),
        brow_down=(0.0, 0.10),
        frown=(0.10, 0.30),
        press=(0.0, 0.15),
    ),
}
