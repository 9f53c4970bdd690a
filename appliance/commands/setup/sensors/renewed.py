"""A sensor's configuration that is there already: what setup brings up to date in it, and no more.

Everything else belongs to whoever edits it.
"""

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.seats import SeatKey, TerminalKey

_VALUE = {"teachers": r"\[[^\]]*\]", "profile": r'"[^"\n]*"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedSensors:
    """What becomes of a configuration."""

    text: str | None
    """What to write; None: leave it as it is."""

    why: str = ""
    """What is different, or what somebody has to do by hand."""

    keeps_former: bool = False
    """True when hand edits would be lost, so what stood there is kept beside it."""


def renewed(
    old: str,
    *,
    fresh: str,
    seats: Mapping[SeatKey, TerminalKey],
    profile: str,
    teachers: Sequence[str],
    gone: Collection[str],
) -> RenewedSensors:
    """Return a sensor's configuration with today's teachers, profile and seats.

    Args:
        old: TOML as it stands.
        fresh: TOML as it would be written today for the first time.
        seats: Its seats and their PCs, as the box has them.
        profile: Of the box.
        teachers: Whose control requests it hears; one that somebody added by hand stays.
        gone: Who was revoked.
    """
    try:
        told = tomllib.loads(old)
    except tomllib.TOMLDecodeError as error:
        return RenewedSensors(text=None, why=f"cannot be read and is left as it is: {error}")
    if _seats(told) != {str(seat): str(terminal) for seat, terminal in seats.items()}:
        return RenewedSensors(text=fresh, why="its seats changed", keeps_former=True)
    heard = _table(told, "mqtt").get("teachers", [])
    heard = heard if isinstance(heard, list) else []
    wanted = [one for one in dict.fromkeys((*heard, *teachers)) if one not in gone]
    text, changes = old, []
    for table, key, value in (("mqtt", "teachers", wanted), ("policy", "profile", profile)):
        if _table(told, table).get(key) == value:
            continue
        changed = _with(text, table, key, json.dumps(value, ensure_ascii=False))
        if changed is None:
            return RenewedSensors(
                text=None, why=f"write {key} = {json.dumps(value)} under [{table}]"
            )
        text = changed
        changes.append(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    return RenewedSensors(text=text if changes else None, why="; ".join(changes))


def _with(text: str, table: str, key: str, value: str) -> str | None:
    """Return text with one value in another's place; None where that cannot be done surely."""
    wanted = tomllib.loads(text)
    wanted.setdefault(table, {})[key] = json.loads(value)

    def put(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{value}"

    head = rf"(?ms)(^\[{table}\][ \t]*(?:#[^\n]*)?\n)"
    tried = (
        re.sub(rf"{head}((?:(?!^\[).)*?^{key}\s*=\s*){_VALUE[key]}", put, text, count=1),
        re.sub(head, lambda found: f"{found[1]}{key} = {value}\n", text, count=1),
    )
    for one in tried:
        try:
            if tomllib.loads(one) == wanted:
                return one
        except tomllib.TOMLDecodeError:
            continue
    return None


def _seats(told: Mapping[str, object]) -> dict[str, object]:
    cameras = [one for one in _table(told, "cameras").values() if isinstance(one, dict)]
    return {
        seat: its.get("terminal")
        for camera in cameras
        for seat, its in _table(camera, "seats").items()
        if isinstance(its, dict)
    }


def _table(told: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
