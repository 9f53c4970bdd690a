"""The parts of the sheet, one question each."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from appliance.commands.drawing.sheet import INK, QUIET, TEXT_PX, Axes, text_width_px, write
from appliance.commands.drawing.sheet import Figure as Sheet
from appliance.commands.policy.words import OFFERS, SHOWN
from appliance.commands.report import tell
from appliance.commands.report.findings import Figure, Findings, UseFindings
from appliance.commands.report.marks import (
    ACCEPTED,
    BOREDOM,
    CLOSED,
    DONE,
    FATIGUE,
    LEFT,
    OFTEN,
    POLICY,
    SCALE_PX,
    UNANSWERED,
    MarkLook,
    draw_bars,
    draw_interval,
    draw_legend,
    draw_whisker,
    interval_axes,
)

MARGIN_PX = 24
_MARKS = 264.0, 740.0
"""Where marks are drawn; names stand before, words behind."""

_WORDS_PX = 764
_ROW_PX, _LINE_PX, _LEGEND_PX = 30, 21, 28
_SMALL_PX, _SMALL_LINE_PX = 12.0, 14
"""Of names that need two lines."""

_LETTERS = 150

_NARROWEST = {100.0: 0.1, 1.0: 0.04}
"""Least half of an axis by its scale: a sure zero must not look large."""

_WIDEST = 4.0
"""Times the largest value: an interval that is wider than that goes on beyond the sheet."""

_BOTH = 264.0, 560.0
_OFTEN = 590.0, 740.0
"""What students did, and how often that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One part."""

    heading: str
    """What it is about."""

    what: str
    """What is drawn; empty where that is words."""

    height_px: float
    """Of what is drawn below the two."""

    draw: Callable[[Sheet, Axes, float], None]
    """Draws it below a height of the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    look: MarkLook
    figure: Figure | None
    words: str


def effects_panel(findings: Findings) -> Panel:
    """Return the part about what each action does."""
    if not findings.explored:
        return _words_panel(tell.EFFECTS, tell.why_no_effect(findings))
    rows = []
    for one in findings.effects:
        name = OFFERS[one.action]
        for state, look, figure in (
            ("fatigue", FATIGUE, one.fatigue),
            ("boredom", BOREDOM, one.boredom),
        ):
            words = f"{state}: {tell.points(figure, up='less', down='more')}"
            rows.append(_Row(name=name, look=look, figure=figure, words=words))
            name = f"drawn: {one.drawn:,}" if one.drawn else ""
    what = f"{tell.EFFECTS_WHAT}; right of 0 is better"
    return _interval_panel(tell.EFFECTS, what, rows, scale=100.0)


def policy_panel(findings: Findings) -> Panel:
    """Return the part about who decides better."""
    words = tell.policy(findings)
    if findings.policy is None:
        return _words_panel(tell.POLICY, words)
    row = _Row(name="learned policy", look=POLICY, figure=findings.policy, words=words)
    return _interval_panel(tell.POLICY, tell.POLICY_WHAT, [row], scale=1.0)


def halved_panel(findings: Findings) -> Panel:
    """Return the part about the sentence of the paper."""
    halved = findings.halved
    both: tuple[Figure | None, Figure | None] = None, None
    if halved is None:
        courses = findings.alerts_acted, findings.alerts_left
        values = [None if one is None else one.halved for one in courses]
    else:
        both = halved.with_action, halved.without
        values = [halved.with_action.estimate.value, halved.without.estimate.value]
    *told, last = tell.shares(findings)

    def draw_shares(_: Sheet, paper: Axes, top_px: float) -> None:
        for number, (fill, share, figure, words) in enumerate(
            zip((DONE, LEFT), values, both, told, strict=True)
        ):
            y_px = top_px + _ROW_PX * (number + 0.5)
            write(paper, fill.name, MARGIN_PX, y_px, bold=True)
            draw_bars(paper, [] if share is None else [(share, fill)], _MARKS, y_px)
            if figure is not None:
                draw_whisker(paper, figure.estimate, _MARKS, y_px)
            write(paper, words, _WORDS_PX, y_px)
        write(paper, last, _MARKS[0], top_px + _ROW_PX * 2.5, bold=True)

    what = tell.halved_what(findings)
    return Panel(
        heading=tell.halved_heading(findings), what=what, height_px=_ROW_PX * 3, draw=draw_shares
    )


