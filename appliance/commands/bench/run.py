"""One measurement from beginning to end."""

import functools
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance.commands.bench.arithmetic import (
    Span,
    camera_rows,
    drop_counts,
    left_out,
    overhead_ratio,
    per,
    stage_costs,
)
from appliance.commands.bench.bare import mean_of, scale_lanes, time_models
from appliance.commands.bench.options import BenchOptions
from appliance.commands.bench.reading import peak_memory_mb
from appliance.commands.bench.service import Service

BARE_S = 2.0
"""Length of each bare loop: some 200 calls per lane of what runs on every frame."""

LONGEST_RECOVERY_S = 30.0
"""Three times as long as a box may take to be back at full rate when the load has gone."""

SCALING_S = 0.8
"""Length of each measurement of two lanes against one."""


def measure(options: BenchOptions, *, console: Console) -> dict[str, Any]:
    """Run the service on its clips and return what ``--json`` prints.

    Args:
        options: Already checked.
        console: Where the progress bar goes, if it is a terminal.

    Raises:
        MissingProgramError: Mosquitto is not installed.
        ModelLoadError: A model is missing or damaged.
    """
    with Service(options) as service:
        engines = service.box.models.engines
        seats = options.cameras * options.seats_per_camera
        bare = functools.partial(
            time_models, engines, lanes=service.lanes, seats=seats, seconds=BARE_S
        )
        # As often as the box looks at a seat, so that cores rest as they do there.
        period_s = service.lanes / (seats * options.fps)
        bare_ms, paced_ms = bare(), bare(period_s=period_s)
        span = watch_span(service, options, console=console)
        ladder, forms = service.box.ladder.state, dict(service.box.models.forms)
        recovery_s = None
        if ladder.step > 0 and options.degrade == "auto":
            recovery_s = watch_recovery(service)
        service.stop()
        bare_ms = mean_of(bare_ms, bare())
        paced_ms = mean_of(paced_ms, bare(period_s=period_s))
        scaling = scale_lanes(engines, seconds=SCALING_S)
    return {
        **span_report(span),
        "bare_models_ms": {name: round(value, 3) for name, value in bare_ms.items()},
        "overhead_ratio": overhead_ratio(span, bare_ms),
        "bare_paced_ms": {name: round(value, 3) for name, value in paced_ms.items()},
        "overhead_ratio_paced": overhead_ratio(span, paced_ms),
        "two_lanes": round(scaling, 3),
        "engines": forms,
        "ladder": {
            "step": ladder.step,
            "reason": ladder.reason,
            "changes": ladder.changes,
            "recovery_s": recovery_s,
        },
        "lanes": service.lanes,
        "fps": options.fps,
    }


def watch_span(service: Service, options: BenchOptions, *, console: Console) -> Span:
    """Open the cameras, warm up, and return what the measured span has cost."""
    words = "1 camera" if options.cameras == 1 else f"{options.cameras} cameras"
    service.start()
    wait(options.warm_up_s, console=console, words=f"{words}, warming up")
    before = service.read()
    wait(options.seconds, console=console, words=f"{words}, measuring")
    models = tuple(service.box.models.engines)
    return Span(before=before, after=service.read(), models=models)


def watch_recovery(service: Service) -> float | None:
    """Close three quarters of the cameras; return after how long the box is at full rate again.

    Returns:
        Seconds; None if it still is not after ``LONGEST_RECOVERY_S``.
    """
    cameras = sorted({load.camera for load in service.box.lanes.load().values()})
    service.box.cameras.pause(cameras[len(cameras) // 4 :])
    began_s = time.monotonic()
    while service.box.ladder.state.step > 0:
        if time.monotonic() - began_s > LONGEST_RECOVERY_S:
            return None
        time.sleep(0.1)
    return round(time.monotonic() - began_s, 1)


def span_report(span: Span) -> dict[str, Any]:
    """Return what two readings say on their own."""
    decode_s = span.stage_s("decode")
    return {
        "cameras": camera_rows(span),
        "seconds": round(span.seconds, 2),
        "cpu_cores_used": round(span.cpu_s / span.seconds, 3),
        "other_cores_used": round(span.others_s / span.seconds, 3),
        "cpu_ms_per_seat_frame": per(1000 * (span.cpu_s - decode_s), span.observed, digits=3),
        "decode_ms_per_frame": per(1000 * decode_s, span.calls("decode"), digits=3),
        "rss_mb": round(span.after.rss_mb, 1),
        "peak_rss_mb": round(max(peak_memory_mb(), span.after.rss_mb), 1),
        "drops": drop_counts(span),
        "left_out": left_out(span),
        "stages_ms": stage_costs(span),
    }


def wait(seconds: float, *, console: Console, words: str) -> None:
    """Sleep, with a bar on a terminal that is redrawn once a second: it is measured, too."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    began_s = time.monotonic()
    with Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        auto_refresh=False,
        transient=True,
    ) as progress:
        task = progress.add_task(words, total=seconds)
        while (gone_s := time.monotonic() - began_s) < seconds:
            progress.update(task, completed=gone_s, refresh=True)
            time.sleep(min(1.0, seconds - gone_s))
