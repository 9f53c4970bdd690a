"""What the box's perception sees in real clips, kept in a work folder so that it runs once."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.frames import Frame
from appliance.domain.models import ModelFile, Precision
from appliance.domain.observations import FACE_ACTIONS, FaceCues, Observation, PoseLandmarks
from appliance.domain.seats import WHOLE_PICTURE, Region, SeatKey
from appliance.domain.tokens import PROJECTION_SIZE
from appliance.inference.library import EngineChoice, ModelLibrary, pick_file
from appliance.perception.build import build_perceivers
from training.shipped import ENCODER, POSE, load_engines, play

SEAT = SeatKey("clip")
CAMERA_HZ = 15.0
"""The rate of the box's lanes (docs/DESIGN.md, 2)."""

SHORT_S = 20.0
"""Shorter clips are played forth and back, as the ``bench`` clips are: no token counts before the
fuser's warm-up, which is as long."""

MODELS = ("pose_detector", POSE, "face_detector", ENCODER)

_EXPRESSIONS, _EMBEDDING = 8, 320


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineForms:
    """One way to run the box's models."""

    engine: EngineChoice = EngineChoice.AUTO
    """Run time of all of them."""

    pose: Precision | None = None
    """Number format of the pose landmarks; None for the default."""

    expression: Precision | None = None
    """Number format of the expression encoder; None for the default."""

    def files(self, library: ModelLibrary) -> dict[str, ModelFile]:
        """Return the form of each model of perception.

        Raises:
            ModelLoadError: A model does not exist in that form.
        """
        asked = {POSE: self.pose, ENCODER: self.expression}
        return {
            name: pick_file(library.spec(name), choice=self.engine, precision=asked.get(name))
            for name in MODELS
        }

    def key(self, library: ModelLibrary) -> str:
        """Return a text that changes with every model and its form."""
        return ";".join(
            f"{library.spec(name).digest}/{file.path.name}"
            for name, file in self.files(library).items()
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenClip:
    """What the box saw of one seat of a clip."""

    observations: tuple[Observation, ...] = field(repr=False)
    """In order, from 0 s."""

    period_s: float | None
    """Seconds of one forth and back of a short clip, which was played twice so; None for a clip
    that runs once."""

    @property
    def length_s(self) -> float:
        """Seconds of film behind it, each counted once."""
        if self.period_s is not None:
            return self.period_s / 2
        return self.observations[-1].captured_at_s if self.observations else 0.0


def play_at_box_rate(
    path: Path, *, first: int = 0, last: int | None = None, limit: int | None = None
) -> tuple[Iterator[Frame], float | None]:
    """Return a clip's frames at the box's rate; a short one twice forth and back.

    Args:
        path: Any clip.
        first: First frame of the file to use.
        last: Last one; None for the end.
        limit: Most frames of a clip that is not short; None for all.

    Returns:
        The frames; and the seconds of one forth and back, None for a clip that runs once.

    Raises:
        CameraError: The clip cannot be read.
    """
    rest = _cut(path, first=first, last=last)
    begin: list[Frame] = []
    for frame in rest:
        begin.append(frame)
        if frame.captured_at_s >= SHORT_S:
            return islice(chain(begin, rest), limit), None
    if not begin:
        return iter(()), None
    return _forth_and_back(begin), 2 * begin[-1].captured_at_s


def read_clip(
    path: Path,
    *,
    forms: EngineForms,
    work: Path | None,
    first: int = 0,
    last: int | None = None,
    limit: int | None = None,
    region: Region = WHOLE_PICTURE,
    library: ModelLibrary | None = None,
) -> SeenClip:
    """Return what the box sees in a clip, from the work folder if it was seen before.

    The key of the cache holds the models and the clip, not the code: empty the folder when the
    code of ``appliance.perception`` has changed.

    Args:
        path: The clip.
        forms: How the models run.
        work: Folder of the cache; None for no cache.
        first: First frame to use.
        last: Last one; None for the end.
        limit: Most frames of a clip that is not short; None for all.
        region: Part of the picture that is looked at.
        library: Models; None for those shipped.

    Raises:
        CameraError: The clip cannot be read.
        ModelLoadError: A model is missing or damaged.
    """
    library = ModelLibrary(None, lanes=1) if library is None else library
    cached = None
    if work is not None:
        cached = cache_file(work, path, f"{first}-{last}-{limit};{region};{forms.key(library)}")
        if cached.is_file():
            return load_clip(cached)
    engines = load_engines(
        forms.engine,
        pose_precision=forms.pose,
        encoder_precision=forms.expression,
        library=library,
    )
    perceiver = build_perceivers(engines, {SEAT: region})[SEAT]
    frames, period_s = play_at_box_rate(path, first=first, last=last, limit=limit)
    seen = SeenClip(
        observations=tuple(perceiver.observe(frame) for frame in frames), period_s=period_s
    )
    if cached is not None:
        save_clip(cached, seen)
    return seen


def cache_file(work: Path, path: Path, key: str) -> Path:
    """Return where the observations of a clip are kept; the clip counts by name and size."""
    digest = hashlib.sha256(f"{path.stat().st_size};{key}".encode()).hexdigest()[:12]
    return work / f"{path.stem}-{digest}.npz"


def prolong(seen: SeenClip, *, until_s: float) -> list[Observation]:
    """Repeat the last forth and back of a short clip; a long one stays as it is.

    Args:
        seen: What was seen of the clip.
        until_s: Last capture time wanted, seconds.
    """
    result = list(seen.observations)
    if seen.period_s is None:
        return result
    again = [one for one in result if one.captured_at_s > result[-1].captured_at_s - seen.period_s]
    shift_s = seen.period_s
    while again and shift_s > 0:
        for one in again:
            if one.captured_at_s + shift_s > until_s:
                return result
            result.append(replace(one, captured_at_s=one.captured_at_s + shift_s))
        shift_s += seen.period_s
    return result


def save_clip(path: Path, seen: SeenClip) -> None:
    """Write what was seen of one seat; features only, no pixels."""
    observations = seen.observations
    poses = [one.pose for one in observations]
    faces = [one.face if isinstance(one.face, FaceCues) else None for one in observations]
    count = len(observations)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        period_s=np.array([] if seen.period_s is None else [seen.period_s]),
        times_s=np.array([one.captured_at_s for one in observations]),
        flags=np.array([[one.present, one.ambiguous] for one in observations], dtype=np.bool_),
        track=np.array([one.track for one in observations]),
        points=np.array(
            [np.full((33, 4), np.nan) if pose is None else pose.points for pose in poses],
            dtype=np.float32,
        ),
        certainty=np.array(
            [
                (np.nan, np.nan) if pose is None else (pose.presence, pose.head_certainty)
                for pose in poses
            ]
        ),
        faces=np.array([_face_row(face) for face in faces], dtype=np.float32).reshape(count, -1),
    )


