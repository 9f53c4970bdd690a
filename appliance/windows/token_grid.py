"""Where on a camera's clock the 5 Hz tokens end."""

import math

from appliance.domain.tokens import TOKEN_HZ

GAP_S = 2.0  # as CAMERA_LOST_S of seat_windows: a longer silence is a lost camera, not a busy box

_SLACK_S = 1e-6  # capture times are sums of frame periods: 3.9999999 has reached 4


class TokenGrid:
    """Token k of a camera covers the capture times in (k / 5, (k + 1) / 5] seconds.

    A token is due once everything up to its end has been looked at. A silent camera therefore
    closes nothing, which freezes every timer, and after a gap the grid goes on where frames are.
    """

    def __init__(self, *, skip_gaps: bool) -> None:
        """Begin anywhere on the clock.

        Args:
            skip_gaps: Leave out tokens of a silence above ``GAP_S``. False for replay, where
                being behind means that closing is slow, not that nothing was there.
        """
        self._skip_gaps = skip_gaps
        self._next: int | None = None

    @property
    def next_end_s(self) -> float:
        """Capture time at which the next token ends, seconds; -inf before the first frame."""
        return -math.inf if self._next is None else (self._next + 1) / TOKEN_HZ

    def close(self, settled_s: float) -> float | None:
        """Close one token.

        Args:
            settled_s: Capture time up to which everything was looked at; -inf before.

        Returns:
            Capture time of the end of the token just closed, or None when none is due.
        """
        if not math.isfinite(settled_s):
            return None
        current = math.ceil((settled_s - _SLACK_S) * TOKEN_HZ) - 1
        behind_s = 0.0 if self._next is None else (current - self._next) / TOKEN_HZ
        if self._next is None or (self._skip_gaps and behind_s > GAP_S):
            self._next = current
        if settled_s < self.next_end_s - _SLACK_S:
            return None
        end_s = self.next_end_s
        self._next += 1
        return end_s
