"""A whole box in this process, with a student on its seat, to break one thing at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.arrays import UInt8Array
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.classroom import ContextMessage
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.box import Box
from appliance.settings.load import load_settings
from appliance.storage.folder import prepare_folder
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.terminal import Terminal
from tests.support.dark_screen import DarkScreen

SITE, ROOM, BOX, SEAT, TERMINAL = "school", "lab", "box-1", "a01", "pc-01"
TEACHER = "teacher-1"

LEFT = (0.0, 0.0, 0.5, 1.0)
"""Region of the packaged clip in which one student sits; the other half is another's."""

PICTURE_WH = (640, 360)


@dataclass
class Scene:
    """Everything around one box; what is entered into ``open`` ends with the scene."""

    folder: Path
    """Of the scene."""

    open: ExitStack
    """What runs."""

    camera: Mapping[str, str] = field(default_factory=dict)
    """Lines of the camera's table, TOML values by key."""

    seat: Mapping[str, str] = field(default_factory=dict)
    """Lines of the seat's table."""

    mqtt: Mapping[str, str] = field(default_factory=dict)
    """Lines of ``[mqtt]``."""

    box: Mapping[str, str] = field(default_factory=dict)
    """Lines of ``[box]``."""

    more: str = ""
    """Further tables."""

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.toml"

    def write(self) -> Path:
        """Write the configuration; what the scene does not say is as it should be."""
        tables = {
            "box": {
                "site": f'"{SITE}"',
                "room": f'"{ROOM}"',
                "id": f'"{BOX}"',
                "state_dir": f'"{self.state}"',
                "degrade": "0",  # beside other tests even this box is sometimes too slow
                **self.box,
            },
            "policy": {"profile": '"four-state"'},
            "engines": {"tune": "false"},
            "mqtt": {"host": f'"{LOOPBACK}"', "teachers": f'["{TEACHER}"]', **self.mqtt},
            "cameras.front": {
                "source": f'"{packaged_clip()}"',
                "loop": "true",
                "fps": "15",
                **self.camera,
            },
            f"cameras.front.seats.{SEAT}": {
                "region": str(list(LEFT)),
                "terminal": f'"{TERMINAL}"',
                "consent": '"granted"',
                **self.seat,
            },
        }
        lines = ["schema = 1"]
        for table, values in tables.items():
            lines += [f"[{table}]", *(f"{key} = {value}" for key, value in values.items())]
        self.config.write_text("\n".join([*lines, self.more]) + "\n", encoding="utf-8")
        self.config.chmod(0o600)  # a source may hold a password
        return self.config

    def run_broker(self, broker: PrivateBroker | None = None) -> int:
        """Start a broker, a plain and anonymous one by default, and connect to it."""
        running = PrivateBroker(self.folder / "broker") if broker is None else broker
        self.open.enter_context(running)
        self.mqtt = {"port": str(running.port), **self.mqtt}
        return running.port

    def run_box(self) -> Box:
        """Start the service as ``classbox run`` does."""
        settings = load_settings(self.write())
        prepare_folder(settings.box.state_dir)
        box = Box(settings, clock=SystemClock(), notifier=SystemdNotifier(None))
        self.open.callback(box.stop)
        box.connect()
        box.watch()
        return box

    def run_terminal(
        self,
        port: int,
        *,
        terminal: str = TERMINAL,
        context: ContextMessage | None = None,
        address: BrokerAddress | None = None,
    ) -> Terminal:
        """Start a terminal on which somebody logs in, and who accepts everything."""
        running = Terminal(
            address=BrokerAddress(host=LOOPBACK, port=port) if address is None else address,
            site=SITE,
            room=ROOM,
            terminal=TerminalKey(terminal),
            answers=AutoAnswers(FeedbackKind.ACCEPTED),
            screen=DarkScreen(),
            clock=SystemClock(),
            context=context,
        )
        running.start()
        self.open.callback(running.stop)
        return running

    @staticmethod
    def wait(seconds: float) -> None:
        """Let time pass."""
        threading.Event().wait(seconds)


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """A scene with nothing in it yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        yield Scene(folder=folder, open=stack)


def film(
    path: Path,
    change: Callable[[UInt8Array], UInt8Array],
    *,
    pictures: int = 60,
    fps: float = 15.0,
) -> Path:
    """Write the beginning of the packaged clip with every picture changed."""
    source = cv2.VideoCapture(str(packaged_clip()))
    writer: cv2.VideoWriter | None = None
    for _ in range(pictures):
        _, picture = source.read()
        changed = change(np.asarray(picture, dtype=np.uint8))
        if writer is None:
            size = (changed.shape[1], changed.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
        writer.write(changed)
    if writer is not None:
        writer.release()
    source.release()
    return path
