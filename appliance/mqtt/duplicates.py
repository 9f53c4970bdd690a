"""Remembers message ids, because QoS 1 may deliver twice."""

from collections import OrderedDict


class DuplicateFilter:
    """The newest ids; bounded, the oldest is forgotten first."""

    def __init__(self, *, limit: int = 1024) -> None:
        """Start empty."""
        self._limit = limit
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, message_id: str) -> bool:
        """Note an id; False when it was known."""
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > self._limit:
            self._ids.popitem(last=False)
        return True
