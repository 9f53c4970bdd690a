"""The private broker starts, stays private, and says what is missing."""

import socket
from pathlib import Path

import pytest

from appliance.errors import BrokerError, MissingProgramError
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.probe import probe_broker
from tests.support.messages import address_of


@pytest.mark.broker
def test_it_serves_restarts_on_its_port_and_ends(broker: PrivateBroker) -> None:
    """Killed or stopped, nobody listens; a second stop does nothing."""
    probe_broker(address_of(broker.port), client_id="probe")
    broker.kill()
    with pytest.raises(BrokerError, match=f"cannot reach the broker at {LOOPBACK}:{broker.port}"):
        probe_broker(address_of(broker.port), client_id="probe")

    broker.start()
    probe_broker(address_of(broker.port), client_id="probe")
    broker.stop()
    broker.stop()

    with socket.socket() as check:
        assert check.connect_ex((LOOPBACK, broker.port)) != 0


@pytest.mark.broker
def test_it_ends_however_soon_it_is_told_to(tmp_path: Path) -> None:
    """A port that is open already is not yet a broker that hears a signal."""
    broker = PrivateBroker(tmp_path / "broker")
    for _ in range(20):
        broker.start()
        broker.stop()


@pytest.mark.broker
def test_a_wrong_configuration_is_named(tmp_path: Path) -> None:
    """The broker's own last words are in the message."""
    broker = PrivateBroker(tmp_path / "broker", config="listener {port}\nno_such_option 1\n")

    with pytest.raises(BrokerError, match=r"does not answer on .*"):
        broker.start()


def test_without_mosquitto_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo prints this line and stops."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    with pytest.raises(MissingProgramError, match="sudo apt-get install mosquitto"):
        PrivateBroker(tmp_path / "broker")
