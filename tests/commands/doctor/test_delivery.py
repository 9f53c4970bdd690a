"""From alert to answer: what nobody asked for is not missing, and what was is followed."""

from collections import Counter
from dataclasses import replace

import pytest

from appliance.commands.doctor.delivery import broker_link, delivery_links
from appliance.commands.doctor.links import ChainLink, Hop, Standing, broken, works
from appliance.domain.commands import CommandState
from appliance.domain.interventions import RefusalCause, TaskContext
from appliance.mqtt.contract.box import BrokerHealth
from appliance.service.control.funnel import BoxFunnel
from tests.support.funnels import PC, SEAT, box, tally, with_seat

FINE = works(Hop.BROKER, "connected")


def look(now: BoxFunnel, broker: ChainLink = FINE) -> dict[Hop, ChainLink]:
    """Return the links of the seat."""
    return {link.part: link for link in delivery_links(now, SEAT, broker=broker)}


def with_counts(**changes: object) -> BoxFunnel:
    """Return a box whose seat came to something else."""
    counts = replace(tally(2), **changes)  # type: ignore[arg-type] # a test names the field
    return with_seat(box(2), counts=counts)


def with_broker(**changes: object) -> BoxFunnel:
    """Return a box whose broker is otherwise."""
    health = box(2).health
    assert health.broker is not None
    broker = replace(health.broker, **changes)  # type: ignore[arg-type] # likewise
    return replace(box(2), health=replace(health, broker=broker))


def test_a_quiet_seat_waits_for_alert_rule_command_and_answer() -> None:
    """Mask, broker and terminal are known without."""
    links = look(box(2))

    assert {hop for hop, link in links.items() if link.verdict is Standing.OPEN} == {
        Hop.ALERT, Hop.RULE, Hop.COMMAND, Hop.ANSWER,
    }  # fmt: skip
    assert {links[hop].verdict for hop in (Hop.MASK, Hop.BROKER, Hop.TERMINAL)} == {Standing.WORKS}
    assert "sudo classbox test-alert a01" in links[Hop.COMMAND].next_step


def test_a_seat_that_was_helped_shows_every_step() -> None:
    """In numbers, and with the age of the last answer."""
    now = with_counts(
        alerts=2,
        open_episodes=1,
        decided=1,
        refused=Counter({RefusalCause.COOL_DOWN: 3}),
        commands=Counter({CommandState.PUBLISHED: 1, CommandState.SUCCEEDED: 1}),
        answered_s=100.0,
        answer="succeeded",
    )

    facts = {hop: link.fact for hop, link in look(now).items()}

    assert {link.verdict for link in look(now).values()} == {Standing.WORKS}
    assert facts[Hop.ALERT] == "2 since the start, 1 open"
    assert facts[Hop.RULE] == "1 acted, 3 refused"
    assert facts[Hop.MASK] == "refused: cool_down 3"
    assert facts[Hop.COMMAND] == "1 published, 1 succeeded"
    assert facts[Hop.ANSWER] == "succeeded, 10 s ago"


@pytest.mark.parametrize(
    ("now", "hop", "words"),
    [
        pytest.param(replace(box(2), enabled=False), Hop.MASK, "enabled = false", id="off"),
        pytest.param(
            with_seat(box(2), context=TaskContext(terminal=PC, exam=True)),
            Hop.MASK,
            "exam",
            id="exam",
        ),
        pytest.param(with_broker(drops={"outbox-full": 2}), Hop.COMMAND, "2 lost", id="full"),
        pytest.param(with_broker(unsaved=1), Hop.COMMAND, "could not be stored", id="unsaved"),
        pytest.param(with_counts(online=False), Hop.TERMINAL, "pc-01 is offline", id="offline"),
        pytest.param(with_counts(online=None), Hop.TERMINAL, "not been heard of", id="never"),
        pytest.param(
            with_counts(unanswered=2, commands=Counter({CommandState.PUBLISHED: 3})),
            Hop.ANSWER,
            "2 of 3 commands unanswered",
            id="mute",
        ),
        pytest.param(
            with_counts(answered_s=100.0, answer="rejected busy"),
            Hop.ANSWER,
            "rejected busy",
            id="refused",
        ),
    ],
)
def test_what_is_broken_says_so(now: BoxFunnel, hop: Hop, words: str) -> None:
    """With the next step, and alone."""
    links = look(now)

    assert [name for name, link in links.items() if link.verdict is Standing.BROKEN] == [hop]
    assert words in links[hop].fact
    assert links[hop].next_step


def test_behind_a_broken_broker_no_terminal_is_blamed() -> None:
    """Its presence may be an hour old."""
    away = broken(Hop.BROKER, "refused", "start it")
    links = look(with_counts(online=False), broker=away)

    assert links[Hop.TERMINAL].verdict is Standing.OPEN
    assert links[Hop.BROKER] is away


def test_a_terminal_has_some_seconds_to_say_hello() -> None:
    """A box that has just started has heard nobody."""
    now = with_counts(online=None)
    young = replace(now, health=replace(now.health, uptime_s=14.9))

    assert look(young)[Hop.TERMINAL].verdict is Standing.OPEN


@pytest.mark.parametrize(
    ("health", "permissions", "standing", "words"),
    [
        pytest.param(
            BrokerHealth(connected=False, last_error="refused"),
            [],
            Standing.BROKEN,
            "refused",
            id="away",
        ),
        pytest.param(
            BrokerHealth(connected=True, last_error="own messages do not come back"),
            [broken(Hop.BROKER, "not allowed: read seat/+/ack", "add a line")],
            Standing.BROKEN,
            "seat/+/ack",
            id="the-missing-line-says-more",
        ),
        pytest.param(
            BrokerHealth(connected=True, last_error="own messages do not come back"),
            [FINE],
            Standing.BROKEN,
            "do not come back",
            id="deaf",
        ),
        pytest.param(
            BrokerHealth(connected=True, last_echo_s=3.0), [], Standing.WORKS, "3 s ago", id="fine"
        ),
    ],
)
def test_the_broker_is_what_was_proved(
    health: BrokerHealth, permissions: list[ChainLink], standing: Standing, words: str
) -> None:
    """The connection first, then permissions, then the echo."""
    now = replace(box(2), health=replace(box(2).health, broker=health))
    link = broker_link(now, permissions)

    assert link.verdict is standing
    assert words in link.fact
