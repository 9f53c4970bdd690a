"""Eyes over time: closure relative to the occupancy's own open eye, blinks, PERCLOS."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S, WINDOW_TOKENS
from appliance.windows.baselines import RunningQuantiles
from appliance.windows.rows import RowIndex, TokenRing

# The open eye is what the lowest tenth of the occupancy's blink scores looks like: right as long as
# the eyes are open a tenth of the time, also when somebody arrives tired. The closed eye is the top
# hundredth: 8 blinks/min of 0.2 s close the eyes during 2.7 % of the time.
OPEN_SHARE, CLOSED_SHARE = 0.10, 0.99
MIN_RANGE = 0.25  # of the blink score; a smaller difference is the encoder's noise, not an eyelid
# The open level becomes the occupancy's own after 22 s (four times the prior's open tokens), the
# closed one after a minute (its closed tokens are a hundredth of the evidence by then).
PRIOR_TOKENS = 6 * TOKEN_HZ
PRIOR_CLOSED = 0.1
MEMORY_TOKENS = 1200 * TOKEN_HZ  # 20 min: light and posture change over a lesson

# Hysteresis around half closed (Caffier et al. 2003 measure blink duration at half amplitude).
CLOSING, OPENING = 0.5, 0.4
MAX_BLINK_S = 0.75  # Caffier et al. 2003: blinks of drowsy people stay below; longer: a closure
PERCLOS_CLOSURE = 0.7  # P70 (Wierwille et al. 1994); P80 needs a finer closure than 64 px give
MIN_TIMING_HZ = 12.0  # docs/DESIGN.md, 2: below 12 Hz blink duration is masked

# What 60 s without evidence would give, and the seconds of evidence that weigh as much.
PRIOR_PERCLOS, PRIOR_BLINKS_PER_MIN, PRIOR_BLINK_S = (
    0.05,
    12.0,
    0.22,
)  # docs/DESIGN.md, 9: 6 %, 6-25
PRIOR_SECONDS = 10.0

_SHARES = np.array([OPEN_SHARE, CLOSED_SHARE])
_PRIOR_BLINKS = PRIOR_BLINKS_PER_MIN * PRIOR_SECONDS / 60
_READABLE, _CLOSED, _BLINKS, _DURATION = range(4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EyeCues:
    """Eye cues of R rows at one token."""

    closure_mean: Float64Array = field(repr=False)
    """(R,) mean closure over the token, 0 the occupancy's open eye, 1 its closed eye."""

    closure_max: Float64Array = field(repr=False)
    """(R,) largest closure in the token."""

    readable: BoolArray = field(repr=False)
    """(R,) at least one frame had readable eyes."""

    perclos: Float64Array = field(repr=False)
    """(R,) share of the readable time of the last 60 s with closure >= 0.7."""

    blink_rate: Float64Array = field(repr=False)
    """(R,) blinks per readable minute over the last 60 s."""

    blink_duration_s: Float64Array = field(repr=False)
    """(R,) mean duration of those blinks."""

    blink_s: Float64Array = field(repr=False)
    """(R, K) duration of the blink that ended with a frame of the token; 0 where none did."""


