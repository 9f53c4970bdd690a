"""What somebody who points a camera looks at."""

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from appliance.commands.aim.advice import STYLES, Advice, Mark, picture_advice, seat_advice, times
from appliance.commands.aim.figures import NOBODYS_STYLE, draw_frame, seat_styles
from appliance.mqtt.contract.aim import AimFrame, AimPersonData
from appliance.perception.aiming.view import PictureFault

PROMISE = "Only numbers leave memory: no picture is shown, stored or sent."

LEAST_ROWS = 8
"""Of the canvas, however small the terminal is."""

FIXED_ROWS = 6
"""Title, picture's line, head of the table, promise and two lines of air."""

WRAPPED = 2
"""Lines that a row of the table may need."""


def show_frame(frame: AimFrame, console: Console, *, note: str | None = None) -> RenderableType:
    """Return the whole screen for one measurement.

    Args:
        frame: What was measured.
        console: Whose size is used.
        note: What to do next, shown at the bottom; None when it is over.
    """
    table = _table(frame)
    advice = picture_advice(frame)
    rows = console.height - FIXED_ROWS - WRAPPED * table.row_count - len(advice)
    picture = draw_frame(frame, columns=console.width, rows=max(LEAST_ROWS, rows))
    minutes, seconds = divmod(frame.remaining_s, 60)
    ends = "" if note is None else f"ends in {minutes}:{seconds:02d} · Ctrl-C ends it now"
    title = Table.grid(expand=True)
    title.add_column(no_wrap=True)
    title.add_column(justify="right", no_wrap=True)
    title.add_row(
        Text.assemble("Pointing camera ", (frame.camera, "bold")),
        Text(ends, "dim"),
    )
    return Group(
        title,
        picture,
        _picture_line(frame),
        *(_marked(one) for one in advice),
        table,
        Text(PROMISE if note is None else f"{PROMISE}\n{note}", "dim"),
    )


def show_waiting(camera: str, reason: str) -> RenderableType:
    """Return the screen while no frame comes."""
    return Group(
        Text.assemble("Pointing camera ", (camera, "bold")),
        Text(f"no picture yet: {reason}", "yellow"),
        Text(PROMISE, "dim"),
    )


def show_regions(
    frame: AimFrame, regions: Mapping[str, Sequence[float]], console: Console
) -> RenderableType:
    """Return proposed regions, drawn and as they are written."""
    rows = max(LEAST_ROWS, console.height - FIXED_ROWS - len(regions))
    styles = seat_styles(list(frame.seats))
    lines = [
        Text.assemble(
            (f"  {seat}", f"bold {styles[seat]}"),
            f"  region = [{', '.join(f'{edge:g}' for edge in region)}]",
        )
        for seat, region in regions.items()
    ]
    picture = draw_frame(frame, columns=console.width, rows=rows, regions=regions)
    return Group(Text("Proposed regions", "bold"), picture, *lines)


def _picture_line(frame: AimFrame) -> Text:
    rate = "no frame rate yet"
    if frame.fps is not None:
        rate = f"{frame.fps:.1f} of {frame.wanted_fps:g} frames/s"
    parts: tuple[tuple[str, set[str]], ...] = (
        (rate, {PictureFault.SLOW}),
        (f"light {frame.light.mean:.0%}", {PictureFault.DARK, PictureFault.BRIGHT}),
        (f"sharpness {times(frame.sharpness, frame.limits.sharpness)}", {PictureFault.BLURRED}),
    )
    line = Text(f"{frame.width_px} x {frame.height_px}")
    for text, against in parts:
        line.append(f" · {text}")
        line.append(*((" !", "yellow") if against & set(frame.faults) else (" ✓", "green")))
    return line


def _table(frame: AimFrame) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), expand=True)
    table.add_column("seat", no_wrap=True, max_width=14)
    table.add_column("")
    for name in ("face", "head", "sharp"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what to do", ratio=1)
    styles = seat_styles(list(frame.seats))
    for seat, person, advice in seat_advice(frame):
        table.add_row(
            Text(seat or "no seat", f"bold {styles.get(seat, NOBODYS_STYLE)}"),
            Text(advice.mark, STYLES[advice.mark]),
            *_numbers(frame, person),
            Text(advice.text, STYLES[advice.mark]),
        )
    return table


def _numbers(frame: AimFrame, person: AimPersonData | None) -> tuple[Text, Text, Text]:
    face = None if person is None else person.face
    if face is None:
        return Text("·", "dim"), Text("·", "dim"), Text("·", "dim")
    limits = frame.limits
    size = Mark.GOOD if face.side_px >= limits.lids_px else Mark.POOR
    size = size if face.side_px >= limits.face_px else Mark.BAD
    turn = Mark.GOOD if abs(face.yaw_deg) <= limits.turned_deg else Mark.BAD
    sharp = Mark.GOOD if face.sharpness >= limits.face_sharpness else Mark.POOR
    return (
        Text(f"{face.side_px:.0f} px", STYLES[size]),
        Text(f"{face.yaw_deg:+.0f}°", STYLES[turn]),
        Text(times(face.sharpness, limits.face_sharpness), STYLES[sharp]),
    )


def _marked(advice: Advice) -> Text:
    return Text(f"{advice.mark} {advice.text}", STYLES[advice.mark])
