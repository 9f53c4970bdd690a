"""Whether somebody's identity can be read from what fusion sees of the face.

A linear probe learns seven people from one part of what is seen of them and names them in another:

* *later*: fitted on the first half of every clip, asked about the second; all people;
* *other clip*: fitted on all but one clip of each person, asked about that one; the people with
  several clips only. A clip is an occupancy of its own, so this is who comes back.

Neither the encoder nor its projection has seen these people. A short clip is an occupancy that
goes forth and back for two minutes, and tokens count after one: the windows have then learnt whom
they recentre on, as they have of a student after a minute.

So few people give a wide interval: that of the mean over the people, drawn with replacement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array, bind_shapes
from appliance.domain.tokens import PROJECTION_SIZE, TOKEN_HZ
from training.datasets.filmed_people import FILMED
from training.real.tokens import watch_filmed

MAX_OVER_CHANCE = 2.0
OCCUPANCY_S = 120.0
SETTLED_S = 60.0  # appliance/windows/baselines.py: the calibration lasts a minute
RIDGE = 0.1
"""Share of the pooled variance that is added to every direction: f_t has more of them than a clip
has tokens."""

DRAWS = 2000
SEED = 0

_CUES = slice(PROJECTION_SIZE, PROJECTION_SIZE + 10)  # instantaneous: valence ... look_down

Names = NDArray[np.str_]
Fit = Callable[[Float64Array, Names], Callable[[Float64Array], Names]]
"""From (N, F) features and their (N,) names to what names (M, F) others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenTokens:
    """N tokens of several people with one reading of the face each."""

    values: Float64Array = field(repr=False)
    """(N, F) whatever is probed."""

    person: Names = field(repr=False)
    """(N,) whose it is."""

    clip: Names = field(repr=False)
    """(N,) which clip."""

    place: Float64Array = field(repr=False)
    """(N,) where in the clip, 0 to 1."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        shapes = {
            "values": (self.values, "N F"),
            "person": (self.person, "N"),
            "clip": (self.clip, "N"),
            "place": (self.place, "N"),
        }
        bind_shapes("SeenTokens", shapes)

    def take(self, chosen: BoolArray) -> "SeenTokens":
        """Return the tokens that are chosen, (N,) True."""
        return SeenTokens(
            values=self.values[chosen],
            person=self.person[chosen],
            clip=self.clip[chosen],
            place=self.place[chosen],
        )


def evaluate_identity(data: Path, *, work: Path | None) -> dict[str, object]:
    """Return how often a linear probe names the right one of the filmed people.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.

    Raises:
        CameraError: A clip cannot be read.
    """
    kinds = watch_people(data, work=work)
    table: dict[str, object] = {
        split: {name: probe(tokens, parts) for name, tokens in kinds.items()}
        for split, parts in (("later", later_parts), ("other_clip", other_clips))
    }
    asked = [probe(kinds["recentred"], parts) for parts in (later_parts, other_clips)]
    worst = max(float(str(row["over_chance"])) for row in asked)
    return {
        "over_chance": worst,
        "bar": MAX_OVER_CHANCE,
        "passed": worst <= MAX_OVER_CHANCE,
        **table,
        "n": {
            "people": len({clip.person for clip in FILMED}),
            "clips": len(FILMED),
            "tokens": len(kinds["recentred"].person),
        },
    }


def watch_people(data: Path, *, work: Path | None) -> dict[str, SeenTokens]:
    """Return the same tokens read in several ways, by name.

    Raises:
        CameraError: A clip cannot be read.
    """
    parts: dict[str, list[SeenTokens]] = {}
    for clip, seen, tokens in watch_filmed(data, work=work, until_s=OCCUPANCY_S):
        used = tokens.face_present & (tokens.at_s > SETTLED_S)
        face = tokens.face.astype(np.float64)
        readings: Mapping[str, Float64Array] = {
            "recentred": face[used, :PROJECTION_SIZE],
            "raw_projection": tokens.projection[used].astype(np.float64),
            "f_t": tokens.embedding[used].astype(np.float64),
            "recentred_on_all_of_it": centre(tokens.projection[used].astype(np.float64)),
            "whitened": whiten(tokens.projection[used].astype(np.float64)),
            "dropped": face[used, _CUES],
        }
        place = place_in_clip(tokens.at_s[used], period_s=seen.period_s)
        for name, values in readings.items():
            parts.setdefault(name, []).append(
                SeenTokens(
                    values=values,
                    person=np.array([clip.person] * len(values), dtype=np.str_),
                    clip=np.array([clip.name] * len(values), dtype=np.str_),
                    place=place,
                )
            )
    return {name: join(several) for name, several in parts.items()}


def join(parts: Sequence[SeenTokens]) -> SeenTokens:
    """Put tokens of several clips into one table."""
    return SeenTokens(
        values=np.concatenate([part.values for part in parts]),
        person=np.concatenate([part.person for part in parts]),
        clip=np.concatenate([part.clip for part in parts]),
        place=np.concatenate([part.place for part in parts]),
    )


def place_in_clip(at_s: Float64Array, *, period_s: float | None) -> Float64Array:
    """Return where in its clip each token was taken, 0 at the beginning and 1 at the end.

    Args:
        at_s: (N,) ends of the tokens, seconds.
        period_s: Seconds of one forth and back; None for a clip that runs once.
    """
    if period_s is None:
        return np.asarray((at_s - at_s[0]) / max(at_s[-1] - at_s[0], 1 / TOKEN_HZ))
    turn = 2 * (((at_s - 0.5 / TOKEN_HZ) / period_s) % 1)
    return np.asarray(np.minimum(turn, 2 - turn))


def later_parts(tokens: SeenTokens) -> list[tuple[BoolArray, BoolArray]]:
    """Return one split, (N,) what teaches and what is asked: the halves of every clip."""
    # The tenth between the halves is left out: neighbouring tokens are nearly the same.
    return [(tokens.place < 0.45, tokens.place > 0.55)]


def other_clips(tokens: SeenTokens) -> list[tuple[BoolArray, BoolArray]]:
    """Return a split per turn: each person with several clips has another one left out."""
    clips = {
        str(person): sorted(np.unique(tokens.clip[tokens.person == person]).tolist())
        for person in np.unique(tokens.person)
    }
    several = {person: names for person, names in clips.items() if len(names) > 1}
    known = np.isin(tokens.person, list(several))
    splits = []
    for turn in range(max((len(names) for names in several.values()), default=0)):
        asked = np.isin(tokens.clip, [names[turn % len(names)] for names in several.values()])
        splits.append((known & ~asked, known & asked))
    return splits


def probe(
    tokens: SeenTokens,
    parts: Callable[[SeenTokens], list[tuple[BoolArray, BoolArray]]],
    *,
    fit: Fit | None = None,
) -> dict[str, object]:
    """Return the probe's accuracy, every person alike, against chance.

    Args:
        tokens: Of all people.
        parts: What teaches and what is asked.
        fit: The probe; None for the linear discriminant.
    """
    fit = fit_probe if fit is None else fit
    hits: dict[str, list[float]] = {}
    for taught, asked in parts(tokens):
        name = fit(tokens.values[taught], tokens.person[taught])
        said = name(tokens.values[asked])
        truth = tokens.person[asked]
        for person in np.unique(truth):
            hits.setdefault(str(person), []).append(float((said == person)[truth == person].mean()))
    by_person = {person: float(np.mean(shares)) for person, shares in hits.items()}
    shares = np.array(list(by_person.values()))
    accuracy, chance = float(shares.mean()), 1 / len(shares)
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(shares, size=(DRAWS, len(shares))).mean(axis=1)
    return {
        "accuracy": accuracy,
        "chance": chance,
        "over_chance": accuracy / chance,
        "interval_95": [float(end) / chance for end in np.quantile(drawn, [0.025, 0.975])],
        "by_person": by_person,
    }


def fit_probe(values: Float64Array, person: Names) -> Callable[[Float64Array], Names]:
    """Return a linear discriminant: the nearest mean in the pooled covariance, ridged.

    Args:
        values: (N, F) features.
        person: (N,) names; every one counts alike, however many tokens it has.

    Returns:
        From (M, F) features to (M,) names.
    """
    names = np.unique(person)
    means = np.array([values[person == name].mean(axis=0) for name in names])
    pooled = np.zeros((values.shape[1],) * 2)
    for name, mean in zip(names, means, strict=True):
        rest = values[person == name] - mean
        pooled += rest.T @ rest / max(len(rest), 1) / len(names)
    pooled += (RIDGE * np.trace(pooled) / len(pooled) + 1e-12) * np.eye(len(pooled))
    axes = np.linalg.solve(pooled, means.T)
    offset = -0.5 * np.einsum("pf,fp->p", means, axes)
    return lambda asked: names[(asked @ axes + offset).argmax(axis=1)]


def centre(values: Float64Array) -> Float64Array:
    """Take away the mean over the whole clip."""
    return np.asarray(values - values.mean(axis=0))


def whiten(values: Float64Array) -> Float64Array:
    """Take away the clip's own mean and covariance, lightly ridged."""
    rest = centre(values)
    power, axes = np.linalg.eigh(np.cov(rest.T))
    return np.asarray(rest @ (axes / np.sqrt(power + RIDGE * power.mean() + 1e-12)) @ axes.T)
