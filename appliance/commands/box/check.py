"""``classbox check``: everything that would keep the box from working, one line per problem."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from appliance.commands.box.learner import try_learner
from appliance.commands.box.permissions import MISSING, prove_permissions
from appliance.commands.options import ConfigOption, JsonOption
from appliance.domain.frames import CameraKey
from appliance.errors import (
    ApplianceError,
    BrokerError,
    CameraError,
    ConfigError,
    ModelLoadError,
    StuckEngineError,
)
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs
from appliance.mqtt.wire.probe import Proof
from appliance.service.assembly import build_source
from appliance.service.models import Models
from appliance.settings.cameras import CameraSettings
from appliance.settings.load import DEFAULT_CONFIG, Examined, examine
from appliance.settings.tree import Settings


class Subject(StrEnum):
    """What was looked at."""

    CONFIGURATION = "configuration"
    MODELS = "models"
    POLICY = "policy"
    CAMERA = "camera"
    BROKER = "broker"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    subject: Subject
    """What kind of thing."""

    name: str
    """Which one: a setting, a camera, an address."""

    problem: str = ""
    """What is wrong; empty when it is fine."""

    note: str = ""
    """What somebody should know though nothing is wrong."""

    file: str = ""
    """Where its setting stands: a file, or ``environment CLASSBOX_TABLE__KEY``."""

    key: str = ""
    """Its setting, with dots; where a file cannot be read, the place in it."""

    next_step: str = ""
    """What to do; empty when it is fine."""

    exit_code: int = 0
    """Exit status that the problem deserves; 0 when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was looked at."""

    findings: tuple[Finding, ...]
    """In the order in which the box needs them."""

    @property
    def exit_code(self) -> int:
        """Of ``classbox check``; the one with which ``classbox run`` would end, where it would."""
        # A damaged model stands above a camera that is away: the first has to be put right.
        kinds = (ConfigError, ModelLoadError, StuckEngineError, ApplianceError, CameraError)
        order = [kind.exit_code for kind in kinds]
        codes = {one.exit_code for one in self.findings} - {0}
        return min(codes, key=order.index, default=0)

    def rows(self) -> list[dict[str, str]]:
        """Return the findings as ``--json`` prints them."""
        names = ("subject", "name", "problem", "note", "file", "key", "next_step")
        return [{name: str(getattr(one, name)) for name in names} for one in self.findings]


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave cameras and broker out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at configuration, models, cameras and broker; report all problems at once."""
    forbid_core_dumps()  # a picture of each camera is taken
    configure_logs(level="error")
    examined = examine(config)
    report = check_box(examined, offline=offline, monotonic=time.monotonic)
    if as_json:
        typer.echo(json.dumps({"ok": report.exit_code == 0, "checks": report.rows()}))
    else:
        _show(report.findings, Console(soft_wrap=True, highlight=False))
    raise typer.Exit(report.exit_code)


def look_at_broker(settings: Settings) -> Iterable[Finding]:
    """Find out what the broker allows the box; a running box is asked and not thrown off.

    Returns:
        One for each permission.

    Raises:
        BrokerError: It cannot be reached or refuses; the message says which.
        DoorError: The running box has no connection.
    """
    return [
        Finding(
            subject=Subject.PERMISSION,
            name=f"{one.permission.name} ({one.proof})",
            problem=MISSING,
            key=f"user {settings.box.id}",
            file="the broker's ACL",
            next_step=f"add: {one.permission.acl_line}",
            exit_code=BrokerError.exit_code,
        )
        if one.proof is Proof.MISSING
        else Finding(subject=Subject.PERMISSION, name=f"{one.permission.name} ({one.proof})")
        for one in prove_permissions(settings)
    ]


