"""``classbox check``: everything that would keep the box from working, one line per problem."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from appliance.commands.box.permissions import missing_line, prove_permissions
from appliance.commands.box.tune import require_writable
from appliance.commands.options import ConfigOption, JsonOption
from appliance.domain.frames import CameraKey
from appliance.errors import ApplianceError, BrokerError, CameraError, ConfigError, ModelLoadError
from appliance.host.logs import configure_logs
from appliance.mqtt.wire.probe import Proof, ProvedPermission
from appliance.service.assembly import build_source, require_broker_files
from appliance.service.models import Models
from appliance.settings.cameras import CameraSettings
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings

EXIT_UNAVAILABLE = 69
"""sysexits.h EX_UNAVAILABLE: the configuration is right, but something it names is away."""


class Subject(StrEnum):
    """What was looked at."""

    CONFIGURATION = "configuration"
    STATE = "state folder"
    MODELS = "models"
    CAMERA = "camera"
    BROKER = "broker"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    subject: Subject
    """What kind of thing."""

    name: str
    """Which one."""

    problem: str
    """What is wrong and what to do; empty when it is fine."""

    exit_code: int
    """Exit status that the problem deserves; 0 when there is none."""


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave cameras and broker out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at configuration, models, cameras and broker; report all problems at once."""
    configure_logs(level="error")
    findings = check_box(load_settings(config), offline=offline, monotonic=time.monotonic)
    if as_json:
        rows = [
            {"subject": one.subject.value, "name": one.name, "problem": one.problem}
            for one in findings
        ]
        typer.echo(json.dumps({"ok": not any(one.problem for one in findings), "checks": rows}))
    else:
        _show(findings, Console(soft_wrap=True, highlight=False))
    # A damaged model stands above a camera that is away: the first has to be put right.
    order = (78, 65, 1, 69)
    codes = {one.exit_code for one in findings} - {0}
    raise typer.Exit(min(codes, key=order.index) if codes else 0)


def check_box(
    settings: Settings, *, offline: bool, monotonic: Callable[[], float]
) -> list[Finding]:
    """Look at everything the configuration names.

    Args:
        settings: Already free of contradictions.
        offline: Leave cameras and broker out: they may be away and come back.
        monotonic: Clock for camera sources.

    Returns:
        One finding per thing, in the order in which the box needs them.
    """
    folder = settings.box.state_dir
    findings = [
        _check(Subject.STATE, str(folder), lambda: require_writable(folder)),
        _check_broker_files(settings),
        _check(Subject.MODELS, "all", lambda: Models(settings, lanes=1)),
    ]
    if offline:
        return findings
    with ThreadPoolExecutor(max_workers=8) as pool:
        cameras = [
            pool.submit(_check_camera, CameraKey(key), camera, monotonic)
            for key, camera in settings.cameras.items()
        ]
        broker = pool.submit(_check_broker, settings)
        return [*findings, *(camera.result() for camera in cameras), *broker.result()]


def _show(findings: Sequence[Finding], console: Console) -> None:
    for one in findings:
        name = f"{one.subject} {one.name}"
        if one.problem:
            console.print(f"[red]✗[/] {name}: {escape(one.problem)}")
        else:
            console.print(f"[green]✓[/] {name}")


def _check_broker_files(settings: Settings) -> Finding:
    return _check(Subject.CONFIGURATION, "mqtt", lambda: require_broker_files(settings))


def _check_broker(settings: Settings) -> list[Finding]:
    proved: list[ProvedPermission] = []
    broker = _check(
        Subject.BROKER,
        f"{settings.mqtt.host}:{settings.mqtt.port}",
        lambda: proved.extend(prove_permissions(settings)),
    )
    return [
        broker,
        *(
            Finding(
                subject=Subject.PERMISSION,
                name=f"{one.permission.name} ({one.proof})",
                problem=missing_line(one, user=settings.box.id),
                exit_code=EXIT_UNAVAILABLE if one.proof is Proof.MISSING else 0,
            )
            for one in proved
        ),
    ]


def _check_camera(
    key: CameraKey, camera: CameraSettings, monotonic: Callable[[], float]
) -> Finding:
    source = build_source(key, camera, monotonic=monotonic)

    def look() -> None:
        try:
            source.open()
            if source.read() is None:
                msg = f"{key}: no picture"
                raise CameraError(msg)
        finally:
            source.close()

    return _check(Subject.CAMERA, key, look)


def _check(subject: Subject, name: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except ApplianceError as error:
        return Finding(subject=subject, name=name, problem=str(error), exit_code=_exit_code(error))
    return Finding(subject=subject, name=name, problem="", exit_code=0)


def _exit_code(error: ApplianceError) -> int:
    if isinstance(error, ConfigError | ModelLoadError):
        return error.exit_code
    return EXIT_UNAVAILABLE if isinstance(error, CameraError | BrokerError) else 1
