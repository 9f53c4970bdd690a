"""What went over the broker, one file per topic, and how much the box has looked at."""

import json
import threading
from collections import Counter
from pathlib import Path

from acceptance.traffic import Heard


class Record:
    """Takes deliveries from the thread that hears them."""

    def __init__(self, folder: Path) -> None:
        """Write into an empty folder."""
        folder.mkdir()
        self._folder = folder
        self._lock = threading.Lock()
        self._last: Counter[str] = Counter()
        self.messages = 0
        """Delivered so far."""
        self.looked_at = 0
        """Pictures that the box says it has looked at, over all its lives."""

    def take(self, heard: Heard) -> None:
        """Keep a delivery to the byte."""
        with self._lock:
            self.messages += 1
            name = heard.topic.replace("/", "~")
            with (self._folder / name).open("ab") as file:
                file.write(heard.payload + b"\n")
            if heard.topic.endswith("/health"):
                self._count(json.loads(heard.payload)["data"]["cameras"])

    def _count(self, cameras: dict[str, dict[str, dict[str, int]]]) -> None:
        for camera, health in cameras.items():
            looked_at = health["frames"]["looked-at"]
            # A box that has begun anew counts from nothing.
            before = self._last[camera] if looked_at >= self._last[camera] else 0
            self.looked_at += looked_at - before
            self._last[camera] = looked_at
