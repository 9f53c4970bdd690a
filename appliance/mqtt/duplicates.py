"""Remembers messages, because QoS 1 may deliver twice."""

import hashlib
from collections import OrderedDict

MessageKey = tuple[str, str, bytes]
"""Topic, id and a digest of all of it."""


def message_key(topic: str, message_id: str, payload: bytes) -> MessageKey:
    """Return what is the same for two deliveries of one message, and for nothing else.

    By topic: nobody can use up the id of a message that another client is yet to send. By content:
    a "no" under the id of an earlier "yes" is not the same again.
    """
    return topic, message_id, hashlib.blake2b(payload, digest_size=16).digest()


class DuplicateFilter:
    """The newest messages that were done; bounded, the oldest is forgotten first."""

    def __init__(self, *, limit: int = 1024) -> None:
        """Start empty."""
        self._limit = limit
        self._keys: OrderedDict[MessageKey, None] = OrderedDict()

    def knows(self, key: MessageKey) -> bool:
        """Tell whether a message was done."""
        return key in self._keys

    def add(self, key: MessageKey) -> None:
        """Note that a message was done: not before, so that a repeat of one that failed counts."""
        self._keys[key] = None
        if len(self._keys) > self._limit:
            self._keys.popitem(last=False)