class EyeTracker:
    """Reads eyelids at frame rate, one state per row."""

    def __init__(self, rows: int) -> None:
        """Begin every row with the population's eyes."""
        self._levels = RunningQuantiles(rows, prior=prior_histogram(), memory_tokens=MEMORY_TOKENS)
        self._minute = TokenRing(rows, tokens=WINDOW_TOKENS, width=4)
        self._closed_since_s = np.full(rows, np.nan)

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        self._levels.reset(rows)
        self._minute.reset(rows)
        self._closed_since_s[rows] = np.nan

    def step(
        self, rows: RowIndex, times_s: Float64Array, blink: Float64Array, readable: BoolArray
    ) -> EyeCues:
        """Read the frames of one token.

        Args:
            rows: (R,) row numbers, each at most once.
            times_s: (R, K) capture times in order; NaN in unused slots.
            blink: (R, K) blink score of the encoder in [0, 1], mean of both eyes.
            readable: (R, K) False where the eyes cannot be judged or the slot is unused.
        """
        seen = np.add.reduce(readable, axis=1)
        share = 1.0 / np.maximum(seen, 1)
        self._levels.update(rows, blink, readable * share[:, None])
        levels = self._levels.quantiles(rows, _SHARES)
        open_level = levels[:, :1]
        span = np.maximum(levels[:, 1:] - open_level, MIN_RANGE)
        closure = np.minimum(np.maximum((blink - open_level) / span, 0), 1)
        closure = np.where(readable, closure, 0)
        blink_s = self._find_blinks(rows, times_s, closure, readable)
        any_readable = seen > 0
        token = np.empty((len(rows), 4))
        token[:, _READABLE] = any_readable
        token[:, _CLOSED] = np.add.reduce(closure >= PERCLOS_CLOSURE, axis=1) * share
        token[:, _BLINKS] = np.add.reduce(blink_s > 0, axis=1)
        token[:, _DURATION] = np.add.reduce(blink_s, axis=1)
        sums = self._minute.push(rows, token)
        evidence_s = sums[:, _READABLE] * TOKEN_S + PRIOR_SECONDS
        blinks = sums[:, _BLINKS] + _PRIOR_BLINKS
        return EyeCues(
            closure_mean=np.add.reduce(closure, axis=1) * share,
            closure_max=np.maximum.reduce(closure, axis=1),
            readable=any_readable,
            perclos=(sums[:, _CLOSED] * TOKEN_S + PRIOR_PERCLOS * PRIOR_SECONDS) / evidence_s,
            blink_rate=60 * blinks / evidence_s,
            blink_duration_s=(sums[:, _DURATION] + _PRIOR_BLINKS * PRIOR_BLINK_S) / blinks,
            blink_s=blink_s,
        )

    def _find_blinks(
        self,
        rows: RowIndex,
        times_s: Float64Array,
        closure: Float64Array,
        readable: BoolArray,
    ) -> Float64Array:
        """Return (R, K) the durations of the blinks that ended with each frame, else 0."""
        blink_s = np.zeros(closure.shape)
        since = self._closed_since_s[rows]
        closed = readable & (closure >= CLOSING)
        if not (closed.any() or np.isfinite(since).any()):
            return blink_s  # open eyes all along: nearly every token of a few people
        opened = readable & (closure < OPENING)
        # An eye that cannot be judged ends a closure without counting it: its end was missed.
        ended = opened | (np.isfinite(times_s) & ~readable)
        for slot in range(closure.shape[1]):
            now = times_s[:, slot]
            lasted = now - since  # NaN, so never a blink, while the eyes were open
            blink_s[:, slot] = np.where(opened[:, slot] & (lasted <= MAX_BLINK_S), lasted, 0)
            begins = closed[:, slot] & np.isnan(since)
            since = np.where(begins, now, np.where(ended[:, slot], np.nan, since))
        self._closed_since_s[rows] = since
        return blink_s


def prior_histogram() -> Float64Array:
    """Return the population's blink scores: open eyes near .12, closed ones near .75.

    Source: scores of the encoder on people at a desk; only the rough shape matters. Closed eyes
    weigh more than they occur, so that the first blinks do not define what closed means.
    """
    centres = (np.arange(RunningQuantiles.BINS) + 0.5) / RunningQuantiles.BINS
    opened = np.exp(-0.5 * ((centres - 0.12) / 0.06) ** 2)
    closed = np.exp(-0.5 * ((centres - 0.75) / 0.10) ** 2)
    shape = (1 - PRIOR_CLOSED) * opened / opened.sum() + PRIOR_CLOSED * closed / closed.sum()
    return np.asarray(PRIOR_TOKENS * shape)
