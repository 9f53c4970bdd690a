"""``classbox run``: the service."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.errors import ConfigError, ModelLoadError
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SystemClock
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import LogLevel, configure_logs
from appliance.host.starts import Starts
from appliance.host.swap import warn_of_swap
from appliance.host.systemd import SystemdNotifier, runtime_folder
from appliance.service.box import Box
from appliance.service.control.switch import require_visible
from appliance.settings.box import BoxRole
from appliance.settings.load import DEFAULT_CONFIG, load_service_settings
from appliance.storage.folder import FolderLock, prepare_folder


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    log_level: Annotated[LogLevel, typer.Option(help="The least that is written.")] = LogLevel.INFO,
    log_decisions: Annotated[
        bool,
        typer.Option(
            "--log-decisions",
            help="Write seats' states into the log, too. The log keeps them whatever is erased.",
        ),
    ] = False,
) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    forbid_core_dumps()
    configure_logs(level=log_level, decisions=log_decisions)
    warn_of_swap()
    notifier = SystemdNotifier.from_environment()
    starts = Starts(runtime_folder())
    with stop_signal() as stop:
        try:
            box = _start(config, notifier)
        except Exception as error:
            notifier.status(f"cannot start: {error}".replace("\n", " "))
            if _wait_before_next(error, starts, stop):
                return
            raise
        starts.succeeded()
        try:
            box.wait(stop)
        finally:
            box.stop()


def _start(config: Path, notifier: SystemdNotifier) -> Box:
    """Check everything that the box cannot do without, then start it."""
    settings = load_service_settings(config)
    if settings.box.role is BoxRole.SENSE:
        msg = f'{config}: [box] role = "sense" only looks'
        raise ConfigError(msg, next_step=f"run: classbox sense --config {config}")
    if settings.box.pause_switch is not None and runtime_folder() is not None:
        require_visible(settings.box.pause_switch)
    prepare_folder(settings.box.state_dir)
    FolderLock.serving(settings.box.state_dir)  # until the process ends, however it ends
    box = Box(
        settings,
        clock=SystemClock(),
        notifier=notifier,
        tune=True,
        breadcrumbs=Breadcrumbs.open(runtime_folder() or settings.box.state_dir),
    )
    box.connect()
    box.watch()
    return box


def _wait_before_next(error: Exception, starts: Starts, stop: threading.Event) -> bool:
    """Let starts that fail in a row follow each other more slowly; True when told to stop."""
    if isinstance(error, ConfigError | ModelLoadError):
        return False  # these stay down until somebody has put them right
    pause_s = starts.pause_s()
    if pause_s > 0:
        typer.echo(f"cannot start: {error}; the next attempt is in {pause_s:.0f} s", err=True)
    return stop.wait(pause_s)
