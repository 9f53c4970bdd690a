"""From the alert to the answer: what a running box did about one seat, and what came of it."""

from collections.abc import Sequence

from appliance.commands.doctor.links import (
    ChainLink,
    Hop,
    Standing,
    broken,
    share,
    unknown,
    works,
)
from appliance.domain.commands import CommandState
from appliance.domain.interventions import RefusalCause
from appliance.domain.seats import SeatKey
from appliance.service.control.funnel import BoxFunnel

GREETING_S = 15.0
"""A terminal's retained presence comes with the first connection."""


def delivery_links(box: BoxFunnel, seat: SeatKey, *, broker: ChainLink) -> list[ChainLink]:
    """Return the second half of a seat's chain.

    Args:
        box: How it is now.
        seat: Whose chain.
        broker: The link that all seats share.
    """
    return [
        _alert(box, seat),
        _rule(box, seat),
        _mask(box, seat),
        _command(box, seat),
        broker,
        _terminal(box, seat, broker=broker),
        _answer(box, seat),
    ]


def broker_link(box: BoxFunnel, permissions: Sequence[ChainLink]) -> ChainLink:
    """Return the link that all seats share.

    Args:
        box: How it is now.
        permissions: What was found out about them; empty when nothing could be.
    """
    health = box.health.broker
    if health is None or not health.connected:
        return broken(
            Hop.BROKER,
            (health.last_error if health else "") or "no connection",
            "sudo classbox check names what is wrong: address, certificate, password",
        )
    wrong = next((one for one in permissions if one.verdict is Standing.BROKEN), None)
    if wrong is not None:
        return wrong
    if health.last_error:
        return broken(Hop.BROKER, health.last_error, "sudo classbox check proves each permission")
    if permissions:
        return permissions[0]
    return works(Hop.BROKER, f"connected, last echo {health.last_echo_s or 0:.0f} s ago")


def _alert(box: BoxFunnel, seat: SeatKey) -> ChainLink:
    counts = box.seats[seat].counts
    if counts.alerts:
        return works(Hop.ALERT, f"{counts.alerts} since the start, {counts.open_episodes} open")
    return unknown(Hop.ALERT, "none yet")


def _rule(box: BoxFunnel, seat: SeatKey) -> ChainLink:
    counts = box.seats[seat].counts
    refused = counts.refused.total()
    if counts.decided or refused:
        return works(Hop.RULE, f"{counts.decided} acted, {refused} refused")
    return unknown(Hop.RULE, "none yet")


def _mask(box: BoxFunnel, seat: SeatKey) -> ChainLink:
    if not box.enabled:
        return broken(
            Hop.MASK,
            "nothing reaches a student's screen: [intervention] enabled = false",
            "set it to true and restart, or leave it: teachers are still told",
        )
    context = box.seats[seat].context
    if context is not None and context.exam:
        return broken(
            Hop.MASK,
            "an exam is on, by terminal or teacher",
            "wait until the exam is over",
        )
    refused = box.seats[seat].counts.refused
    causes = ", ".join(
        f"{cause.value} {refused[cause]}" for cause in RefusalCause if refused[cause]
    )
    return works(Hop.MASK, f"refused: {causes}" if causes else "nothing is forbidden now")


def _command(box: BoxFunnel, seat: SeatKey) -> ChainLink:
    health = box.health.broker
    if health is not None and health.drops.get("outbox-full"):
        return broken(
            Hop.COMMAND,
            f"{health.drops['outbox-full']} lost: the outbox is full",
            "bring the broker back, then restart the box",
        )
    if health is not None and health.unsaved:
        return broken(
            Hop.COMMAND,
            f"{health.unsaved} could not be stored",
            "free some space in the state folder",
        )
    counts = box.seats[seat].counts.commands
    if not counts:
        return unknown(Hop.COMMAND, "none yet", f"sudo classbox test-alert {seat} sends one")
    told = (CommandState.PUBLISHED, *(state for state in CommandState if state.final))
    facts = (f"{counts[state]} {state.value}" for state in told if counts[state])
    return works(Hop.COMMAND, ", ".join(facts))


def _terminal(box: BoxFunnel, seat: SeatKey, *, broker: ChainLink) -> ChainLink:
    terminal, online = box.seats[seat].terminal, box.seats[seat].counts.online
    if broker.verdict is not Standing.WORKS:
        return unknown(Hop.TERMINAL, "not known while broker does not work")
    if online:
        who = "somebody is logged in" if box.seats[seat].counts.logged_in else "nobody logged in"
        return works(Hop.TERMINAL, f"{terminal} online, {who}")
    if online is None and box.health.uptime_s < GREETING_S:
        return unknown(Hop.TERMINAL, f"{terminal} not heard of yet", "wait some seconds")
    if online is None:
        return broken(
            Hop.TERMINAL,
            f"{terminal} has not been heard of since the start",
            f"start it; if it runs, look whether its own id is {terminal}",
        )
    return broken(Hop.TERMINAL, f"{terminal} is offline", "start it, and log in there")


def _answer(box: BoxFunnel, seat: SeatKey) -> ChainLink:
    counts = box.seats[seat].counts
    if counts.unanswered:
        return broken(
            Hop.ANSWER,
            share(
                counts.unanswered, counts.commands[CommandState.PUBLISHED], "commands unanswered"
            ),
            f"sudo classbox test-alert {seat} shows where they stop; "
            "look at the terminal's own log",
        )
    if counts.answered_s is None:
        return unknown(Hop.ANSWER, "none yet", f"sudo classbox test-alert {seat} asks for one")
    fact = f"{counts.answer}, {box.at_s - counts.answered_s:.0f} s ago"
    if counts.answer.startswith((CommandState.REJECTED, CommandState.FAILED)):
        return broken(Hop.ANSWER, fact, "look at the terminal's own log")
    return works(Hop.ANSWER, fact)
