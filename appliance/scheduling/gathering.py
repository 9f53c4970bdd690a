"""How long lanes may wait for more frames, so that they work in bursts, without losing one."""

LONGEST_S = 0.050
"""A third of the age that is allowed (docs/DESIGN.md, 10)."""

ROOM = 0.8
"""Waiting and the burst after it take at most this share of the time until the next frame of the
same camera, which would replace the one that waits."""

FIRST_CAUTION_S = 0.005
"""Less is waited after a frame was replaced; twice as much less after the next ..."""

FORGET = 0.998
"""... and each burst makes it this much less again: by half in 23 s at 15 bursts a second."""


class Gathering:
    """Follows how often frames come and how long they keep the lanes busy."""

    def __init__(self, *, longest_s: float = LONGEST_S) -> None:
        """Begin without any knowledge: nobody waits."""
        self._longest_s = longest_s
        self._interval_s = 0.0
        self._burst_s = 0.0
        self._caution_s = 0.0

    @property
    def allowed_s(self) -> float:
        """How long the oldest frame may wait for the others, seconds."""
        room_s = ROOM * self._interval_s - self._burst_s - self._caution_s
        return max(0.0, min(self._longest_s, room_s))

    def note_interval(self, seconds: float) -> None:
        """Take in the time between two frames of one camera; the fastest camera counts."""
        weight = 0.2 if seconds < self._interval_s else 0.02
        self._interval_s += weight * (min(seconds, 1.0) - self._interval_s)

    def note_burst(self, seconds: float) -> None:
        """Take in how long the lanes have just been busy in one go."""
        self._burst_s += 0.2 * (seconds - self._burst_s)
        self._caution_s *= FORGET

    def note_loss(self) -> None:
        """Take in that a frame was replaced while it waited."""
        self._caution_s = min(max(2 * self._caution_s, FIRST_CAUTION_S), self._longest_s)
