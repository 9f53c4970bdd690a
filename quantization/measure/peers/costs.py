"""What contenders spend on the same frames, chunk by chunk in turn, and what that says."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from appliance.cameras.clip import play_clip
from appliance.domain.frames import Frame
from appliance.errors import CameraError
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.peers.process import MediaPipePose

CHUNK_FRAMES = 30  # two seconds of the box's rate: long against a switch of caches, short to a clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contender spent on one chunk."""

    cpu_s: float
    """Processor time, seconds."""

    found: int
    """Frames with a pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    """Contender."""

    cpu_ms_per_frame: float
    """Processor time, milliseconds."""

    found: float
    """Share of frames with a pose."""

    of_mediapipe: float
    """Its time over MediaPipe's in the same run."""

    spread: tuple[float, float]
    """Quartiles of that ratio over the chunks."""

    bar: float | None
    """Most that is allowed; None where nothing is said."""

    holds: bool | None
    """True when the ratio is not over the bar."""


Play = Callable[[list[Frame]], Cost]

MEDIAPIPE_ROW = "MediaPipe 0.10.21 full"


def chunks(clip: Path, *, frames: int) -> Iterator[list[Frame]]:
    """Yield decoded frames in lists of ``CHUNK_FRAMES``; the last one may be shorter.

    Args:
        clip: Video file.
        frames: How many in all; 0 for the whole clip.

    Raises:
        CameraError: The clip cannot be read.
    """
    rest = islice(play_clip(clip), frames or None)
    while chunk := list(islice(rest, CHUNK_FRAMES)):
        yield chunk


def tracker_play(tracker: PoseTracker) -> Play:
    """Return how the box's own tracker plays a chunk, on the clip's clock."""

    def play(frames: list[Frame]) -> Cost:
        started_s = time.process_time()
        found = [tracker.track(frame.pixels, frame.captured_at_s) is not None for frame in frames]
        return Cost(cpu_s=time.process_time() - started_s, found=sum(found))

    return play


def mediapipe_play(peer: MediaPipePose) -> Play:
    """Return how MediaPipe plays a chunk."""

    def play(frames: list[Frame]) -> Cost:
        result = peer.play([frame.pixels for frame in frames])
        return Cost(cpu_s=result.cpu_s, found=int((~np.isnan(result.pose[:, 0, 0])).sum()))

    return play


def tabulate(
    costs: dict[str, list[Cost]], counts: list[int], *, bars: dict[str, float]
) -> list[Row]:
    """Turn costs per chunk into rows; the first chunk is the warm-up.

    Args:
        costs: Per contender one cost per chunk; ``MEDIAPIPE_ROW`` is what the others compare to.
        counts: Frames of each chunk.
        bars: Bars of those contenders that have one; equality holds.

    Raises:
        CameraError: There is only the warm-up.
    """
    if len(counts) < 2:
        msg = f"too short: {sum(counts)} frames, of which the first {CHUNK_FRAMES} are to warm up"
        raise CameraError(msg)
    frames = sum(counts[1:])
    base = np.array([cost.cpu_s for cost in costs[MEDIAPIPE_ROW][1:]])
    rows = []
    for name, per_chunk in costs.items():
        spent = np.array([cost.cpu_s for cost in per_chunk[1:]])
        ratio = float(spent.sum() / base.sum())
        low, high = np.percentile(spent / base, [25, 75])
        bar = bars.get(name)
        rows.append(
            Row(
                name=name,
                cpu_ms_per_frame=float(1000 * spent.sum() / frames),
                found=sum(cost.found for cost in per_chunk[1:]) / frames,
                of_mediapipe=ratio,
                spread=(float(low), float(high)),
                bar=bar,
                holds=None if bar is None else ratio <= bar,
            )
        )
    return rows
