"""The hour: a box at cameras that show canaries, while everything that can end it badly happens."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from acceptance.canary.camera import PictureCamera
from acceptance.canary.pictures import Canary
from acceptance.canary.record import Record
from acceptance.running_box import RunningBox
from acceptance.traffic import Traffic
from appliance.commands.bench.endurance.outage import Outage
from appliance.mqtt.private_broker import PrivateBroker

FPS = 10.0
STATE_MB = 96
"""Size of the disk that the state folder is on, so that it can be filled."""

SIGNALS = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV)
CRASH_EVERY_S, CRASH_DOWN_S = 90.0, 2.0
BROKER_EVERY_S, BROKER_DOWN_S = 240.0, 15.0
DISK_EVERY_S, DISK_FULL_S = 300.0, 30.0
COPY_EVERY_S = 600.0
FEWEST_TIMES = 3
"""In a short lesson everything still happens so often."""

RESTART_S = 5.0
"""As systemd/classbox.service has it."""

LINE_S = 60.0
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
Act = Callable[[], object]
STEP_S = 0.5
HIDDEN = {Path("/tmp"): "tmp", Path("/var/tmp"): "var-tmp", Path("/dev/shm"): "shm"}  # noqa: S108
"""Where programs leave things; the box gets folders of its own instead, which are kept."""


@dataclass(slots=True, kw_only=True)
class Lesson:
    """What has happened, and where something of it may lie."""

    places: dict[str, Path]
    """Folders by name."""

    since_s: float
    """Beginning, Unix time."""

    times: dict[str, int] = field(default_factory=dict)
    """How often each thing happened."""

    missing: list[str] = field(default_factory=list)
    """What this machine or this version cannot do."""

    restarts: int = 0
    """Times that the box had ended by itself and was started again, as systemd does."""

    most_swapped_kb: int = 0
    """Of the box, at any time."""

    messages: int = 0
    """Over the broker."""

    looked_at: int = 0
    """Pictures."""


@contextmanager
def hold_lesson(
    folder: Path, canaries: list[Canary], *, seconds: float, say: Callable[[str], object]
) -> Iterator[tuple[Lesson, Traffic]]:
    """Run the box for so long; what it has left behind is there until the block ends.

    Args:
        folder: Does not exist yet.
        canaries: What the cameras show.
        seconds: How long.
        say: Told once a minute how far it is.
    """
    folder.mkdir(parents=True)
    instead = {}
    if os.geteuid() == 0:
        instead = {path: folder / name for path, name in HIDDEN.items()}
        for path in instead.values():
            path.mkdir(mode=0o1777)
    archives = folder / "archives"
    archives.mkdir()
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        box = stack.enter_context(RunningBox(folder / "box", port=broker.port, instead=instead))
        record = Record(folder / "traffic")
        lesson = Lesson(
            since_s=time.time(),
            places={
                "state": box.state,
                "log": box.log.parent,
                "core files": box.cores,
                "MQTT": folder / "traffic",
                "broker": folder / "broker",
                "backup, bundle": archives,
                **{str(path): instead.get(path, path) for path in HIDDEN},
            },
        )
        small = stack.enter_context(_small_disk(box.state))
        if not small:
            lesson.missing.append("disk full: only root can mount a small disk")
        pattern = CORE_PATTERN.read_text(encoding="ascii").strip()
        if pattern.startswith(("|", "/")):
            del lesson.places["core files"]
            lesson.missing.append(f"core files: this machine sends them to {pattern}")
        if not instead:
            lesson.missing.append("folders of the box's own for /tmp: only root can mount them")
        traffic = stack.enter_context(Traffic(port=broker.port, heard=record.take))
        cameras = {
            name: stack.enter_context(PictureCamera([one.jpeg for one in shown], fps=FPS))
            for name, shown in (("front", canaries[::2]), ("back", canaries[1::2]))
        }
        acts = _Acts(box, cameras, archives)
        acts.begin()
        outages = acts.plan(broker, seconds=seconds, disk=small)
        _run(lesson, box, acts, outages, record, seconds=seconds, say=say)
        box.end(signal.SIGTERM)
        acts.copy()
        lesson.times = {name: outage.times for name, outage in outages.items()}
        lesson.missing += sorted(acts.unknown)
        yield lesson, traffic


class _Acts:
    """What is done to the box."""

    def __init__(
        self, box: RunningBox, cameras: Mapping[str, PictureCamera], archives: Path
    ) -> None:
        self._box = box
        self._cameras = cameras
        self._archives = archives
        self._signals = cycle(SIGNALS)
        self._turn = 0
        self.unknown: set[str] = set()

    def begin(self) -> None:
        """Start the box at cameras that it has not seen, so that none is in quarantine."""
        self._turn += 1
        sources = {name: camera.url(turn=self._turn) for name, camera in self._cameras.items()}
        self._box.configure(sources, seats=2)
        self._box.start()

    def crash(self) -> None:
        """End it with the next signal."""
        self._box.end(next(self._signals))

    def fill(self) -> None:
        """Leave no byte free on the disk of the state folder."""
        with (self._box.state / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(1 << 16)):
                    pass
            except OSError:  # full
                return

    def empty(self) -> None:
        """Give the space back."""
        (self._box.state / "filler").unlink(missing_ok=True)

    def copy(self) -> None:
        """Have a backup and a support bundle made."""
        number = len(list(self._archives.iterdir()))
        for name, arguments in (
            ("backup", ["backup", f"{self._archives}/backup-{number}.tar.gz"]),
            ("support bundle", ["doctor", "--bundle", f"{self._archives}/bundle-{number}.tar.gz"]),
        ):
            said = self._box.ask(*arguments)
            if said is None:
                self.unknown.add(f"{name}: this version has no classbox {arguments[0]}")
            else:
                (self._archives / f"{arguments[0]}-{number}.txt").write_text(said)

    def plan(self, broker: PrivateBroker, *, seconds: float, disk: bool) -> dict[str, Outage]:
        """Return what goes wrong, by name."""
        at_most_s = seconds / (FEWEST_TIMES + 1)

        def outage(every_s: float, down_s: float, lose: Act, regain: Act) -> Outage:
            every_s = min(every_s, at_most_s)
            return Outage(
                every_s=every_s, down_s=min(down_s, every_s / 2), lose=lose, regain=regain
            )

        planned = {
            "crash": outage(CRASH_EVERY_S, CRASH_DOWN_S, self.crash, self.begin),
            "broker": outage(BROKER_EVERY_S, BROKER_DOWN_S, broker.stop, broker.start),
            "copies": outage(COPY_EVERY_S, 1.0, self.copy, lambda: None),
        }
        if disk:
            planned["disk full"] = outage(DISK_EVERY_S, DISK_FULL_S, self.fill, self.empty)
        for number, one in enumerate(planned.values(), start=1):
            one.next_s *= number / len(planned)  # not everything at once
        return planned


def _run(
    lesson: Lesson,
    box: RunningBox,
    acts: _Acts,
    outages: Mapping[str, Outage],
    record: Record,
    *,
    seconds: float,
    say: Callable[[str], object],
) -> None:
    began_s, next_line_s, alive_s = time.monotonic(), LINE_S, 0.0
    while (at_s := time.monotonic() - began_s) < seconds:
        for outage in outages.values():
            outage.turn(at_s, ends_s=seconds)
        if box.running():
            alive_s = at_s
        elif at_s - alive_s > RESTART_S and not outages["crash"].away:
            acts.begin()
            lesson.restarts += 1
        lesson.most_swapped_kb = max(lesson.most_swapped_kb, box.swapped_kb())
        if at_s >= next_line_s:
            next_line_s += LINE_S
            done = ", ".join(f"{name} {outage.times}" for name, outage in outages.items())
            say(f"{at_s / 60:.0f} of {seconds / 60:.0f} min: {record.looked_at} pictures; {done}")
        time.sleep(STEP_S)
    for outage in outages.values():
        if outage.away:
            outage.regain()
    lesson.messages, lesson.looked_at = record.messages, record.looked_at


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """Put a small disk where the state folder is; tell whether that was possible."""
    options = ["-t", "tmpfs", "-o", f"size={STATE_MB}m,mode=0700", "classbox-canary"]
    run = subprocess.run(["mount", *options, folder], capture_output=True, check=False)
    try:
        yield run.returncode == 0
    finally:
        if run.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=False)
