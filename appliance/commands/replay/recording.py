"""What is drawn and printed, whether it was computed from a clip or stored by a box."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from appliance.domain.alerts import Episode
from appliance.domain.arrays import Float32Array, UInt8Array, bind_shapes
from appliance.domain.interventions import Measure
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import TOKEN_S


class Cover(IntEnum):
    """What is known about a seat at one token."""

    NOTHING = 0
    """Nobody there, or nobody who may be looked at, or nothing stored."""
    WARMING_UP = 1
    """Somebody has just sat down."""
    UNKNOWN = 2
    """Somebody is there and the box abstains."""
    KNOWN = 3
    """The probabilities mean something."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeatTrack:
    """One seat on an even grid: token i covers (i / 5, (i + 1) / 5] seconds of the recording."""

    seat: SeatKey
    """Where."""

    cover: UInt8Array
    """(N,) of ``Cover``."""

    probabilities: Float32Array = field(repr=False)
    """(N, C) in the order of ``Recording.states``; NaN where the cover is not ``KNOWN``."""

    changes_s: tuple[float, ...] = ()
    """When somebody else than before sat down, seconds of the recording."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "SeatTrack",
            {"cover": (self.cover, "N"), "probabilities": (self.probabilities, "N C")},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All seats over the same stretch of time."""

    source: str
    """File it comes from, without its folder."""

    kind: str
    """``clip`` or ``database``."""

    started: str
    """ISO 8601 in UTC where the time of day is known, else empty."""

    duration_s: float
    """Length of the time axis, seconds."""

    states: tuple[str, ...]
    """Names of the columns of all tracks."""

    models: dict[str, str]
    """Model to version; empty where they are not on record."""

    theta: float | None
    """Threshold of equation 9, where it is on record."""

    tracks: tuple[SeatTrack, ...]
    """One per seat."""

    episodes: tuple[Episode, ...]
    """In the order of raising; seconds of the recording."""

    measures: tuple[Measure, ...]
    """In the order of time; seconds of the recording."""

    notes: tuple[str, ...]
    """What a reader has to know, a sentence each."""

    def seconds(self, track: SeatTrack) -> dict[str, float]:
        """Return how long each state led, and how long none could be told."""
        known = track.cover == Cover.KNOWN
        rows = track.probabilities[known]
        leading = rows.argmax(axis=1) if self.states else rows
        counts = {state: int((leading == column).sum()) for column, state in enumerate(self.states)}
        counts["unknown"] = int((track.cover == Cover.UNKNOWN).sum())
        counts["warming_up"] = int((track.cover == Cover.WARMING_UP).sum())
        counts["absent"] = int((track.cover == Cover.NOTHING).sum())
        return {name: round(count * TOKEN_S, 1) for name, count in counts.items()}

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints; times are seconds since the beginning."""
        return {
            "source": self.source,
            "kind": self.kind,
            "started": self.started or None,
            "duration_s": round(self.duration_s, 1),
            "models": self.models,
            "seats": {track.seat: {"states": self.seconds(track)} for track in self.tracks},
            "alerts": [
                {
                    "seat": one.seat,
                    "affect": one.affect.value,
                    "onset_s": round(one.onset_s, 1),
                    "raised_s": round(one.raised_s, 1),
                    "cleared_s": None if one.cleared_s is None else round(one.cleared_s, 1),
                    "intensity": round(one.intensity, 3),
                    "mean_score": round(one.mean_score, 3),
                }
                for one in self.episodes
            ],
            "interventions": [
                {
                    "seat": one.seat,
                    "state": one.affect.value,
                    "action": one.action.value,
                    "at_s": round(one.at_s, 1),
                    "rule": one.rule,
                    "reason": one.reason,
                    "answer": one.answer,
                }
                for one in self.measures
            ],
            "notes": list(self.notes),
        }


def empty_probabilities(tokens: int, states: int) -> Float32Array:
    """Return (tokens, states) of NaN."""
    return np.full((tokens, states), np.nan, dtype=np.float32)
