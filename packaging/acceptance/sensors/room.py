"""A room of one decider and three sensors, each on a machine of its own, as README and setup say.

``sudo python -m acceptance.sensors.room``. The machines are network namespaces on one bridge, each
with its own ``/etc/classbox`` and its own ``/etc/classbox-sensor``; a video stands for each webcam,
and three students log in and agree on their terminals. Counted is every command that is typed until
doctor says that all three sensors are live and a test has reached a student. Exit status 1
with more than ``MOST`` of them, or when it does not come to that. Where no systemd is, as here,
the two programs that ``setup`` starts by it are started beside it and not counted.
"""

import os
import pwd
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from acceptance.running_box import CLASSBOX
from acceptance.sensors.stand_in import wait_for
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.errors import ApplianceError
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.commands import CommandBody
from appliance.screens.connection import identity_of
from appliance.settings.load import load_terminal
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.clock import WakefulClock
from appliance.terminal.terminal import Terminal

MOST = 10
BRIDGE, HERE = "classbox-br", "10.87.0.254"
HUB, HUB_HOST = "hub", "10.87.0.1"
PCS: Mapping[str, str] = {f"pc-0{number}": f"10.87.0.{10 + number}" for number in (1, 2, 3)}
FOLDERS = ("etc/classbox", "etc/classbox-sensor", "etc/mosquitto", "var/lib/classbox")
IN_ITS_FOLDERS = """
for folder in {folders}; do mount --bind {root}/$folder /$folder || exit 1; done
exec "$@"
"""
PATIENCE_S = 90.0
ANSWERS = f"""
[box]
site = "school"
room = "lab"
id = "box-1"
[policy]
profile = "four-state"
[broker]
names = ["{HUB_HOST}"]
[people]
teachers = ["teacher-1"]
""" + "".join(f'[[sensors]]\nterminal = "{pc}"\n' for pc in PCS)


@dataclass(slots=True)
class Typed:
    """Every command that was typed, and how long it took."""

    lines: list[tuple[str, str, float]] = field(default_factory=list)

    def note(self, where: str, line: str, took_s: float) -> None:
        """Add one."""
        self.lines.append((where, line, took_s))


class Machine:
    """A network namespace with its own folders."""

    def __init__(self, name: str, host: str, root: Path) -> None:
        """Name it; ``join`` makes it."""
        self.name, self.host, self.root = name, host, root
        self._space = f"classbox-{name}"
        self._running: list[subprocess.Popen[bytes]] = []

    def join(self) -> None:
        """Make it, on the bridge."""
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True)
            Path("/", folder).mkdir(parents=True, exist_ok=True)
        near, far = f"cb-{self.name}"[:14], "eth0"
        _do("ip", "netns", "add", self._space)
        _do("ip", "link", "add", near, "type", "veth", "peer", far, "netns", self._space)
        _do("ip", "link", "set", near, "master", BRIDGE, "up")
        for words in (
            ("addr", "add", f"{self.host}/24", "dev", far),
            ("link", "set", far, "up"),
            ("link", "set", "lo", "up"),
        ):
            _do("ip", "-n", self._space, *words)

    def leave(self) -> None:
        """End what runs there, and it."""
        for one in reversed(self._running):
            one.terminate()
            one.wait(30)
        _do("ip", "netns", "del", self._space)

    def type(self, typed: Typed, *words: str) -> str:
        """Run a command to its end; return what it says."""
        began_s = time.monotonic()
        done = subprocess.run(self.there(words), capture_output=True, text=True, check=False)
        typed.note(self.name, " ".join(words), time.monotonic() - began_s)
        if done.returncode:
            msg = f"{self.name}: {' '.join(words)}: {done.stdout[-500:]}{done.stderr[-500:]}"
            raise ApplianceError(msg)
        return done.stdout

    def begin(self, *words: str) -> None:
        """Start a program that goes on."""
        with (self.root / "log").open("ab") as log:
            self._running.append(subprocess.Popen(self.there(words), stdout=log, stderr=log))

    @property
    def log(self) -> str:
        """What its programs have said."""
        return (self.root / "log").read_text(encoding="utf-8", errors="replace")

    def there(self, words: Sequence[str]) -> list[str]:
        """Return the words that run others there."""
        script = IN_ITS_FOLDERS.format(folders=" ".join(FOLDERS), root=self.root)
        program = [str(CLASSBOX) if words[0] == "classbox" else words[0], *words[1:]]
        space = ["ip", "netns", "exec", self._space, "unshare", "--mount"]
        return [*space, "sh", "-c", script, "sh", "env", f"XDG_RUNTIME_DIR={self.root}", *program]


class CountedScreen:
    """Notes what comes to a student."""

    knows_again = False

    def __init__(self) -> None:
        """Begin with nothing."""
        self.shown: list[str] = []

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """See ``Screen.show``."""
        del body, hold_s, too_late
        self.shown.append(command)
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """See ``Screen.cover``."""

    def release(self, command: str, body: CommandBody) -> None:
        """See ``Screen.release``."""


