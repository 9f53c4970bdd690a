"""The marks of a picture, the same in a panel and in the legend; down is more."""

from appliance.commands.drawing.sheet import INK, WHITE, Axes, Stretch
from appliance.commands.replay.colours import STATES, Look
from appliance.domain.affect import Affect

BAR_PX = 18.0
"""Height of a warning and of a flag."""

NOTCH_PX = 2.0
"""Width of the ink where a warning begins and where it is raised."""


def draw_box(
    axes: Axes, across: Stretch, down: Stretch, look: Look, *, frame: str = "none"
) -> None:
    """Draw a rectangle in the look of a state or of a gap, with a frame of a colour."""
    (left, right), (top, bottom) = across, down
    rectangle = [(left, right - left)], (top, bottom - top)
    # A mark of the last moment stands on the edge.
    axes.broken_barh(*rectangle, clip_on=False, **look.fill())
    if frame != "none":
        axes.broken_barh(*rectangle, facecolor="none", edgecolor=frame, linewidth=1, clip_on=False)


def draw_threshold(axes: Axes, across: Stretch, y_px: float) -> None:
    """Draw a dashed level line, with a light edge that every colour shows."""
    axes.plot(across, (y_px, y_px), color=WHITE, linewidth=2.6, alpha=0.55)
    axes.plot(across, (y_px, y_px), color=INK, linewidth=1.2, dashes=(5, 3))


def draw_change(axes: Axes, x_px: float, down: Stretch) -> None:
    """Draw where somebody else sits down."""
    axes.plot((x_px, x_px), down, color=WHITE, linewidth=5, solid_capstyle="butt")
    axes.plot((x_px, x_px), down, color=INK, linewidth=1.5, dashes=(1.5, 1.5))


def draw_flag(axes: Axes, pole_px: float, across: Stretch, down: Stretch, *, done: bool) -> None:
    """Draw an action: a flag on a pole that stands in the states; hollow where nobody got it."""
    axes.plot((pole_px, pole_px), down, color=INK, linewidth=1.4, solid_capstyle="butt")
    look = Look(name="flag", colour=INK if done else WHITE)
    draw_box(axes, across, (down[0], down[0] + BAR_PX), look, frame=INK)


def draw_warning(
    axes: Axes, across: Stretch, raised_px: float, top_px: float, affect: Affect
) -> None:
    """Draw a warning: hatched from its onset, full from its raising until it cleared."""
    onset_px, cleared_px = across
    look = STATES[affect.value]
    hatched = Look(name="onset", colour=WHITE, hatch="////", line=look.colour)
    draw_box(axes, (onset_px, raised_px), (top_px + 3, top_px + BAR_PX - 3), hatched)
    draw_box(axes, (raised_px, cleared_px), (top_px, top_px + BAR_PX), look)
    if affect is Affect.FOCUSED:  # kept for rule 5, and no teacher hears of it
        hollow = Look(name="hollow", colour=WHITE)
        draw_box(axes, (raised_px, cleared_px), (top_px + 3, top_px + BAR_PX - 3), hollow)
    for x_px in (onset_px, raised_px):
        notch = Look(colour=INK)
        draw_box(axes, (x_px, x_px + NOTCH_PX), (top_px, top_px + BAR_PX), notch)
