"""A box in a process of its own that can be killed: real records, a real reader, no models."""

import json
import socket
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import structlog

from acceptance.last_word.model import ON_FILE, SEATS
from appliance.cameras.reader import CameraReader
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import (
    ControlCommand,
    ControlReply,
    ControlRole,
    TerminalPresence,
)
from appliance.fusion.fuser import Fuser
from appliance.host.clock import SystemClock
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.rule_policy import RulePolicy
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper, format_time
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.requests import SYNCED, ControlRequests, Freshness
from appliance.mqtt.wire.messages import Delivery
from appliance.perception.perceiver import Perceiver
from appliance.pipeline import Pipeline
from appliance.service.classroom import Classroom
from appliance.service.contexts import TaskContexts
from appliance.service.control.closures import Closures
from appliance.service.control.pausing import Pausing
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.service.control.trial_alerts import TrialAlerts
from appliance.service.seats.exams import Exams
from appliance.storage.pause import PauseFile
from appliance.storage.store import Storage
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.seat_windows import SeatWindows

FRAME_S = 0.001
PATIENCE_S = 5.0
"""Longest wait for a frame of an open camera, on a busy machine."""

DAY_S = 86_400.0
BALLAST_BYTES = 4096
TEACHER = "t1"
STALE = ("retained", "no-expiry", "long", "early", "old")
"""How a request may come that counts no more."""
TERMINALS = {TerminalKey(f"pc-{seat}"): SeatKey(seat) for seat in SEATS}


@dataclass
class JumpingClock:
    """The machine's clocks, moved."""

    ahead_s: float

    def wall_s(self) -> float:
        """Return wall time."""
        return SystemClock().wall_s() + self.ahead_s

    def monotonic_s(self) -> float:
        """Return monotonic time; it only goes forwards, and by hours, so that retention works."""
        return SystemClock().monotonic_s() + abs(self.ahead_s)


class CountedCamera:
    """A camera whose opening and whose frames are counted."""

    camera = CameraKey("front")

    def __init__(self) -> None:
        """Begin closed."""
        self.opened = False
        self.frames = 0
        self.came = threading.Condition()

    def open(self) -> None:
        """Open it."""
        self.opened = True

    def read(self) -> Frame:
        """Return the next frame, in time."""
        threading.Event().wait(FRAME_S)
        with self.came:
            self.frames += 1
            self.came.notify_all()
        return Frame(
            camera=self.camera,
            index=self.frames,
            captured_at_s=float(self.frames),
            pixels=np.zeros((2, 2, 3), dtype=np.uint8),
        )

    def close(self) -> None:
        """Close it."""
        self.opened = False


