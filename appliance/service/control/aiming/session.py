"""Somebody points a camera: measured for minutes, on record, and never a picture of it."""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import Region, SeatKey
from appliance.domain.terminals import ControlReply, ControlRequest, ControlStatus
from appliance.errors import ApplianceError, DoorError, StorageError
from appliance.host.door import Answer
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.codec import to_plain
from appliance.perception.aiming.view import AimView
from appliance.ports import Clock
from appliance.service.control.aiming.guard import AimGuard
from appliance.service.control.aiming.message import aim_message, farewell
from appliance.service.control.aiming.tap import FrameTap

LONGEST_S = 300.0
"""Aiming ends by itself; whoever needs longer asks again, which is on record again."""

EVERY_S = 0.5
"""Between two measurements, or twice what one costs if that is more: the lanes come first."""

PATIENCE_S = 0.2
"""How soon aiming ends when it may no longer go on and no frame comes."""

SIGN_S = 1.0
"""Longest silence towards whoever asked at the door."""

NOBODY_LEFT = "nobody watches any more"
TIME_IS_UP = "the time is up"
STOPPING = "the box stops"


@dataclass(frozen=True, slots=True, kw_only=True)
class AimTarget:
    """A camera that can be pointed."""

    regions: Mapping[SeatKey, Region]
    """Of its seats, in the order of the configuration."""

    fps: float
    """Frames per second that the configuration asks for."""


@dataclass(slots=True, eq=False)
class _Session:
    camera: CameraKey
    until_s: float = 0.0
    informed: bool = False
    published: bool = False
    watchers: int = 0
    frame: AimFrame | None = None
    measured: int = 0
    ended: str = ""
    news: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, seen: int) -> tuple[int, AimFrame | None, str]:
        """Wait a little for more than was seen; return count, newest frame and why it is over."""
        with self.news:
            self.news.wait_for(lambda: self.ended or self.measured > seen, timeout=SIGN_S)
            return self.measured, self.frame, self.ended


