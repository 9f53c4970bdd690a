"""Remembers message ids, because QoS 1 may deliver twice."""

from collections import OrderedDict


class DuplicateFilter:
    """The newest ids of what was done; bounded, the oldest is forgotten first.

    By topic: nobody can use up the id of a message that another client is yet to send.
    """

    def __init__(self, *, limit: int = 1024) -> None:
        """Start empty."""
        self._limit = limit
        self._ids: OrderedDict[tuple[str, str], None] = OrderedDict()

    def knows(self, topic: str, message_id: str) -> bool:
        """Tell whether a message was done."""
        return (topic, message_id) in self._ids

    def add(self, topic: str, message_id: str) -> None:
        """Note that a message was done: not before, so that a repeat of one that failed counts."""
        self._ids[topic, message_id] = None
        if len(self._ids) > self._limit:
            self._ids.popitem(last=False)
