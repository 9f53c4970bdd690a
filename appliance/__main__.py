"""Command line of the box; the only place that turns ``ApplianceError`` into an exit code."""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError, ConfigError
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.export import ExportKind, export_rows, write_csv, write_json_lines
from appliance.storage.store import Storage

app = typer.Typer(
    help="Classroom Box: early warning of fatigue and boredom from camera features, never frames.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
consent_app = typer.Typer(help="Say who may be looked at.", no_args_is_help=True)
app.add_typer(consent_app, name="consent")

LONGEST_TUNING_S = 600

ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SeatArgument = Annotated[str, typer.Argument(help="Seat id of the configuration.")]

# The heavy imports (OpenVINO, OpenCV) stand inside the commands that need them: `classbox --help`
# and `classbox consent` answer at once.
# ruff: noqa: PLC0415


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    from appliance.host.clock import SystemClock
    from appliance.host.systemd import SystemdNotifier
    from appliance.service.box import Box

    forbid_core_dumps()
    configure_logs(level=log_level)
    settings = load_settings(config)
    _refuse_demo_profile(settings, config)
    with _stop_signal() as stop:
        box = Box(
            settings,
            clock=SystemClock(),
            notifier=SystemdNotifier.from_environment(),
            tune=True,
        )
        box.connect()
        box.watch()
        try:
            box.wait(stop)
        finally:
            box.stop()


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave cameras and broker out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at configuration, models, cameras and broker; report all problems at once."""
    from appliance.commands.check import check_box

    configure_logs(level="error")
    settings = load_settings(config)
    findings = check_box(settings, offline=offline, monotonic=time.monotonic)
    if as_json:
        rows = [
            {"subject": one.subject.value, "name": one.name, "problem": one.problem}
            for one in findings
        ]
        typer.echo(json.dumps({"ok": not any(one.problem for one in findings), "checks": rows}))
    else:
        console = Console(soft_wrap=True, highlight=False)
        for one in findings:
            name = f"{one.subject} {one.name}"
            if one.problem:
                console.print(f"[red]✗[/] {name}: {escape(one.problem)}")
            else:
                console.print(f"[green]✓[/] {name}")
    # A damaged model stands above a camera that is away: the first has to be put right.
    order = (78, 65, 1, 69)
    codes = {one.exit_code for one in findings} - {0}
    raise typer.Exit(min(codes, key=order.index) if codes else 0)


@app.command()
def demo(
    *,
    clip: Annotated[
        Path | None, typer.Option(help="Another clip with two seats side by side.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Replay a clip through the whole box; needs no camera and no account."""
    from appliance.commands.demo.play import run_demo

    forbid_core_dumps()
    configure_logs(level="warning")
    report = run_demo(clip=clip, as_json=as_json, console=Console(stderr=as_json))
    if as_json:
        typer.echo(json.dumps(report))


@app.command()
def replay(
    source: Annotated[
        Path,
        typer.Argument(metavar="CLIP|DB", help="A video file, or the features.db of a box."),
    ],
    *,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it instead of printing tables.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Seats of a clip; one seat in the whole picture without.")
    ] = None,
    camera: Annotated[
        str | None, typer.Option(help="Which camera of the configuration the clip shows.")
    ] = None,
    seat: Annotated[str | None, typer.Option(help="Only this seat.")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Only the beginning of a clip.", show_default=False)
    ] = None,
    recording: Annotated[
        int | None,
        typer.Option(help="Of a database: 1 is the newest, the default; 2 the one before it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show states, alerts and interventions of a clip or of stored readings over time."""
    from appliance.commands.replay.picture import check_target, write_picture
    from appliance.commands.replay.run import ReplayOptions, replay_file
    from appliance.commands.replay.table import show_recording

    forbid_core_dumps()
    configure_logs(level="warning")
    if picture is not None:
        check_target(picture)
    options = ReplayOptions(
        config=config, camera=camera, seat=seat, seconds=seconds, recording=recording
    )
    result = replay_file(source, options, console=Console(stderr=True))
    if picture is not None:
        write_picture(result, picture)
    if as_json:
        drawn = None if picture is None else str(picture)
        typer.echo(json.dumps({**result.as_json(), "picture": drawn}))
    elif picture is not None:
        for line in (f"{picture} is drawn.", *result.notes):
            typer.echo(line)
    else:
        show_recording(result, Console())


@app.command()
def tune(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    seconds: Annotated[
        float, typer.Option(help="For all models together, 1 to 600; the default is enough.")
    ] = 90.0,
    as_json: JsonOption = False,
) -> None:
    """Time the inference engines on this board and keep the fastest, for engines on "auto"."""
    from appliance.commands.box.tune import run_tuning, show_tunings

    if not 1 <= seconds <= LONGEST_TUNING_S:
        msg = f"--seconds: expected 1 to {LONGEST_TUNING_S}, got {seconds:g}"
        raise ConfigError(msg)
    configure_logs(level="warning")
    report = run_tuning(load_settings(config), seconds=seconds, console=Console(stderr=True))
    if as_json:
        typer.echo(json.dumps(report))
    else:
        show_tunings(report, Console())


@app.command()
def bench(
    *,
    cameras: Annotated[int, typer.Option(help="How many; they take the clips in turn.")] = 4,
    fps: Annotated[float, typer.Option(help="Frames per second of each camera.")] = 15.0,
    seconds: Annotated[float, typer.Option(help="Length of the measured span.")] = 30.0,
    warm_up: Annotated[float, typer.Option(help="Seconds before it.")] = 10.0,
    clip: Annotated[
        list[Path] | None, typer.Option(help="May be repeated; the packaged clip without.")
    ] = None,
    seats_per_camera: Annotated[int, typer.Option(help="Columns of each picture.")] = 1,
    ladder: Annotated[str, typer.Option(help="on, off, or a step from 0 to 4 to stay on.")] = "on",
    lanes: Annotated[int, typer.Option(help="Worker threads; 0: one per core.")] = 0,
    find_limit: Annotated[
        bool, typer.Option("--find-limit", help="Search the most cameras that are held.")
    ] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="Put three bad cameras beside five good ones.")
    ] = False,
    soak: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Run for long; fail if anything grows.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it over the number of cameras.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Play clips in real time through the whole service; say what it holds and what it costs."""
    from appliance.commands.bench.command import BenchTask, run_bench, show
    from appliance.commands.bench.options import BenchOptions

    configure_logs(level="error")
    options = BenchOptions(
        cameras=cameras,
        fps=fps,
        seconds=seconds,
        warm_up_s=warm_up,
        clips=tuple(clip or ()),
        seats_per_camera=seats_per_camera,
        ladder=ladder,
        lanes=lanes,
    )
    task = BenchTask(find_limit=find_limit, faults=faults, soak_s=soak, plot=plot)
    report = run_bench(options, task, console=Console(stderr=True))
    if as_json:
        typer.echo(json.dumps(report))
    else:
        show(report, Console(soft_wrap=True, highlight=False))
    problems = report.get("problems", [])
    for line in problems:
        typer.secho(line, fg="red", err=True)
    raise typer.Exit(1 if problems else 0)


@app.command()
def terminal(
    terminal_id: Annotated[str, typer.Option("--id", help="Terminal id of the configuration.")],
    config: ConfigOption = DEFAULT_CONFIG,
    auto: Annotated[
        str | None, typer.Option(help="accept or dismiss everything; asks without it.")
    ] = None,
) -> None:
    """Be a reference student terminal: show commands, acknowledge, answer."""
    from appliance.domain.seats import TerminalKey
    from appliance.service.assembly import broker_address
    from appliance.settings.layout import seat_terminals
    from appliance.terminal.run import AUTO, run_terminal

    configure_logs(level="warning")
    settings = load_settings(config)
    known = sorted(seat_terminals(settings).values())
    if terminal_id not in known:
        msg = f"--id: no terminal {terminal_id!r} in {config}; there are {', '.join(known)}"
        raise ConfigError(msg)
    if auto is not None and auto not in AUTO:
        msg = f"--auto: expected {' or '.join(AUTO)}, got {auto!r}"
        raise ConfigError(msg)
    with _stop_signal() as stop:
        run_terminal(
            address=broker_address(settings),
            site=settings.box.site,
            room=settings.box.room,
            terminal=TerminalKey(terminal_id),
            auto=auto,
            stop=stop,
        )


@consent_app.command("grant")
def consent_grant(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Allow the box to look at whoever sits on a seat now."""
    _set_consent(seat, config, granted=True)


@consent_app.command("revoke")
def consent_revoke(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take consent back; the box stops looking with the next frame."""
    _set_consent(seat, config, granted=False)


@app.command()
def export(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    kind: Annotated[
        list[ExportKind] | None, typer.Option(help="Only this kind; may be repeated.")
    ] = None,
    seat: Annotated[str | None, typer.Option(help="Only this seat.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="One table; needs one --kind.")] = False,
) -> None:
    """Print what is stored: features, decisions, alerts, feedback; JSON lines or CSV."""
    settings = load_settings(config)
    if as_csv and (kind is None or len(kind) != 1):
        msg = "--csv: a table has one kind of rows; add --kind with one of " + ", ".join(ExportKind)
        raise ConfigError(msg)
    rows = export_rows(
        settings.box.state_dir,
        kinds=tuple(kind or ExportKind),
        seat=None if seat is None else _known_seat(settings, seat, config),
    )
    (write_csv if as_csv else write_json_lines)(rows, sys.stdout)


@app.command()
def erase(
    seat: SeatArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything stored about a seat."""
    settings = load_settings(config)
    key = _known_seat(settings, seat, config)
    if not yes:
        typer.confirm(f"Erase everything stored about seat {seat}?", abort=True)
    with _storage(settings) as storage:
        erased = storage.erasure.erase(actor="operator", seat=key)
    typer.echo(f"{erased.features} feature rows and {erased.records} records erased")


def _set_consent(seat: str, config: Path, *, granted: bool) -> None:
    settings = load_settings(config)
    key = _known_seat(settings, seat, config)
    with _storage(settings) as storage:
        change = storage.consent.grant if granted else storage.consent.revoke
        change(key, actor="operator")
    typer.echo(f"{seat}: consent {'granted' if granted else 'revoked'}")


@contextmanager
def _storage(settings: Settings) -> Iterator[Storage]:
    from appliance.host.clock import SystemClock

    # The service may be running: its files are not taken away from it.
    storage = Storage.open(settings.box.state_dir, clock=SystemClock(), repair=False)
    storage.start()
    try:
        yield storage
    finally:
        storage.stop()


def _known_seat(settings: Settings, seat: str, config: Path) -> SeatKey:
    seats = sorted(key for camera in settings.cameras.values() for key in camera.seats)
    if seat not in seats:
        msg = f"no seat {seat!r} in {config}; there are {', '.join(seats)}"
        raise ConfigError(msg)
    return SeatKey(seat)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set; the handlers are put back afterwards."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_demo_profile(settings: Settings, config: Path) -> None:
    if settings.policy.profile.value == "demo":
        msg = f"{config}: policy.profile: 'demo' is for classbox demo and its packaged clip only"
        raise ConfigError(msg)


def main() -> None:
    """Run a command; a deliberate error becomes its message and its exit code."""
    try:
        app()
    except ApplianceError as error:
        typer.secho(str(error), fg="red", err=True)  # rich would wrap the lines
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
