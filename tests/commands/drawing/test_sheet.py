"""A picture is refused before the work, and drawing it leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from appliance.commands.drawing.sheet import (
    check_target,
    new_figure,
    own_style,
    place_axes,
    text_width_px,
    write,
    write_png,
)
from appliance.errors import ConfigError, MissingProgramError

DRAW = """
import sys
from pathlib import Path
import appliance.commands.bench.command, appliance.commands.replay.picture
from tests.support.recordings import make_recording
assert "matplotlib" not in sys.modules, "imported before anything is drawn"
appliance.commands.replay.picture.write_picture(make_recording(), Path(sys.argv[1]))
assert "matplotlib.pyplot" not in sys.modules
"""


def draw_something(path: Path, words: str = "words") -> None:
    """Write a small sheet."""
    with own_style():
        figure = new_figure(width_px=200, height_px=100)
        write(place_axes(figure, (0, 200), (0, 100)), words, 10, 50)
    write_png(figure, path, option="--picture")


def test_only_png_in_a_folder_is_written(tmp_path: Path) -> None:
    """Said before an hour is measured for nothing, and with the option's name."""
    with pytest.raises(ConfigError, match=r"^--plot: only PNG .* got limit.jpg$"):
        check_target(tmp_path / "limit.jpg", option="--plot")
    with pytest.raises(ConfigError, match=r"^--picture: no folder .*/none; make it"):
        check_target(tmp_path / "none" / "limit.png", option="--picture")
    check_target(tmp_path / "limit.PNG", option="--plot")


def test_without_matplotlib_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the work, and with an exit code of its own."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingProgramError, match=r"^--plot: .* 'classbox\[plots\]'$") as caught:
        check_target(tmp_path / "limit.png", option="--plot")

    assert caught.value.exit_code == 69


def test_a_disk_that_refuses_is_one_line(tmp_path: Path) -> None:
    """Here the name is a folder's."""
    (tmp_path / "x.png").mkdir()

    with pytest.raises(ConfigError, match=r"^--picture: cannot write .*: Is a directory$"):
        draw_something(tmp_path / "x.png")


def test_any_name_can_be_written(tmp_path: Path) -> None:
    """Dollars are no formula, and letters that the font lacks are boxes and no warning."""
    draw_something(tmp_path / "x.png", "Übung ≥ $5$ \\frac 教室.mp4")

    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_point_is_a_pixel() -> None:
    """Letters twice as large are twice as wide, and thicker ones are wider."""
    width_px = text_width_px("fatigued 2:42")

    assert text_width_px("fatigued 2:42", size_px=28) == pytest.approx(2 * width_px, rel=0.05)
    assert text_width_px("fatigued 2:42", bold=True) > width_px


def test_no_style_is_left_behind(tmp_path: Path) -> None:
    """Whoever else draws in this process keeps what they had, and we keep ours."""
    draw_something(tmp_path / "one.png")
    with mpl.rc_context({"font.size": 30.0, "savefig.facecolor": "red", "figure.dpi": 10}):
        draw_something(tmp_path / "two.png")
        assert mpl.rcParams["font.size"] == 30.0

    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("home", ["home", "missing/home"])
def test_nothing_is_left_at_home(tmp_path: Path, home: str) -> None:
    """No font cache, no warning where there is no home, and no window system."""
    (tmp_path / "home").mkdir()
    unset = {"MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"HOME": str(tmp_path / home), "TMPDIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path / "x.png")],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=Path(__file__).parents[3],
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["home", "x.png"]
