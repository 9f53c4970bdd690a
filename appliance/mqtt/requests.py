"""What clients ask of the box: who asks, whether it still counts, and an answer to each."""

import json
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import structlog

from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import (
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
)
from appliance.errors import ContractError
from appliance.mqtt.contract.box import BoxEcho
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import (
    MAX_PAYLOAD_BYTES,
    UUID7_PATTERN,
    Message,
    parse_message,
)
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.duplicates import MessageKey, message_key
from appliance.mqtt.wire.messages import Delivery
from appliance.ports import Clock

log = structlog.get_logger()

SYNCED = "synced"

MOST_ANSWERS = 256
"""Answers that are kept for whoever has lost one; a request lives for half a minute."""

UNSUPPORTED = "unsupported: this box knows no such request"


def roles_of(
    *, terminals: Collection[TerminalKey], teachers: Collection[str], it: Collection[str]
) -> Mapping[str, ControlRole]:
    """Return what each client may ask for; one that is two things is the lesser."""
    return {
        **dict.fromkeys(teachers, ControlRole.TEACHER),
        **dict.fromkeys(it, ControlRole.IT),
        **dict.fromkeys(map(str, terminals), ControlRole.TERMINAL),
    }


class Freshness:
    """Tells whether a request was made now, for this box as it runs."""

    def __init__(self, *, clock: Clock, clock_state: Callable[[], str]) -> None:
        """Take the box's own clock and whether a time server sets it."""
        self._clock = clock
        self._clock_state = clock_state

    def objection(self, delivery: Delivery, message: Message) -> str:
        """Return why a request does not count any more; empty where it does.

        The broker counts Message Expiry down and drops what is over, so an expiry that was never
        longer than ``ttl_s`` proves that a request is no older, whatever the clocks say.
        """
        ttl_s = message.ttl_s or 0
        if delivery.retained:
            return "retained: a request counts when it is made, and never again"
        if delivery.expiry_s is None:
            return "no-expiry: a request carries Message Expiry, at most its ttl_s"
        if delivery.expiry_s > ttl_s:
            return "stale: its Message Expiry outlives its ttl_s, so nobody can tell its age"
        if delivery.early:
            return "stale: it may be from before the box has started; ask again"
        if SYNCED == message.clock == self._clock_state() and self._age_s(message) > ttl_s:
            return "stale: it is older than its ttl_s"
        return ""

    def _age_s(self, message: Message) -> float:
        try:
            return self._clock.wall_s() - datetime.fromisoformat(message.ts).timestamp()
        except ValueError:  # the schema lets 31 February through
            return math.inf


class ControlRequests:
    """Reads requests and sees to it that each gets an answer, on its client's own topic."""

    def __init__(
        self,
        *,
        roles: Mapping[str, ControlRole],
        contracts: Contracts,
        freshness: Freshness,
        take: Callable[[ControlRequest], ControlReply],
        reply: Callable[[ControlReply, str, str | None], None],
        drop: Callable[[str, str], None],
    ) -> None:
        """Connect.

        Args:
            roles: What each client may ask for.
            contracts: The schemas.
            freshness: Tells what is too old.
            take: Does what is asked, or refuses it.
            reply: Publishes the answer to a client, and to the request with this id.
            drop: Counts what breaks the contract, by topic and reason.
        """
        self._roles = roles
        self._contracts = contracts
        self._freshness = freshness
        self._answers: OrderedDict[MessageKey, ControlReply] = OrderedDict()
        self._take = take
        self._reply = reply
        self._drop = drop

    def handle(self, delivery: Delivery, *, client: str) -> None:
        """Answer one request; a repeat of one that was done gets the same answer again."""
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            self._refuse_unread(delivery, client, str(error))
            return
        body = message.body
        if isinstance(body, BoxEcho):
            return  # a box of this room tries its permissions
        if not isinstance(body, ControlRequestMessage):
            self._refuse_unread(delivery, client, f"type {message.type} does not belong here")
            return
        key = message_key(delivery.topic, message.id, delivery.payload)
        if (earlier := self._answers.get(key)) is not None:
            self._reply(earlier, client, message.id)
            return
        request = ControlRequest(
            id=message.id,
            command=body.command,
            role=self._roles.get(client, ControlRole.STRANGER),
            client=client,
            seat=body.seat,
            granted=body.granted,
            camera=body.camera,
            on=body.on,
            reference=body.reference,
            objection=self._freshness.objection(delivery, message),
        )
        try:
            answer = self._take(request)
        except Exception:
            failed = ControlReply(status=ControlStatus.FAILED, detail="see the log")
            self._reply(failed, client, message.id)
            raise
        self._reply(answer, client, message.id)
        if answer.status is not ControlStatus.FAILED:  # what has failed may be tried again
            self._answers[key] = answer
            if len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)

    def _refuse_unread(self, delivery: Delivery, client: str, reason: str) -> None:
        """Answer what cannot be understood; a newer client's request is no broken contract."""
        document = _read(delivery.payload)
        if _is_newer(document):
            reason = UNSUPPORTED
            log.info("control_unsupported", client=client)
        else:
            self._drop(delivery.topic, reason)
        self._reply(
            ControlReply(status=ControlStatus.REFUSED, detail=reason), client, _id_of(document)
        )


def _read(payload: bytes) -> Mapping[str, object]:
    """Return a JSON object that nothing vouches for; an empty one where there is none."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return {}
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_newer(document: Mapping[str, object]) -> bool:
    """Tell whether it is a request in order, for something that only a later box does."""
    data = document.get("data")
    asked = data.get("command") if isinstance(data, dict) else None
    newer = isinstance(asked, str) and asked not in {each.value for each in ControlCommand}
    return document.get("type") == ControlRequestMessage.TYPE and newer


def _id_of(document: Mapping[str, object]) -> str | None:
    found = document.get("id")
    return found if isinstance(found, str) and UUID7_PATTERN.fullmatch(found) else None
