"""``classbox run``: the service."""

from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SystemClock
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import LogLevel, configure_logs
from appliance.host.systemd import SystemdNotifier, runtime_folder
from appliance.service.box import Box
from appliance.settings.load import DEFAULT_CONFIG, load_service_settings
from appliance.storage.folder import prepare_folder


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    log_level: Annotated[LogLevel, typer.Option(help="The least that is written.")] = LogLevel.INFO,
) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    forbid_core_dumps()
    configure_logs(level=log_level)
    settings = load_service_settings(config)
    with stop_signal() as stop:
        prepare_folder(settings.box.state_dir)
        box = Box(
            settings,
            clock=SystemClock(),
            notifier=SystemdNotifier.from_environment(),
            tune=True,
            breadcrumbs=Breadcrumbs.open(runtime_folder() or settings.box.state_dir),
        )
        box.connect()
        box.watch()
        try:
            box.wait(stop)
        finally:
            box.stop()
