"""The picture shows every panel, each on a scale of its own."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from appliance.commands.bench.plot import Curve, draw_panels, probe_panels
from appliance.domain.arrays import Float64Array


def row(p95_age_ms: float | None) -> dict[str, Any]:
    """Make a probe."""
    return {"pose_fps": 15.0, "p95_age_ms": p95_age_ms, "cpu_cores_used": 0.5}


def draw(panels: list[Curve], places: list[float]) -> list[Axes]:
    """Draw with words that do not matter."""
    figure = draw_panels(panels, places=places, title="title", facts="facts", axis="axis")
    return figure.axes[1:]


def curve(axes: Axes) -> Float64Array:
    """Return the values of the curve."""
    return np.asarray(axes.lines[0].get_ydata(), dtype=np.float64)


def test_every_panel_has_its_curve_and_its_limit() -> None:
    """Rate, age and load; what is not known leaves a gap."""
    panels = draw(probe_panels([row(20.0), row(None), row(200.0)], fps=15.0), [1, 2, 4])

    rate, age, load = panels
    assert curve(rate).tolist() == [15.0] * 3
    assert np.array_equal(curve(age), [20.0, np.nan, 200.0], equal_nan=True)
    assert curve(load).tolist() == [0.5] * 3
    assert [len(axes.lines) for axes in panels] == [2, 2, 1]
    assert all(axes.get_xlim() == (0.0, 4.0) for axes in panels)


@pytest.mark.parametrize(
    ("panel", "limits"),
    [
        (Curve(title="fps", values=[14.8], limit=15.0), (0.0, 15.0)),
        (Curve(title="cores", values=[1.83]), (0.0, 2.0)),
        (Curve(title="memory", values=[371.2], floor=368.5), (368.5, 371.5)),
        (Curve(title="gaps", values=[None]), (0.0, 1.0)),
        (Curve(title="still", values=[7.0], floor=7.0), (7.0, 8.0)),
    ],
    ids=lambda value: value.title if isinstance(value, Curve) else None,
)
def test_scales_end_at_round_numbers(panel: Curve, limits: tuple[float, float]) -> None:
    """From their floor to the next step above the highest value or limit."""
    (axes,) = draw([panel], [1])

    assert axes.get_ylim() == pytest.approx(limits)


def test_long_curves_have_no_dots() -> None:
    """A soak has a sample every five seconds."""
    few, many = (
        draw([Curve(title="MB", values=[1.0] * count)], list(range(count)))[0] for count in (60, 61)
    )

    assert (few.lines[0].get_marker(), many.lines[0].get_marker()) == ("o", "")


def test_cameras_are_whole() -> None:
    """There is no half of a camera on the axis."""
    figure = draw_panels(
        probe_panels([row(20.0)], fps=15.0),
        places=[1],
        title="title",
        facts="facts",
        axis="cameras",
        whole=True,
    )

    bottom = figure.axes[-1]
    assert bottom.get_xlabel() == "cameras"
    assert bottom.get_xticks().tolist() == [0, 1]
