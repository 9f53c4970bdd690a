"""What asks for the same again does not fill the outbox."""

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.commands import POPUP_TTL_S, LockScreen, UnlockScreen
from appliance.mqtt.contract.envelope import Stamper
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.dispatch import Dispatch
from appliance.mqtt.outbox import Outbox
from tests.support.clocks import ManualClock
from tests.support.memory_store import MemoryCommandStore

TERMINALS = [TerminalKey(f"pc-{number:02d}") for number in range(30)]
UNLOCK = UnlockScreen(text="Go on.")
LOCK = LockScreen(text="Look up.", lock_s=30.0)


class Desk:
    """A dispatch, its outbox and their clock."""

    def __init__(self) -> None:
        """Start with an empty outbox."""
        self.clock = ManualClock()
        self.outbox = Outbox(store=MemoryCommandStore(), clock=self.clock)
        self.dispatch = Dispatch(
            topics=RoomTopics(site="school", room="lab"),
            stamper=Stamper(src="box/box-1", clock=self.clock, clock_state=lambda: "unknown"),
            outbox=self.outbox,
            clock=self.clock,
            wake=lambda: None,
        )

    def ask(self, body: UnlockScreen | LockScreen, *, terminal: TerminalKey = TERMINALS[0]) -> bool:
        """Queue a command."""
        return self.dispatch.command(body, terminal=terminal, message_id=None)

    def ids(self) -> list[str]:
        """Everything open, oldest first."""
        self.outbox.retry_now()
        return [due.entry.id for due in self.outbox.due()]


@pytest.fixture
def desk() -> Desk:
    """A fresh one."""
    return Desk()


def test_three_hundred_unlocks_of_a_room_are_one_for_each_terminal(desk: Desk) -> None:
    """Whoever presses again and again still gets what was asked for, also after a lock."""
    for _ in range(300):
        assert all(desk.ask(UNLOCK, terminal=terminal) for terminal in TERMINALS)

    assert len(desk.outbox) == len(TERMINALS)
    assert desk.outbox.refused == 0


def test_an_unlock_after_a_lock_is_another(desk: Desk) -> None:
    """Else the lock would have the last word."""
    for body in (UNLOCK, LOCK, UNLOCK, UNLOCK):
        desk.ask(body)

    assert len(desk.outbox) == 3


def test_an_unlock_joins_only_one_that_is_still_on_its_way(desk: Desk) -> None:
    """One that the terminal has is done; one that has lost half of its time may come too late."""
    desk.ask(UNLOCK)
    (first,) = desk.ids()
    desk.outbox.answer(first, CommandState.RECEIVED, terminal=TERMINALS[0])
    desk.ask(UNLOCK)
    assert len(desk.outbox) == 2

    desk.clock.advance(POPUP_TTL_S / 2)
    desk.ask(UNLOCK)
    assert len(desk.outbox) == 2
    desk.clock.advance(0.5)
    desk.ask(UNLOCK)
    assert len(desk.outbox) == 3
