"""What tests of several packages ask for."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    """A plain, anonymous Mosquitto on loopback, running."""
    with PrivateBroker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def own_port() -> Iterator[int]:
    """A port of the test's own: nobody listens on it unless the test does, with SO_REUSEADDR."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((LOOPBACK, 0))
        yield held.getsockname()[1]
