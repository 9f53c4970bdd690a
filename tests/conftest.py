"""What tests of several packages ask for."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from tests.support.certificates import Authority

# Beside other tests on a busy machine, how long an example takes says nothing.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(trylast=True)  # behind those who shuffle
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests marked ``long``, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The school's certificate authority."""
    return Authority.create(tmp_path_factory.mktemp("tls") / "ca")


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
