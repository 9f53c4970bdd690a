"""Where measurements come from: the running service, or the camera itself where there is none."""

import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np

from appliance.cameras.reader import CameraReader
from appliance.commands.records.beside import storage_beside
from appliance.domain.frames import EVERYTHING, NOTHING, CameraKey, Due
from appliance.errors import NoServiceError
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SystemClock
from appliance.host.doorbell import ask
from appliance.service.assembly import build_aiming, build_source, load_models
from appliance.service.control.aiming.tap import FrameTap
from appliance.service.control.closures import Closures
from appliance.service.control.pausing import Pausing
from appliance.service.control.seat_pauses import Permitted
from appliance.service.control.switch import Switch
from appliance.service.control.watch import ControlWatch
from appliance.service.wiring.control import build_seat_pauses
from appliance.settings.cameras import SourceKind
from appliance.settings.layout import box_identity
from appliance.settings.tree import Settings
from appliance.storage.pause import PauseFile

LAST_READ_S = 11.0
"""No read of a camera takes longer (``StreamSource``); a process that ends in one is aborted."""

Answers = Iterator[dict[str, Any]]
"""``frame``, ``waiting`` or ``ended``, as ``Aiming.ask`` gives them."""


@contextmanager
def aim_answers(
    settings: Settings, camera: CameraKey, *, seconds: float, informed: bool
) -> Iterator[Answers]:
    """Ask the running service; without one, open the camera and measure here with the same code.

    Args:
        settings: Of the box.
        camera: Which one.
        seconds: For how long at most.
        informed: All in the picture know and agree.

    Raises:
        DoorError: The camera may not be pointed now.
        ServiceAwayError: There is a service that does not let us in.
    """
    question = {
        "ask": "aim",
        "camera": camera,
        "seconds": seconds,
        "informed": informed,
        "by": f"uid {os.environ.get('SUDO_UID', os.getuid())}",
    }
    asked = ask(settings.box.state_dir, identity=box_identity(settings), **question)
    with closing(asked):
        try:
            first = next(asked)
        except NoServiceError:
            pass
        else:
            yield itertools.chain([first], asked)
            return
    with _measured_here(settings, camera, question) as answers:
        yield answers


@contextmanager
def _measured_here(
    settings: Settings, camera: CameraKey, question: dict[str, Any]
) -> Iterator[Answers]:
    """Open the camera unless a pause or the switch forbids it; the timetable does not count."""
    clock = SystemClock()
    tap = FrameTap(monotonic=clock.monotonic_s)

    def plan(at_s: float) -> Due:
        return EVERYTHING if tap.wants(camera, at_s) else NOTHING

    its = settings.cameras[camera]
    if its.kind is SourceKind.CLIP:  # at its own speed and for ever, as a camera would be
        its = its.model_copy(update={"realtime": True, "loop": True})
    with storage_beside(settings) as storage:
        models = load_models(settings)
        reader = CameraReader(
            source=build_source(camera, its, monotonic=clock.monotonic_s, plan=plan),
            deliver=tap.offer,
            monotonic=clock.monotonic_s,
            rng=np.random.default_rng(),
        )
        closures = Closures(pause=reader.pause, resume=reader.resume)
        pausing = Pausing(
            closures=closures,
            file=PauseFile(settings.box.state_dir),
            audit=storage.audit,
            clock=clock,
        )
        pauses = build_seat_pauses(settings, storage=storage, clock=clock)
        follow = [pausing.follow, *pauses.follows]
        if settings.box.pause_switch is not None:
            follow.append(Switch(settings.box.pause_switch, closures).follow)
        watch = ControlWatch(follow, beat=lambda _thread: None)
        aiming = build_aiming(
            settings,
            models,
            tap=tap,
            closures=closures,
            storage=storage,
            permitted=Permitted(consent=storage.consent, pauses=pauses),
            occupancy=lambda _seat: None,  # nobody logs in at a box that does not run
            publish=lambda _frame: None,
            health=lambda: {camera: reader.health()},
            clock=clock,
            breadcrumbs=Breadcrumbs(),
        )
        watch.start()  # before the camera: a pause that somebody has asked for holds here, too
        aiming.start()
        reader.start()
        try:
            with closing(aiming.ask(question)) as answers:
                yield (dict(answer) for answer in answers)
        finally:
            aiming.stop()
            watch.stop()
            reader.stop(timeout_s=LAST_READ_S)