class RunningBox:
    """Takes one order after the other, and tells what it has looked at."""

    def __init__(self, folder: Path, *, ahead_s: float) -> None:
        """Start as the service does: records first, then what keeps the cameras closed."""
        self.clock = JumpingClock(ahead_s)
        self.storage = Storage.open(
            folder, clock=self.clock, on_file={SeatKey(ON_FILE)}, ballast_bytes=BALLAST_BYTES
        )
        self.storage.start()
        self.pauses = SeatPauses(
            seats=list(TERMINALS.values()),
            state_dir=folder,
            audit=self.storage.audit,
            clock=self.clock,
        )
        self.source = CountedCamera()
        self.seen: set[str] = set()
        self.pipeline = self._pipeline()
        self.reader = CameraReader(
            source=self.source,
            deliver=self._look,
            monotonic=SystemClock().monotonic_s,
            rng=np.random.default_rng(1),
        )
        closures = Closures(pause=self.reader.pause, resume=self.reader.resume)
        pausing = Pausing(
            closures=closures,
            file=PauseFile(folder),
            audit=self.storage.audit,
            clock=self.clock,
        )
        self.classroom = Classroom(
            pipeline=self.pipeline,
            storage=self.storage,
            pausing=pausing,
            pauses=self.pauses,
            contexts=TaskContexts(clock=self.clock),
            seats=TERMINALS,
            unlock=lambda _: None,
            erase=lambda seat, actor: self.storage.erasure.erase(actor=actor, seat=seat),
            trials=cast("TrialAlerts", None),  # nobody asks for one here
            aim=lambda _: cast("Any", None),
            exams=cast("Exams", None),  # nor for this
            unseen=lambda _: "",
            on_presence=lambda _: None,
            on_command=lambda *_: None,
        )
        self._known: dict[SeatKey, OccupancyKey | None] = {}
        self._stamper = Stamper(
            src=f"teacher/{TEACHER}", clock=self.clock, clock_state=lambda: SYNCED
        )
        self._replies: list[ControlReply] = []
        self._requests = ControlRequests(
            roles={TEACHER: ControlRole.TEACHER},
            contracts=Contracts.load(),
            freshness=Freshness(clock=self.clock, clock_state=lambda: SYNCED),
            take=self.classroom.take_control,
            reply=lambda reply, _client, _request: self._replies.append(reply),
            drop=lambda *_: None,
        )
        pausing.follow()
        for follow in self.pauses.follows:
            follow()
        self.reader.start()

    def sit(self, seat: str, who: str | None) -> str:
        """Take a terminal's presence, and what the next token makes of it."""
        self.classroom.take_presence(
            TerminalPresence(
                terminal=TerminalKey(f"pc-{seat}"), online=True, occupant=who, pseudonym=None
            )
        )
        self._tick()
        for _ in range(2):  # the end of a stay is on the disk within 0.2 s; here at once
            self.storage.flush()
        return "done"

    def consent(self, seat: str, word: str) -> str:
        """Give consent or take it back, as a teacher does."""
        return self._ask(ControlCommand.CONSENT, seat=SeatKey(seat), granted=word == "yes")

    def pause(self, seat: str | None = None) -> str:
        """Close the cameras, or leave out a seat, as a teacher does."""
        return self._ask(ControlCommand.PAUSE, seat=None if seat is None else SeatKey(seat))

    def resume(self, seat: str | None = None) -> str:
        """Open them again, or look at the seat."""
        return self._ask(ControlCommand.RESUME, seat=None if seat is None else SeatKey(seat))

    def stale(self, how: str, word: str, seat: str) -> str:
        """Take a request that counts no more: a yes, a no, or the end of a pause."""
        if word == "resume":
            return self._ask(ControlCommand.RESUME, stale=how)
        return self._ask(
            ControlCommand.CONSENT, seat=SeatKey(seat), granted=word == "yes", stale=how
        )

    def jump(self, days: float) -> str:
        """Move the clock; the retention works at once."""
        self.clock.ahead_s += days * DAY_S
        self.storage.flush()
        return "done"

    def watch(self, camera: str, patience_s: float, allowed: list[str], how: str) -> list[object]:
        """Return whether the camera is open, whom it looks at, and what is wrong.

        Args:
            camera: ``open``, ``closed`` or ``either``: what to wait for.
            patience_s: How long to wait for whom is looked at; 0 for not at all.
            allowed: Whom it may look at.
            how: ``exactly`` at all of them, or ``at most``.
        """
        until_s = self.clock.monotonic_s() + (patience_s or 1.0)
        while camera != "either" and self.source.opened is not (camera == "open"):
            if self.clock.monotonic_s() > until_s:
                break
            threading.Event().wait(FRAME_S)
        while True:
            seen = self._frames()
            late = self.clock.monotonic_s() > until_s
            right = seen == set(allowed) if how == "exactly" else seen <= set(allowed)
            if not patience_s or late or right:
                return [self.source.opened, sorted(seen), self.storage.consent.problems()]

    def stop(self) -> str:
        """Stop as the service does."""
        self.reader.stop()
        return "done" if self.storage.stop() else "failed"

    def _ask(
        self,
        command: ControlCommand,
        *,
        seat: SeatKey | None = None,
        granted: bool | None = None,
        stale: str = "",
    ) -> str:
        """Take a request as the broker hands it over, and return what is answered."""
        body = ControlRequestMessage(command=command, seat=seat, granted=granted)
        message = self._stamper.stamp(body, ttl_s=CONTROL_TTL_S)
        if stale == "old":
            day_ago = format_time(self.clock.wall_s() - DAY_S)
            message = replace(message, ts=day_ago)
        expiry_s = {"no-expiry": None, "long": 10 * CONTROL_TTL_S}.get(stale, CONTROL_TTL_S)
        delivery = Delivery(
            topic=f"control/{TEACHER}/req",
            payload=message.to_json().encode(),
            expiry_s=expiry_s,
            retained=stale == "retained",
            early=stale == "early",
        )
        self._requests.handle(delivery, client=TEACHER)
        self._tick()
        return self._replies.pop().status.value

    def _frames(self) -> set[str]:
        """Return who is looked at on the next frames, the one under way not counted."""
        self._await_frames()
        self.seen.clear()
        self._await_frames()
        return set(self.seen)

    def _await_frames(self) -> None:
        """Wait for two frames; where the camera is closed, long enough for some to come."""
        with self.source.came:
            two_more = self.source.frames + 2
            self.source.came.wait_for(
                lambda: self.source.frames >= two_more,
                timeout=PATIENCE_S if self.source.opened else 5 * FRAME_S,
            )

    def _look(self, frame: Frame) -> None:
        for seat in TERMINALS.values():
            self.pipeline.look(seat, frame)

    def _tick(self) -> None:
        """Tell consent who sits there, as each token does."""
        for seat in TERMINALS.values():
            occupancy = self.pipeline.occupancy(seat)
            if occupancy != self._known.get(seat):
                self._known[seat] = occupancy
                self.storage.consent.occupancy_changed(seat, occupancy)

    def _pipeline(self) -> Pipeline:
        def new_id() -> str:
            return "nobody-logs-in-by-sitting-down"

        return Pipeline(
            perceivers={
                seat: cast("Perceiver", CountedPerceiver(seat, self.seen))
                for seat in TERMINALS.values()
            },
            windows=SeatWindows(
                seats=list(TERMINALS.values()), new_key=lambda: OccupancyKey(new_id())
            ),
            fuser=Fuser(cast("Any", None), seats=len(SEATS)),
            monitor=EpisodeMonitor(levels={}, new_id=new_id),
            policy=RulePolicy(rules=(), cooldowns=Cooldowns(), new_id=new_id),
            teacher=TeacherBudget(),
            consent=Permitted(consent=self.storage.consent, pauses=self.pauses),
            context=lambda _: None,
        )


