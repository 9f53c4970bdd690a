"""Obeys the permit several times a second, and says how the sensor is."""

import os
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import structlog

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.host.heartbeats import Heartbeats
from appliance.host.readings import read_board
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.seats import Sight, SightReason
from appliance.mqtt.contract.sensors import (
    SensorCamera,
    SensorHealth,
    SensorSeat,
    SensorState,
)
from appliance.mqtt.sensor_client import MAX_LINE, SensorClient
from appliance.ports import Clock
from appliance.scheduling.ladder import Ladder
from appliance.scheduling.lanes import Lanes
from appliance.sensing import Sensing
from appliance.service.cameras import Cameras
from appliance.service.models import Models
from appliance.service.report import camera_word
from appliance.service.sensor_box.busy import BusyWatch
from appliance.service.sensor_box.indicator import Indicator
from appliance.service.sensor_box.packets import TokenSender
from appliance.service.sensor_box.permit import NO_LEASE, LookPermit

TURN_S = 0.2
SECOND_S = 1.0
HEALTH_S = 5.0
STARTING_S = 15.0
"""Until it is worth a word that no lease has come."""

SILENT_S = 90.0
"""A lane or ticker this quiet is stuck in native code."""

EXIT_STUCK = 70
"""sysexits.h EX_SOFTWARE; systemd starts the sensor again."""

_OPEN = frozenset({CameraState.CONNECTING, CameraState.LIVE})
_ASKED_FOR = frozenset({SightReason.SEAT_PAUSED, SightReason.ROOM_PAUSED})

WORDS: Mapping[SightReason, str] = {
    SightReason.ROOM_PAUSED: "somebody paused the room",
    SightReason.SEAT_PAUSED: "somebody paused this seat",
    SightReason.STARTING: "the box that decides has not said yet that it may",
    SightReason.NO_CONSENT: "nobody has agreed",
    SightReason.NOBODY: "nobody is logged in",
}
"""Of the reasons that a permit gives."""


