"""Aiming is asked for, is on record, lasts five minutes, and ends when it may no longer go on."""

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import (
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
)
from appliance.errors import DoorError, InferenceError, StorageError
from appliance.mqtt.contract.aim import AimFrame
from appliance.perception.aiming.view import AimView
from appliance.service.control.aiming.guard import AimGuard
from appliance.service.control.aiming.session import LONGEST_S, TIME_IS_UP, Aiming, AimTarget
from appliance.service.control.aiming.tap import FrameTap
from appliance.service.control.closures import Closure, Closures
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.storage.store import Storage
from tests.support.aims import HALVES, view_of
from tests.support.clips import make_frame
from tests.support.clocks import ManualClock
from tests.support.waiting import wait_until

FRONT, BACK = CameraKey("front"), CameraKey("back")
LEFT, RIGHT = HALVES


class Setting:
    """A box with two cameras, whose front one shows a frame every 10 ms, and real databases."""

    def __init__(self, folder: Path) -> None:
        """Open the databases; frames come from the start."""
        self.folder = folder
        self.clock = ManualClock()
        self.storage = Storage.open(folder, clock=self.clock)
        self.storage.start()
        self.published: list[AimFrame] = []
        self.closures = Closures(pause=lambda: None, resume=lambda: None)
        self.pauses = SeatPauses(
            seats=[LEFT, RIGHT], state_dir=folder, audit=self.storage.audit, clock=self.clock
        )
        self.failure: Exception | None = None
        self.tap = FrameTap(monotonic=self.clock.monotonic_s)
        self.aiming = Aiming(
            targets={
                FRONT: AimTarget(regions=HALVES, fps=15.0),
                BACK: AimTarget(regions={}, fps=15.0),
            },
            new_measure=lambda _camera: self.measure,
            tap=self.tap,
            guard=AimGuard(
                seats={FRONT: [LEFT, RIGHT], BACK: []},
                closures=self.closures,
                permitted=Permitted(consent=self.storage.consent, pauses=self.pauses),
                occupancy=lambda _seat: None,
            ),
            record=lambda event, actor, detail: self.storage.audit.record(
                event, actor=actor, detail=detail
            ),
            publish=self.published.append,
            camera_state=lambda camera: f"camera {camera} is live",
            clock=self.clock,
        )
        self.aiming.start()
        self._stop = threading.Event()
        self._camera = threading.Thread(target=self._film)
        self._camera.start()

    def measure(self, _frame: Frame) -> AimView:
        """See one person, or fail."""
        if self.failure is not None:
            raise self.failure
        return view_of("left")

    def _film(self) -> None:
        for index in itertools.count():
            if self._stop.wait(0.01):
                return
            self.tap.offer(make_frame(index=index))

    def close(self) -> None:
        """End all threads."""
        self._stop.set()
        self._camera.join()
        self.aiming.stop()
        self.storage.stop()

    def door(self, **question: object) -> Iterator[Any]:
        """Ask at the door."""
        return self.aiming.ask({"camera": "front", "by": "uid 0", **question})

    def over_mqtt(self, camera: str | None = "front") -> ControlReply:
        """Ask as a teacher does."""
        return self.aiming.take(
            ControlRequest(
                id="1",
                command=ControlCommand.AIM,
                role=ControlRole.TEACHER,
                client="t1",
                seat=None,
                granted=None,
                camera=None if camera is None else CameraKey(camera),
            )
        )

    def has_published(self, count: int) -> bool:
        """Tell whether exactly so many measurements went out."""
        return len(self.published) == count

    def audit(self) -> list[tuple[str, str, str]]:
        """Return event, actor and detail of what is on record, oldest first."""
        with closing(sqlite3.connect(self.folder / "privacy.db")) as database:
            return database.execute(
                "SELECT event, actor, detail FROM audit WHERE event LIKE 'aim_%' ORDER BY rowid"
            ).fetchall()


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    """Return a box."""
    made = Setting(tmp_path)
    yield made
    made.close()


def test_the_door_answers_with_numbers_until_the_time_is_up(setting: Setting) -> None:
    """Five minutes by the box's own clock, however long somebody wants to watch."""
    answers = setting.door(seconds=10_000)
    frame = next(answers)["frame"]
    assert frame["camera"] == "front"
    assert frame["remaining_s"] == LONGEST_S
    assert frame["seats"]["left"] == {"region": [0.0, 0.0, 0.5, 1.0], "people": 1}
    assert frame["people"][0]["seat"] == "left"
    setting.clock.advance(LONGEST_S)
    assert [answer for answer in answers if "ended" in answer] == [{"ended": TIME_IS_UP}]


def test_what_was_done_is_on_record(setting: Setting) -> None:
    """Who asked, for which camera, for how long, and how it ended; no name."""
    answers = setting.door(seconds=60, informed=True)
    next(answers)
    setting.clock.advance(60)
    list(answers)
    (begun, ended) = setting.audit()
    assert begun == (
        "aim_started", "operator", "camera front, at most 60 s, uid 0, people informed",
    )  # fmt: skip
    assert ended[:2] == ("aim_ended", "box")
    assert ended[2].endswith(f"pictures measured: {TIME_IS_UP}")


