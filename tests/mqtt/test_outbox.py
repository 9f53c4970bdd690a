"""A command is kept until somebody answers or its lifetime ends."""

import pytest

from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.seats import TerminalKey
from appliance.errors import StorageError
from appliance.mqtt.outbox import FIRST_RETRY_S, OUTCOME_WAIT_S, Outbox
from tests.support.clocks import ManualClock
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import TERMINAL, entry


@pytest.fixture
def clock() -> ManualClock:
    """Wall time 1000 s, when ``entry`` is created."""
    clock = ManualClock()
    clock.wall = 1000.0
    return clock


@pytest.fixture
def store() -> MemoryCommandStore:
    """Empty."""
    return MemoryCommandStore()


@pytest.fixture
def outbox(clock: ManualClock, store: MemoryCommandStore) -> Outbox:
    """Empty."""
    return Outbox(store=store, clock=clock)


def due_ids(outbox: Outbox) -> list[str]:
    """Ids to publish now."""
    return [each.entry.id for each in outbox.due()]


def answer(outbox: Outbox, state: CommandState, *, entry_id: str = "c1") -> bool:
    """The right terminal answers."""
    return outbox.answer(entry_id, state, terminal=TERMINAL)


def test_a_new_command_is_on_disk_and_due(outbox: Outbox, store: MemoryCommandStore) -> None:
    """It is stored before anybody could publish it, with all its lifetime left."""
    assert outbox.add(entry())

    assert store.pending() == [entry()]
    (due,) = outbox.due()
    assert due.remaining_s == 10.0


def test_lifetime_ends_exactly_at_expiry(
    outbox: Outbox, clock: ManualClock, store: MemoryCommandStore
) -> None:
    """A moment before it is due, at the moment it is expired."""
    outbox.add(entry())
    clock.advance(9.75)
    assert [each.remaining_s for each in outbox.due()] == [0.25]

    clock.advance(0.25)

    assert due_ids(outbox) == []
    assert store.states["c1"] is CommandState.EXPIRED
    assert outbox.expired == 1


@pytest.mark.parametrize(
    "step_s",
    [-86_400.0, -3600.0, 3600.0, 31 * 86_400.0],
    ids=["a-day-back", "back", "forward", "a-month-forward"],
)
def test_a_stepped_wall_clock_changes_no_lifetime(
    outbox: Outbox, clock: ManualClock, step_s: float, store: MemoryCommandStore
) -> None:
    """NTP may move the wall clock; a lock neither comes up an hour later nor not at all."""
    outbox.add(entry())
    clock.wall += step_s
    clock.advance(9.0)
    assert [each.remaining_s for each in outbox.due()] == [1.0]
    clock.advance(1.0)

    assert due_ids(outbox) == []
    assert store.states["c1"] is CommandState.EXPIRED


def test_unanswered_commands_are_published_again_with_growing_pauses(
    outbox: Outbox, clock: ManualClock
) -> None:
    """After 2 s, then 4 s later, and so on, while the lifetime lasts."""
    outbox.add(entry(expires_s=1300.0))
    outbox.sent("c1")
    attempts = []
    for second in range(1, 31):
        clock.advance(1.0)
        if due_ids(outbox):
            attempts.append(second)
            outbox.sent("c1")

    assert attempts == [2, 6, 14, 30]
    assert outbox.published == 1


def test_reconnect_makes_everything_open_due(outbox: Outbox, clock: ManualClock) -> None:
    """What had been published, and what had been answered, may have died with the broker."""
    for each in ("published", "shown", "done"):
        outbox.add(entry(id=each, expires_s=1300.0))
        outbox.sent(each)
    answer(outbox, CommandState.STARTED, entry_id="shown")
    answer(outbox, CommandState.SUCCEEDED, entry_id="done")
    assert due_ids(outbox) == []

    outbox.retry_now()

    assert due_ids(outbox) == ["published", "shown"]
    outbox.sent("published")
    outbox.sent("shown")
    clock.advance(FIRST_RETRY_S)
    assert due_ids(outbox) == ["published"]


def test_an_arrived_command_is_not_repeated_after_its_lifetime(
    outbox: Outbox, clock: ManualClock
) -> None:
    """A terminal that had forgotten it would carry it out again, too late."""
    outbox.add(entry())
    answer(outbox, CommandState.STARTED)
    clock.advance(10.0)

    outbox.retry_now()

    assert due_ids(outbox) == []
    assert outbox.next_due_s() is None


def test_a_terminal_that_comes_back_gets_only_its_own(outbox: Outbox) -> None:
    """The others have waited no shorter, but nothing suggests that they are there."""
    outbox.add(entry())
    outbox.add(entry(id="c2", terminal=TerminalKey("other")))
    outbox.sent("c1")
    outbox.sent("c2")

    outbox.retry_now(TERMINAL)

    assert due_ids(outbox) == ["c1"]


def test_alerts_are_published_again_only_after_a_reconnect(
    outbox: Outbox, clock: ManualClock
) -> None:
    """Most are never answered, and a teacher must not see one five times."""
    outbox.add(entry(terminal=None, expires_s=1120.0))
    outbox.sent("c1")
    clock.advance(100.0)
    assert due_ids(outbox) == []

    outbox.retry_now()

    assert due_ids(outbox) == ["c1"]
    assert (outbox.alerts, outbox.published) == (1, 0)


