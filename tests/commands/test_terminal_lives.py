"""``classbox terminal`` stopped, killed and started again, as laptops are, at a real broker."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.mqtt.contract.commands import CommandBody, Hint, LockScreen
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import ROOM, SITE, TERMINAL, message_json
from tests.support.service import classbox, run_classbox
from tests.support.terminals import PREFIX
from tests.support.waiting import wait_until

LOCK = LockScreen(text="Break", lock_s=30.0)
HINT = Hint(text="Need a hint?", topic="fractions")


class Laptop:
    """The command in a process, and what the broker sees of it."""

    def __init__(self, folder: Path, listener: Listener, *, port: int) -> None:
        """Write the configuration; ``start`` runs it."""
        self.state = folder / "state" / "classbox" / TERMINAL
        self._config = folder / "terminal.toml"
        self._config.write_text(
            f'schema = 1\n[terminal]\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{TERMINAL}"\n'
            f'[mqtt]\nhost = "{LOOPBACK}"\nport = {port}\n'
        )
        self._environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        self._listener = listener
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it and wait until it has subscribed."""
        greetings = len(self._online())
        self._process = subprocess.Popen(
            classbox("terminal", "--auto", "accept", "--config", str(self._config)),
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env=self._environment,
        )
        wait_until(lambda: len(self._online()) > greetings)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def deliver(self, document: str, *, expiry_s: int) -> str:
        """Publish a command and return its id."""
        self._listener.publish(f"{PREFIX}/cmd", document, expiry_s=expiry_s)
        return str(json.loads(document)["id"])

    def statuses(self, command: str) -> list[str]:
        """What it said about a command, in order."""
        return [
            "/".join(filter(None, each.document["data"].values()))
            for each in self._listener.on(f"{PREFIX}/ack")
            if each.document["corr"] == command
        ]

    def _online(self) -> list[object]:
        return [
            each
            for each in self._listener.on(f"{PREFIX}/presence")
            if each.document["data"]["state"] == "online"
        ]


@pytest.fixture
def laptop(tmp_path: Path, broker: PrivateBroker) -> Iterator[Laptop]:
    """Run a terminal, and kill it at the end."""
    with Listener(broker.port, f"{PREFIX}/#") as listener:
        made = Laptop(tmp_path, listener, port=broker.port)
        made.start()
        yield made
        made.kill()


def command(body: CommandBody) -> str:
    """What a box would send, whose clock nobody vouches for."""
    return message_json("box/box-1", body, ttl_s=body.TTL_S)


@pytest.mark.broker
def test_what_expired_while_it_slept_is_not_shown(laptop: Laptop) -> None:
    """The lock lay in its socket; a command of after that is shown."""
    laptop.signal(signal.SIGSTOP)
    late = laptop.deliver(command(LOCK), expiry_s=3)
    time.sleep(3.5)
    laptop.signal(signal.SIGCONT)
    fresh = laptop.deliver(command(HINT), expiry_s=300)
    wait_until(lambda: "succeeded" in laptop.statuses(fresh))

    assert laptop.statuses(late) == ["expired"]


@pytest.mark.broker
def test_a_short_sleep_costs_no_command(laptop: Laptop) -> None:
    """What still lives is shown."""
    laptop.signal(signal.SIGSTOP)
    hint = laptop.deliver(command(HINT), expiry_s=300)
    time.sleep(2.0)
    laptop.signal(signal.SIGCONT)

    wait_until(lambda: laptop.statuses(hint) == ["received", "started", "succeeded"])


@pytest.mark.broker
def test_a_lock_that_was_running_is_not_started_again(laptop: Laptop) -> None:
    """Killed in the middle, started again, and the box sends the same id once more."""
    lock, hint = command(LOCK), command(HINT)
    running = laptop.deliver(lock, expiry_s=10)
    shown = laptop.deliver(hint, expiry_s=300)
    wait_until(lambda: "started" in laptop.statuses(running))
    wait_until(lambda: laptop.statuses(shown) == ["received", "started", "succeeded"])
    laptop.kill()
    laptop.start()
    laptop.deliver(lock, expiry_s=10)
    laptop.deliver(hint, expiry_s=300)
    wait_until(lambda: len(laptop.statuses(shown)) == 4)

    assert laptop.statuses(running) == ["received", "started", "failed/restarted"]
    assert laptop.statuses(shown) == ["received", "started", "succeeded", "succeeded"]


def test_a_state_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Before anything connects."""
    config = tmp_path / "terminal.toml"
    config.write_text(
        f'schema = 1\n[terminal]\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{TERMINAL}"\n'
    )
    (tmp_path / "link").symlink_to(tmp_path)

    result = run_classbox(
        "terminal", "--config", str(config), "--state", str(tmp_path / "link"), timeout_s=60
    )

    assert result.returncode == 1
    assert "cannot be used" in result.stderr
    assert "name another one with --state" in result.stderr
