"""What the sheet shows, asked of its marks and words."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from rich.console import Console

from appliance.commands.policy.words import OFFERS, SHOWN
from appliance.commands.report.findings import (
    ActionFindings,
    Figure,
    Findings,
    HalvedFindings,
    ShareFindings,
    UseFindings,
)
from appliance.commands.report.panels import MARGIN_PX
from appliance.commands.report.picture import WIDTH_PX, draw
from appliance.commands.report.table import show
from appliance.commands.report.tell import (
    ACCEPTED,
    ARMS,
    CLOSED,
    EFFECTS,
    EFFECTS_WHAT,
    NO_EFFECT,
    NO_LOT,
    POLICY,
    POLICY_WHAT,
    STAYS,
    TOO_FEW,
    UNANSWERED,
    USES,
    USES_WHAT,
    halved_heading,
    halved_what,
    points,
    policy,
    shares,
    why_no_effect,
)
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.trials import ChoiceCounts
from appliance.intervention.effects.contrasts import UNTOLD
from appliance.intervention.effects.intervals import Estimate
from appliance.settings.policy import PolicySettings, Profile


def estimate(value: float, half: float) -> Estimate:
    """Build an interval around a value."""
    return replace(
        UNTOLD, value=value, low=value - half, high=value + half, error=half / 2, stays=40
    )


def figure(value: float, half: float, *, more: int = 0) -> Figure:
    """Build a figure."""
    return Figure(estimate=estimate(value, half), more=more, known=2000)


def make_findings() -> Findings:
    """Build findings with everything in them."""
    return Findings(
        settings=PolicySettings(profile=Profile.FOUR_STATE, learner="dqn"),
        theta=0.7,
        counts=ChoiceCounts(made=2100, finished=2000, drawn=1500, drawn_finished=1500, changed=120),
        drawn_stays=80,
        hours=60.0,
        stays=90,
        effects=(
            ActionFindings(
                action=PolicyAction.REST,
                drawn=120,
                fatigue=figure(0.08, 0.04),
                boredom=figure(0.01, 0.05, more=4321),
            ),
            ActionFindings(action=PolicyAction.HINT, drawn=0, fatigue=None, boredom=None),
        ),
        halved=HalvedFindings(
            with_action=figure(0.4, 0.1), without=figure(0.3, 0.1), difference=figure(0.1, 0.08)
        ),
        alerts_acted=ShareFindings(alerts=50, halved=0.4),
        alerts_left=ShareFindings(alerts=60, halved=0.3),
        uses=(
            UseFindings(
                action=Action.FOCUS_BREAK,
                shown=120,
                per_hour=2.0,
                accepted=estimate(0.5, 0.1),
                dismissed=0.25,
            ),
            UseFindings(action=Action.HINT, shown=0, per_hour=0.0, accepted=None, dismissed=0.0),
        ),
        policy=figure(0.01, 0.02, more=900),
        overrides=30,
        unproven={},
        fidelity=(),
    )


def words(findings: Findings) -> list[str]:
    """Return all that is written on the paper."""
    return [text.get_text() for text in paper(findings).texts]


def paper(findings: Findings) -> Axes:
    """Return the axes of the whole sheet."""
    return draw(findings).axes[0]


def test_every_effect_has_its_words_beside_it() -> None:
    """The value with its interval, or how long it takes; colour says nothing alone."""
    told = words(make_findings())

    assert "fatigue: less by 8 [4, 12]" in told
    assert "boredom: cannot tell yet: about 4,400 more choices" in told
    assert told.count(f"fatigue: {TOO_FEW}") == 1


def test_what_is_told_is_full_and_what_is_not_is_hollow() -> None:
    """And its line is dashed."""
    axes = draw(make_findings()).axes[1]
    marks = {
        str(line.get_marker()): line.get_markerfacecolor() != "#ffffff"
        for line in axes.lines
        if line.get_marker() in {"o", "D"}
    }
    dashed = [line.get_linestyle() for line in axes.lines if np.size(line.get_xdata()) == 2]

    assert marks == {"o": True, "D": False}
    assert dashed.count("--") == 1


def test_intervals_lie_where_their_numbers_are() -> None:
    """Left end, right end, and the middle of the scale is 0."""
    axes = draw(make_findings()).axes[1]
    spans = [np.asarray(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 3]
    left, right = axes.get_xlim()

    assert np.allclose(spans[0], (0.04, 0.12))
    assert left == -right
    assert right >= 0.12


def test_an_interval_beyond_the_sheet_ends_in_an_arrow() -> None:
    """It is not cut as if it ended there."""
    wide = figure(0.01, 5.0, more=9)
    findings = make_findings()
    effect = replace(findings.effects[0], fatigue=wide)

    axes = draw(replace(findings, effects=(effect,))).axes[1]

    assert {"<", ">"} <= {str(line.get_marker()) for line in axes.lines}


def test_what_cannot_be_told_at_all_has_no_mark() -> None:
    """An arm that was never drawn has no value."""
    findings = make_findings()
    nothing = Figure(estimate=UNTOLD, more=None, known=2000)
    effect = replace(findings.effects[0], fatigue=nothing, boredom=nothing)

    axes = draw(replace(findings, effects=(effect,))).axes[1]

    assert not {"o", "D"} & {str(line.get_marker()) for line in axes.lines}
    assert points(nothing).endswith("look again after about 2,000 more choices")


def test_without_a_lot_there_is_no_axis_of_effects() -> None:
    """But the words why, and that the shares are no effect."""
    findings = replace(
        make_findings(),
        drawn_stays=0,
        effects=(),
        halved=None,
        policy=None,
        overrides=0,
        counts=ChoiceCounts(made=2100, finished=2000),
    )

    sheet = draw(findings)

    told = " ".join(text.get_text() for text in sheet.axes[0].texts)
    assert len(sheet.axes) == 1
    assert NO_LOT in told
    assert NO_EFFECT in told
    assert "40 of 100 (50 alerts)" in told


def test_an_empty_record_has_nothing_but_its_line() -> None:
    """No heading without a figure."""
    findings = replace(
        make_findings(), stays=0, drawn_stays=0, counts=ChoiceCounts(), uses=(), effects=()
    )

    told = words(findings)

    assert told[0] == "Does it help? What this box can tell"
    assert told[1].startswith("There is nothing to report yet")
    assert not {EFFECTS, POLICY, USES} & set(told)


@pytest.mark.parametrize("explored", [True, False])
def test_the_picture_has_the_words_of_the_text(*, explored: bool) -> None:
    """Headings, what a figure is, and what is told: somebody reads the two side by side."""
    findings = make_findings()
    if not explored:
        findings = replace(findings, drawn_stays=0, effects=(), halved=None, policy=None)
    console = Console(width=400, record=True, file=StringIO())
    show(findings, console)
    text = " ".join(console.export_text().split())

    drawn = " ".join(words(findings))

    sentences = [EFFECTS, POLICY, USES, USES_WHAT, STAYS, halved_heading(findings)]
    sentences += [halved_what(findings), policy(findings), *shares(findings), *ARMS]
    sentences += [EFFECTS_WHAT, POLICY_WHAT] if explored else [why_no_effect(findings)]
    for one in (*sentences, ACCEPTED, CLOSED, UNANSWERED):
        assert one in text
        assert one in drawn


def test_bars_are_as_long_as_their_shares() -> None:
    """Accepted, closed and no answer fill the bar, each with its own hatching."""
    findings = make_findings()
    patches = [patch for patch in paper(findings).patches if isinstance(patch, Rectangle)]
    bars = {
        name: [bar for bar in patches if bar.get_label() == name]
        for name in ("accepted or completed", "closed", "no answer")
    }
    widths = {name: found[-1].get_width() for name, found in bars.items()}
    hatches = {found[-1].get_hatch() for found in bars.values()}

    whole = sum(widths.values())
    assert whole == pytest.approx(296)
    assert widths["accepted or completed"] == pytest.approx(whole / 2)
    assert widths["closed"] == pytest.approx(whole / 4)
    assert len(hatches) == 3


def test_nothing_is_written_beyond_the_sheet() -> None:
    """It is read at its 1200 pixels."""
    sheet = draw(make_findings())
    sheet.canvas.draw()

    assert sheet.get_figwidth() * sheet.dpi == WIDTH_PX
    for text in sheet.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= WIDTH_PX, text.get_text()


def test_fatigue_only_has_no_policy_on_its_sheet() -> None:
    """There is none in that profile."""
    findings = replace(
        make_findings(),
        settings=PolicySettings(profile=Profile.FATIGUE_ONLY),
        drawn_stays=0,
        effects=(),
        halved=None,
        policy=None,
    )

    told = " ".join(words(findings)).lower()
    assert "learned policy" not in told
    assert "bored" not in told


def test_no_name_reaches_what_stands_beside_it() -> None:
    """Every action of both lists, also the longest: no two texts lie over each other."""
    findings = make_findings()
    uses = [replace(findings.uses[1], action=action) for action in SHOWN]
    effects = [replace(findings.effects[0], action=action) for action in OFFERS]
    sheet = draw(replace(findings, uses=tuple(uses), effects=tuple(effects)))
    boxes = [
        (one.get_text(), one.get_window_extent())
        for axes in sheet.axes
        for one in (*axes.texts, *axes.get_xticklabels())
        if one.get_text()
    ]
    marks = [axes.get_window_extent() for axes in sheet.axes[1:]]

    over = [
        (text, other)
        for number, (text, box) in enumerate(boxes)
        for other, its in boxes[:number]
        if box.overlaps(its)
    ]
    into = [text for text, box in boxes if box.x0 < MARGIN_PX + 5 and any(map(box.overlaps, marks))]

    assert "screen locked for 30 seconds" in " ".join(text for text, _ in boxes)
    assert (over, into) == ([], [])
