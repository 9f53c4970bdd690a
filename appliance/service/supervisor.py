"""How the box is, once a second: to systemd, to the broker, and to the degrade ladder."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from appliance.domain.seats import SeatKey
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.heartbeats import Heartbeats
from appliance.host.memory import return_freed_memory
from appliance.host.quarantine import Quarantine
from appliance.host.readings import read_board
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.box import BoxHealth
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.scheduling.ladder import Ladder
from appliance.scheduling.lanes import Lanes
from appliance.scheduling.load import SeatLoad
from appliance.service.acts import Acts
from appliance.service.cameras import Cameras
from appliance.service.continuity import Continuity
from appliance.service.control.closures import Closures
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.models import Models
from appliance.service.policy.watch import PolicyWatch
from appliance.service.report import (
    BoxFacts,
    find_problems,
    is_starting,
    without_refusals,
    write_report,
)
from appliance.service.sensors.watch import SensorWatch
from appliance.service.status import BoxCondition, StatusKeeper
from appliance.service.troubles import TroubleWatch
from appliance.storage.store import Storage
from appliance.storage.writer import WRITER

HEALTH_S = 5.0
"""Between two health messages; half of the shortest time in which somebody would look again."""

SILENT_S = 90.0
"""A thread this quiet is stuck: the longest wait is two decisions, 30 s each, on a hung disk."""

DISK_SILENT_S = 8.0
"""A writer this long at one commit waits for its disk; the status is true within 10 s."""

STUCK_S = 1.0
"""A lane that is at one frame for this long is stuck: a look takes 50 ms on the slowest board."""

EXIT_STUCK = 70
"""sysexits.h EX_SOFTWARE; systemd starts the box again (docs/DESIGN.md, 2, native failures)."""


class Supervisor:
    """One thread that looks after all others."""

    def __init__(
        self,
        *,
        models: Models,
        pipeline: Pipeline,
        lanes: Lanes,
        ladder: Ladder,
        cameras: Cameras,
        acts: Acts,
        broker: BrokerClient,
        storage: Storage,
        continuity: Continuity,
        beats: Heartbeats,
        breadcrumbs: Breadcrumbs,
        quarantine: Quarantine,
        notifier: SystemdNotifier,
        closures: Closures,
        pauses: SeatPauses,
        tuning: Callable[[], bool],
        policy: PolicyWatch,
        sensors: SensorWatch | None,
        clock: Clock,
        started_s: float,
        state_dir: Path,
    ) -> None:
        """Prepare the thread.

        Args:
            models: Whose engines may be stuck.
            pipeline: Counts what comes too late.
            lanes: Whose counts move the ladder.
            ladder: Follows the load.
            cameras: Reported.
            acts: Knows the seats' status.
            broker: Takes status and health.
            storage: Reported.
            continuity: Saved as often as a health message is sent, or as it bears.
            beats: Signs of life of all threads.
            breadcrumbs: Where the lanes are.
            quarantine: Told which camera a lane was stuck at.
            notifier: Speaks to systemd.
            closures: What keeps the cameras closed.
            pauses: Which seats are not looked at.
            tuning: Tells whether the box is timing its engines, which is no overload.
            policy: What is wrong with the learned policy.
            sensors: Follows those of which tokens come; None without.
            clock: Monotonic time.
            started_s: Monotonic time at which the box began.
            state_dir: Whose disk is reported.
        """
        self._models = models
        self._pipeline = pipeline
        self._lanes = lanes
        self._ladder = ladder
        self._cameras = cameras
        self._acts = acts
        self._broker = broker
        self._storage = storage
        self._continuity = continuity
        self._beats = beats
        self._breadcrumbs = breadcrumbs
        self._quarantine = quarantine
        self._notifier = notifier
        self._closures = closures
        self._pauses = pauses
        self._tuning = tuning
        self._policy = policy
        self._sensors = sensors
        self._clock = clock
        self._state_dir = state_dir
        self._started_s = started_s
        self._reported: Mapping[SeatKey, SeatLoad] = {}  # by the last health message
        self._reported_s = 0.0  # its uptime
        self._watch = TroubleWatch()
        self._troubles: Mapping[str, str] = {}
        self._status = StatusKeeper(tell=self._tell, clock=clock)
        self._stopping = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to supervise, and say that the box is there: all before this part has started."""
        self._thread.start()
        self._notifier.ready()
        self._log.info("box_started", cameras=len(self._cameras.health()))

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def report(self) -> BoxHealth:
        """Return how the box is at this moment; any thread may ask."""
        return write_report(self._facts())

    def condition(self) -> BoxCondition:
        """Return what the box says it is; any thread may ask."""
        return self._status.condition

    def _run(self) -> None:
        next_report_s = next_save_s = self._clock.monotonic_s()
        while not self._stopping.wait(1.0):
            try:
                self._give_up_if_poisoned()
                self._follow_load()
                facts = self._facts()
                facts = replace(facts, troubles=self._watch.follow(facts))
                self._troubles = facts.troubles
                self._give_up_if_stuck(facts.silent)
                self._notifier.watchdog()
                self._follow_status(facts)
                if self._clock.monotonic_s() >= next_report_s:
                    next_report_s = self._clock.monotonic_s() + HEALTH_S
                    self._broker.publish_health(without_refusals(write_report(facts)))
                    self._reported, self._reported_s = facts.load, facts.uptime_s
                    return_freed_memory()
                if self._clock.monotonic_s() >= next_save_s:
                    next_save_s = self._clock.monotonic_s() + max(
                        HEALTH_S, self._continuity.every_s
                    )
                    self._continuity.save()
                    return_freed_memory()  # of a large room it is megabytes of text
            except Exception:  # noqa: BLE001 - border of the thread: without it no watchdog ping
                self._log.exception("supervision_failed")

    def _follow_load(self) -> None:
        """Look less often when the lanes cannot keep up, and again when they can."""
        if self._tuning():
            self._ladder.skip()
        elif self._ladder.assess(self._clock.monotonic_s(), self._lanes.counts()):
            state = self._ladder.state
            self._log.info("degrade_step", step=state.step, reason=state.reason)

    def _give_up_if_poisoned(self) -> None:
        """End the process when a request never ended: its engine refuses everything from now on."""
        if cause := self._models.stuck():
            self._log.critical("engine_stuck", error=cause)
            self._give_up()

    def _give_up_if_stuck(self, silent: tuple[str, ...]) -> None:
        """End the process when native code holds a thread that all seats need.

        A reader may hang in its camera's driver and the writer on its disk: that is told in
        health and stops nobody else.
        """
        vital = [name for name in silent if name.startswith(("lane[", "ticker"))]
        if vital:
            self._log.critical("box_stuck", threads=vital)
            self._give_up()

    def _give_up(self) -> None:
        """Note at which camera a lane is stuck, then end the process."""
        if crumb := self._breadcrumbs.stuck(limit_s=STUCK_S):
            self._quarantine.note(crumb, now_s=self._clock.wall_s())
        # The stuck call cannot be interrupted, and a normal exit would wait for it.
        os._exit(EXIT_STUCK)

    def _facts(self) -> BoxFacts:
        uptime_s = self._clock.monotonic_s() - self._started_s
        status, sensors = self._acts.status(), self._sensors
        return BoxFacts(
            uptime_s=uptime_s,
            cameras=self._cameras.health(),
            load=self._lanes.load(),
            windows=self._pipeline.frame_counts(),
            reported=self._reported,
            since_s=uptime_s - self._reported_s if self._reported else 0.0,
            ladder=self._ladder.state,
            seats=status if sensors is None else sensors.current(status),
            board=read_board(self._state_dir),
            broker=self._broker.health(),
            expiring=self._broker.expiring(),
            storage=self._storage.health(),
            consent=self._storage.consent.problems(),
            silent=tuple(self._beats.silent_for(SILENT_S)),
            disk_silent=WRITER in self._beats.silent_for(DISK_SILENT_S),
            paused=bool(self._closures.reasons()),
            paused_seats=self._pauses.seats(),
            tuning=self._tuning(),
            policy=self._policy.problems(),
            policy_failures=self._policy.failures(),
            unrecorded=self._acts.unrecorded,
            disk_fault=self._storage.fault(),
            twins=self._broker.twins,
            checkpoints_damaged=self._storage.checkpoints.damaged,
            troubles=self._troubles,
            sensors={} if sensors is None else sensors.standings(),
            sensor_seats={} if sensors is None else sensors.readers(),
        )

    def _follow_status(self, facts: BoxFacts) -> None:
        self._status.follow(
            find_problems(facts),
            closed={key.value: why for key, why in self._closures.reasons().items()},
            starting=is_starting(facts),
        )

    def _tell(self, condition: BoxCondition) -> None:
        self._broker.publish_status(condition.state, reason=condition.reason)
        self._notifier.status(f"{condition.state.value} {condition.reason}".strip())
