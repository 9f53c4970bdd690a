"""Hours in a classroom: people come and go, cameras and the broker are lost and come back."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.commands.bench.endurance.outage import Outage
from appliance.commands.bench.endurance.trend import Sample, find_growth, fit_line
from appliance.commands.bench.options import ROOM, SITE, BenchOptions, camera_clips, seat_names
from appliance.commands.bench.player import Player
from appliance.commands.bench.reading import memory_mb, peak_memory_mb
from appliance.commands.bench.service import Service
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.private_broker import free_port
from appliance.service.box import BoxWatchers
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.console import ConsoleScreen
from appliance.terminal.terminal import Terminal

SAMPLE_S = 5.0
LINE_S = 60.0
STEP_S = 1.0
"""Between two looks at the clock and at the queues."""

LONGEST_WARM_UP_S = 600.0
"""Of a quarter of a short soak."""

PLAYERS = 2
"""Cameras that are killed; the others are clips."""

PLAYERS_EVERY_S, PLAYERS_DOWN_S = 60.0, 10.0
BROKER_EVERY_S, BROKER_DOWN_S = 300.0, 10.0
TERMINAL_EVERY_S, TERMINAL_EMPTY_S = 20.0, 5.0
"""One terminal after the other is logged out, and in again for somebody new."""

FEWEST_TIMES = 2
"""In a short soak everything still happens so often, if later than in a long one."""

SETTLE_S = 20.0
"""At the end nothing more is broken, so that everything has to be back."""


def soak(options: BenchOptions, *, seconds: float, console: Console) -> dict[str, Any]:
    """Run the service for long, and look whether anything grows.

    Args:
        options: Already checked; the last two cameras become network cameras.
        seconds: How long.
        console: Told of the state once a minute.

    Returns:
        ``soak`` with the trend, the counts of what was done and all samples, and ``problems``.
    """
    states: dict[CameraKey, CameraState] = {}

    def follow(camera: CameraKey, health: ReaderHealth) -> None:
        states[camera] = health.state

    clips = camera_clips(options)
    with ExitStack() as stack:
        players = [
            stack.enter_context(Player(clip=clip, port=free_port(), fps=options.fps))
            for clip in clips[-PLAYERS:]
        ]
        sources = [*map(str, clips[: -len(players)]), *(player.url for player in players)]
        service = stack.enter_context(
            Service(options, sources=sources, watchers=BoxWatchers(on_camera=follow))
        )
        terminals = stack.enter_context(_classroom(service, options))
        service.start()
        outages = _plan(service, players, terminals, seconds=seconds)
        watch = _Watch(service, states, cameras=options.cameras)
        _run(watch, outages, seconds=seconds, console=console)
        problems = [] if watch.calm() else ["not every camera and the broker are back at the end"]
    warm_up_s = min(LONGEST_WARM_UP_S, seconds / 4)
    judged = [sample for sample in watch.samples if sample.at_s >= warm_up_s]
    line = fit_line([sample for sample in judged if sample.calm])
    return {
        "soak": {
            "seconds": seconds,
            "warm_up_s": warm_up_s,
            "slope_mb_per_h": round(line.slope_mb_h, 3),
            "slope_error_mb_per_h": None if line.error_mb_h is None else round(line.error_mb_h, 3),
            "peak_rss_mb": round(peak_memory_mb(), 1),
            "times": {name: outage.times for name, outage in outages.items()},
            "samples": [asdict(sample) for sample in watch.samples],
        },
        "problems": [*problems, *find_growth(judged, seconds=seconds)],
    }


def _plan(
    service: Service, players: Sequence[Player], terminals: Sequence[Terminal], *, seconds: float
) -> dict[str, Outage]:
    """Return what goes wrong, by name."""
    at_most_s = seconds / (FEWEST_TIMES + 1)
    turn = 0

    def lose_cameras() -> None:
        for player in players:
            player.kill()

    def regain_cameras() -> None:
        for player in players:
            player.start()
        for player in players:
            player.ready()

    def log_out() -> None:
        terminals[turn % len(terminals)].log_out()

    def log_in() -> None:
        nonlocal turn
        terminals[turn % len(terminals)].log_in()
        turn += 1

    def outage(every_s: float, down_s: float, *calls: Callable[[], object]) -> Outage:
        every_s = min(every_s, at_most_s)
        lose, regain = calls
        return Outage(every_s=every_s, down_s=min(down_s, every_s / 2), lose=lose, regain=regain)

    return {
        "cameras": outage(PLAYERS_EVERY_S, PLAYERS_DOWN_S, lose_cameras, regain_cameras),
        "broker": outage(BROKER_EVERY_S, BROKER_DOWN_S, service.broker.stop, service.broker.start),
        "people": outage(TERMINAL_EVERY_S, TERMINAL_EMPTY_S, log_out, log_in),
    }


class _Watch:
    """Takes the samples."""

    def __init__(
        self, service: Service, states: Mapping[CameraKey, CameraState], *, cameras: int
    ) -> None:
        self._service = service
        self._states = states
        self._cameras = cameras
        self._calm = False
        self._writer: list[int] = []
        self.samples: list[Sample] = []

    def calm(self) -> bool:
        """Tell whether every camera is live and the broker connected."""
        live = [state for state in list(self._states.values()) if state is CameraState.LIVE]
        return len(live) == self._cameras and self._service.box.broker.connected

    def look(self) -> None:
        """Note the length of the writer's queue."""
        self._writer.append(self._service.box.storage.health().features_waiting)

    def take(self, at_s: float) -> Sample:
        """Take a sample; what nobody refers to any more is collected first, and not counted."""
        gc.collect()
        calm = self.calm()
        sample = Sample(
            at_s=round(at_s, 1),
            rss_mb=round(memory_mb(), 2),
            threads=_entries("task"),
            descriptors=_entries("fd"),
            outbox=self._service.box.broker.health().outbox,
            writer=min(self._writer),
            calm=calm and self._calm,
        )
        self._calm = calm
        self._writer.clear()
        self.samples.append(sample)
        return sample


