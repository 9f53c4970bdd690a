"""The degrade ladder: what a box that is too slow leaves out, and when it takes it up again.

docs/DESIGN.md, 2: blinks need the frame rate and posture over 10 to 60 s does not, so the pose
gives way first. Fusion is trained and tested on exactly these steps
(training/simulator/parameters.py, ``LADDER``).
"""

from dataclasses import dataclass, field

from appliance.scheduling.ages import AgeHistogram

FULL_HZ = 15.0
"""Rate of both stages on the highest step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How often the two stages run for each seat."""

    pose_hz: float
    """Detector and landmarks."""

    expression_hz: float
    """Face crop and encoder; between two poses the face is where it was."""

    @property
    def demand(self) -> float:
        """Work per second as a share of the highest step's."""
        pose, expression = self.pose_hz / FULL_HZ, self.expression_hz / FULL_HZ
        return POSE_SHARE * pose + (1 - POSE_SHARE) * expression

    def __str__(self) -> str:
        """Say it as the health report does."""
        return f"pose {self.pose_hz:g} Hz, expression {self.expression_hz:g} Hz"


POSE_SHARE = 0.65
"""Of a seat-frame's processor time; `classbox bench` prints both. Only predictions use it."""

STEPS = (
    Step(pose_hz=15.0, expression_hz=15.0),
    Step(pose_hz=7.5, expression_hz=15.0),
    Step(pose_hz=7.5, expression_hz=7.5),
    Step(pose_hz=7.5, expression_hz=5.0),
    Step(pose_hz=5.0, expression_hz=5.0),
)

MAX_DROPPED = 0.02  # docs/DESIGN.md, 10: less than 2 % of the frames may be dropped ...
MAX_P95_AGE_S = 0.150  # ... and the age at decision, p95, is at most 150 ms
MANY_DROPPED = 0.30
"""Above it one step is not enough: the first one saves a third of the work."""

SETTLE_S = 2.0
"""A step shows what it is worth after this long: frames wait 0.2 s at most, a second is noisy."""

CALM_LOAD = 0.85
"""A step is climbed when the lanes would then be busy for at most this share of the time."""

EASY_LOAD = 0.60
"""Below it a step is climbed even where one has failed before: the load must have changed."""

FAILED_WITHIN_S = 10.0
"""A climb that is taken back this soon has failed, and the next one waits twice as long ..."""

LONGEST_WAIT_S = 60.0
"""... up to this, so that a box at its limit does not swing between two steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCounts:
    """What the lanes have done since start, all seats together."""

    offered: int = 0
    """Frames that should have been looked at."""

    dropped: int = 0
    """Frames that were not, because the lanes were busy."""

    busy_s: float = 0.0
    """Time the lanes spent on frames, over the number of lanes, seconds."""

    ages: AgeHistogram = field(default_factory=AgeHistogram)
    """Of the frames looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderState:
    """Where the box stands."""

    step: int
    """Index into ``STEPS``; 0 is full rate."""

    reason: str
    """Why it stands there; empty on step 0."""

    changes: int
    """Steps taken since start, up and down."""


class Ladder:
    """Decides the step from what the lanes report, about once a second; thread-safe to read."""

    def __init__(self, *, held: int | None = None) -> None:
        """Begin at full rate.

        Args:
            held: Stay on this step whatever happens; None follows the load.
        """
        self._held = held
        reason = "" if not held else "held there by the configuration"
        self._state = LadderState(step=held or 0, reason=reason, changes=0)
        self._since: tuple[float, LaneCounts] | None = None
        self._climbed_at_s = float("-inf")
        self._calm_since_s: float | None = None
        self._wait_s = SETTLE_S

    @property
    def state(self) -> LadderState:
        """Where the box stands now."""
        return self._state

    @property
    def step(self) -> Step:
        """What runs how often now."""
        return STEPS[self._state.step]

    def assess(self, now_s: float, counts: LaneCounts) -> bool:
        """Take in what the lanes have done so far; tell whether the step changed.

        Args:
            now_s: Monotonic time, seconds.
            counts: Since start.
        """
        if self._held is not None:
            return False
        if self._since is None:
            self._since = now_s, counts
            return False
        from_s, before = self._since
        if now_s - from_s < SETTLE_S:
            return False
        self._since = now_s, counts
        dropped = (counts.dropped - before.dropped) / max(counts.offered - before.offered, 1)
        p95_s = (counts.ages - before.ages).quantile_s(0.95)
        if dropped > MAX_DROPPED or p95_s > MAX_P95_AGE_S:
            return self._descend(now_s, dropped=dropped, p95_s=p95_s)
        return self._climb(now_s, busy=(counts.busy_s - before.busy_s) / (now_s - from_s))

    def skip(self) -> None:
        """Leave out what the lanes have done since they were last assessed; the step stays."""
        self._since = None
        self._calm_since_s = None

    def _descend(self, now_s: float, *, dropped: float, p95_s: float) -> bool:
        self._calm_since_s = None
        here = self._state.step
        if here == len(STEPS) - 1:
            return False
        if now_s - self._climbed_at_s < FAILED_WITHIN_S:
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        down = min(here + (2 if dropped > MANY_DROPPED else 1), len(STEPS) - 1)
        self._enter(
            down,
            f"{dropped:.0%} of the frames were dropped, p95 age {1000 * p95_s:.0f} ms",
        )
        return True

    def _climb(self, now_s: float, *, busy: float) -> bool:
        here = self._state.step
        if here == 0:
            return False
        if self._calm_since_s is None:
            self._calm_since_s = now_s - SETTLE_S
        work = busy / STEPS[here].demand
        higher = [step for step in range(here) if work * STEPS[step].demand <= CALM_LOAD]
        if not higher:
            return False
        easy = work * STEPS[higher[0]].demand <= EASY_LOAD
        if not easy and now_s - self._calm_since_s < self._wait_s:
            return False
        self._climbed_at_s = now_s
        self._calm_since_s = None
        self._enter(higher[0], self._state.reason)
        return True

    def _enter(self, step: int, reason: str) -> None:
        self._state = LadderState(
            step=step, reason=reason if step else "", changes=self._state.changes + 1
        )