def test_what_cannot_be_put_on_record_is_not_done(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk comes first."""

    def fail(*_: object, **__: object) -> None:
        msg = "disk full"
        raise StorageError(msg)

    monkeypatch.setattr(setting.storage.audit, "record", fail)
    with pytest.raises(StorageError, match="disk full"):
        next(setting.door())
    with pytest.raises(StorageError, match="disk full"):
        setting.over_mqtt()
    assert setting.published == []


def test_over_mqtt_it_is_published_for_five_minutes(setting: Setting) -> None:
    """Asking again begins the five minutes anew; without a listener it goes on all the same."""
    reply = setting.over_mqtt()
    assert reply.status is ControlStatus.DONE
    assert reply.detail == "camera front for 300 s"
    wait_until(lambda: setting.published)
    setting.clock.advance(LONGEST_S - 1)
    wait_until(lambda: setting.published[-1].remaining_s == 1)
    assert setting.over_mqtt().status is ControlStatus.DONE
    setting.clock.advance(LONGEST_S - 1)
    wait_until(lambda: setting.published[-1].remaining_s == 1)
    setting.clock.advance(1)
    wait_until(lambda: setting.audit()[-1][0] == "aim_ended")
    assert [event for event, *_ in setting.audit()] == ["aim_started", "aim_started", "aim_ended"]


def test_no_more_than_two_pictures_a_second_are_measured(setting: Setting) -> None:
    """By the box's clock; the camera offers a hundred."""
    setting.over_mqtt()
    wait_until(lambda: setting.published)
    for count in (2, 3, 4):
        setting.clock.advance(0.5)
        wait_until(partial(setting.has_published, count))
    threading.Event().wait(0.3)
    assert len(setting.published) == 4


@pytest.mark.parametrize("ended", ["pause", "refusal"])
def test_it_ends_as_soon_as_somebody_says_no(setting: Setting, ended: str) -> None:
    """Whoever watches is told why."""
    answers = setting.door()
    next(answers)
    if ended == "pause":
        setting.closures.close(Closure.PAUSE, why="asked for by teacher/t1")
    else:
        setting.storage.consent.revoke(SeatKey("right"), actor="operator")
    reasons = [answer["ended"] for answer in answers if "ended" in answer]
    assert reasons == [
        "the cameras are closed (pause: asked for by teacher/t1); open them: sudo classbox resume"
        if ended == "pause"
        else "consent was refused on seat right; if all in the picture know and agree, say so at "
        "the box: aim --people-informed"
    ]


def test_over_mqtt_the_last_message_says_why_and_shows_nobody(setting: Setting) -> None:
    """So that no page keeps a figure of whoever has said no."""
    setting.over_mqtt()
    wait_until(lambda: setting.published)
    assert setting.published[-1].people
    setting.storage.consent.revoke(SeatKey("left"), actor="operator")
    wait_until(lambda: setting.published[-1].ended)

    last = setting.published[-1]
    assert last.ended.startswith("consent was refused on seat left")
    assert (last.people, last.remaining_s) == ((), 0)
    assert {each.people for each in last.seats.values()} == {0}
    assert not any(frame.ended for frame in setting.published[:-1])


def test_it_ends_when_whoever_asked_at_the_door_has_gone(setting: Setting) -> None:
    """Nothing is measured for nobody."""
    answers = setting.door()
    next(answers)
    del answers
    wait_until(lambda: setting.audit()[-1][2].endswith("nobody watches any more"))


@pytest.mark.parametrize(
    ("camera", "reason"),
    [("side", "no camera 'side' on this box"), (None, "name one of the cameras front, back")],
)
def test_an_unknown_camera_is_refused(setting: Setting, camera: str | None, reason: str) -> None:
    """With those there are, and nothing on record."""
    with pytest.raises(DoorError, match=reason):
        next(setting.door(camera=camera))
    reply = setting.over_mqtt(camera)
    assert reply.status is ControlStatus.REFUSED
    assert reason in reply.detail
    assert setting.audit() == []


def test_one_camera_at_a_time(setting: Setting) -> None:
    """The lanes come first; two people may watch the same."""
    one, other = setting.door(), setting.door()
    next(one)
    next(other)
    with pytest.raises(DoorError, match="camera front is being pointed"):
        next(setting.door(camera="back"))


def test_a_teacher_far_away_cannot_say_that_all_agree(setting: Setting) -> None:
    """Only whoever is at the box can."""
    setting.storage.consent.revoke(SeatKey("right"), actor="operator")
    assert setting.over_mqtt().status is ControlStatus.REFUSED
    assert "frame" in next(setting.door(informed=True))


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (InferenceError("the model failed"), "the model failed"),
        (RuntimeError("pixels 1 2 3"), "something went wrong; see the log"),
    ],
    ids=["known", "unknown"],
)
def test_a_failure_ends_it_and_the_next_may_ask(
    setting: Setting, failure: Exception, reason: str
) -> None:
    """The box goes on."""
    setting.failure = failure
    assert {"ended": reason} in list(setting.door())
    setting.failure = None
    assert "frame" in next(setting.door())


def test_whoever_joins_leaves_after_the_time_asked_for(setting: Setting) -> None:
    """Over MQTT it goes on."""
    setting.over_mqtt()
    answers = setting.door(seconds=5)
    next(answers)
    setting.clock.advance(5)
    assert [answer for answer in answers if "ended" in answer] == [{"ended": TIME_IS_UP}]
    count = len(setting.published)
    setting.clock.advance(1)
    wait_until(lambda: len(setting.published) > count)


def test_whoever_waits_for_a_camera_is_told_how_it_is(setting: Setting) -> None:
    """No frame ever comes from this one."""
    assert next(setting.door(camera="back")) == {"waiting": "camera back is live"}


def test_answers_can_be_sent(setting: Setting) -> None:
    """They are plain JSON."""
    answers = setting.door()
    assert json.loads(json.dumps(next(answers)))["frame"]["fps"] is None