def check_box(
    examined: Examined,
    *,
    offline: bool,
    monotonic: Callable[[], float],
    broker: Callable[[Settings], Iterable[Finding]] = look_at_broker,
) -> Report:
    """Look at everything the configuration names.

    What a wrong setting stands in the way of is left out; the rest is looked at all the same.

    Args:
        examined: The configuration and its problems.
        offline: Leave cameras and broker out: they may be away and come back.
        monotonic: Clock for camera sources.
        broker: Raises what keeps the box from the broker, and returns what else it has found there.
    """
    wrong = [
        Finding(
            subject=Subject.CONFIGURATION,
            name=one.key,
            problem=one.problem,
            file=one.file,
            key=one.key,
            next_step=one.next_step,
            exit_code=ConfigError.exit_code,
        )
        for one in examined.problems
    ]
    looks: list[_Look] = []
    if not wrong:
        looks.append(_Look(Subject.CONFIGURATION, "all", ("box",), lambda: ()))
    if (settings := examined.settings) is not None:
        looks += _looks(settings, offline=offline, monotonic=monotonic, broker=broker)
    in_the_way = {one.key for one in examined.problems}
    # A line that cannot be read may be the one that names the learner.
    lost = any(key.startswith("line ") for key in in_the_way)
    sensible = [
        look
        for look in looks
        if not any(look.needs(key) for key in in_the_way)
        and not (lost and look.subject is Subject.POLICY)
    ]
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(lambda look: look.findings(examined), sensible))
    findings = [*wrong, *chain(*found)]
    if settings is not None and not lost:
        refused = any(one.subject is Subject.POLICY and one.problem for one in findings)
        findings += _notes(settings, refused=refused)
    return Report(findings=tuple(findings))


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at one thing, and the setting that says which."""

    subject: Subject
    name: str
    key: tuple[str, ...]
    look: Callable[[], Iterable[Finding]]

    def needs(self, wrong: str) -> bool:
        """Tell whether a wrong setting makes the look useless."""
        parts = tuple(wrong.split("."))
        table = self.key[:1] if self.key[0] == "mqtt" else self.key
        return parts[: len(table)] == table or self.key[: len(parts)] == parts

    def findings(self, examined: Examined) -> list[Finding]:
        """Return how the thing is, and whatever else was found while looking."""
        try:
            return [Finding(subject=self.subject, name=self.name), *self.look()]
        except ApplianceError as error:
            problem = Finding(
                subject=self.subject,
                name=self.name,
                problem=error.problem,
                file=examined.sources.origin(self.key),
                key=".".join(self.key),
                next_step=error.next_step,
                exit_code=error.exit_code,
            )
            return [problem]


def _looks(
    settings: Settings,
    *,
    offline: bool,
    monotonic: Callable[[], float],
    broker: Callable[[Settings], Iterable[Finding]],
) -> list[_Look]:
    def load_models() -> Iterable[Finding]:
        Models(settings, lanes=1)
        return ()

    def load_learner() -> Iterable[Finding]:
        try_learner(settings)
        return ()

    inside = [_Look(Subject.MODELS, "all", ("box", "models_dir"), load_models)]
    if settings.policy.learner != "rules":
        key = ("policy", "learner" if settings.policy.artifact is None else "artifact")
        inside.append(_Look(Subject.POLICY, settings.policy.learner, key, load_learner))
    if offline:
        return inside
    cameras = [
        _Look(
            Subject.CAMERA,
            key,
            ("cameras", key, "source"),
            _camera(CameraKey(key), camera, monotonic),
        )
        for key, camera in settings.cameras.items()
    ]
    address = f"{settings.mqtt.host}:{settings.mqtt.port}"
    return [
        *inside,
        *cameras,
        _Look(Subject.BROKER, address, ("mqtt", "host"), lambda: broker(settings)),
    ]


def _notes(settings: Settings, *, refused: bool) -> Iterator[Finding]:
    """Yield what is right and yet not as on every box; ``refused``: the learner cannot be used."""
    policy = settings.policy
    if policy.learner == "rules" and policy.artifact is not None:
        note = f'{policy.artifact} is not read, because learner = "rules"'
        yield Finding(subject=Subject.POLICY, name=policy.learner, note=note)
    if note := policy.research(refused=refused):
        name = "rules" if refused else policy.learner
        yield Finding(subject=Subject.POLICY, name=name, note=note)


def _show(findings: Sequence[Finding], console: Console) -> None:
    for one in findings:
        if not one.problem:
            mark, note = ("[yellow]![/]", f": {one.note}") if one.note else ("[green]✓[/]", "")
            console.print(f"{mark} {one.subject} {one.name}{escape(note)}")
            continue
        where = f"{one.file}: {one.key}"
        if one.subject is not Subject.CONFIGURATION:
            where = f"{one.subject} {one.name} ({where})"
        step = f"; {one.next_step}" if one.next_step else ""
        console.print(f"[red]✗[/] {escape(where)}: {escape(one.problem)}{escape(step)}")


def _camera(
    key: CameraKey, camera: CameraSettings, monotonic: Callable[[], float]
) -> Callable[[], Iterable[Finding]]:
    source = build_source(key, camera, monotonic=monotonic)

    def look() -> Iterable[Finding]:
        try:
            source.open()
            if source.read() is None:
                msg = f"{key}: no picture"
                raise CameraError(msg)
        finally:
            source.close()
        return ()

    return look
