"""Two students before a scripted model: the stages connected."""

import itertools
from collections.abc import Callable

from appliance.deciding import TickResult
from appliance.domain.interventions import TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.fusion.fuser import Fuser
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.chooser import ActionChooser
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learner import Learner
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, tracked_levels
from appliance.pipeline import Pipeline
from appliance.service.contexts import quiet_where
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.seat_windows import SeatWindows
from tests.support.counting_session import CountingSession
from tests.support.people import observe

A01, A02 = SeatKey("a01"), SeatKey("a02")


class Consents:
    """A consent register held by the test."""

    def __init__(self) -> None:
        """Grant both seats."""
        self.seats = {A01, A02}

    def granted(self, seat: SeatKey) -> bool:
        """Tell what the test decided."""
        return seat in self.seats


class Room:
    """Two students before a model that reads 0.75 fatigued until a test wants it otherwise."""

    def __init__(
        self, *, enabled: bool = True, spread: bool = True, learner: Learner | None = None
    ) -> None:
        """Connect the stages; without a learner the rules decide alone."""
        numbers = itertools.count(1)
        self.new_id: Callable[[], str] = lambda: f"id-{next(numbers)}"
        self.session = CountingSession()
        self.consent = Consents()
        self.contexts: dict[SeatKey, TaskContext] = {}
        self.windows = SeatWindows(seats=[A01, A02], new_key=lambda: OccupancyKey(self.new_id()))
        self.learner = learner
        self.pipeline = self.connect(enabled=enabled, spread=spread)
        self.now_s = 0.0

    def connect(self, *, enabled: bool = True, spread: bool = True) -> Pipeline:
        """Build a pipeline around the room's windows."""
        policy = RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=self.new_id)
        return Pipeline(
            perceivers={},
            windows=self.windows,
            fuser=Fuser(self.session, seats=2),
            monitor=EpisodeMonitor(levels=tracked_levels(TABLE_1), new_id=self.new_id),
            policy=policy,
            teacher=TeacherBudget(spread=spread),
            consent=self.consent,
            context=quiet_where(
                self.windows.calibrating,
                self.contexts.get,
                terminals={A01: TerminalKey("pc-01"), A02: TerminalKey("pc-02")},
            ),
            enabled=enabled,
            chooser=None if self.learner is None else self._choose_by(self.learner, policy),
        )

    def _choose_by(self, learner: Learner, policy: RulePolicy) -> ActionChooser:
        return ActionChooser(
            rules=policy,
            decider=Decider(
                learner=learner,
                explore=False,
                new_id=self.new_id,
                new_seed=lambda: 0,
                monotonic=lambda: 0.0,
            ),
            context=self.contexts.get,
            keeps_fused=lambda _: False,
        )

    def sit(self, seconds: float, *, seats: tuple[SeatKey, ...] = (A01,)) -> list[TickResult]:
        """Let time pass with somebody on each of the seats; return one result per token."""
        results = []
        for _ in range(round(seconds * 5)):
            self.now_s += 0.2
            for seat in seats:
                self.windows.append(observe(at_s=self.now_s - 0.1, seat=seat))
            results.append(self.pipeline.tick(dict.fromkeys(seats, self.now_s)))
        return results