class CountedPerceiver:
    """Notes that it was given a frame."""

    def __init__(self, seat: SeatKey, seen: set[str]) -> None:
        """Note it in ``seen``."""
        self._seat = seat
        self._seen = seen

    def look(self, frame: Frame, **_: bool) -> SimpleNamespace:
        """Take a frame; the rest of it is nobody's business here."""
        del frame
        self._seen.add(self._seat)
        return SimpleNamespace(crop="face")

    def reset(self) -> None:
        """Forget nothing, because nothing is known."""


def serve(line: socket.socket, folder: Path, *, ahead_s: float) -> None:
    """Do what comes on the line until it ends, and answer each order."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    box = RunningBox(folder, ahead_s=ahead_s)
    with line, line.makefile("rwb") as file:
        file.write(b'"started"\n')
        file.flush()
        for text in file:
            order, *arguments = json.loads(text)
            file.write(json.dumps(getattr(box, order)(*arguments)).encode() + b"\n")
            file.flush()


def beside(folder: Path, *, ahead_s: float, seat: str) -> None:
    """Take consent back at the box, as ``classbox consent revoke`` does."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    storage = Storage.open(
        folder, clock=JumpingClock(ahead_s), on_file={SeatKey(ON_FILE)}, repair=False
    )
    storage.start()
    storage.consent.revoke(SeatKey(seat), actor="operator")
    storage.stop()
