"""``classbox terminal`` as it runs on a student's computer."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress
from tests.support.certificates import Authority
from tests.support.links import make_link
from tests.support.service import classbox, run_classbox, write_config
from tests.support.shipped_broker import shipped_broker
from tests.support.waiting import wait_until

ROOM = 'site = "north-school"\nroom = "lab-2"\n'


@contextmanager
def terminal(config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a terminal while a block lasts."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            classbox("terminal", "--auto", "accept", "--config", str(config)),
            stdout=out,
            stderr=out,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "XDG_STATE_HOME": str(config.parent / "state")},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.broker
def test_a_terminal_connects_as_itself_and_the_box_stays(
    tmp_path: Path, authority: Authority
) -> None:
    """With the folder it was given, beside a box on the same broker."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    certificate, key = authority.sign("terminal-07")
    for source, name in ((certificate, "own.crt"), (key, "own.key")):
        (bundle / name).write_bytes(source.read_bytes())
        (bundle / name).chmod(0o600)
    (bundle / "ca.crt").write_bytes(authority.certificate.read_bytes())
    box_certificate, box_key = authority.sign("box-1")
    with shipped_broker(tmp_path / "broker", authority, name="mosquitto.conf") as broker:
        config = bundle / "terminal.toml"
        config.write_text(
            f'schema = 1\n[terminal]\n{ROOM}id = "terminal-07"\n[mqtt]\nhost = "{LOOPBACK}"\n'
            f'port = {broker.port}\nca_file = "ca.crt"\ncert_file = "own.crt"\n'
            'key_file = "own.key"\n'
        )
        heard: list[str] = []
        box = make_link(
            BrokerAddress(
                host=LOOPBACK,
                port=broker.port,
                ca_file=authority.certificate,
                cert_file=box_certificate,
                key_file=box_key,
            ),
            client_id="box-1",
            subscriptions={"cb/v1/north-school/lab-2/seat/+/presence": 1},
            on_delivery=lambda delivery: heard.append(delivery.topic),
        )
        box.start()
        try:
            wait_until(lambda: box.connected)
            with terminal(config, tmp_path / "log"):
                wait_until(lambda: heard)
            assert heard[0] == "cb/v1/north-school/lab-2/seat/terminal-07/presence"
            assert box.connections == 1
        finally:
            box.stop()


def test_the_configuration_of_the_box_is_no_terminals(tmp_path: Path) -> None:
    """Said before anything connects, with code 78 and where the right one comes from."""
    config = write_config(tmp_path, cameras={"a": 'source = "/dev/video0"'})

    result = run_classbox("terminal", "--config", str(config))

    assert (result.returncode, result.stdout) == (78, "")
    assert "this is the configuration of a box" in result.stderr
    assert "'classbox setup' made for this terminal" in result.stderr
