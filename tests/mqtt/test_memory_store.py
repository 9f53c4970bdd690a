"""The store without a disk keeps the promises of the port."""

import pytest

from appliance.mqtt.memory_store import MemoryCommandStore
from tests.support.command_store_contract import CommandStoreContract


class TestMemoryCommandStore(CommandStoreContract):
    """See ``CommandStoreContract``."""

    @pytest.fixture
    def store(self) -> MemoryCommandStore:
        """An empty store."""
        return MemoryCommandStore()
