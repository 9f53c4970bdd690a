"""Whether the broker lets a box say and hear what it must, found out by delivery.

A subscription that the ACL denies is granted all the same, and PUBACK is not delivery: so a marked
message goes out under the box's own id for each permission, and what comes back is what is allowed.
Only where the ACL does not let it come back, the reason code of PUBACK has to do: Mosquitto 2.0
answers a forbidden MQTT 5 publication with 0x87, not authorised.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.mqtt.contract.box import BoxEcho
from appliance.mqtt.contract.envelope import Stamper
from appliance.mqtt.contract.permissions import Access, Permission
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.messages import Delivery, Publication
from appliance.mqtt.wire.session import Receipt, Session

TRIAL_TTL_S = 5
"""Lifetime of a trial's messages: who connects later never sees one."""

DELIVERY_S = 1.0
"""A delivery takes milliseconds; what has not come back by now does not come."""

ANSWER_S = 3.0
"""Longest wait for a broker that is slow to acknowledge."""


class Proof(StrEnum):
    """How sure a permission is."""

    DELIVERED = "delivered"
    """A message went out and came back."""
    ACCEPTED = "accepted"
    """The broker took the message, and does not let it come back to the box."""
    UNPROVED = "unproved"
    """The broker does not let the box try."""
    MISSING = "missing"
    """The box is not allowed what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedPermission:
    """What a trial says about one permission."""

    permission: Permission
    """Which."""

    proof: Proof
    """How sure it is."""


class PermissionTrial:
    """Sends a marked message for each permission and waits for its return; any thread may call."""

    def __init__(self, permissions: tuple[Permission, ...], *, stamper: Stamper) -> None:
        """Prepare a trial; ``run`` does it, as often as wanted.

        Args:
            permissions: What to try.
            stamper: Of the box.
        """
        self._permissions = permissions
        self._stamper = stamper
        self._topics = {one.trial for one in permissions}
        self._running = threading.Lock()
        self._waiting: dict[str, Permission] = {}  # by message id
        self._all_back = threading.Event()

    @property
    def subscriptions(self) -> Mapping[str, int]:
        """Topic to QoS of what must come back.

        QoS 0: it is delivered while messages of QoS 1 wait for their acknowledgement.
        """
        return dict.fromkeys(self._topics, 0)

    def heard(self, delivery: Delivery) -> None:
        """Note what came back; called with every delivery, on the network thread."""
        if not self._waiting or delivery.topic not in self._topics:
            return
        try:
            message_id = json.loads(delivery.payload)["id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return  # somebody else's
        self._waiting.pop(message_id, None)
        if not self._waiting:
            self._all_back.set()

    def run(self, send: Callable[[Publication], Receipt | None]) -> list[ProvedPermission]:
        """Try everything at once; takes up to ``DELIVERY_S`` and ``ANSWER_S``.

        Args:
            send: Publishes on a session that has ``subscriptions``.
        """
        with self._running:
            self._all_back.clear()
            messages = {
                permission: self._stamper.stamp(BoxEcho(count=1), ttl_s=TRIAL_TTL_S)
                for permission in self._permissions
            }
            self._waiting = {message.id: one for one, message in messages.items()}
            receipts = {
                permission: send(
                    Publication(
                        topic=permission.trial,
                        payload=message.to_json().encode(),
                        lifetime_s=TRIAL_TTL_S,
                    )
                )
                for permission, message in messages.items()
            }
            if not self._all_back.wait(DELIVERY_S) and not _all_answered(receipts.values()):
                self._all_back.wait(ANSWER_S)
            lost = set(self._waiting.values())
            self._waiting = {}
            return [
                ProvedPermission(
                    permission=one,
                    proof=_judge(one, receipts[one]) if one in lost else Proof.DELIVERED,
                )
                for one in self._permissions
            ]


def try_permissions(
    address: BrokerAddress,
    permissions: tuple[Permission, ...],
    *,
    stamper: Stamper,
    client_id: str,
    session_expiry_s: int,
) -> list[ProvedPermission]:
    """Connect as the box itself, which must not be running, and try its permissions.

    What the broker has kept for the box stays there: nothing is acknowledged.

    Args:
        address: Broker and credentials.
        permissions: What to try.
        stamper: Of the box.
        client_id: The box's.
        session_expiry_s: The box's.

    Raises:
        BrokerError: The broker cannot be reached or refuses; the message says which.
    """
    trial = PermissionTrial(permissions, stamper=stamper)
    session = Session(
        address=address,
        client_id=client_id,
        session_expiry_s=session_expiry_s,
        will=None,
        on_delivery=trial.heard,
        on_event=lambda: None,
        acknowledge=False,
    )
    try:
        session.open(trial.subscriptions)
        return trial.run(lambda one: session.publish(one, lifetime_s=one.lifetime_s))
    finally:
        session.close(forget=not session.resumed)


def probe_broker(address: BrokerAddress, *, client_id: str) -> None:
    """Connect once and leave.

    Args:
        address: Broker and credentials.
        client_id: Another than the running box's, which the broker would throw out; where the
            broker takes the user name for it, the box is thrown out and comes back by itself.

    Raises:
        BrokerError: The broker cannot be reached or refuses; the message says which.
    """
    session = Session(
        address=address,
        client_id=client_id,
        session_expiry_s=0,
        will=None,
        on_delivery=lambda _: None,
        on_event=lambda: None,
    )
    try:
        session.open({})
    finally:
        session.close()


def _all_answered(receipts: Iterable[Receipt | None]) -> bool:
    return all(receipt is None or receipt.arrived for receipt in receipts)


def _judge(permission: Permission, receipt: Receipt | None) -> Proof:
    """Say what the broker's answer to a message proves that has not come back."""
    if receipt is None or not receipt.arrived:
        return Proof.UNPROVED
    if permission.access is Access.READWRITE:
        return Proof.MISSING
    if permission.access is Access.WRITE:
        return Proof.MISSING if receipt.refused else Proof.ACCEPTED
    return Proof.UNPROVED if receipt.refused else Proof.MISSING
