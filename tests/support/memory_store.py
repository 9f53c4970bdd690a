"""A command store without a disk, which also tells how far each command has come."""

import threading
from dataclasses import replace

from appliance.domain.commands import CommandState, OutboxEntry


class MemoryCommandStore:
    """``ports.CommandStore`` in memory; forgets closed entries."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: dict[str, OutboxEntry] = {}
        self.states: dict[str, CommandState] = {}
        """Last state by id, also of closed entries."""

    def put(self, entry: OutboxEntry) -> None:
        """Keep a new entry; see ``ports.CommandStore``."""
        with self._lock:
            self._entries.setdefault(entry.id, entry)
            self.states.setdefault(entry.id, entry.state)

    def update(self, entry_id: str, *, state: CommandState, at_s: float, detail: str = "") -> None:
        """Record a change of state; see ``ports.CommandStore``."""
        with self._lock:
            self.states[entry_id] = state
            entry = self._entries.get(entry_id)
            if entry is None:
                return
            if state.final:
                del self._entries[entry_id]
            else:
                self._entries[entry_id] = replace(entry, state=state, updated_s=at_s, detail=detail)

    def pending(self) -> list[OutboxEntry]:
        """Return all open entries; see ``ports.CommandStore``."""
        with self._lock:
            return list(self._entries.values())