class Aiming:
    """A part of the box: one camera at a time, for whoever asks at the door or over MQTT.

    Asking for the same camera again joins and begins the five minutes anew; another camera is
    refused until they are over.
    """

    def __init__(
        self,
        *,
        targets: Mapping[CameraKey, AimTarget],
        new_measure: Callable[[CameraKey], Callable[[Frame], AimView]],
        tap: FrameTap,
        guard: AimGuard,
        record: Callable[[str, str, str], None],
        publish: Callable[[AimFrame], object],
        camera_state: Callable[[CameraKey], str],
        clock: Clock,
    ) -> None:
        """Prepare; no frame is taken until somebody asks.

        Args:
            targets: Cameras by id.
            new_measure: Makes what measures the frames of one camera; called for each aiming.
            tap: Where frames come from.
            guard: Says when a camera may not be pointed.
            record: Keeps event, actor and detail on disk before it returns.
            publish: Sends what was measured over MQTT.
            camera_state: Says in a few words how a camera is.
            clock: Monotonic time.
        """
        self._targets = targets
        self._new_measure = new_measure
        self._tap = tap
        self._guard = guard
        self._record = record
        self._publish = publish
        self._camera_state = camera_state
        self._clock = clock
        self._lock = threading.Lock()
        self._asked = threading.Condition(self._lock)
        self._session: _Session | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="aim", daemon=True)
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Wait to be asked."""
        self._thread.start()

    def stop(self) -> None:
        """End what goes on."""
        with self._lock:
            self._stopping = True
            self._asked.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def ask(self, question: Answer) -> Generator[Answer, None, None]:
        """Answer the door's ``aim``: ``frame`` or ``waiting`` again and again, at last ``ended``.

        Args:
            question: ``camera`` (may be left out where there is one), ``seconds``, ``by`` (who
                asks, for the record; a number, not a name), ``informed`` (all in the picture know).

        Raises:
            DoorError: The camera may not be pointed now.
            StorageError: It could not be put on record, so nothing is measured.
        """
        seconds = min(float(question.get("seconds") or LONGEST_S), LONGEST_S)
        session = self._begin(
            question.get("camera"),
            actor="operator",
            by=str(question.get("by", "")),
            seconds=seconds,
            informed=bool(question.get("informed")),
            published=False,
        )
        try:
            yield from self._watch(session, until_s=self._clock.monotonic_s() + seconds)
        finally:
            with session.news:
                session.watchers -= 1

    def take(self, request: ControlRequest) -> ControlReply:
        """Do what a teacher asks over MQTT.

        Raises:
            StorageError: It could not be put on record, so nothing is measured.
        """
        try:
            session = self._begin(
                request.camera,
                actor=request.sender,
                by="",
                seconds=LONGEST_S,
                informed=False,
                published=True,
            )
        except DoorError as error:
            return ControlReply(status=ControlStatus.REFUSED, detail=str(error))
        return ControlReply(
            status=ControlStatus.DONE, detail=f"camera {session.camera} for {LONGEST_S:.0f} s"
        )

    def _begin(
        self,
        asked: str | None,
        *,
        actor: str,
        by: str,
        seconds: float,
        informed: bool,
        published: bool,
    ) -> _Session:
        """Begin, or join what goes on."""
        camera = self._find(asked)
        if reason := self._guard.objection(camera, informed=informed):
            raise DoorError(reason)
        with self._lock:
            session = self._session
            if session is not None and session.camera != camera:
                msg = f"camera {session.camera} is being pointed; wait until that is over"
                raise DoorError(msg)
            words = [f"camera {camera}", f"at most {seconds:.0f} s", by]
            words += ["people informed"] if informed else []
            self._record("aim_started", actor, ", ".join(filter(None, words)))
            session = _Session(camera=camera) if session is None else session
            with session.news:
                session.until_s = max(session.until_s, self._clock.monotonic_s() + seconds)
                session.informed |= informed
                session.published |= published
                session.watchers += not published
            self._session = session
            self._asked.notify()
        self._log.info("aim_started", camera=camera, actor=actor, seconds=seconds)
        return session

    def _find(self, asked: str | None) -> CameraKey:
        known = ", ".join(self._targets)
        if asked is None:
            if len(self._targets) == 1:
                return next(iter(self._targets))
            msg = f"name one of the cameras {known}"
            raise DoorError(msg)
        if asked not in self._targets:
            msg = f"no camera {asked!r} on this box; there are {known}"
            raise DoorError(msg)
        return CameraKey(asked)

    def _watch(self, session: _Session, *, until_s: float) -> Iterator[Answer]:
        """Yield what is measured; somebody else may have asked for longer."""
        seen = 0
        while True:
            measured, frame, ended = session.wait(seen)
            if self._clock.monotonic_s() >= until_s:
                ended = ended or TIME_IS_UP
            if frame is not None and measured > seen:
                yield {"frame": to_plain(frame)}
            elif not ended:
                yield {"waiting": self._camera_state(session.camera)}
            seen = measured
            if ended:
                yield {"ended": ended}
                return

    def _run(self) -> None:
        while True:
            with self._lock:
                self._asked.wait_for(lambda: self._stopping or self._session is not None)
                session = self._session
            if session is None:
                return
            self._serve(session)

    def _serve(self, session: _Session) -> None:
        """Measure until something ends it, and say what it was."""
        self._tap.open(session.camera)
        try:
            ended = self._measure(session)
        except ApplianceError as error:
            ended = str(error)
        except Exception:  # noqa: BLE001 - border of the thread: the next one may ask again
            self._log.exception("aim_failed", camera=session.camera)
            ended = "something went wrong; see the log"
        finally:
            self._tap.close()
        with self._lock:
            if self._session is session:  # after an error; else the next one may already wait
                self._session = None
        if session.published and session.frame is not None:
            self._publish(farewell(session.frame, ended=ended))
        self._log.info("aim_ended", camera=session.camera, pictures=session.measured, reason=ended)
        detail = f"camera {session.camera}, {session.measured} pictures measured: {ended}"
        try:
            self._record("aim_ended", "box", detail)
        except StorageError as error:
            self._log.warning("aim_end_not_recorded", error=str(error))
        with session.news:
            session.ended = ended
            session.news.notify_all()

    def _measure(self, session: _Session) -> str:
        """Return why it is over."""
        measure = self._new_measure(session.camera)
        target = self._targets[session.camera]
        next_s = self._clock.monotonic_s()
        while not (ended := self._end(session)):
            frame = self._tap.take(from_s=next_s, timeout_s=PATIENCE_S)
            if frame is None or self._over(session):
                continue
            began_s = self._clock.monotonic_s()
            view = measure(frame)
            del frame  # not kept while the next one is waited for
            if self._over(session):
                continue  # somebody has said no meanwhile
            now_s = self._clock.monotonic_s()
            next_s = began_s + max(EVERY_S, 2 * (now_s - began_s))
            message = aim_message(
                view,
                camera=session.camera,
                regions=target.regions,
                fps=self._tap.rate_hz(),
                wanted_fps=target.fps,
                remaining_s=session.until_s - now_s,
            )
            with session.news:
                session.frame, session.measured = message, session.measured + 1
                session.news.notify_all()
            if session.published:
                self._publish(message)
        return ended

    def _end(self, session: _Session) -> str:
        """Return why a session may not go on; from then on nobody joins it. Empty while it may."""
        with self._lock:
            ended = self._over(session)
            if ended:
                self._session = None
            return ended

    def _over(self, session: _Session) -> str:
        if self._stopping:
            return STOPPING
        if self._clock.monotonic_s() >= session.until_s:
            return TIME_IS_UP
        if not session.published and session.watchers < 1:
            return NOBODY_LEFT
        return self._guard.objection(session.camera, informed=session.informed)
