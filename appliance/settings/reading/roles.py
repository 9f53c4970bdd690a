"""What a role needs and what has no meaning in it: who looks, who decides, who does both."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from appliance.settings.box import BoxRole
from appliance.settings.reading.sources import Sources
from appliance.settings.section import Objection

_CAMERA = "at least one table [cameras.ID] with source and seats"

_OF_THE_DECIDER = (
    "sensors",
    "warning",
    "teacher",
    "intervention",
    "storage",
    "timetable",
)
"""Tables that only say something where decisions are made."""

_CHOICES_OF_THE_DECIDER = ("learner", "explore", "artifact")


def by_role(sources: Sources) -> Iterator[Objection]:
    """Yield what the role asks for and what it has no use for."""
    role = sources.text("box", "role")
    if role == BoxRole.SENSE:
        yield from _of_a_sensor(sources)
    if role == BoxRole.DECIDE:
        yield from _of_a_decider(sources)
    elif not sources.tree.get("cameras") and sources.readable:
        yield _no_camera(sources)
    yield from _shared_ids(sources)
    if role == BoxRole.SENSE or sources.tree.get("sensors"):
        yield from _open_to_the_room(sources)


def _of_a_sensor(sources: Sources) -> Iterator[Objection]:
    for table in _OF_THE_DECIDER:
        if table in sources.tree:
            yield Objection(
                "a sensor only looks, so that nothing here would follow from it",
                'take it away, and say it in the configuration of the decider; or set role = "all" '
                "under [box]",
                (table,),
            )
    for key in _CHOICES_OF_THE_DECIDER:
        if key in _table(sources.tree, "policy"):
            yield Objection(
                "a sensor decides nothing",
                "take it away, and say it in the configuration of the decider",
                ("policy", key),
            )
    for camera, its in _table(sources.tree, "cameras").items():
        for seat, place in _table(its, "seats").items():
            if isinstance(place, Mapping) and "consent" in place:
                yield Objection(
                    "a sensor looks at whom its decider lets it, whatever stands here",
                    f"take it away, and write it under [sensors.ID.seats.{seat}] of the decider",
                    ("cameras", camera, "seats", seat, "consent"),
                )


def _of_a_decider(sources: Sources) -> Iterator[Objection]:
    if sources.tree.get("cameras"):
        yield Objection(
            'with role = "decide" nothing is looked at here',
            'take the cameras away, or set role = "all" under [box]',
            ("cameras",),
        )
    if not sources.tree.get("sensors") and sources.readable:
        yield Objection(
            "is missing: without a sensor there is nothing to decide on",
            "add at least one table [sensors.ID.seats.ID] with a terminal, or set "
            'role = "all" under [box]',
            ("sensors",),
        )


def _shared_ids(sources: Sources) -> Iterator[Objection]:
    """Yield sensors named like somebody else: one broker session, and the rights of both."""
    mqtt = _table(sources.tree, "mqtt")
    others = {sources.text("box", "id"): "this box"}
    for who, what in (("teachers", "a teacher"), ("it", "an IT person")):
        names = mqtt.get(who)
        if isinstance(names, list | tuple):
            others |= {name: what for name in names if isinstance(name, str)}
    for kind in ("cameras", "sensors"):
        for place in _table(sources.tree, kind).values():
            for seat in _table(place, "seats").values():
                if isinstance(seat, Mapping) and isinstance(seat.get("terminal"), str):
                    others[seat["terminal"]] = "a terminal"
    for sensor in _table(sources.tree, "sensors"):
        if sensor in others:
            yield Objection(
                f"{sensor!r} is also {others[sensor]}, and the broker would take the one for the "
                "other",
                f'give the sensor an id of its own, such as "sensor-{sensor}"',
                ("sensors", sensor),
            )


def _no_camera(sources: Sources) -> Objection:
    if "cameras" in sources.tree:
        return Objection(f"expected {_CAMERA}", "correct it", ("cameras",))
    step = f"add it at the top: {_CAMERA}"
    if sources.tree.get("sensors"):
        step += ', or set role = "decide" under [box]'
    return Objection("is missing", step, ("cameras",))


def _open_to_the_room(sources: Sources) -> Iterator[Objection]:
    """Yield that tokens would cross the network in the open: they are about children."""
    host = sources.text("mqtt", "host")
    if host is None or _is_here(host) or sources.text("mqtt", "ca_file") is not None:
        return
    yield Objection(
        "is missing: what a sensor has seen of students would cross the network in the open",
        "name the certificate of the room's authority, and port = 8883; classbox setup writes both",
        ("mqtt", "ca_file"),
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _table(tree: object, name: str) -> Mapping[str, Any]:
    found = tree.get(name) if isinstance(tree, Mapping) else None
    return found if isinstance(found, Mapping) else {}