def test_states_only_move_forward(outbox: Outbox, store: MemoryCommandStore) -> None:
    """Duplicates and late repeats change nothing; the command counts as acknowledged once."""
    outbox.add(entry())
    outbox.sent("c1")

    assert answer(outbox, CommandState.RECEIVED)
    assert answer(outbox, CommandState.STARTED)
    assert not answer(outbox, CommandState.STARTED)
    assert not answer(outbox, CommandState.RECEIVED)
    assert [each.state for each in store.pending()] == [CommandState.STARTED]
    assert answer(outbox, CommandState.SUCCEEDED)
    assert not answer(outbox, CommandState.FAILED)

    assert store.states["c1"] is CommandState.SUCCEEDED
    assert store.pending() == []
    assert outbox.acknowledged == 1
    assert len(outbox) == 0


def test_an_answer_before_the_publication_was_noted_counts(
    outbox: Outbox, store: MemoryCommandStore
) -> None:
    """The terminal can be faster than the thread that published."""
    outbox.add(entry())

    assert answer(outbox, CommandState.SUCCEEDED)
    outbox.sent("c1")

    assert store.states["c1"] is CommandState.SUCCEEDED


def test_only_the_addressee_can_answer(outbox: Outbox, store: MemoryCommandStore) -> None:
    """Another terminal, or a teacher, cannot end a command."""
    outbox.add(entry())

    assert not outbox.answer("c1", CommandState.SUCCEEDED, terminal=TerminalKey("other"))
    assert not outbox.answer("c1", CommandState.SUCCEEDED, terminal=None)
    assert store.states["c1"] is CommandState.QUEUED


def test_the_terminal_knows_better_than_the_box_that_gave_up(
    outbox: Outbox, clock: ManualClock, store: MemoryCommandStore
) -> None:
    """A command can be carried out in time and its answer come late."""
    outbox.add(entry())
    clock.advance(10.0)
    outbox.due()

    assert not answer(outbox, CommandState.RECEIVED)
    assert answer(outbox, CommandState.SUCCEEDED)
    assert store.states["c1"] is CommandState.SUCCEEDED


def test_a_received_command_outlives_its_lifetime_but_not_for_ever(
    outbox: Outbox, clock: ManualClock, store: MemoryCommandStore
) -> None:
    """Expiry is about delivery; a terminal that dies in the middle is a failure."""
    outbox.add(entry())
    answer(outbox, CommandState.STARTED)
    clock.advance(10.0 + OUTCOME_WAIT_S - 0.5)
    outbox.due()
    assert [each.state for each in store.pending()] == [CommandState.STARTED]

    clock.advance(0.5)
    outbox.due()

    assert store.states["c1"] is CommandState.FAILED


def test_a_restart_continues_where_the_last_run_ended(
    outbox: Outbox, clock: ManualClock, store: MemoryCommandStore
) -> None:
    """Open commands are sent with what is left of their lifetime, expired ones are closed."""
    outbox.add(entry(id="open", expires_s=1300.0))
    outbox.add(entry(id="late"))
    outbox.add(entry(id="shown", expires_s=1300.0))
    for each in ("open", "late", "shown"):
        outbox.sent(each)
    answer(outbox, CommandState.STARTED, entry_id="shown")
    clock.advance(60.0)
    clock.monotonic = 5.0  # the box was rebooted

    again = Outbox(store=store, clock=clock)
    again.take_over()

    assert [(each.entry.id, each.remaining_s) for each in again.due()] == [
        ("open", 240.0),
        ("shown", 240.0),
    ]
    assert store.states["late"] is CommandState.EXPIRED
    assert answer(again, CommandState.SUCCEEDED, entry_id="shown")
    assert [each.id for each in store.pending()] == ["open"]


def test_a_clock_before_the_creation_does_not_lengthen_a_restored_lifetime(
    outbox: Outbox, clock: ManualClock, store: MemoryCommandStore
) -> None:
    """A board without a battery wakes up in 1970."""
    outbox.add(entry())
    clock.wall = 0.0

    again = Outbox(store=store, clock=clock)
    again.take_over()
    clock.advance(10.0)

    assert due_ids(again) == []


def test_a_full_outbox_refuses_and_counts(clock: ManualClock, store: MemoryCommandStore) -> None:
    """Nothing that was promised is thrown away for something new."""
    outbox = Outbox(store=store, clock=clock, limit=2)
    assert outbox.add(entry(id="c1"))
    assert outbox.add(entry(id="c2"))

    assert not outbox.add(entry(id="c3"))

    assert due_ids(outbox) == ["c1", "c2"]
    assert outbox.refused == 1


def test_the_same_command_twice_is_one_command(outbox: Outbox) -> None:
    """Neither an open nor a closed id can be used again."""
    assert outbox.add(entry())
    assert not outbox.add(entry())
    answer(outbox, CommandState.SUCCEEDED)

    assert not outbox.add(entry())


def test_a_broken_store_does_not_silence_the_box(clock: ManualClock) -> None:
    """On a full disk the command goes out all the same, and health can say so."""

    class BrokenStore(MemoryCommandStore):
        def put(self, entry: OutboxEntry) -> None:
            raise StorageError(entry.id)

    outbox = Outbox(store=BrokenStore(), clock=clock)

    assert outbox.add(entry())
    assert due_ids(outbox) == ["c1"]
    assert outbox.unsaved == 1


def test_next_due_is_the_nearest_retry_or_expiry(outbox: Outbox, clock: ManualClock) -> None:
    """The sender sleeps exactly until something can happen."""
    assert outbox.next_due_s() is None
    outbox.add(entry())
    outbox.sent("c1")
    assert outbox.next_due_s() == clock.monotonic + FIRST_RETRY_S

    answer(outbox, CommandState.RECEIVED)

    assert outbox.next_due_s() is None
