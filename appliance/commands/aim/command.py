"""``classbox aim``: see ``command``."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from appliance.commands.aim.answers import Answers, aim_answers
from appliance.commands.aim.regions import REGIONS_FILE, write_regions
from appliance.commands.aim.screen import show_frame, show_regions, show_waiting
from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.signals import stop_signal
from appliance.domain.frames import CameraKey
from appliance.domain.seats import Region, SeatKey
from appliance.errors import CameraError, ConfigError
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.codec import from_plain
from appliance.perception.aiming.proposal import (
    MIN_WATCHED_S,
    draw_regions,
    find_sitters,
    match_seats,
)
from appliance.perception.aiming.view import BoxXyxy
from appliance.service.control.aiming.session import LONGEST_S, TIME_IS_UP
from appliance.settings.layout import camera_regions
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings

STALE_S = 5.0
"""A measurement that is older says nothing about where the camera points now."""

LINE_EVERY_S = 1.0
"""Between two JSON lines; the box measures twice as often."""

KEPT_LOOKS = 120
"""A minute of looks is what regions are proposed from: people sit down meanwhile."""


@dataclass(slots=True)
class _Watched:
    """What came in."""

    looks: list[tuple[float, Sequence[BoxXyxy]]] = field(default_factory=list)
    frame: AimFrame | None = None
    waiting: str = "nothing was measured"
    ended: str = ""

    def take(self, answer: dict[str, Any], *, now_s: float) -> None:
        """Remember one answer."""
        if "frame" in answer:
            self.frame = from_plain(AimFrame, answer["frame"])
            self.looks.append((now_s, [person.box for person in self.frame.people]))
            del self.looks[:-KEPT_LOOKS]
        else:
            self.waiting = answer.get("waiting", self.waiting)
            self.ended = answer.get("ended", "")

    def stale(self, *, now_s: float) -> bool:
        """Tell whether there is nothing new to be shown."""
        return not self.looks or now_s - self.looks[-1][0] > STALE_S

    @property
    def watched_s(self) -> float:
        """For how long."""
        return self.looks[-1][0] - self.looks[0][0] if self.looks else 0.0


def command(
    camera: Annotated[
        str | None, typer.Argument(help="Camera id; may be left out where there is one.")
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    seconds: Annotated[
        float, typer.Option(min=1, max=LONGEST_S, help="How long to watch.")
    ] = LONGEST_S,
    as_json: JsonOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write the proposed seat regions without asking.")
    ] = False,
    people_informed: Annotated[
        bool,
        typer.Option(
            help="Everybody in the picture has been told and agrees, also on seats without "
            "consent; this is put on record."
        ),
    ] = False,
) -> None:
    """Point a camera and say which part of its picture is whose seat; no picture is shown.

    Shows stick figures, the size of faces against the limits, light, sharpness and frame rate, as
    the running service measures them, or by itself where none runs. Proposes seat regions from
    where people have sat for ten seconds. Without a terminal, or with --json, prints a line each
    second.
    """
    forbid_core_dumps()
    configure_logs(level="error")
    settings = load_settings(config)
    key = _find_camera(settings, camera, config)
    lines = as_json or not sys.stdout.isatty()
    console = Console(highlight=False)
    watched = _Watched()
    with (
        stop_signal() as stop,
        aim_answers(settings, key, seconds=seconds, informed=people_informed) as answers,
    ):
        until_stopped = _follow(answers, watched, stop)
        if lines:
            _print_lines(until_stopped, watched)
        else:
            _show(until_stopped, watched, key, console)
    if watched.frame is None:
        late = watched.ended in ("", TIME_IS_UP)
        msg = f"{key}: {watched.waiting if late else watched.ended}"
        raise CameraError(msg)
    if watched.ended:
        _say(f"Ended: {watched.ended}.", err=lines)
    regions = _propose(settings, key, watched)
    if lines:
        typer.echo(json.dumps({"proposal": {seat: _edges(its) for seat, its in regions.items()}}))
    if not regions:
        _say(_why_none(watched), err=lines)
        return
    if not lines:
        plain = {str(seat): _edges(its) for seat, its in regions.items()}
        console.print(show_regions(watched.frame, plain, console))
    if empty := sorted(set(camera_regions(settings)[key]) - set(regions)):
        _say(f"Nobody sat on {', '.join(empty)}: the region stays.", err=lines)
    where = config.parent / REGIONS_FILE
    if yes or (not lines and typer.confirm(f"Write them to {where}?", default=False)):
        write_regions(config, key, regions)
        _say(f"{where} is written. Next: sudo systemctl restart classbox", err=lines)


def _say(text: str, *, err: bool) -> None:
    """Print a line, on a terminal broken between words only."""
    console = Console(stderr=err, highlight=False, markup=False)
    console.print(text, soft_wrap=not console.is_terminal)


def _find_camera(settings: Settings, asked: str | None, config: Path) -> CameraKey:
    known = ", ".join(settings.cameras)
    if asked is None and len(settings.cameras) == 1:
        return CameraKey(known)
    if asked is None:
        example = f"sudo classbox aim {known.split(',')[0]}"
        msg = f"which camera? {config} has {known}; for example: {example}"
        raise ConfigError(msg)
    if asked not in settings.cameras:
        msg = f"no camera {asked!r} in {config}; there are {known}"
        raise ConfigError(msg)
    return CameraKey(asked)


def _follow(answers: Answers, watched: _Watched, stop: threading.Event) -> Iterator[dict[str, Any]]:
    """Yield answers until somebody has seen enough; at least one comes each second."""
    for answer in answers:
        watched.take(answer, now_s=time.monotonic())
        yield answer
        if stop.is_set():
            return


def _print_lines(answers: Iterator[dict[str, Any]], watched: _Watched) -> None:
    next_s = 0.0
    for answer in answers:
        now_s = time.monotonic()
        if "frame" in answer:
            if now_s < next_s:
                continue
            next_s = now_s + LINE_EVERY_S
        elif "waiting" in answer and not watched.stale(now_s=now_s):
            continue
        typer.echo(json.dumps(answer))
        sys.stdout.flush()


def _show(
    answers: Iterator[dict[str, Any]], watched: _Watched, camera: CameraKey, console: Console
) -> None:
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for answer in answers:
            if watched.frame is not None and "frame" in answer:
                live.update(show_frame(watched.frame, console, note=_note(watched)), refresh=True)
            elif watched.stale(now_s=time.monotonic()):
                live.update(show_waiting(camera, watched.waiting), refresh=True)
    if watched.frame is not None:
        console.print(show_frame(watched.frame, console))


def _note(watched: _Watched) -> str:
    left_s = MIN_WATCHED_S - watched.watched_s
    if left_s > 0:
        return f"Sit still on every seat for {left_s:.0f} s more, then regions can be proposed."
    return "Ctrl-C: propose seat regions from where people sit."


def _propose(settings: Settings, camera: CameraKey, watched: _Watched) -> dict[SeatKey, Region]:
    """Return a region for each seat on which somebody has sat; none after too short a look."""
    seats = camera_regions(settings)[camera]
    if watched.watched_s < MIN_WATCHED_S:
        return {}
    sitters = find_sitters([boxes for _, boxes in watched.looks])
    drawn = dict(zip(sitters, draw_regions(sitters), strict=True))
    return {seat: drawn[sitter] for seat, sitter in match_seats(sitters, seats).items()}


def _why_none(watched: _Watched) -> str:
    if watched.watched_s < MIN_WATCHED_S:
        return f"No regions are proposed: that takes {MIN_WATCHED_S:.0f} s of watching."
    return "No regions are proposed: nobody sat there. Sit somebody on each seat and aim again."


def _edges(region: Region) -> list[float]:
    return [region.x0, region.y0, region.x1, region.y1]