class SensorCare:
    """One thread that looks after all others; ``obey`` may be called by any."""

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, CameraKey],
        models: Models,
        permit: LookPermit,
        sensing: Sensing,
        sender: TokenSender,
        cameras: Cameras,
        lanes: Lanes,
        ladder: Ladder,
        client: SensorClient,
        busy: BusyWatch,
        indicator: Indicator,
        beats: Heartbeats,
        notifier: SystemdNotifier,
        clock: Clock,
        state_dir: Path,
    ) -> None:
        """Prepare the thread; every camera is closed until ``obey`` may open it.

        Args:
            seats: Which camera sees which seat.
            models: Whose engines may be stuck.
            permit: Says at whom the sensor may look.
            sensing: Forgets whom it may not.
            sender: Likewise, and sends what has waited.
            cameras: Opened and closed.
            lanes: Their counts move the ladder.
            ladder: Follows the load.
            client: Takes status and health.
            busy: Says when to rest.
            indicator: Shows whether a camera is open.
            beats: Signs of life.
            notifier: Speaks to systemd.
            clock: Monotonic time.
            state_dir: Own folder.
        """
        self._state_dir = state_dir
        self._seats = seats
        self._models = models
        self._permit = permit
        self._sensing = sensing
        self._sender = sender
        self._cameras = cameras
        self._lanes = lanes
        self._ladder = ladder
        self._client = client
        self._busy = busy
        self._indicator = indicator
        self._beats = beats
        self._notifier = notifier
        self._clock = clock
        self._opened: frozenset[CameraKey] = frozenset()
        self._obeying = threading.Lock()
        self._said: tuple[SensorState, str] | None = None
        self._leased = False
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="care", daemon=True)
        cameras.pause()

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._notifier.ready()
        self._log.info("sensor_started", cameras=len(self._cameras.health()))

    def stop(self) -> None:
        """End, and take the indicator away."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._indicator.remove()

    def wake(self) -> None:
        """Look at once: a camera has come or gone."""
        self._wake.set()

    def wanted(self, camera: CameraKey) -> bool:
        """Tell whether a camera may be open now."""
        return not self._busy.reason and any(
            its == camera and self._permit.granted(seat) for seat, its in self._seats.items()
        )

    def obey(self) -> None:
        """Forget, close and open as the permit has it now."""
        with self._obeying:
            wanted = frozenset(filter(self.wanted, set(self._seats.values())))
            if shut := self._opened - wanted:
                self._cameras.pause(shut)
            orders = self._permit.settle()
            for seat in orders.forget:
                self._sender.forget(seat)
                self._sensing.end_occupancy(seat)
            for seat, occupancy in orders.begin.items():
                self._sensing.begin_occupancy(seat, occupancy)
            for seat in orders.calibrate:
                self._sensing.calibrate(seat)
            # Asked again: what was refused in between stays closed until the next turn.
            if fresh := frozenset(filter(self.wanted, wanted - self._opened)):
                self._cameras.resume(fresh)
            self._opened = (self._opened & wanted) | fresh
            if shut or fresh:
                self._log.info("cameras_obey", closed=sorted(shut), opened=sorted(fresh))

    def health(self, *, cpu_percent: float | None) -> SensorHealth:
        """Return how the sensor is."""
        readers, sent = self._cameras.health(), self._sender.sent()
        reasons = {seat: self._reason(seat, readers[its]) for seat, its in self._seats.items()}
        return SensorHealth(
            cameras={
                camera: SensorCamera(
                    state="closed" if reader.state is CameraState.PAUSED else camera_word(reader),
                    fps=round(reader.fps, 1),
                    last_error=reader.last_error[:MAX_LINE],
                )
                for camera, reader in readers.items()
            },
            seats={
                seat: SensorSeat(sight=_sight(reason), reason=reason, tokens=sent[seat])
                for seat, reason in reasons.items()
            },
            step=self._ladder.state.step,
            busy=self._busy.reason,
            memory_mb=round(read_board(self._state_dir).rss_mb, 1),
            cpu_percent=cpu_percent,
            refused=self._permit.refused[:MAX_LINE],
        )

    def _run(self) -> None:
        started_s = second_s = health_s = self._clock.monotonic_s()
        used_s, used_at_s = time.process_time(), started_s
        while not self._stopping.is_set():
            self._wake.wait(TURN_S)
            self._wake.clear()
            try:
                self.obey()
                self._show()
                now_s = self._clock.monotonic_s()
                if now_s < second_s:
                    continue
                second_s = now_s + SECOND_S
                self._give_up_if_stuck()
                self._notifier.watchdog()
                self._sender.flush()
                self._busy.follow(now_s)
                if not self._opened:
                    self._ladder.skip()
                elif self._ladder.assess(now_s, self._lanes.counts()):
                    self._log.info("degrade_step", step=self._ladder.state.step)
                self._say(starting=now_s - started_s < STARTING_S)
                if now_s >= health_s:
                    health_s = now_s + HEALTH_S
                    spent_s = time.process_time() - used_s
                    share = round(100 * spent_s / max(now_s - used_at_s, 1e-3), 1)
                    used_s, used_at_s = used_s + spent_s, now_s
                    self._client.publish_health(self.health(cpu_percent=share))
            except Exception:  # noqa: BLE001 - border of the thread: it has to go on obeying
                self._log.exception("care_failed")

    def _give_up_if_stuck(self) -> None:
        """End the process where native code holds what it needs; no exit could wait for that."""
        silent = self._beats.silent_for(SILENT_S)
        vital = [name for name in silent if name.startswith(("lane[", "ticker"))]
        if cause := self._models.stuck() or ", ".join(vital):
            self._log.critical("sensor_stuck", cause=cause)
            self._indicator.remove()
            os._exit(EXIT_STUCK)

    def _say(self, *, starting: bool) -> None:
        """Publish the state where it is news."""
        self._leased = self._leased or self._permit.leased
        problems = list(filter(None, (self._permit.refused, self._busy.reason)))
        if not self._permit.leased:
            problems.append(NO_LEASE)
        problems += [
            f"camera {camera}: {reader.last_error}"
            for camera, reader in self._cameras.health().items()
            if reader.away and camera in self._opened
        ]
        if (step := self._ladder.state).step:
            problems.append(f"looks less often, step {step.step}: {step.reason}")
        if starting and not self._leased:
            said = SensorState.INIT, ""
        elif problems:
            said = SensorState.DEGRADED, problems[0]
        else:
            said = SensorState.READY, ""
        if said != self._said:
            self._said = said
            self._client.publish_status(said[0], reason=said[1])
            self._notifier.status(f"{said[0].value} {said[1]}".strip())

    def _show(self) -> None:
        readers = self._cameras.health()
        looking = [camera for camera, reader in readers.items() if reader.state in _OPEN]
        try:
            self._indicator.show(
                looking=bool(looking), why=self._why(looking, self._seats, readers)
            )
        except OSError as error:
            self._log.warning("indicator_not_written", error=error.strerror)

    def _why(
        self,
        looking: Collection[CameraKey],
        seats: Collection[SeatKey],
        readers: Mapping[CameraKey, ReaderHealth],
    ) -> str:
        if looking:
            seen = [
                seat
                for seat in seats
                if self._seats[seat] in looking and self._permit.granted(seat)
            ]
            return f"at {', '.join(seen) or 'nobody any more'}"
        if self._busy.reason:
            return self._busy.reason
        if self._permit.refused:
            return self._permit.refused
        reasons = [reason for seat in seats if (reason := self._permit.why(seat))]
        if len(reasons) == len(seats):
            return WORDS[reasons[0]]
        errors = [reader.last_error for reader in readers.values() if reader.last_error]
        return errors[0] if errors else "the camera is not there yet"

    def _reason(self, seat: SeatKey, reader: ReaderHealth) -> SightReason:
        status = self._sender.status(seat)
        rules = (
            (bool(self._busy.reason), SightReason.CAMERA),  # ``busy`` says why
            (bool(self._permit.why(seat)), self._permit.why(seat)),
            (reader.away or reader.black or reader.state is CameraState.ENDED, SightReason.CAMERA),
            (reader.state is not CameraState.LIVE or status is None, SightReason.STARTING),
            (status is SeatStatus.CAMERA_LOST, SightReason.CAMERA),
            (status is not SeatStatus.PRESENT, SightReason.NOT_SEEN),
        )
        return next((reason for applies, reason in rules if applies), SightReason.NONE)


def _sight(reason: SightReason) -> Sight:
    if reason is SightReason.NONE:
        return Sight.OBSERVED
    return Sight.PAUSED if reason in _ASKED_FOR else Sight.NOT_OBSERVED
