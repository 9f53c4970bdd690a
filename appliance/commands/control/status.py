"""``classbox status``: how the running box is, and what to do about it."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from appliance.commands.options import ConfigOption, JsonOption
from appliance.errors import ServiceAwayError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.storage.pause import PauseFile

EXIT_WRONG = 1
"""The service runs, but is degraded or not ready yet."""

FINE = ("ready", "paused")
COLOURS = {"ready": "green", "paused": "cyan", "init": "yellow", "degraded": "red"}

FEWER = (
    "give the box fewer cameras or seats, or a lower fps; sudo classbox bench says what it holds"
)
FLOODS = "look at that machine; if it is no accident: sudo classbox pki revoke ID"
NEXT_STEPS = (
    ("load:", FEWER),
    ("camera", "look at its power, cable and network; then: sudo classbox check"),
    (
        "broker: messages come that break the contract",
        "the log names the topic (mqtt_message_dropped): look at the machine that writes there",
    ),
    *((f"broker: {sender}/", FLOODS) for sender in ("seat", "control", "alert")),
    ("broker:", "does it run, do host, port and credentials fit? then: sudo classbox check"),
    ("storage:", "look at the disk: df -h, dmesg; the log: sudo journalctl -u classbox"),
    ("", "sudo journalctl -u classbox; if it lasts: sudo systemctl restart classbox"),
)
"""By the beginning of a problem's line; the first that fits."""

OVERLOADS = ("of its frames are dropped", "tokens close too late")
"""In a line about a camera that has nothing wrong."""


def command(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Say how the running box is: state, cameras, seats, broker, problems with their next steps.

    The exit status is 0 while it is ready or paused, 1 while it is anything else, 69 when no
    service runs.
    """
    settings = load_settings(config)
    try:
        answer = next(ask(settings.box.state_dir, identity=box_identity(settings), ask="status"))
    except ServiceAwayError as away:
        paused = _kept_pause(settings.box.state_dir)
        if not as_json:
            kept = f"; its cameras stay closed: pause: {paused}" if paused else ""
            msg = f"{away}{kept}"
            raise ServiceAwayError(msg) from away
        closed = {"pause": paused} if paused else {}
        typer.echo(json.dumps({"state": "stopped", "closed": closed, "detail": str(away)}))
        raise typer.Exit(away.exit_code) from away
    told = describe(answer)
    if as_json:
        typer.echo(json.dumps(told))
    else:
        show(told, Console(soft_wrap=True, highlight=False))
    raise typer.Exit(0 if told["state"] in FINE else EXIT_WRONG)


def _kept_pause(state_dir: Path) -> str:
    """Return what will keep the cameras closed after the next start; empty if nobody may know."""
    note = PauseFile(state_dir).read() if os.access(state_dir, os.R_OK | os.X_OK) else None
    return "" if note is None else str(note)


def describe(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``--json`` prints, made of the service's answer."""
    health = answer["health"]
    broker = health.get("broker") or {}
    return {
        "state": answer["state"],
        "since": datetime.fromtimestamp(answer["since_s"], UTC).isoformat(timespec="seconds"),
        "closed": answer["closed"],
        "problems": [{"problem": line, "next": next_step(line)} for line in answer["problems"]],
        "research": answer.get("research", ""),
        "exams": answer.get("exams", {}),
        "cameras": {
            key: {"state": its["state"], "fps": its["fps"], "detail": its.get("detail", "")}
            for key, its in health["cameras"].items()
        },
        "seats": health["seats"],
        "broker": {
            "connected": broker.get("connected", False),
            "echo_age_s": broker.get("last_echo_s"),
            "detail": broker.get("last_error", ""),
        },
        "uptime_s": health["uptime_s"],
    }


def next_step(problem: str) -> str:
    """Return what to do; empty where the line itself says it."""
    if problem.endswith(OVERLOADS):
        return FEWER
    _, _, own_advice = problem.partition("; ")
    if own_advice and own_advice != "the log says why":
        return ""
    return next(step for beginning, step in NEXT_STEPS if problem.startswith(beginning))


def show(told: Mapping[str, Any], console: Console) -> None:
    """Print what ``describe`` returned."""
    since = datetime.fromisoformat(told["since"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    console.print(f"[bold {COLOURS[told['state']]}]{told['state']}[/] since {since}")
    for closure, why in told["closed"].items():
        console.print(f"  closed by {closure}: {escape(why)}")
    for each in told["problems"]:
        console.print(f"  [red]✗[/] {escape(each['problem'])}")
        if each["next"]:
            console.print(f"    → {escape(each['next'])}")
    if told["research"]:
        console.print(f"  [yellow]![/] {escape(told['research'])}")
    for where, why in told["exams"].items():
        console.print(f"  exam on {where}: nothing interrupts; {escape(why)}")
    broker = told["broker"]
    console.print(f"broker   {'connected' if broker['connected'] else 'away'}")
    for key, its in told["cameras"].items():
        console.print(f"camera   {key:<12} {its['state']:<12} {its['fps']:4.1f} fps")
    for key, word in told["seats"].items():
        console.print(f"seat     {key:<12} {word}")
