"""Does the box read everybody alike: pairs of pictures that differ in one thing only.

Renders change skin, age, body or headscarf of the same person who does the same before the same
camera; real faces put on a mask or glasses. A pair's two sides differ in nothing else, so that
any difference between them is the box's.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.models import Precision
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice
from appliance.windows.face.eyes import EyeTracker
from training.datasets.overlays import Overlay, wear
from training.datasets.taught_clips import TaughtClip, read_taught_clips
from training.evaluate.conditions import correlation, read_press
from training.evaluate.expression import Encoder
from training.evaluate.seat_eye import SeatEye, SeenFaces, blink_score, jaw_score
from training.evaluate.usable_heights import Row
from training.progress import tracked
from training.simulator.render.counterfactuals import CLOSURE, FPS, Level, Renders

BARE = "nothing worn"

# What the groups must keep to.
MIN_PRESENCE_RATIO = 0.95  # worst over best
MAX_PERCLOS_SHIFT = 0.02  # mean over people by their frames, either way

LOOP_S = 90.0  # PERCLOS is over the last 60 s; the person's own open eye is known after 22 s
OPEN_BELOW, CLOSED_ABOVE = 0.3, 0.5  # blink score of an eye that is open, and of one that is not


def evaluate_groups(
    data: Path,
    *,
    renders: Renders,
    cache: Path,
    every: int,
    quick: bool,
    engine: EngineChoice,
    precision: Precision,
) -> dict[str, object]:
    """Return a row per group, and which of them miss a bar.

    Args:
        data: Folder with ``affect``, ``teachers`` and ``video``.
        renders: Pairs of rendered people.
        cache: Folder for the teacher's readings.
        every: Every how many-th of muxspace's held-out tenth.
        quick: Two rendered people and short clips, to see that it runs.
        engine: Run time.
        precision: Number format of the encoder.
    """
    eye = SeatEye(engine=engine, precision=precision)
    people = 2 if quick else len(renders.lengths)
    rendered = compare_levels(renders, people=people, eye=eye)
    task_file = data / "teachers/face_landmarker.task"
    clips = read_taught_clips(data / "video", teacher=task_file, cache=cache, quick=quick)
    worn = _compare_clips(clips, eye)
    encoder = Encoder(engine=engine, precision=precision)
    faces = _compare_faces(data / "affect", task_file, encoder, cache=cache, every=every)
    return {
        "renders": rendered,
        "clips": worn,
        "faces": faces,
        "misses": [*find_misses(rendered, "renders"), *find_misses(worn, "clips")],
        "scripted_perclos": float((CLOSURE >= 0.7).mean()),
        "n": {
            "rendered_people": people,
            "frames_per_render": len(CLOSURE),
            "clips": len(clips),
            "clip_frames": int(sum(clip.labels.found.sum() for clip in clips)),
        },
        "engine": str(engine),
        "precision": str(precision),
    }


def find_misses(rows: Sequence[Row], where: str) -> list[str]:
    """Name every group that misses a bar, and by how much."""
    misses = []
    for row in rows:
        ratio, shift = row["presence_ratio"], row["perclos_shift"]
        if not isinstance(ratio, float) or ratio < MIN_PRESENCE_RATIO:
            misses.append(f"{where}, {row['group']}: presence {ratio:.2f} of the best")
        if not isinstance(shift, float):
            misses.append(f"{where}, {row['group']}: no eyes readable, PERCLOS masked")
        elif abs(shift) > MAX_PERCLOS_SHIFT:
            misses.append(f"{where}, {row['group']}: PERCLOS {shift:+.3f}")
    return misses


def compare_levels(renders: Renders, *, people: int, eye: SeatEye) -> list[Row]:
    """Return a row per level of the renders, each against the same people's baseline."""
    pairs = [(level, person) for level in Level for person in range(people)]
    seen = {
        (level, person): eye.watch(renders.frames(person, level), fps=FPS)
        for level, person in tracked(pairs, "renders")
    }
    rows = []
    bare = [seen[Level.BASELINE, person] for person in range(people)]
    for level in Level:
        mine = [seen[level, person] for person in range(people)]
        truth = [CLOSURE] * people
        rows.append({"group": str(level), **compare_pairs(mine, bare, [FPS] * people, truth)})
    return with_ratios(rows)


def _compare_clips(clips: Sequence[TaughtClip], eye: SeatEye) -> list[Row]:
    seen: dict[str, list[SeenFaces]] = {}
    worn: list[Overlay | None] = [None, *Overlay]
    for overlay, clip in tracked([(o, c) for o in worn for c in clips], "clips"):
        # Without a mesh there is nothing to hang glasses on: such frames are left out everywhere.
        shown = (
            picture if overlay is None else wear(picture, clip.labels.points_xy[index], overlay)
            for index, picture in enumerate(clip.pictures)
            if clip.labels.found[index]
        )
        seen.setdefault(str(overlay or BARE), []).append(eye.watch(shown, fps=clip.fps))
    rates = [clip.fps for clip in clips]
    truth = [blink_score(clip.labels.actions)[clip.labels.found] for clip in clips]
    return with_ratios(
        [
            {"group": name, **compare_pairs(mine, seen[BARE], rates, truth)}
            for name, mine in seen.items()
        ]
    )


