"""Whether the box decides the same on every run time and in every number format.

Each clip goes through perception once per way to run the models, then through windows, fusion and
warning. Every way is compared with OpenVINO in float, token by token: the leading state, where
somebody can be read in either; and the alerts. INT8 poses are reported apart: they tremble more,
and the box does not use them unasked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from appliance.domain.models import Precision
from appliance.domain.seats import WHOLE_PICTURE, Region
from appliance.domain.tokens import TOKEN_S
from appliance.inference.library import EngineChoice, ModelLibrary
from training.real.observations import EngineForms, prolong, read_clip
from training.real.tokens import ClipDecisions, decide, pool_tokens

MIN_SHARE = 0.99
PLAYED_S = 120.0
"""Short clips are repeated up to here: an alert needs a window of 90 s (docs/DESIGN.md, 5)."""

REFERENCE = "openvino float"
WAYS: Mapping[str, EngineForms] = {
    f"{engine.value} {title}": EngineForms(engine=engine, pose=pose, expression=expression)
    for title, pose, expression in (
        ("float", Precision.F32, Precision.F32),
        ("int8 expression", Precision.F32, Precision.INT8),
        ("int8 expression and pose", Precision.INT8, Precision.INT8),
    )
    for engine in (EngineChoice.OPENVINO, EngineChoice.ONNX)
}
APART = ("openvino int8 expression and pose", "onnx int8 expression and pose")
"""Outside the bar."""

_LEFT = Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0)
_RIGHT = Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One seat of one clip."""

    path: Path
    """The clip."""

    region: Region = WHOLE_PICTURE
    """Where the seat is."""

    @property
    def name(self) -> str:
        """Name of the clip, with the seat's left edge where it has several."""
        part = "" if self.region == WHOLE_PICTURE else f" from {self.region.x0:g}"
        return f"{self.path.name}{part}"


def evaluate_engines(
    data: Path,
    *,
    work: Path | None,
    limit: int | None = None,
) -> dict[str, object]:
    """Return how alike the ways decide, over all clips of ``data/video``.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.
        limit: Most frames of each longer clip at the box's rate; None for all.

    Raises:
        CameraError: A clip cannot be read.
        ModelLoadError: A model does not exist in a form.
    """
    wanted = [REFERENCE, *(way for way in WAYS if way != REFERENCE)]
    clips = list_clips(data / "video")
    decided: dict[str, list[ClipDecisions]] = {way: [] for way in wanted}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("engines", total=len(wanted) * len(clips))
        for way in wanted:
            forms = WAYS[way]
            library = ModelLibrary(None, lanes=1)
            fusion = library.load("fusion", choice=forms.engine, precision=Precision.F32)
            for clip in clips:
                progress.update(task, description=f"{way}: {clip.path.name}")
                seen = read_clip(clip.path, forms=forms, work=work, limit=limit, region=clip.region)
                tokens = pool_tokens(prolong(seen, until_s=PLAYED_S))
                decided[way].append(decide(tokens, fusion.session()))
                progress.advance(task)
    rows = [
        {
            "way": way,
            **compare(decided[way], decided[REFERENCE], names=[clip.name for clip in clips]),
        }
        for way in wanted[1:]
    ]
    judged = [row for row in rows if row["way"] not in APART]
    share = min((float(str(row["same"])) for row in judged), default=float("nan"))
    identical = all(row["alerts_identical"] for row in judged)
    return {
        "same": share,
        "bar": MIN_SHARE,
        "alerts_identical": identical,
        "passed": share >= MIN_SHARE and identical,
        "ways": rows,
        "n": {
            "clips": len(clips),
            "tokens": sum(len(one.leading) for one in decided[REFERENCE]),
            "minutes": sum(len(one.leading) for one in decided[REFERENCE]) * TOKEN_S / 60,
            "alerts": sum(len(one.opened) for one in decided[REFERENCE]),
            "frame_limit": limit,
        },
    }


def list_clips(folder: Path) -> list[Played]:
    """Return the seats of all clips, in the order of their names."""
    clips = []
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        halves = (_LEFT, _RIGHT) if "two_seats" in path.name else (WHOLE_PICTURE,)
        clips += [Played(path=path, region=region) for region in halves]
    return clips


def compare(
    asked: Sequence[ClipDecisions], reference: Sequence[ClipDecisions], *, names: Sequence[str]
) -> dict[str, object]:
    """Return how alike two ways decide.

    Args:
        asked: One way, clip by clip.
        reference: The other.
        names: Of the clips.
    """
    same = [agreement(a, b) for a, b in zip(asked, reference, strict=True)]
    counts = np.array([(right, total) for right, total in same])
    shares = {
        name: right / total for name, (right, total) in zip(names, same, strict=True) if total > 0
    }
    worst = min(shares, key=lambda name: shares[name], default="")
    differing = [
        name
        for name, a, b in zip(names, asked, reference, strict=True)
        if alerts_of(a) != alerts_of(b)
    ]
    gap = [
        float(np.abs(a.probabilities - b.probabilities).max(initial=0))
        for a, b in zip(asked, reference, strict=True)
    ]
    return {
        "same": float(counts[:, 0].sum() / max(counts[:, 1].sum(), 1)),
        "tokens": int(counts[:, 1].sum()),
        "worst_clip": worst,
        "worst_share": shares.get(worst, float("nan")),
        "clips": {name: round(share, 4) for name, share in shares.items()},
        "largest_difference": max(gap, default=0.0),
        "alerts_identical": not differing,
        "alerts_differ_on": differing,
    }


def agreement(one: ClipDecisions, other: ClipDecisions) -> tuple[int, int]:
    """Return on how many tokens the leading state is the same, and how many either can read."""
    readable = (one.leading >= 0) | (other.leading >= 0)
    return int((one.leading == other.leading)[readable].sum()), int(readable.sum())


def alerts_of(decisions: ClipDecisions) -> list[tuple[str, float]]:
    """Return type and capture time of every alert, as a teacher would hear of it."""
    return [(alert.affect.value, round(alert.at_s, 3)) for alert in decisions.opened]
