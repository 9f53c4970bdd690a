"""The colours of the states, apart for every eye.

Four of Okabe and Ito's eight (Color Universal Design, 2008): of all choices of four, one of the
best for normal sight, the three dichromacies and the grey of the gaps together. Words and places
repeat what the colours say.
"""

from appliance.commands.drawing.canvas import Colour
from appliance.domain.affect import Affect, Vigilance

_SKY_BLUE: Colour = (0x56, 0xB4, 0xE9)
_YELLOW: Colour = (0xF0, 0xE4, 0x42)
_VERMILLION: Colour = (0xD5, 0x5E, 0x00)
_REDDISH_PURPLE: Colour = (0xCC, 0x79, 0xA7)

NOTHING: Colour = (236, 236, 236)
UNKNOWN: Colour = (214, 214, 214)
UNKNOWN_STRIPE: Colour = (150, 150, 150)
WARMING_UP: Colour = (246, 246, 246)
WARMING_UP_STRIPE: Colour = (208, 208, 208)

_STATES: dict[str, Colour] = {
    Vigilance.ALERT.value: _SKY_BLUE,  # never beside focused
    Affect.FOCUSED.value: _SKY_BLUE,
    Affect.CONFUSED.value: _YELLOW,
    Affect.FATIGUED.value: _VERMILLION,
    Affect.BORED.value: _REDDISH_PURPLE,
}

_FROM_BELOW = (
    Affect.FATIGUED.value,
    Affect.BORED.value,
    Affect.CONFUSED.value,
    Affect.FOCUSED.value,
    Vigilance.ALERT.value,
)


def state_colour(state: str) -> Colour:
    """Return the colour of a state."""
    return _STATES[state]


def from_below(states: tuple[str, ...]) -> tuple[int, ...]:
    """Return the columns in the order of stacking, lowest first.

    Fatigued and bored stand at the bottom: their height together is the score of equation 9.
    """
    return tuple(sorted(range(len(states)), key=lambda column: _FROM_BELOW.index(states[column])))


def state_name(state: str) -> str:
    """Return what a state is called in the picture, where an alert is something else."""
    return "awake" if state == Vigilance.ALERT.value else state
