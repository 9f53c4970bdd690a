"""False fatigue on people who write, type, talk or sign, and are as awake as one can tell.

Nobody has measured whether they are; they were filmed doing something, for seconds to minutes.
Seconds are counted once, however often a short clip is repeated to fill an alert's window, and
what is seen repeatedly is not new evidence. With no episode in T hours, the rate is below
3.0 / T per hour with 95 % confidence (the rule of three).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.seats import WHOLE_PICTURE, Region
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice, ModelLibrary
from training.datasets.filmed_people import FILMED
from training.progress import tracked
from training.real.observations import EngineForms, prolong, read_clip
from training.real.tokens import ClipDecisions, decide, pool_tokens

PLAYED_S = 180.0
"""Twice an alert's window: an episode has time to open (docs/DESIGN.md, 5)."""

CONFIDENCE = 0.95
DOUBLES = ("bench_talking_480p.mp4", "bench_people_480p.mp4")
"""Cut from the other clips: played, but their seconds are not new."""

RENDER_TYPES = {".mp4", ".mkv", ".webm"}

_FATIGUED = AFFECTS.index(Affect.FATIGUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietClip:
    """One seat on which nobody is known to tire."""

    path: Path
    """The clip."""

    region: Region = WHOLE_PICTURE
    """Where the seat is."""

    first: int = 0
    """First frame."""

    last: int | None = None
    """Last frame; None for the end."""

    counts: bool = True
    """Its seconds are nobody else's."""


def evaluate_quiet(
    data: Path, *, work: Path | None, renders: Path | None = None
) -> dict[str, object]:
    """Return fatigue episodes on real clips, and on rendered ones if there are any.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.
        renders: Folder of rendered clips of people who write, type or talk, and are awake.

    Raises:
        CameraError: A clip cannot be read.
        ModelLoadError: A model is missing or damaged.
    """
    folder = data / "video"
    clips = [
        *(QuietClip(path=folder / c.name, first=c.first, last=c.last) for c in FILMED),
        *(QuietClip(path=folder / name, counts=False) for name in DOUBLES),
    ]
    real = watch_quiet(clips, work=work, title="clips")
    table: dict[str, object] = {"real": real, "bar": 0, "passed": real["fatigue_episodes"] == 0}
    if renders is not None:
        drawn = watch_quiet(list_renders(renders), work=work, title="renders")
        table["simulated_renders"] = drawn
        table["passed"] = table["passed"] and drawn["fatigue_episodes"] == 0
    return table


def list_renders(folder: Path) -> list[QuietClip]:
    """Return every seat of every rendered clip, by the regions of the JSON file beside it.

    A clip without such a file, or with other contents, has one seat that fills the picture.
    """
    clips = []
    for path in sorted(one for one in folder.iterdir() if one.suffix in RENDER_TYPES):
        regions = [WHOLE_PICTURE]
        truth = path.with_suffix(".json")
        if truth.is_file():
            seats = json.loads(truth.read_text(encoding="utf-8")).get("seats")
            if isinstance(seats, list) and seats:
                regions = [Region(x0=x0, y0=y0, x1=x1, y1=y1) for x0, y0, x1, y1 in seats]
        clips += [QuietClip(path=path, region=region) for region in regions]
    return clips


def watch_quiet(clips: Sequence[QuietClip], *, work: Path | None, title: str) -> dict[str, object]:
    """Return the episodes on some clips and the bound that their seconds allow."""
    engine = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.AUTO)
    rows = []
    for clip in tracked(clips, title):
        seen = read_clip(
            clip.path,
            forms=EngineForms(),
            work=work,
            first=clip.first,
            last=clip.last,
            region=clip.region,
        )
        tokens = pool_tokens(prolong(seen, until_s=PLAYED_S))
        rows.append(
            {
                "clip": clip.path.name,
                "repeated": seen.period_s is not None,
                "new_seconds": seen.length_s if clip.counts else 0.0,
                **describe(decide(tokens, engine.session())),
            }
        )
    seconds = sum(float(str(row["new_seconds"])) for row in rows)
    long_s = sum(float(str(row["new_seconds"])) for row in rows if not row["repeated"])
    episodes = sum(int(str(row["fatigue_episodes"])) for row in rows)
    return {
        "fatigue_episodes": episodes,
        "other_alerts": sum(int(str(row["other_alerts"])) for row in rows),
        "new_seconds": seconds,
        "seconds_of_long_clips": long_s,
        "upper_bound_per_hour": rate_bound(episodes, seconds=long_s),
        "clips": rows,
    }


def describe(decisions: ClipDecisions) -> dict[str, object]:
    """Return what the box said about one clip."""
    readable = decisions.leading >= 0
    known = readable & decisions.known
    fatigued = decisions.episodes(Affect.FATIGUED)
    return {
        "played_s": len(decisions.leading) * TOKEN_S,
        "readable": float(readable.mean()) if len(readable) else 0.0,
        "known": float(known.mean()) if len(known) else 0.0,
        "fatigue_episodes": fatigued,
        "other_alerts": len(decisions.opened) - fatigued,
        "fatigued_leads": float((decisions.leading[known] == _FATIGUED).mean())
        if known.any()
        else 0.0,
        "mean_p_fatigued": float(decisions.probabilities[known, _FATIGUED].mean())
        if known.any()
        else 0.0,
    }


def rate_bound(events: int, *, seconds: float) -> float:
    """Return the upper 95 % bound of a Poisson rate per hour; infinite for no time.

    The mean at which so few events have a chance of 5 %; for none it is -ln 0.05 = 3.0.

    Args:
        events: How many were seen, at least 0.
        seconds: In how much time.
    """
    if seconds <= 0:
        return math.inf
    low, high = 0.0, 10.0 * (events + 1)
    for _ in range(100):
        mean = (low + high) / 2
        chance = math.exp(-mean) * sum(mean**k / math.factorial(k) for k in range(events + 1))
        low, high = (mean, high) if chance > 1 - CONFIDENCE else (low, mean)
    return 3600 * high / seconds
