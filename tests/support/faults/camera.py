"""What can be wrong with a camera and with what it shows."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.domain.terminals import ControlCommand
from appliance.host.quarantine import ENDS_FILE
from appliance.mqtt.contract.classroom import ControlRequestMessage
from tests.support.faults.student import box_with_student
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.mjpeg_server import MjpegServer
from tests.support.scenes import PICTURE_WH, ROOM, SITE, TEACHER, Scene, film


def missing_camera(scene: Scene) -> None:
    """Its cable is out."""
    scene.camera = {"source": '"/dev/video97"'}
    box_with_student(scene)


def wrong_camera_password(scene: Scene) -> None:
    """The camera answers 401."""
    camera = scene.open.enter_context(MjpegServer(fps=15))
    scene.camera = {"source": f'"{camera.url.replace("s3cret", "guessed")}"'}
    box_with_student(scene)


def stalled_camera(scene: Scene) -> None:
    """It keeps its connection and sends nothing."""
    camera = scene.open.enter_context(MjpegServer(fps=15))
    scene.camera = {"source": f'"{camera.url}"'}
    box_with_student(scene)
    camera.stall()
    scene.wait(6.0)


def black_picture(scene: Scene) -> None:
    """The cap is on the lens."""
    clip = film(scene.folder / "black.avi", lambda picture: picture // 40)
    scene.camera = {"source": f'"{clip}"'}
    box_with_student(scene)
    scene.wait(4.0)


def camera_at_the_wall(scene: Scene) -> None:
    """It delivers, and nobody is in its picture."""
    wall = np.random.default_rng(0).integers(90, 140, (*PICTURE_WH[::-1], 3), dtype=np.uint8)
    clip = film(scene.folder / "wall.avi", lambda _: wall)
    scene.camera = {"source": f'"{clip}"'}
    box_with_student(scene)


def slow_camera(scene: Scene) -> None:
    """Five pictures a second, as many webcams give in the dark."""
    clip = film(scene.folder / "slow.avi", lambda picture: picture, fps=5.0)
    scene.camera = {"source": f'"{clip}"'}
    box_with_student(scene)


def quarantined_camera(scene: Scene) -> None:
    """The process has ended twice at one of its pictures."""
    scene.state.mkdir()
    source = str(scene.folder / "any.avi")
    film(Path(source), lambda picture: picture)
    scene.camera = {"source": f'"{source}"'}
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    end = {"camera": "front", "stage": "looking", "source": digest, "at_s": time.time()}
    (scene.state / ENDS_FILE).write_text(json.dumps([end, end]), encoding="utf-8")
    box_with_student(scene)


def overloaded_box(scene: Scene) -> None:
    """Ten seats and one lane."""
    scene.box = {"lanes": "1", "degrade": '"auto"'}
    scene.more = "\n".join(
        f'[cameras.c{number}]\nsource = "{scene.folder / "more.avi"}"\nloop = true\nfps = 60\n'
        f'[cameras.c{number}.seats.b{number}]\nterminal = "pc-1{number}"\nconsent = "granted"'
        for number in range(9)
    )
    film(scene.folder / "more.avi", lambda picture: picture, fps=60.0)
    box_with_student(scene)
    scene.wait(10.0)


def paused_box(scene: Scene) -> None:
    """A teacher has said so."""
    port = box_with_student(scene)
    request = ControlRequestMessage(command=ControlCommand.PAUSE)
    with Listener(port, client_id="teacher") as teacher:
        teacher.publish(
            f"cb/v1/{SITE}/{ROOM}/control/{TEACHER}/req",
            message_json(f"teacher/{TEACHER}", request, ttl_s=30),
            expiry_s=30,
        )
    scene.wait(1.0)


def closed_by_timetable(scene: Scene) -> None:
    """There is a lesson on another day of the week only."""
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=1)).strftime("%A").lower()
    scene.more = (
        f'[timetable]\ntimezone = "Europe/Berlin"\n{tomorrow} = ["12:00-12:45"]\ntrust_clock = true'
    )
    box_with_student(scene)


def no_consent(scene: Scene) -> None:
    """Nobody has asked the student."""
    scene.seat = {"consent": '"ask"'}
    box_with_student(scene)


def region_beside_the_person(scene: Scene) -> None:
    """It shows the wall behind somebody else's screen."""
    scene.seat = {"region": "[0.44, 0.0, 0.56, 0.3]"}
    box_with_student(scene)


def two_people_in_a_region(scene: Scene) -> None:
    """It is as wide as the picture."""
    scene.seat = {"region": "[0.0, 0.0, 1.0, 1.0]"}
    box_with_student(scene)


def small_faces(scene: Scene) -> None:
    """The camera is too far away."""
    clip = film(scene.folder / "far.avi", lambda picture: shrunk(picture, 0.2))
    scene.camera = {"source": f'"{clip}"'}
    box_with_student(scene)


def unreadable_lids(scene: Scene) -> None:
    """The face can be read; it is too small for the eyes."""
    clip = film(scene.folder / "lids.avi", lambda picture: shrunk(picture, 0.36))
    scene.camera = {"source": f'"{clip}"'}
    box_with_student(scene)


def shrunk(picture: UInt8Array, factor: float) -> UInt8Array:
    """Return a picture taken from further away: the camera has no more pixels for it."""
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
