"""``classbox demo``: a clip through the whole box, with a broker and terminals of its own.

Nothing here decides anything. A private Mosquitto, a real database in a temporary folder, one
reference terminal per seat, and the same ``Box`` that ``classbox run`` starts; this module only
plays the clip as fast as it can be looked at and writes down what comes out.
"""

import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from appliance.cameras.clip import measure_clip
from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.timeline import show_timeline
from appliance.deciding import TickResult
from appliance.domain.affect import AFFECTS, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import Action, Intervention
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.domain.tokens import TOKEN_S
from appliance.errors import CameraError
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.box import Box, BoxWatchers
from appliance.settings.load import parse_settings
from appliance.settings.policy import Profile
from appliance.settings.tree import Settings
from appliance.terminal.run import run_terminal

SITE, ROOM, BOX, CAMERA = "demo", "demo", "demo", "clip"

SEATS: Mapping[str, tuple[str, tuple[float, float, float, float]]] = {
    "left": ("pc-left", (0.0, 0.0, 0.5, 1.0)),
    "right": ("pc-right", (0.5, 0.0, 1.0, 1.0)),
}
"""Seat to its terminal and region: the clips of ``training.simulator render`` show two seats."""

GREETING_S = 10.0
"""Longest wait for the terminals to say hello before the clip starts."""

LONGEST_LOCK_S = 2.0
"""A terminal's lock in the demo, seconds of real time; 30 s of the clip pass in about as long."""

ANSWER_S = 5.0
"""Longest wait for the last acknowledgement after the clip has ended."""


@dataclass(slots=True)
class DemoRecord:
    """What came out, collected while the clip plays."""

    media_s: float = 0.0
    tokens: dict[str, Counter[str]] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    answers: dict[str, list[CommandState]] = field(default_factory=dict)
    failure: str = ""

    def take(self, result: TickResult) -> None:
        """Note one token of the clip."""
        for reading in result.readings:
            known = reading.status is ReadingStatus.KNOWN
            state = reading.leading.value if known else reading.status.value
            self.tokens.setdefault(reading.seat, Counter())[state] += 1
            self.media_s = max(self.media_s, reading.at_s)
        self.alerts += [alert for alert in result.alerts if alert.opened or alert.cleared]
        self.interventions += result.interventions


def run_demo(*, clip: Path | None, as_json: bool, console: Console) -> dict[str, Any]:
    """Play a clip through the whole box and show what happened.

    Args:
        clip: Two seats side by side; None plays the packaged one.
        as_json: Show progress only on a terminal, and no timeline.
        console: Where progress and timeline go.

    Returns:
        What ``--json`` prints; the contract is in docs/OPERATING.md.

    Raises:
        CameraError: The clip cannot be read to its end.
        MissingProgramError: Mosquitto is not installed.
        ModelLoadError: A model is missing or damaged.
    """
    path = packaged_clip() if clip is None else clip
    length_s = measure_clip(path)
    record = DemoRecord()
    with (
        tempfile.TemporaryDirectory(prefix="classbox-demo-") as folder,
        PrivateBroker(Path(folder) / "broker") as broker,
    ):
        address = BrokerAddress(host=LOOPBACK, port=broker.port)
        settings = _demo_settings(path, Path(folder) / "state", address)
        counts = _play(settings, address, record, length_s=length_s, console=console)
    if record.failure:
        raise CameraError(record.failure)
    report = _summary(record, counts)
    if not as_json:
        show_timeline(report, console)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    frames: Mapping[SeatKey, int]
    published: int
    acknowledged: int
    feature_rows: int
    wall_s: float


