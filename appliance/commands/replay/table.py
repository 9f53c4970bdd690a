"""A recording as tables for a terminal."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.replay.axis import clock
from appliance.commands.replay.recording import Recording
from appliance.domain.alerts import Episode
from appliance.domain.interventions import Measure


def show_recording(recording: Recording, console: Console) -> None:
    """Print states per seat, then warnings and actions in order of time."""
    console.print(_states(recording))
    console.print(_events(recording))
    since = f" from {recording.started}" if recording.started else ""
    console.print(f"{clock(recording.duration_s)} minutes of {escape(recording.source)}{since}")
    for note in recording.notes:
        console.print(escape(note))


def _states(recording: Recording) -> Table:
    table = Table(
        title="Seconds in each state", title_justify="left", box=box.SIMPLE, pad_edge=False
    )
    table.add_column("seat")
    for name in (*recording.states, "unknown", "warm-up", "absent"):
        table.add_column(name, justify="right", no_wrap=True)
    for track in recording.tracks:
        seconds = recording.seconds(track).values()
        table.add_row(track.seat, *(f"{one:.0f}" if one else "·" for one in seconds))
    return table


def _events(recording: Recording) -> Table:
    table = Table(title="What happened", title_justify="left", box=box.SIMPLE, pad_edge=False)
    for name in ("time", "seat", "event", "because"):
        table.add_column(name)
    events = [(one.raised_s, _episode_row(one)) for one in recording.episodes]
    events += [(one.at_s, _measure_row(one)) for one in recording.measures]
    if not events:
        table.add_row("·", "·", "nothing worth a warning", "·")
    for at_s, row in sorted(events, key=lambda event: event[0]):
        table.add_row(clock(at_s), *row)
    return table


def _episode_row(one: Episode) -> tuple[str, str, str]:
    end = "open at the end" if one.cleared_s is None else f"until {clock(one.cleared_s)}"
    because = f"mean score {one.mean_score:.2f}, since {clock(one.onset_s)}"
    return one.seat, f"alert: {one.affect}, {end}", because


def _measure_row(one: Measure) -> tuple[str, str, str]:
    answer = f" ({one.answer})" if one.answer else ""
    return one.seat, f"[bold]{one.action}[/]{answer}", f"rule {one.rule}: {escape(one.reason)}"
