"""The outbox on disk keeps the promises of the port, and keeps them over a restart."""

from pathlib import Path

import pytest

from appliance.domain.commands import CommandState
from appliance.ports import CommandStore
from appliance.storage.store import Storage
from tests.support.clocks import NOON_S, HeldClock
from tests.support.command_store_contract import CommandStoreContract
from tests.support.rows import make_entry, open_storage


class TestContract(CommandStoreContract):
    """The promises of the port."""

    @pytest.fixture
    def store(self, storage: Storage) -> CommandStore:
        """Return the store on disk."""
        return storage.outbox


def test_open_commands_survive_a_restart(folder: Path, clock: HeldClock) -> None:
    """What was open is open again, in order and with its state; what was final is not."""
    storage = open_storage(folder, clock)
    for identity in ("c1", "c2", "c3"):
        storage.outbox.put(make_entry(identity))
    storage.outbox.put(make_entry("alert", terminal=None))
    storage.outbox.update("c1", state=CommandState.PUBLISHED, at_s=NOON_S + 1)
    storage.outbox.update("c2", state=CommandState.REJECTED, at_s=NOON_S + 1, detail="unsupported")
    storage.stop()

    storage = open_storage(folder, clock)
    assert storage.outbox.pending() == [
        make_entry("c1", state=CommandState.PUBLISHED, updated_s=NOON_S + 1),
        make_entry("c3"),
        make_entry("alert", terminal=None),
    ]
    storage.stop()