def _entries(name: str) -> int:
    return sum(1 for _ in Path("/proc/self", name).iterdir())


def _run(watch: _Watch, outages: Mapping[str, Outage], *, seconds: float, console: Console) -> None:
    began_s = time.monotonic()
    next_sample_s, next_line_s = SAMPLE_S, LINE_S
    while (at_s := time.monotonic() - began_s) < seconds:
        for outage in outages.values():
            outage.turn(at_s, ends_s=seconds - min(SETTLE_S, seconds / 4))
        watch.look()
        if at_s >= next_sample_s:
            next_sample_s += SAMPLE_S
            sample = watch.take(at_s)
            if at_s >= next_line_s:
                next_line_s += LINE_S
                console.print(
                    describe(sample, outages, seconds=seconds), soft_wrap=True, highlight=False
                )
        time.sleep(STEP_S)


def describe(sample: Sample, outages: Mapping[str, Outage], *, seconds: float) -> str:
    """Return a line of progress."""
    times = ", ".join(f"{name} {outage.times}x" for name, outage in outages.items())
    return (
        f"{sample.at_s:.0f} of {seconds:.0f} s: {sample.rss_mb:.1f} MB, {sample.threads} threads, "
        f"{sample.descriptors} descriptors, outbox {sample.outbox}, writer {sample.writer}; {times}"
    )


@contextmanager
def _classroom(service: Service, options: BenchOptions) -> Iterator[list[Terminal]]:
    """Run a terminal for every seat."""
    screen = ConsoleScreen(Console(quiet=True), ask=False)
    terminals = [
        Terminal(
            address=service.address,
            site=SITE,
            room=ROOM,
            terminal=TerminalKey(seat),
            answers=AutoAnswers(FeedbackKind.ACCEPTED),
            screen=screen,
            clock=SystemClock(),
        )
        for seat in seat_names(options)
    ]
    try:
        for terminal in terminals:
            terminal.start()
        yield terminals
    finally:
        for terminal in terminals:
            terminal.stop()
