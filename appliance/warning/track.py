"""The recent probabilities of one occupancy, and how long their means have been high."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import Affect
from appliance.domain.alerts import HeldLevel
from appliance.domain.arrays import Float32Array, Float64Array, FloatArray
from appliance.domain.tokens import TOKEN_HZ

# Probabilities are rounded to this grid. Sums of fewer than 2^13 of them are then exact in
# float64, so a running sum never drifts: taking a token away leaves nothing behind, and a
# restored track equals one that was never interrupted. A float32 is unchanged above 2^-16.
_STEPS_PER_UNIT = 2.0**40


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """What a track remembers."""

    affects: tuple[Affect, ...]
    """Classes that are kept; the fatigue-only profile keeps no other than that one."""

    levels: Mapping[Affect, tuple[float, ...]]
    """Levels above which time is measured, per class."""

    window_tokens: int
    """L of equation 9."""

    mean_tokens: int
    """Tokens of the mean that is called intensity."""

    severe_tokens: int
    """Tokens of the longer mean of row 0."""

    severe_level: float
    """Level of that mean above which time is measured."""

    def __post_init__(self) -> None:
        """Reject lengths that leave a mean undefined while an alert is open."""
        if not 1 <= self.mean_tokens <= self.window_tokens or self.severe_tokens < 1:
            msg = (
                f"mean_tokens ({self.mean_tokens}) must be in [1, {self.window_tokens}] and "
                f"severe_tokens ({self.severe_tokens}) at least 1"
            )
            raise ValueError(msg)


class TrackSnapshot(TypedDict):
    """A track as JSON; the arrays are little-endian and base64."""

    rows: str
    times: str
    seen: int
    risen: list[int | None]
    severe_risen: int | None


class ProbabilityTrack:
    """Ring of the last tokens with running means and timers, updated token by token.

    Only tokens that could be read are appended, so every duration is observed time: a
    second in which nobody could tell the state is not counted for or against anybody. A mean
    exists once it has all its tokens; until then it is above nothing.
    """

    def __init__(self, settings: TrackSettings) -> None:
        """Start empty."""
        self._settings = settings
        self._size = max(settings.window_tokens, settings.mean_tokens, settings.severe_tokens)
        # Single precision loses nothing: the grid has fewer than 24 bits below 2^-16.
        self._rows = np.zeros((self._size, len(settings.affects)), dtype=np.float32)
        self._times = np.zeros(self._size)
        self._seen = 0
        self._sum = np.zeros(len(settings.affects))
        self._severe_sum = np.zeros(len(settings.affects))
        self._watched = [
            (settings.affects.index(affect), level)
            for affect in settings.affects
            for level in settings.levels.get(affect, ())
        ]
        self._severe_columns = [
            column for column, affect in enumerate(settings.affects) if affect is not Affect.FOCUSED
        ]
        self._risen: list[int | None] = [None] * len(self._watched)
        self._severe_risen: int | None = None

    @property
    def seen(self) -> int:
        """Tokens appended since the beginning."""
        return self._seen

    def append(self, probabilities: Float32Array, *, at_s: float) -> None:
        """Add one token.

        Args:
            probabilities: (A,) in the order of the settings' ``affects``, finite.
            at_s: Capture time of the token's end, seconds.
        """
        kept = probabilities.astype(np.float32).astype(np.float64)
        self._push(np.rint(kept * _STEPS_PER_UNIT) / _STEPS_PER_UNIT, at_s)
        settings = self._settings
        if self._seen >= settings.mean_tokens:
            means = (self._sum / settings.mean_tokens).tolist()
            for index, (column, level) in enumerate(self._watched):
                self._risen[index] = self._follow(self._risen[index], means[column] > level)
        if self._seen >= settings.severe_tokens:
            sums = self._severe_sum.tolist()
            worst = max(sums[column] for column in self._severe_columns) / settings.severe_tokens
            self._severe_risen = self._follow(self._severe_risen, worst > settings.severe_level)

    def window(self, affect: Affect) -> Float64Array:
        """Return the (L,) latest probabilities of a class, oldest first."""
        column = self._settings.affects.index(affect)
        window: Float32Array = self._rows[self._latest(self._settings.window_tokens), column]
        return window.astype(np.float64)

    def window_time_s(self, index: int) -> float:
        """Return the capture time of one token of the window, 0 being the oldest."""
        return float(self._times[self._latest(self._settings.window_tokens)[index]])

    def mean(self, affect: Affect) -> float:
        """Return the running mean of a class over the intensity's tokens."""
        return float(self._sum[self._settings.affects.index(affect)] / self._settings.mean_tokens)

    def held(self, affect: Affect) -> tuple[HeldLevel, ...]:
        """Return for each level of a class how long the mean has been above it."""
        column = self._settings.affects.index(affect)
        return tuple(
            HeldLevel(level=level, duration_s=self._since_s(risen))
            for (watched, level), risen in zip(self._watched, self._risen, strict=True)
            if watched == column
        )

    @property
    def severe_s(self) -> float:
        """How long the longer mean of any class but focused has been above the severe level."""
        return self._since_s(self._severe_risen)

    def snapshot(self) -> TrackSnapshot:
        """Return everything needed to go on later."""
        kept = self._latest(min(self._seen, self._size))
        return {
            "rows": _to_text(self._rows[kept].astype("<f4")),
            "times": _to_text(self._times[kept].astype("<f8")),
            "seen": self._seen,
            "risen": list(self._risen),
            "severe_risen": self._severe_risen,
        }

    @classmethod
    def restore(cls, settings: TrackSettings, snapshot: TrackSnapshot, *, shift_s: float) -> Self:
        """Rebuild a track that had the same settings.

        Args:
            settings: Those of the track that was saved.
            snapshot: What it returned.
            shift_s: Added to every capture time, when the camera's clock began anew.

        Raises:
            KeyError: A field is missing.
            ValueError: The snapshot does not fit the settings.
        """
        track = cls(settings)
        rows = np.frombuffer(b64decode(snapshot["rows"]), dtype="<f4")
        times = np.frombuffer(b64decode(snapshot["times"]), dtype="<f8")
        table = rows.reshape(len(times), len(settings.affects)).astype(np.float64)
        if len(times) != min(snapshot["seen"], track._size) or len(snapshot["risen"]) != len(
            track._watched
        ):
            msg = "the saved track does not fit the settings"
            raise ValueError(msg)
        track._seen = snapshot["seen"] - len(times)
        for row, time_s in zip(table, times, strict=True):
            track._push(row, float(time_s) + shift_s)
        track._risen = list(snapshot["risen"])
        track._severe_risen = snapshot["severe_risen"]
        return track

    def _push(self, row: Float64Array, at_s: float) -> None:
        # Until a mean has all its tokens, the slot it would drop was never written: zeros.
        self._sum += row - self._rows[(self._seen - self._settings.mean_tokens) % self._size]
        dropped = self._rows[(self._seen - self._settings.severe_tokens) % self._size]
        self._severe_sum += row - dropped
        slot = self._seen % self._size
        self._rows[slot] = row
        self._times[slot] = at_s
        self._seen += 1

    def _latest(self, count: int) -> NDArray[np.intp]:
        """Return where the latest tokens are, oldest first."""
        return np.arange(self._seen - count, self._seen) % self._size

    def _follow(self, risen: int | None, above: bool) -> int | None:  # noqa: FBT001 (private)
        if not above:
            return None
        return self._seen if risen is None else risen

    def _since_s(self, risen: int | None) -> float:
        # A division by 5 is correctly rounded, so 900 tokens are exactly 180 s.
        return 0.0 if risen is None else (self._seen - risen) / TOKEN_HZ


def _to_text(array: FloatArray) -> str:
    return b64encode(array.tobytes()).decode("ascii")
