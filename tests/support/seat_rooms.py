"""A seat's page, its server, a broker, and the box's side played by a plain client."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.mqtt.contract.commands import CommandBody
from tests.support.listener import Listener
from tests.support.messages import ROOM, SITE, stamper
from tests.support.seat_server import FIRST, SeatServer

MakeServer = Callable[..., SeatServer]


@dataclass
class BoxSide:
    """Sends commands to seats and hears what they say."""

    listener: Listener

    def send(
        self, body: CommandBody, *, to: str = FIRST, expiry_s: int | None = None
    ) -> dict[str, Any]:
        """Publish a fresh command; returns the document."""
        document: dict[str, Any] = json.loads(
            stamper("box/box-1").stamp(body, ttl_s=body.TTL_S).to_json()
        )
        self.send_again(document, to=to, expiry_s=body.TTL_S if expiry_s is None else expiry_s)
        return document

    def send_again(self, document: dict[str, Any], *, expiry_s: int, to: str = FIRST) -> None:
        """Publish a command as it is."""
        self.listener.publish(f"{_of(to)}/cmd", json.dumps(document), expiry_s=expiry_s)

    def statuses(self, command: str, *, of: str = FIRST) -> list[str]:
        """Acknowledged states of a command, in order; a failure with its reason."""
        return [
            "/".join(filter(None, each.document["data"].values()))
            for each in self.listener.on(f"{_of(of)}/ack")
            if each.document["corr"] == command
        ]

    def feedback(self, command: str, *, of: str = FIRST) -> list[str]:
        """Feedback about a command, in order, each message once; a rating with its number."""
        said = {
            each.document["id"]: each.document["data"]
            for each in self.listener.on(f"{_of(of)}/feedback")
            if each.document["corr"] == command
        }
        return [
            each["kind"] if each["rating"] is None else f"{each['kind']} {each['rating']}"
            for each in said.values()
        ]

    def presence(self, of: str = FIRST) -> list[tuple[str, str | None]]:
        """State and occupant of each presence, in order."""
        return [
            (each.document["data"]["state"], each.document["data"]["occupant"])
            for each in self.listener.on(f"{_of(of)}/presence")
        ]


def _of(terminal: str) -> str:
    return f"cb/v1/{SITE}/{ROOM}/seat/{terminal}"
