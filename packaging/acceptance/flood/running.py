"""The box and the honest terminals around it, as the trials use them."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

from acceptance.flood.school import BOX, TOPICS, School, surroundings
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.errors import ApplianceError
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.classroom import FeedbackMessage
from appliance.mqtt.contract.envelope import DAY_TTL_S, Stamper
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Publication

STOPS_S = 30.0


class FloodedBox:
    """A box's process at a school's broker; a context manager."""

    def __init__(
        self, school: School, folder: Path, *, terminals: Collection[str], commands: int
    ) -> None:
        """Say who sits where; nothing runs yet.

        Args:
            school: Whose broker.
            folder: For state and log.
            terminals: Of the box.
            commands: That each terminal is sent at the beginning.
        """
        address = school.address(BOX)
        if address.ca_file is None:
            raise ValueError
        folder.mkdir()
        self._log = folder / "box.log"
        arguments = [address.ca_file.parent, school.port, folder / "state", ",".join(terminals)]
        self._command = [sys.executable, "-m", "acceptance.flood.box", *map(str, arguments)]
        self._command.append(str(commands))
        self.sent: Mapping[str, list[str]] = {}
        """Terminal to the ids of its commands."""

    def __enter__(self) -> Self:
        """Start, and wait until it has heard itself."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=surroundings(),
            )
        try:
            self.sent = self._read()
        except ApplianceError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._process.communicate(timeout=STOPS_S)

    def report(self) -> dict[str, Any]:
        """Ask how it is and what it has heard."""
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        return self._read()

    def lines_a_minute(self) -> dict[str, int]:
        """Return cause to the most lines of the log that it has in any minute of the clock."""
        lines = [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]
        counts = Counter((line["event"], line["timestamp"][:16]) for line in lines)
        causes = {event for event, _ in counts}
        return {
            cause: max(count for (event, _), count in counts.items() if event == cause)
            for cause in sorted(causes)
        }

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            last = self._log.read_text(encoding="utf-8").rstrip().rpartition("\n")[2]
            msg = f"the box has ended; its last line: {last}"
            raise ApplianceError(msg)
        answer: dict[str, Any] = json.loads(line)
        return answer


class HonestTerminal:
    """Says what a terminal says, at QoS 1; a context manager."""

    def __init__(self, school: School, name: str) -> None:
        """Prepare the connection."""
        self._topics = TOPICS.terminal(TerminalKey(name))
        self._link = Link(
            address=school.address(name),
            client_id=name,
            clock=SystemClock(),
            subscriptions={},
            on_delivery=lambda _: None,
            queue_limit=100_000,
        )
        self._stamper = Stamper(
            src=f"seat/{name}", clock=SystemClock(), clock_state=lambda: "unknown"
        )

    def __enter__(self) -> Self:
        """Connect."""
        self._link.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._link.stop()

    def answer(self, command: str) -> None:
        """Say that a student has accepted a command."""
        body = FeedbackMessage(kind=FeedbackKind.ACCEPTED)
        message = self._stamper.stamp(body, ttl_s=DAY_TTL_S, corr=command)
        self.say(self._topics.feedback, message.to_json().encode())

    def say(self, topic: str, payload: bytes) -> None:
        """Say anything."""
        self._link.post(Publication(topic=topic, payload=payload, lifetime_s=DAY_TTL_S))
