"""``classbox sense``: a sensor, on the PC of whoever it looks at."""

import os
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.errors import ConfigError
from appliance.host.clock import SystemClock
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import LogLevel, configure_logs
from appliance.host.swap import warn_of_swap
from appliance.host.systemd import SystemdNotifier
from appliance.service.sensor.indicator import indicator_file, read_indicator
from appliance.service.sensor.sensor import Sensor
from appliance.settings.box import Role
from appliance.settings.load import load_service_settings

DEFAULT_SENSOR = Path("/etc/classbox-sensor/config.toml")
"""Where the folder lies that ``classbox setup`` made for this PC."""

NICENESS = 10
"""Whoever works at this PC goes first."""


def command(
    config: ConfigOption = DEFAULT_SENSOR,
    *,
    status: Annotated[
        bool, typer.Option("--status", help="Say in one line whether the camera looks, and end.")
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="The least that is written.")] = LogLevel.INFO,
) -> None:
    """Look with this PC's camera and send tokens to the room's decider, until SIGTERM or Ctrl-C."""
    if status:
        typer.echo(read_indicator(indicator_file()))
        return
    forbid_core_dumps()
    configure_logs(level=log_level)
    warn_of_swap()
    notifier = SystemdNotifier.from_environment()
    with stop_signal() as stop:
        settings = load_service_settings(config)
        if settings.box.role is not Role.SENSE:
            msg = f"{config}: box.role is {settings.box.role.value!r}, which decides"
            raise ConfigError(msg, next_step="start it with: classbox run --config FILE")
        os.nice(NICENESS)
        sensor = Sensor(settings, clock=SystemClock(), notifier=notifier)
        sensor.start()
        try:
            while not stop.wait(0.2) and not sensor.cameras.ended.is_set():
                pass
        finally:
            sensor.stop()
