"""The store without a disk keeps the promises of the port."""

import pytest

from tests.support.command_store_contract import CommandStoreContract
from tests.support.memory_store import MemoryCommandStore


class TestMemoryCommandStore(CommandStoreContract):
    """See ``CommandStoreContract``."""

    @pytest.fixture
    def store(self) -> MemoryCommandStore:
        """An empty store."""
        return MemoryCommandStore()
