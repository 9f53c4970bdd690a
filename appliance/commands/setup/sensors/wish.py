"""Which PCs sense with their own webcam, as somebody types it: ids and ranges of ids."""

import re

from appliance.commands.setup.answers import SeatAnswer, SensorAnswer, is_id

NONE = "none"
LONGEST_RANGE = 200
"""Terminals; a longer range is a slip of the finger rather than a room."""

_RANGE = re.compile(r"(?P<stem>[a-z0-9-]*?)(?P<first>\d+)\.\.(?P<again>[a-z0-9-]*?)(?P<last>\d+)")


def offered(before: tuple[SensorAnswer, ...]) -> str:
    """Return what the enter key takes: the PCs that sense already."""
    return " ".join(one.seats[0].terminal for one in before if _is_pc(one)) or NONE


def wish_problem(text: str, before: tuple[SensorAnswer, ...]) -> str:
    """Return what is wrong with an answer, in one line; empty when nothing is."""
    try:
        terminals = _terminals(text)
    except ValueError as error:
        return str(error)
    for one in terminals:
        if terminals.count(one) > 1:
            return f"{one} is named twice"
        if not is_id(f"sensor-{one}"):
            return f"{one!r} is no id of a PC; ids and ranges such as pc-01..pc-30, or {NONE}"
    others = {seat.terminal: one.sensor for one in before if not _is_pc(one) for seat in one.seats}
    found = [one for one in terminals if one in others]
    return f"{others[found[0]]} looks at {found[0]} already" if found else ""


def wished(
    text: str, before: tuple[SensorAnswer, ...], taken: frozenset[str] = frozenset()
) -> tuple[SensorAnswer, ...]:
    """Return a sensor for each PC; who was one before stays as it was.

    Args:
        text: An answer without a problem.
        before: Those that there are; one with several seats is no PC's and stays in any case.
        taken: Further seats' ids that are in use.
    """
    pcs = {one.seats[0].terminal: one for one in before if _is_pc(one)}
    others = tuple(one for one in before if not _is_pc(one))
    used = taken | {seat.seat for one in before for seat in one.seats}
    free = (f"s{number:02}" for number in range(1, 10_000) if f"s{number:02}" not in used)
    return others + tuple(
        pcs.get(terminal)
        or SensorAnswer(
            sensor=f"sensor-{terminal}", seats=(SeatAnswer(seat=next(free), terminal=terminal),)
        )
        for terminal in _terminals(text)
    )


def _is_pc(sensor: SensorAnswer) -> bool:
    return len(sensor.seats) == 1


def _terminals(text: str) -> list[str]:
    """Raises ValueError, with a line for whoever typed it, where a range is none."""
    words = text.replace(",", " ").split()
    return [] if words == [NONE] else [one for word in words for one in _spread(word)]


def _spread(word: str) -> list[str]:
    if ".." not in word:
        return [word]
    found = _RANGE.fullmatch(word)
    if found is None or found["again"] not in ("", found["stem"]):
        msg = f"{word!r} is no range; one looks like pc-01..pc-30"
        raise ValueError(msg)
    first, last = int(found["first"]), int(found["last"])
    if not first <= last < first + LONGEST_RANGE:
        msg = f"{word!r} goes from the lower number to the higher, {LONGEST_RANGE} at most"
        raise ValueError(msg)
    width = len(found["first"])
    return [f"{found['stem']}{number:0{width}}" for number in range(first, last + 1)]
