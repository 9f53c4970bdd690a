"""The sensors of a room: whether each is there and what comes of it."""

from collections.abc import Mapping

from appliance.commands.doctor.links import ChainLink, Hop, broken, unknown, works
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.box import SensorStanding


def sensor_links(
    sensors: Mapping[SensorKey, Mapping[SeatKey, TerminalKey]],
    standings: Mapping[str, SensorStanding],
) -> list[ChainLink]:
    """Return one link for each sensor.

    Args:
        sensors: Terminal of each seat of each sensor, as configured.
        standings: What the box says of them.
    """
    return [_link(key, list(its), standings.get(key)) for key, its in sensors.items()]


def _link(sensor: SensorKey, seats: list[SeatKey], said: SensorStanding | None) -> ChainLink:
    whose = f"{sensor} (seat{'' if len(seats) == 1 else 's'} {', '.join(seats)})"
    if said is None or said.state == "starting":
        return unknown(Hop.SENSOR, f"{whose}: not heard yet", "wait ten seconds")
    if said.refused:
        fact, _, mend = said.refused.partition(": ")
        return broken(Hop.SENSOR, f"{whose}: {fact}", mend or "classbox sense --status there")
    if said.state == "lost":
        return broken(
            Hop.SENSOR,
            f"{whose}: lost",
            "on that PC: systemctl --user status classbox-sense, then classbox sense --status",
        )
    if not said.tokens_hz:
        return unknown(
            Hop.SENSOR,
            f"{whose}: there, and nothing comes",
            "somebody logs in and agrees; classbox sense --status there says why it does not look",
        )
    late = f", {said.missing} tokens never came" if said.missing else ""
    return works(Hop.SENSOR, f"{whose}: {said.state}, {said.tokens_hz:.1f} tokens a second{late}")