def load_clip(path: Path) -> SeenClip:
    """Read what ``save_clip`` wrote."""
    names = ("times_s", "flags", "track", "points", "certainty", "faces")
    with np.load(path) as stored:
        columns = [stored[name] for name in names]
        period_s = [float(one) for one in stored["period_s"]]
    observations = tuple(
        Observation(
            seat=SEAT,
            captured_at_s=float(at_s),
            pose=None
            if np.isnan(points).any()
            else PoseLandmarks(
                points=points.copy(),
                presence=float(certainty[0]),
                head_certainty=float(certainty[1]),
            ),
            face=None if np.isnan(face).any() else _face_of(face),
            present=bool(flags[0]),
            ambiguous=bool(flags[1]),
            track=int(track),
        )
        for at_s, flags, track, points, certainty, face in zip(*columns, strict=True)
    )
    return SeenClip(observations=observations, period_s=period_s[0] if period_s else None)


def _cut(path: Path, *, first: int, last: int | None) -> Iterator[Frame]:
    """Yield the frames of the file from ``first`` to ``last``, thinned out, beginning at 0 s."""
    begin_s, next_s = None, 0.0
    for frame in islice(play(path), first, None if last is None else last + 1):
        begin_s = frame.captured_at_s if begin_s is None else begin_s
        at_s = frame.captured_at_s - begin_s
        if at_s >= next_s - 0.25 / CAMERA_HZ:  # as RateCap of appliance.cameras
            next_s += 1 / CAMERA_HZ
            yield _placed(frame, at_s=at_s, continues=begin_s != frame.captured_at_s)


def _forth_and_back(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Yield frames twice forth and back; neither end is shown twice in a row."""
    order = [*range(len(frames)), *range(len(frames) - 2, -1, -1)]
    order += order[1:]
    at_s = 0.0
    for before, index in zip([0, *order], order, strict=False):
        at_s += abs(frames[index].captured_at_s - frames[before].captured_at_s)
        yield _placed(frames[index], at_s=at_s, continues=index != before or at_s > 0)


def _placed(frame: Frame, *, at_s: float, continues: bool) -> Frame:
    return Frame(
        camera=frame.camera,
        index=frame.index,
        captured_at_s=at_s,
        pixels=frame.pixels,
        continues=continues,
    )


def _face_row(face: FaceCues | None) -> list[float]:
    if face is None:
        size = PROJECTION_SIZE + _EMBEDDING + _EXPRESSIONS + len(FACE_ACTIONS) + 4
        return [float("nan")] * size
    return [
        *face.projection,
        *face.embedding,
        *face.expression,
        *face.actions,
        face.valence,
        face.arousal,
        face.trust,
        float(face.eyes_readable),
    ]


def _face_of(row: Float32Array) -> FaceCues:
    ends = np.cumsum([PROJECTION_SIZE, _EMBEDDING, _EXPRESSIONS, len(FACE_ACTIONS)])
    projection, embedding, expression, actions, rest = np.split(row, ends)
    return FaceCues(
        projection=projection,
        embedding=embedding,
        expression=expression,
        actions=actions,
        valence=float(rest[0]),
        arousal=float(rest[1]),
        trust=float(rest[2]),
        eyes_readable=bool(rest[3]),
    )
