"""A demo's outcome as tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action

_ACTIONS = {
    Action.FOCUS_BREAK: "a gentle reminder to rest",
    Action.HINT: "'Need a hint?'",
    Action.PUSH_CONTENT: "a short video on the topic",
    Action.ADJUST_DIFFICULTY: "another difficulty",
    Action.REMINDER_LOCK_30S: "a reminder, and the screen locked for 30 s",
    Action.MANDATORY_REST: "a rest of up to five minutes",
    Action.CONTACT_TEACHER: "a teacher is called",
}


def show_timeline(report: Mapping[str, Any], console: Console) -> None:
    """Print states per seat, then alerts, interventions and answers in order of time."""
    console.print(_states_table(report["seats"]))
    console.print(_events_table(report["alerts"], report["interventions"]))
    console.print(
        f"{report['video_s']:g} s of video in {report['video_s'] / report['speed']:.0f} s "
        f"({report['speed']:g} times real time) · "
        f"{sum(seat['frames'] for seat in report['seats'].values())} pictures looked at · "
        f"{report['published']} commands published, "
        f"{report['acknowledged']} acknowledged · {report['feature_rows']} feature rows stored · "
        f"{report['peak_rss_mb']:g} MB"
    )


def _states_table(seats: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(
        title="Seconds in each state", title_justify="left", box=box.SIMPLE, pad_edge=False
    )
    table.add_column("seat")
    names = list(next(iter(seats.values()))["states"])
    for name in names:
        table.add_column(name.replace("warming_up", "warm-up"), justify="right", no_wrap=True)
    for seat, entry in seats.items():
        states = [f"{seconds:.0f}" if seconds else "·" for seconds in entry["states"].values()]
        table.add_row(seat, *states)
    return table


def _events_table(
    alerts: Sequence[Mapping[str, Any]], interventions: Sequence[Mapping[str, Any]]
) -> Table:
    table = Table(title="What happened", title_justify="left", box=box.SIMPLE, pad_edge=False)
    for name in ("time", "seat", "event", "because"):
        table.add_column(name)
    events = [(alert["at_s"], _alert_row(alert)) for alert in alerts]
    for one in interventions:
        events.append((one["at_s"], _intervention_row(one)))
        if one["terminal"]:
            answer = " → ".join(one["terminal"])
            events.append((one["at_s"], (one["seat"], f"terminal: {answer}", "")))
    if not events:
        table.add_row("·", "·", "nothing worth an alert", "·")
    for at_s, row in sorted(events, key=lambda event: event[0]):
        table.add_row(_clock(at_s), *row)
    return table


def _clock(at_s: float) -> str:
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"


def _alert_row(alert: Mapping[str, Any]) -> tuple[str, str, str]:
    because = f"mean score {alert['mean_score']:.2f}, since {_clock(alert['onset_s'])}"
    # A break tip is offered after long focus; nobody is warned of it.
    if alert["affect"] == Affect.FOCUSED:
        return alert["seat"], f"long focus {alert['phase']}", because
    return alert["seat"], f"alert {alert['phase']}: {alert['affect']}", because


def _intervention_row(one: Mapping[str, Any]) -> tuple[str, str, str]:
    action = Action(one["action"])
    return one["seat"], f"[bold]{action}[/]: {_ACTIONS.get(action, '')}", one["reason"]