def _play(
    settings: Settings,
    address: BrokerAddress,
    record: DemoRecord,
    *,
    length_s: float,
    console: Console,
) -> _Counts:
    """Run the box over the clip."""
    greeted: dict[TerminalKey, threading.Event] = {
        TerminalKey(terminal): threading.Event() for terminal, _ in SEATS.values()
    }

    def hear(presence: TerminalPresence) -> None:
        if presence.online:
            greeted[presence.terminal].set()

    def follow(command: str, _terminal: TerminalKey, state: CommandState, _detail: str) -> None:
        record.answers.setdefault(command, []).append(state)

    def look(_camera: CameraKey, health: ReaderHealth) -> None:
        if health.state is CameraState.LOST:  # a service would try again for ever
            record.failure = health.last_error
            stop.set()

    stop = threading.Event()
    terminals = [
        threading.Thread(
            target=run_terminal,
            kwargs={
                "address": address,
                "site": SITE,
                "room": ROOM,
                "terminal": terminal,
                "auto": "accept",
                "console": Console(file=StringIO()),
                "stop": stop,
                # The clip runs faster than the clock by which a terminal unlocks.
                "longest_lock_s": LONGEST_LOCK_S,
                "longest_rest_s": LONGEST_LOCK_S,
            },
            name=f"terminal[{terminal}]",
            daemon=True,
        )
        for terminal in greeted
    ]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("replaying the clip", total=length_s)

        def tick(result: TickResult) -> None:
            record.take(result)
            progress.update(task, completed=record.media_s)

        box = Box(
            settings,
            clock=SystemClock(),
            notifier=SystemdNotifier(None),
            watchers=BoxWatchers(on_tick=tick, on_camera=look, on_presence=hear, on_command=follow),
        )
        for thread in terminals:
            thread.start()
        box.connect()
        for event in greeted.values():
            event.wait(GREETING_S)
        started_s = time.monotonic()
        box.watch()
        try:
            box.wait(stop)
            wall_s = time.monotonic() - started_s
            _await_answers(box, record)
        finally:
            frames = {seat: load.observed for seat, load in box.lanes.load().items()}
            health = box.broker.health()
            rows = box.storage.feature_rows()
            box.stop()
            stop.set()
            for thread in terminals:
                thread.join(timeout=5)
    return _Counts(
        frames=frames,
        published=health.published,
        acknowledged=health.acknowledged,
        feature_rows=rows,
        wall_s=wall_s,
    )


def _await_answers(box: Box, record: DemoRecord) -> None:
    """Give the terminals a moment to acknowledge what was sent last."""
    sent = [one for one in record.interventions if one.action is not Action.NONE]
    until_s = time.monotonic() + ANSWER_S
    while time.monotonic() < until_s and box.broker.health().acknowledged < len(sent):
        time.sleep(0.05)


def _summary(record: DemoRecord, counts: _Counts) -> dict[str, Any]:
    states = [*(affect.value for affect in AFFECTS), "unknown", "absent", "warming_up"]
    return {
        "video_s": round(record.media_s, 1),
        "speed": round(record.media_s / counts.wall_s, 2),
        "seats": {
            seat: {
                "frames": counts.frames.get(SeatKey(seat), 0),
                "states": {
                    state: round(record.tokens.get(seat, Counter())[state] * TOKEN_S, 1)
                    for state in states
                },
            }
            for seat in SEATS
        },
        "alerts": [
            {
                "seat": alert.seat,
                "affect": alert.affect.value,
                "phase": "raised" if alert.opened else "cleared",
                "at_s": round(alert.at_s, 1),
                "onset_s": round(alert.onset_s, 1),
                "intensity": round(alert.intensity, 3),
                "mean_score": round(alert.evidence.mean_score, 3),
            }
            for alert in record.alerts
        ],
        "interventions": [
            {
                "seat": one.seat,
                "state": one.affect.value,
                "action": one.action.value,
                "at_s": round(one.at_s, 1),
                "intensity": round(one.intensity, 3),
                "duration_s": round(one.duration_s, 1),
                "rule": one.rule,
                "reason": one.reason,
                "terminal": [state.value for state in record.answers.get(one.id, [])],
            }
            for one in record.interventions
        ],
        "published": counts.published,
        "acknowledged": counts.acknowledged,
        "feature_rows": counts.feature_rows,
        # Linux counts ru_maxrss in KiB (getrusage(2)).
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
    }


def _demo_settings(clip: Path, state_dir: Path, address: BrokerAddress) -> Settings:
    seats = {
        # Nobody in the clip is real, so consent is granted here; everywhere else it is asked for.
        seat: {"region": region, "terminal": terminal, "consent": "granted"}
        for seat, (terminal, region) in SEATS.items()
    }
    tables = {
        "schema": 1,
        "box": {"site": SITE, "room": ROOM, "id": BOX, "state_dir": state_dir},
        "policy": {"profile": Profile.DEMO},
        "mqtt": {"host": address.host, "port": address.port},
        "cameras": {CAMERA: {"source": str(clip), "realtime": False, "seats": seats}},
    }
    return parse_settings(tables, origin="demo")