def uses_panel(findings: Findings) -> Panel:
    """Return the part about what was shown and what students did with it."""
    if not findings.uses:
        return _words_panel(tell.USES, tell.NOTHING_SHOWN)
    most = max(one.per_hour for one in findings.uses) or 1.0

    def draw_uses(_: Sheet, paper: Axes, top_px: float) -> None:
        draw_legend(paper, (ACCEPTED, CLOSED, UNANSWERED), _BOTH[0], top_px + _LEGEND_PX / 2)
        draw_legend(paper, (OFTEN,), _OFTEN[0] + 130, top_px + _LEGEND_PX / 2)
        for number, one in enumerate(findings.uses):
            _draw_use(paper, one, top_px + _LEGEND_PX + _ROW_PX * (number + 0.5), most=most)

    height_px = _LEGEND_PX + _ROW_PX * len(findings.uses)
    return Panel(heading=tell.USES, what=tell.USES_WHAT, height_px=height_px, draw=draw_uses)


def _interval_panel(heading: str, what: str, rows: list[_Row], *, scale: float) -> Panel:
    height_px = _ROW_PX * len(rows) + SCALE_PX
    figures = [one.figure.estimate for one in rows if one.figure is not None]
    limit = _limit([(one.value, one.low, one.high) for one in figures], _NARROWEST[scale])

    def draw_rows(figure: Sheet, paper: Axes, top_px: float) -> None:
        down = top_px, top_px + _ROW_PX * len(rows)
        axes = interval_axes(figure, _MARKS, down, limit=limit, scale=scale)
        for number, row in enumerate(rows):
            y_px = _ROW_PX * (number + 0.5)
            lead = number % 2 == 0
            _write_name(paper, row.name, top_px + y_px, lead=lead)
            if row.figure is not None:
                draw_interval(axes, row.figure.estimate, y_px, row.look)
            write(paper, row.words, _WORDS_PX, top_px + y_px)

    return Panel(heading=heading, what=what, height_px=height_px, draw=draw_rows)


def _limit(intervals: list[tuple[float, float, float]], narrowest: float) -> float:
    """Return a round number around the values, and around intervals that are not far wider."""
    values = [abs(value) for value, _, _ in intervals if value == value]  # noqa: PLR0124 - NaN
    widest = max([_WIDEST * max(values, default=0.0), narrowest])
    ends = [abs(end) for _, low, high in intervals for end in (low, high)]
    wanted = max([narrowest, *(min(end, widest) for end in ends)])
    step = narrowest / 2
    return step * -(-wanted // step)


def _draw_use(paper: Axes, use: UseFindings, y_px: float, *, most: float) -> None:
    _write_name(paper, SHOWN[use.action], y_px)
    if use.accepted is None:
        write(paper, tell.TOO_FEW, _BOTH[0], y_px)
        return
    accepted = use.accepted.value
    parts = [(accepted, ACCEPTED), (use.dismissed, CLOSED)]
    parts.append((use.unanswered, UNANSWERED))
    draw_bars(paper, parts, _BOTH, y_px)
    draw_whisker(paper, use.accepted, _BOTH, y_px)
    draw_bars(paper, [(use.per_hour / most, OFTEN)], _OFTEN, y_px)
    words = f"{use.per_hour:.2f} an hour ({use.shown:,}); accepted {tell.of_100(use.accepted)}"
    write(paper, words, _WORDS_PX, y_px)


def _write_name(paper: Axes, name: str, y_px: float, *, lead: bool = True) -> None:
    """Write what a row is about before its marks; smaller and in lines where it is long."""
    room_px = _MARKS[0] - MARGIN_PX - 14
    size_px, lines = TEXT_PX, [name]
    if text_width_px(name, bold=lead) > room_px:
        size_px, lines = _SMALL_PX, [""]
        for word in name.split():
            longer = f"{lines[-1]} {word}".strip()
            if text_width_px(longer, size_px=size_px, bold=lead) <= room_px:
                lines[-1] = longer
            else:
                lines.append(word)
    first_px = y_px - _SMALL_LINE_PX * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        at_px = first_px + _SMALL_LINE_PX * number
        colour = INK if lead else QUIET
        write(paper, line, MARGIN_PX, at_px, bold=lead, colour=colour, size_px=size_px)


def _words_panel(heading: str, words: str) -> Panel:
    lines = textwrap.wrap(words, _LETTERS - 10)

    def draw_words(_: Sheet, paper: Axes, top_px: float) -> None:
        for number, line in enumerate(lines):
            write(paper, line, MARGIN_PX, top_px + 10 + _LINE_PX * number, bold=True)

    return Panel(heading=heading, what="", height_px=_LINE_PX * len(lines), draw=draw_words)
