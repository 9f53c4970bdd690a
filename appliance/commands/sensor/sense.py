"""``classbox sense``: look, and let another box decide."""

import os
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.errors import ConfigError, ServiceAwayError
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SystemClock
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import LogLevel, configure_logs
from appliance.host.swap import warn_of_swap
from appliance.host.systemd import SystemdNotifier, runtime_folder
from appliance.service.sensor_box.box import SensorBox
from appliance.service.sensor_box.indicator import indicator_path, read_indicator
from appliance.settings.box import BoxRole
from appliance.settings.load import DEFAULT_CONFIG, load_service_settings
from appliance.storage.folder import FolderLock, prepare_folder

NICENESS = 10
"""What the student does comes first, whoever has started us."""


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    status: Annotated[
        bool, typer.Option("--status", help="Say in one line whether the camera looks, and end.")
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="The least that is written.")] = LogLevel.INFO,
) -> None:
    """Look for a box that decides elsewhere; say whether the camera looks."""
    if status:
        _say_status()
        return
    forbid_core_dumps()
    configure_logs(level=log_level, decisions=False)
    warn_of_swap()
    os.nice(max(0, NICENESS - os.nice(0)))
    notifier = SystemdNotifier.from_environment()
    with stop_signal() as stop:
        try:
            box = _build(config, notifier)
        except Exception as error:
            notifier.status(f"cannot start: {error}".replace("\n", " "))
            raise
        try:
            box.start()
            box.wait(stop)
        finally:
            box.stop()


def _build(config: Path, notifier: SystemdNotifier) -> SensorBox:
    """Check everything that a sensor cannot do without."""
    settings = load_service_settings(config)
    if settings.box.role is not BoxRole.SENSE:
        msg = f'{config}: [box] role is "{settings.box.role}", and a sensor\'s is "sense"'
        raise ConfigError(msg, next_step=f"run: classbox run --config {config}")
    prepare_folder(settings.box.state_dir)
    FolderLock.serving(settings.box.state_dir)  # until the process ends, however it ends
    return SensorBox(
        settings,
        clock=SystemClock(),
        notifier=notifier,
        breadcrumbs=Breadcrumbs.open(runtime_folder() or settings.box.state_dir),
    )


def _say_status() -> None:
    path = indicator_path(os.environ)
    words = None if path is None else read_indicator(path)
    if words is None:
        msg = "classbox does not look: no sensor runs in this session"
        raise ServiceAwayError(msg)
    typer.echo(words)
