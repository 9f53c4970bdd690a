"""The figures on one sheet, for somebody who has to decide whether it helps."""

import textwrap
from pathlib import Path

from appliance.commands.drawing.sheet import (
    LINE,
    QUIET,
    Axes,
    Figure,
    new_figure,
    own_style,
    place_axes,
    write,
    write_png,
)
from appliance.commands.report import tell
from appliance.commands.report.findings import Findings
from appliance.commands.report.panels import (
    MARGIN_PX,
    Panel,
    effects_panel,
    halved_panel,
    policy_panel,
    uses_panel,
)

OPTION = "--picture"

WIDTH_PX = 1200
_LINE_PX = 21
_HEADING_PX, _BARE_HEADING_PX, _APART_PX = 66, 42, 22
_LETTERS = 150


def write_picture(findings: Findings, path: Path) -> None:
    """Draw the figures into a PNG file.

    Raises:
        ConfigError: It cannot be written there.
    """
    write_png(draw(findings), path, option=OPTION)


@own_style()
def draw(findings: Findings) -> Figure:
    """Return the sheet."""
    panels = [] if findings.empty else _panels(findings)
    facts = textwrap.wrap(tell.head(findings), _LETTERS)
    notes = [line for one in tell.notes(findings) for line in textwrap.wrap(one, _LETTERS)]
    head_px = 60 + len(facts) * _LINE_PX
    height_px = head_px + sum(_heading_px(one) + one.height_px + _APART_PX for one in panels)
    height_px += len(notes) * _LINE_PX + 20
    figure = new_figure(width_px=WIDTH_PX, height_px=height_px)
    paper = place_axes(figure, (0, WIDTH_PX), (0, height_px), label="paper")
    paper.set_axis_off()
    write(paper, "Does it help? What this box can tell", MARGIN_PX, 32, size_px=26, bold=True)
    _write_lines(paper, facts, 66)
    y_px = float(head_px)
    for one in panels:
        paper.axhline(y_px, color=LINE, linewidth=1)
        write(paper, one.heading, MARGIN_PX, y_px + 23, size_px=18, bold=True)
        write(paper, one.what, MARGIN_PX, y_px + 47, colour=QUIET)
        one.draw(figure, paper, y_px + _heading_px(one))
        y_px += _heading_px(one) + one.height_px + _APART_PX
    paper.axhline(y_px, color=LINE, linewidth=1)
    _write_lines(paper, notes, y_px + 20)
    paper.set(xlim=(0, WIDTH_PX), ylim=(height_px, 0))  # bars would stretch them
    return figure


def _panels(findings: Findings) -> list[Panel]:
    learned = [] if findings.fatigue_only else [policy_panel(findings)]
    return [effects_panel(findings), halved_panel(findings), *learned, uses_panel(findings)]


def _heading_px(panel: Panel) -> int:
    return _HEADING_PX if panel.what else _BARE_HEADING_PX


def _write_lines(paper: Axes, lines: list[str], y_px: float) -> None:
    for number, line in enumerate(lines):
        write(paper, line, MARGIN_PX, y_px + _LINE_PX * number, colour=QUIET)
