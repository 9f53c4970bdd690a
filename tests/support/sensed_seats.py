"""Seats of two sensors before a scripted model, without a camera and without a broker."""

import itertools
from typing import Any

import numpy as np

from appliance.deciding import TickResult
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.fusion.fuser import Fuser
from appliance.intake.rules import TokenRules
from appliance.intake.sensor_seats import SensorSeats
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, tracked_levels
from appliance.pipeline import Pipeline
from appliance.service.sensors.watch import SensorWatch
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.seat_windows import SeatWindows
from tests.support.clocks import ManualClock
from tests.support.counting_session import CountingSession
from tests.support.rooms import A01, A02, Consents
from tests.support.token_packets import make_packet

ONE, TWO = SensorKey("lab-1"), SensorKey("lab-2")
SENSORS = {ONE: {A01: TerminalKey("pc-01")}, TWO: {A02: TerminalKey("pc-02")}}
ENCODER = "expression_mobilevit 2.0.0"


class SensedRoom:
    """A decider of two seats; the test is both sensors."""

    def __init__(self, clock: ManualClock) -> None:
        """Connect the stages."""
        numbers = itertools.count(1)
        self.clock = clock
        self.consent = Consents()
        self.session = CountingSession()
        self.seats = SensorSeats(
            seats=[A01, A02], permitted=self.consent, monotonic=clock.monotonic_s
        )
        self.watch = SensorWatch(
            sensors=SENSORS,
            rules=TokenRules(
                sensors={A01: ONE, A02: TWO},
                fusion="fusion 0.3.0",
                encoders=[ENCODER],
                fatigue_only=False,
            ),
            seats=self.seats,
            clock=clock,
        )

        def new_id() -> str:
            return f"id-{next(numbers)}"

        self.pipeline = Pipeline(
            perceivers={},
            windows=SeatWindows(seats=[], new_key=lambda: OccupancyKey(new_id())),
            fuser=Fuser(self.session, seats=2),
            monitor=EpisodeMonitor(levels=tracked_levels(TABLE_1), new_id=new_id),
            policy=RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=new_id),
            teacher=TeacherBudget(),
            consent=self.consent,
            context=lambda _: None,
            sensors=self.seats,
        )

    def second(self, number: int, *, seat: SeatKey = A01, **changes: object) -> list[TickResult]:
        """Send one second of a seat, and follow whatever has come."""
        sensor = ONE if seat == A01 else TWO
        fields: dict[str, Any] = {
            "seat": seat,
            "sensor": sensor,
            "encoder": ENCODER,
            "age_s": (0.2 * (1 + 5 * number + np.arange(5))).astype(np.float32),
            **changes,
        }
        self.watch.take(make_packet(first=5 * number, seed=number, **fields))
        return self.follow()

    def follow(self) -> list[TickResult]:
        """Close every token that can be."""
        results = []
        while self.seats.waiting():
            results.append(self.pipeline.tick({}))
        return results