def build(folder: Path, stack: ExitStack) -> tuple[Typed, str]:
    """Install the room; return what was typed and what doctor says at the end."""
    typed = Typed()
    _do("ip", "link", "add", BRIDGE, "type", "bridge")
    stack.callback(_do, "ip", "link", "del", BRIDGE)
    _do("ip", "addr", "add", f"{HERE}/24", "dev", BRIDGE)
    _do("ip", "link", "set", BRIDGE, "up")
    hub = Machine(HUB, HUB_HOST, folder / HUB)
    pcs = [Machine(pc, host, folder / pc) for pc, host in PCS.items()]
    for machine in (hub, *pcs):
        machine.join()
        stack.callback(machine.leave)
    (hub.root / "room.toml").write_text(ANSWERS, encoding="utf-8")
    (hub.root / "etc/mosquitto/conf.d").mkdir()
    (hub.root / "etc/mosquitto/mosquitto.conf").write_text(
        "include_dir /etc/mosquitto/conf.d\n", encoding="utf-8"
    )
    hub.type(typed, "classbox", "setup", "--answers", str(hub.root / "room.toml"))
    hub.begin("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    hub.begin("classbox", "run")  # as root: nobody else may have a way into this clone
    for pc in pcs:
        made = hub.root / f"etc/classbox/sensors/sensor-{pc.name}"
        hub.type(typed, "cp", "-rT", str(made), str(pc.root / "etc/classbox-sensor"))
        _give_webcam(pc.root / "etc/classbox-sensor/config.toml")
        pc.begin("classbox", "sense", "--config", "/etc/classbox-sensor/config.toml")
        typed.note(pc.name, "systemctl --user enable --now classbox-sense", 0.0)
    screens = [_student(hub.root, pc, stack) for pc in PCS]
    said = _until_live(hub)
    typed.note(HUB, "classbox doctor", 0.0)
    if live_in(said) < len(PCS):
        msg = f"{said}\n{hub.log[-1500:]}\n{pcs[0].log[-1500:]}"
        raise ApplianceError(msg)
    hub.type(typed, "classbox", "test-alert", "s01")
    wait_for(lambda: screens[0].shown, timeout_s=PATIENCE_S)
    return typed, said


def _give_webcam(config: Path) -> None:
    """Let a video stand for the webcam, which this machine has not."""
    text = config.read_text(encoding="utf-8")
    video = f'source = "{packaged_clip()}"\nloop = true'
    config.write_text(text.replace('source = "/dev/video0"', video), encoding="utf-8")


def _student(hub: Path, pc: str, stack: ExitStack) -> CountedScreen:
    """Log somebody in at a PC, who agrees."""
    identity = identity_of(load_terminal(hub / f"etc/classbox/terminals/{pc}/terminal.toml"))
    screen, clock = CountedScreen(), WakefulClock()
    terminal = Terminal(
        address=identity.address,
        site=identity.site,
        room=identity.room,
        terminal=TerminalKey(identity.client),
        answers=AutoAnswers(FeedbackKind.ACCEPTED),
        screen=screen,
        clock=clock,
        on_view=lambda *_: None,  # it hears what is answered, too
        applied=AppliedCommands(hub / f"applied-{pc}", now_s=clock.wall_s()),
    )
    terminal.start()
    stack.callback(terminal.stop)
    yes = ControlRequestMessage(command=ControlCommand.CONSENT, granted=True)
    wait_for(lambda: done(terminal.ask(yes)), timeout_s=PATIENCE_S)
    return screen


def done(reply: ControlReply | None) -> bool:
    """Tell whether the box has done what was asked."""
    return reply is not None and reply.status is ControlStatus.DONE


def _until_live(hub: Machine) -> str:
    """Ask doctor again until every sensor is live; return what it says then."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        words = hub.there(("classbox", "doctor"))
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        if live_in(said) == len(PCS) or time.monotonic() > until_s:
            return said


def live_in(said: str) -> int:
    """Count the sensors of which doctor says that tokens come."""
    return said.count("tokens a second")


def _do(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def main() -> int:
    """Run it; see the module."""
    if os.geteuid() != 0:
        print("root alone may make network namespaces: sudo", file=sys.stderr)
        return 1
    with TemporaryDirectory() as made, ExitStack() as stack:
        Path(made).chmod(0o755)
        try:
            pwd.getpwnam("classbox")
        except KeyError:  # the package would have made it
            _do("useradd", "--system", "--no-create-home", "classbox")
            stack.callback(_do, "userdel", "classbox")
        began_s = time.monotonic()
        typed, said = build(Path(made), stack)
        took_s = time.monotonic() - began_s
    table = Table("", "on", "command", "s")
    for number, (where, line, seconds) in enumerate(typed.lines, start=1):
        table.add_row(str(number), where, line.replace(made, ""), f"{seconds:.1f}")
    Console(soft_wrap=True, highlight=False).print(table)
    live = live_in(said)
    print(f"{len(typed.lines)} commands, {live} sensors live, {took_s:.0f} s in all")
    print("\n".join(line for line in said.splitlines() if "sensor" in line))
    well = len(typed.lines) <= MOST and live == len(PCS)
    print("ok" if well else "FAILED")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
