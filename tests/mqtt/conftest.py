"""Boxes that are stopped after the test, and who signs their certificates."""

from collections.abc import Iterator

import pytest

from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.router import InboundHandlers
from appliance.mqtt.wire.echo import ECHO_EVERY_S, ECHO_MISSED_S
from appliance.ports import CommandStore
from tests.support.brokers import MakeBox
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import BOX, IT, ROOM, SITE, TEACHERS, TERMINALS, address_of


@pytest.fixture
def make_box() -> Iterator[MakeBox]:
    """Makes started clients for a port and stops them at the end."""
    made: list[BrokerClient] = []

    def make(
        port: int,
        *,
        store: CommandStore | None = None,
        handlers: InboundHandlers | None = None,
        echo_every_s: float = ECHO_EVERY_S,
        echo_missed_s: float = ECHO_MISSED_S,
        outbox_limit: int = 512,
        first_backoff_s: float = 0.1,
    ) -> BrokerClient:
        client = BrokerClient(
            address=address_of(port),
            site=SITE,
            room=ROOM,
            box=BOX,
            terminals=TERMINALS,
            store=MemoryCommandStore() if store is None else store,
            clock=SystemClock(),
            teachers=TEACHERS,
            it=IT,
            first_backoff_s=first_backoff_s,
            echo_every_s=echo_every_s,
            echo_missed_s=echo_missed_s,
            outbox_limit=outbox_limit,
        )
        if handlers is not None:
            client.listen(handlers)
        made.append(client)
        client.start()
        return client

    yield make
    for client in made:
        client.stop(timeout_s=1.0)
