"""The promises of ``CommandStore``, as tests; subclass once per implementation."""

from appliance.domain.commands import CommandState
from appliance.ports import CommandStore
from tests.support.messages import entry


class CommandStoreContract:
    """Expects a ``store`` fixture that is empty."""

    def test_pending_keeps_the_order_of_put(self, store: CommandStore) -> None:
        """Oldest first, each exactly as it was put."""
        entries = [entry(id="c2"), entry(id="c1", terminal=None), entry(id="c3")]
        for each in entries:
            store.put(each)

        assert store.pending() == entries

    def test_a_known_id_is_left_as_it_is(self, store: CommandStore) -> None:
        """Putting twice neither doubles nor overwrites."""
        store.put(entry(payload="first"))
        store.put(entry(payload="second"))

        assert [each.payload for each in store.pending()] == ["first"]

    def test_update_changes_state_time_and_detail(self, store: CommandStore) -> None:
        """An open entry carries its newest state."""
        store.put(entry())
        store.update("c1", state=CommandState.STARTED, at_s=1003.5, detail="shown")

        (kept,) = store.pending()
        assert (kept.state, kept.updated_s, kept.detail) == (CommandState.STARTED, 1003.5, "shown")

    def test_final_entries_are_not_pending(self, store: CommandStore) -> None:
        """Every final state ends an entry, every other keeps it."""
        for state in CommandState:
            store.put(entry(id=state.value))
            store.update(state.value, state=state, at_s=1001.0)

        assert {each.state for each in store.pending()} == {
            CommandState.QUEUED,
            CommandState.PUBLISHED,
            CommandState.RECEIVED,
            CommandState.STARTED,
        }

    def test_an_unknown_id_is_ignored(self, store: CommandStore) -> None:
        """A late answer to a forgotten command is no error."""
        store.update("nobody", state=CommandState.RECEIVED, at_s=1.0)

        assert store.pending() == []
