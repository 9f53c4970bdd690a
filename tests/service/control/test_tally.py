"""What became of tokens, decisions and commands is counted seat by seat, and no state is kept."""

import json
from dataclasses import replace

from appliance.domain.affect import AFFECTS, Doubt, ReadingStatus
from appliance.domain.commands import CommandState
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.codec import to_plain
from appliance.service.control.tally import SeatTally, Tally
from tests.support.clocks import ManualClock
from tests.support.messages import entry
from tests.support.rooms import A01, A02, Room

PC, OTHER_PC = TerminalKey("pc-01"), TerminalKey("pc-02")


def make() -> tuple[Tally, ManualClock]:
    """Count for two seats."""
    clock = ManualClock()
    return Tally(terminals={A01: PC, A02: OTHER_PC}, monotonic=clock.monotonic_s), clock


def seat(tally: Tally, key: SeatKey = A01) -> SeatTally:
    """One seat as it stands."""
    return tally.seats()[key]


def test_a_lesson_is_counted_from_tokens_to_refusals() -> None:
    """Warming up, then known; an alert, a rule that acted, and one that a cool-down held back."""
    tally, _ = make()
    room = Room()
    results = room.sit(240)
    for result in results:
        tally.ticked(result)

    counts = seat(tally)
    assert counts.tokens[SeatStatus.PRESENT] == 1200
    assert counts.readings[ReadingStatus.WARMING_UP] == 100
    assert counts.readings[ReadingStatus.KNOWN] == 1100
    assert counts.alerts == counts.open_episodes == 1
    assert counts.decided == sum(
        one.seat == A01 for result in results for one in result.interventions
    )
    assert counts.refused.total() == sum(
        one.seat == A01 for result in results for one in result.refusals
    )
    assert counts.decided
    words = json.dumps(to_plain(counts))
    assert not [affect for affect in AFFECTS if affect.value in words]


def test_an_unknown_reading_is_counted_by_its_reason() -> None:
    """Unsure is another matter than unfamiliar."""
    tally, _ = make()
    (result,) = Room().sit(0.2)
    for doubt in (Doubt.UNSURE, Doubt.UNFAMILIAR, Doubt.UNFAMILIAR, None):
        doubtful = replace(result.readings[0], status=ReadingStatus.UNKNOWN, doubt=doubt)
        tally.ticked(replace(result, readings=[doubtful]))

    readings = seat(tally).readings
    assert readings == {"unsure": 1, "unfamiliar": 2, "unknown": 1}


def test_an_episode_that_ends_is_open_no_more() -> None:
    """And stays counted."""
    tally, _ = make()
    room = Room()
    for result in room.sit(150):
        tally.ticked(result)
    assert seat(tally).open_episodes == 1

    room.pipeline.end_occupancy(A01)
    tally.ticked(room.sit(0.2)[0])

    assert (seat(tally).alerts, seat(tally).open_episodes) == (1, 0)


def test_commands_wait_for_an_answer() -> None:
    """Each one published counts as unanswered until the terminal says anything about any."""
    tally, clock = make()
    for number in range(2):
        for state in (CommandState.QUEUED, CommandState.PUBLISHED):
            tally.moved(entry(id=f"c{number}", terminal=PC, state=state))
    tally.moved(entry(id="c0", terminal=PC, state=CommandState.EXPIRED))
    tally.moved(entry(id="an alert", terminal=None, state=CommandState.PUBLISHED))
    tally.moved(entry(id="of another box", terminal=TerminalKey("pc-99")))
    assert (seat(tally).unanswered, seat(tally).answered_s) == (2, None)

    clock.advance(3.0)
    tally.moved(entry(id="c1", terminal=PC, state=CommandState.REJECTED, detail="exam"))

    counts = seat(tally)
    assert (counts.unanswered, counts.answer) == (0, "rejected exam")
    assert counts.answered_s == clock.monotonic_s()
    assert counts.commands[CommandState.PUBLISHED] == 2
    assert seat(tally, A02).commands == {}


def test_a_terminal_is_what_it_said_last() -> None:
    """Unknown before the first word; offline is nobody logged in."""
    tally, _ = make()
    assert tally.online(PC) is None

    tally.heard(TerminalPresence(terminal=PC, online=True, occupant="n", pseudonym=None))
    assert (tally.online(PC), seat(tally).logged_in) == (True, True)
    tally.heard(TerminalPresence(terminal=PC, online=True, occupant=None, pseudonym=None))
    assert (tally.online(PC), seat(tally).logged_in) == (True, False)
    tally.heard(TerminalPresence(terminal=PC, online=False, occupant=None, pseudonym=None))

    assert (tally.online(PC), tally.online(OTHER_PC)) == (False, None)


def test_what_is_told_does_not_change_afterwards() -> None:
    """Whoever compares two moments needs two answers."""
    tally, _ = make()
    before = tally.seats()
    tally.ticked(Room().sit(0.2)[0])

    assert before[A01] == SeatTally()
    assert tally.seats()[A01] != SeatTally()
