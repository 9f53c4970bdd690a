"""The colours of the states, apart for every eye.

Four of Okabe and Ito's eight (Color Universal Design, 2008): of all choices of four, one of the
best for normal sight, the three dichromacies and the white of the gaps together. Words, places
and hatching repeat what the colours say, so that a grey print says it too.
"""

from dataclasses import dataclass
from typing import Any

from appliance.commands.drawing.sheet import LINE, WHITE
from appliance.commands.replay.recording import Cover
from appliance.domain.affect import Affect, Vigilance

_SKY_BLUE, _YELLOW, _VERMILLION, _REDDISH_PURPLE = "#56b4e9", "#f0e442", "#d55e00", "#cc79a7"
_LIGHT_PURPLE = "#e2b4cc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an area is filled."""

    name: str = ""
    """What is so filled."""

    colour: str
    """Of the ground."""

    hatch: str = ""
    """In matplotlib's signs; none when empty."""

    line: str = LINE
    """Colour of the hatching."""

    def fill(self) -> dict[str, Any]:
        """Return it as properties of matplotlib's areas."""
        return {
            "label": self.name,
            "facecolor": self.colour,
            "edgecolor": self.line,
            "hatch": self.hatch or None,
            "linewidth": 0,
        }


STATES: dict[str, Look] = {  # fatigued and bored first: their height is the score of equation 9
    Affect.FATIGUED.value: Look(name="fatigued", colour=_VERMILLION),
    Affect.BORED.value: Look(name="bored", colour=_REDDISH_PURPLE, hatch="..", line=_LIGHT_PURPLE),
    Affect.CONFUSED.value: Look(name="confused", colour=_YELLOW),
    Affect.FOCUSED.value: Look(name="focused", colour=_SKY_BLUE),
    # An alert is something else in the picture; never beside focused.
    Vigilance.ALERT.value: Look(name="awake", colour=_SKY_BLUE),
}
"""In the order of stacking, lowest first."""

COVERS: dict[Cover, Look] = {
    Cover.UNKNOWN: Look(name="cannot tell", colour="#d6d6d6", hatch="////", line="#8a8a8a"),
    Cover.WARMING_UP: Look(name="warming up", colour=WHITE, hatch="\\\\\\\\", line="#cfcfcf"),
    Cover.NOTHING: Look(name="nobody", colour="#f2f2f2"),
}
"""What lies where no state is known, in the order of ``Recording.seconds``."""


def from_below(states: tuple[str, ...]) -> tuple[int, ...]:
    """Return the columns in the order of stacking, lowest first."""
    order = list(STATES)
    return tuple(sorted(range(len(states)), key=lambda column: order.index(states[column])))