def compare_pairs(
    mine: Sequence[SeenFaces],
    bare: Sequence[SeenFaces],
    rates_hz: Sequence[float],
    truth: Sequence[Float64Array],
) -> Row:
    """Compare people with themselves.

    Args:
        mine: One per person, the group's side.
        bare: The same people's other side.
        rates_hz: Frames per second of each.
        truth: Lid closure of each, script or teacher.
    """
    closed, before = (
        np.array(
            [
                perclos(seen.blink(), seen.eyes_readable, fps=fps)
                for seen, fps in zip(side, rates_hz, strict=True)
            ]
        )
        for side in (mine, bare)
    )
    shift = closed - before
    r = np.array([_follows(seen, lids) for seen, lids in zip(mine, truth, strict=True)])
    frames = np.array([len(seen.trust) for seen in bare], dtype=np.float64)
    worst = None
    if np.isfinite(shift).any():
        worst = float(shift[np.nanargmax(np.abs(shift))])
    return {
        "presence": float(np.concatenate([seen.trusted for seen in mine]).mean()),
        "eyes_readable": float(np.concatenate([seen.eyes_readable for seen in mine]).mean()),
        "perclos": _mean(closed, frames),
        "perclos_shift": _mean(shift, frames),
        "perclos_worst_shift": worst,
        "blink_r": _mean(r, frames),
        "blink_open": _blink_when(mine, truth, closed=False),
        "blink_closed": _blink_when(mine, truth, closed=True),
    }


def _mean(values: Float64Array, frames: Float64Array) -> float | None:
    """Average the people that have a value; a long clip says more than a short one."""
    known = np.isfinite(values)
    return float(np.average(values[known], weights=frames[known])) if known.any() else None


def _follows(seen: SeenFaces, lids: Float64Array) -> float:
    """Return how the score follows the lids, Pearson's r; NaN without a face."""
    placed = np.isfinite(seen.blink())
    return correlation(seen.blink()[placed], lids[placed]) if placed.any() else float("nan")


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Add every group's presence as a share of the best group's."""
    best = max(_number(row["presence"]) for row in rows)
    return [
        {**row, "presence_ratio": _number(row["presence"]) / best if best > 0 else 0.0}
        for row in rows
    ]


def _number(value: float | str | None) -> float:
    return value if isinstance(value, float) else 0.0


def _blink_when(
    mine: Sequence[SeenFaces], truth: Sequence[Float64Array], *, closed: bool
) -> float | None:
    """Return the mean blink score over frames with open eyes, or with closed ones."""
    scores = []
    for seen, lids in zip(mine, truth, strict=True):
        wanted = lids > CLOSED_ABOVE if closed else lids < OPEN_BELOW
        scores.append(seen.blink()[wanted & np.isfinite(seen.blink())])
    pooled = np.concatenate(scores)
    return float(pooled.mean()) if len(pooled) else None


def perclos(blink: Float64Array, readable: BoolArray, *, fps: float) -> float:
    """Return what the box says of a person who repeats some frames over and over.

    Args:
        blink: (N,) blink score; anything where not readable.
        readable: (N,) whether the box would judge the eyes.
        fps: Frames per second.

    Returns:
        PERCLOS at the end; NaN where the eyes were never readable.
    """
    if not readable.any():
        return float("nan")
    slots = max(round(fps * TOKEN_S), 1)
    tokens = round(LOOP_S / TOKEN_S)
    order = np.arange(tokens * slots) % len(blink)
    scores = np.nan_to_num(blink)[order].reshape(tokens, 1, slots)
    judged = readable[order].reshape(tokens, 1, slots)
    times_s = (np.arange(tokens * slots) / (slots / TOKEN_S)).reshape(tokens, 1, slots)
    tracker, row = EyeTracker(1), np.array([0])
    said = 0.0
    for token in range(tokens):
        said = float(tracker.step(row, times_s[token], scores[token], judged[token]).perclos[0])
    return said


def _compare_faces(
    affect: Path, task_file: Path, encoder: Encoder, *, cache: Path, every: int
) -> list[Row]:
    """Return what a worn thing changes on single faces, cut as the box would cut the bare one."""
    faces, labels = read_press(affect, task_file, cache=cache, every=every)
    rows_found = np.flatnonzero(labels.found).tolist()
    actions = {}
    worn: list[Overlay | None] = [None, *Overlay]
    for overlay in tracked(worn, "faces"):
        read = []
        for index in rows_found:
            picture = faces.pictures[index]
            if overlay is not None:
                picture = wear(picture, labels.points_xy[index], overlay)
            square = None if faces.squares is None else faces.squares[index]
            read.append(encoder.read(picture, square)["actions"])
        actions[str(overlay or BARE)] = np.stack(read)
    bare = actions[BARE]
    opened = blink_score(bare) < OPEN_BELOW
    rows: list[Row] = []
    for name, mine in actions.items():
        blink = blink_score(mine) - blink_score(bare)
        jaw = jaw_score(mine) - jaw_score(bare)
        rows.append(
            {
                "group": name,
                "blink_shift": float(blink.mean()),
                "blink_moved": float(np.abs(blink).mean()),
                "open_read_closed": float((blink_score(mine)[opened] > CLOSED_ABOVE).mean()),
                "jaw_shift": float(jaw.mean()),
                "jaw_moved": float(np.abs(jaw).mean()),
                "blink_r": correlation(blink_score(mine), blink_score(bare)),
                "jaw_r": correlation(jaw_score(mine), jaw_score(bare)),
            }
        )
    return rows
