"""White sheets measured in pixels, by matplotlib, which is imported when one is drawn.

At 72 dots per inch a point of matplotlib is a pixel, so letters, lines and places share a unit.
Nothing global is left behind: no pyplot, no style, and no font cache in anybody's home.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeAlias

from appliance.errors import ConfigError, MissingProgramError

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.axis
    import matplotlib.figure

Axes: TypeAlias = "matplotlib.axes.Axes"
Axis: TypeAlias = "matplotlib.axis.Axis"
Figure: TypeAlias = "matplotlib.figure.Figure"

Stretch = tuple[float, float]
"""Left and right, or top and bottom."""

INK, QUIET, LINE, WHITE = "#111111", "#5a5a5a", "#bebebe", "#ffffff"

TEXT_PX = 14.0

_DOTS_PER_INCH = 72

_FONT = "DejaVu Sans"
"""Comes with matplotlib: every machine draws the same picture."""

_STYLE = {
    "axes.autolimit_mode": "round_numbers",  # where no limits are set
    "axes.edgecolor": QUIET,
    "font.family": _FONT,
    "font.size": TEXT_PX,
    "hatch.linewidth": 1.0,
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a file's name is a dollar
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def check_target(path: Path, *, option: str) -> None:
    """Refuse a picture that could not be drawn or written, before the work is done.

    Args:
        path: Where it is wanted.
        option: Of the command line, for the message.

    Raises:
        ConfigError: Not a PNG, or no such folder.
        MissingProgramError: matplotlib is not installed.
    """
    if path.suffix.lower() != ".png":
        msg = f"{option}: only PNG is written, so the name has to end in .png, got {path.name}"
        raise ConfigError(msg)
    if not path.absolute().parent.is_dir():
        msg = f"{option}: no folder {path.absolute().parent}; make it, or name another"
        raise ConfigError(msg)
    if find_spec("matplotlib") is None:
        msg = f"{option}: draws with matplotlib, which is missing; pip install 'classbox[plots]'"
        raise MissingProgramError(msg)


@contextmanager
def own_style() -> Iterator[None]:
    """Draw as this module says and not as a ``matplotlibrc`` does; also a decorator."""
    with _library("style").context(["default", _STYLE]), warnings.catch_warnings():
        # A name in letters that the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def new_figure(*, width_px: float, height_px: float) -> Figure:
    """Return an empty sheet."""
    size = width_px / _DOTS_PER_INCH, height_px / _DOTS_PER_INCH
    figure: Figure = _library("figure").Figure(figsize=size, dpi=_DOTS_PER_INCH)
    return figure


def place_axes(figure: Figure, across: Stretch, down: Stretch, *, label: str = "") -> Axes:
    """Return axes on a part of the sheet; both of their scales are its pixels, down is more."""
    left, right = (x_px / _DOTS_PER_INCH / figure.get_figwidth() for x_px in across)
    top, bottom = (1 - y_px / _DOTS_PER_INCH / figure.get_figheight() for y_px in down)
    axes = figure.add_axes((left, bottom, right - left, top - bottom), label=label)
    axes.set(xlim=(0, across[1] - across[0]), ylim=(down[1] - down[0], 0), facecolor="none")
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0, pad=8)
    return axes


def write(
    axes: Axes,
    words: str,
    x_px: float,
    y_px: float,
    *,
    align: Literal["left", "center", "right"] = "left",
    bold: bool = False,
    colour: str = INK,
    ground: str | None = None,
    size_px: float = TEXT_PX,
) -> None:
    """Write one line; the middle of its small letters is at a height.

    Args:
        axes: Of pixels.
        words: What to write.
        x_px: Left end, middle or right end, as ``align`` says.
        y_px: The height.
        align: See there.
        bold: Thicker strokes.
        colour: Of the letters.
        ground: Colour behind them; none without.
        size_px: Of the letters.
    """
    baseline_px = y_px + 0.36 * size_px
    text = axes.text(x_px, baseline_px, words, ha=align, va="baseline", color=colour, size=size_px)
    text.set_fontweight(_weight(bold=bold))
    if ground is not None:
        text.set_bbox({"facecolor": ground, "linewidth": 0, "pad": 2})


def text_width_px(words: str, *, size_px: float = TEXT_PX, bold: bool = False) -> float:
    """Return the width of a line of text."""
    font = _library("font_manager").FontProperties(
        family=_FONT, size=size_px, weight=_weight(bold=bold)
    )
    renderer = _library("backends.backend_agg").RendererAgg(1, 1, _DOTS_PER_INCH)
    width_px, _, _ = renderer.get_text_width_height_descent(words, font, ismath=False)
    return float(width_px)


@own_style()
def write_png(figure: Figure, path: Path, *, option: str) -> None:
    """Write a finished sheet.

    Raises:
        ConfigError: It cannot be written there.
    """
    data = BytesIO()
    # Without matplotlib's version: equal sheets are equal files.
    figure.savefig(data, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    try:
        path.write_bytes(data.getvalue())
    except OSError as error:
        msg = f"{option}: cannot write {path}: {error.strerror}"
        raise ConfigError(msg) from error


def _weight(*, bold: bool) -> str:
    return "bold" if bold else "normal"


@cache
def _library(name: str) -> ModuleType:
    """Import a module of matplotlib; its font cache goes into a folder that is gone afterwards."""
    variable = "MPLCONFIGDIR"
    before = os.environ.get(variable)
    with tempfile.TemporaryDirectory(prefix="classbox-") as folder:
        os.environ[variable] = before or folder
        try:
            import_module("matplotlib.font_manager")
            return import_module(f"matplotlib.{name}")
        finally:
            if before is None:
                del os.environ[variable]
