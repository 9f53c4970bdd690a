"""What the box says it is, in one retained message for as long as it lasts.

A problem counts from the second in which it is seen and ends when it has been absent for a while,
so that a feed that comes and goes within a breath is one condition. The message is sent again when
the state changes or another problem joins or leaves, not when the words of one change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from appliance.mqtt.contract.box import BoxState
from appliance.ports import Clock

CALM_S = 5.0
"""A problem that has been absent for so long is over; the status is true within 10 s."""

LOAD_CALM_S = 180.0
"""The same for the ladder, which tries a higher step before it knows that it can stay there. In an
hour beside other work it left the full rate fifteen times, mostly within two minutes of the last
time: as one condition that is five."""

RENEWED_S = 300.0
"""Words that are no longer those of the last message are sent anew after so long."""

OVERLOAD = "load"
"""Key of the problem that the ladder stands for."""


def place_of(key: str) -> tuple[bool, str]:
    """Return what problems are sorted by: the same ones are always told in the same order.

    The load comes first: other lines about it come and go while it lasts.
    """
    return key != OVERLOAD, key


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxCondition:
    """How the box is."""

    state: BoxState
    """As in the retained status."""

    since_s: float
    """Wall time from which it has been in this state."""

    closed: Mapping[str, str]
    """What keeps the cameras closed, and why."""

    problems: tuple[str, ...]
    """One line each, in the words of this moment."""

    @property
    def reason(self) -> str:
        """All in one line, as in the retained status."""
        closed = (f"{closure}: {why}" for closure, why in self.closed.items())
        return "; ".join((*closed, *self.problems))


@dataclass(slots=True)
class _Problem:
    text: str
    seen_s: float


class StatusKeeper:
    """Follows what is wrong once a second and tells each condition once; not thread-safe.

    ``condition`` may be read by any thread.
    """

    def __init__(self, *, tell: Callable[[BoxCondition], None], clock: Clock) -> None:
        """Begin as ``init``, which the broker's client has said by itself.

        Args:
            tell: Sends the retained status.
            clock: Monotonic time, and wall time for people.
        """
        self._tell = tell
        self._clock = clock
        self._problems: dict[str, _Problem] = {}
        self.condition = BoxCondition(
            state=BoxState.INIT, since_s=clock.wall_s(), closed={}, problems=()
        )
        """How the box is now."""
        self._told = self.condition
        self._told_keys: tuple[str, ...] = ()
        self._told_s = clock.monotonic_s()
        self._log = structlog.get_logger()

    def follow(
        self, problems: Mapping[str, str], *, closed: Mapping[str, str], starting: bool
    ) -> None:
        """Take in how the box is at this moment.

        Args:
            problems: One line by the key of what it is about.
            closed: What keeps the cameras closed, and why.
            starting: A camera or the broker has neither answered nor failed yet.
        """
        now_s = self._clock.monotonic_s()
        if closed and not self.condition.closed:
            self._problems.clear()  # what was wrong with a camera says nothing about a closed one
        for key, text in problems.items():
            self._problems[key] = _Problem(text, now_s)
        for key in [key for key, each in self._problems.items() if _is_over(key, each, now_s)]:
            del self._problems[key]
        state = _state(closed=bool(closed), wrong=bool(self._problems), starting=starting)
        before = self.condition
        self.condition = BoxCondition(
            state=state,
            since_s=before.since_s if state is before.state else self._clock.wall_s(),
            closed=dict(closed),
            problems=tuple(
                self._problems[key].text for key in sorted(self._problems, key=place_of)
            ),
        )
        if self._is_news(now_s):
            self._told, self._told_s = self.condition, now_s
            self._told_keys = tuple(self._problems)
            self._log.info("box_status", state=state.value, reason=self.condition.reason)
            self._tell(self.condition)

    def _is_news(self, now_s: float) -> bool:
        told, now = self._told, self.condition
        if (now.state, now.closed) != (told.state, told.closed):
            return True
        if set(self._problems) != set(self._told_keys):
            return True
        return now.problems != told.problems and now_s - self._told_s >= RENEWED_S


def _is_over(key: str, problem: _Problem, now_s: float) -> bool:
    return now_s - problem.seen_s >= (LOAD_CALM_S if key == OVERLOAD else CALM_S)


def _state(*, closed: bool, wrong: bool, starting: bool) -> BoxState:
    if closed:
        return BoxState.PAUSED
    if wrong:
        return BoxState.DEGRADED
    return BoxState.INIT if starting else BoxState.READY
