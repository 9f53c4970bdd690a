"""A lab whose pages are enrolled and open."""

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from acceptance.screens.lab import Lab
from acceptance.screens.pages import StreamPage, enrol
from acceptance.screens.watch import Watch
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.interventions import Action
from appliance.errors import ApplianceError

CODE = re.compile(r"\b[0-9A-Z]{5}-?[0-9A-Z]{5}\b")
OPEN_S = 30.0


class OpenLab:
    """Broker, box, server and one page without a browser for each of some terminals."""

    def __init__(self, folder: Path, *, seats: int, answer: str = "accepted") -> None:
        """Prepare; ``start`` runs everything."""
        self.watch = Watch(answer=answer)
        self.lab = Lab(folder, seats=seats, hear=self.watch.hear_box)

    def start(self, *, streamed: Sequence[str] | None = None) -> None:
        """Run the parts, enrol and open pages, and log everybody in.

        Args:
            streamed: Terminals with a page of ours; all by default.

        Raises:
            ApplianceError: A part does not start.
        """
        self.lab.start()
        for terminal in self.lab.terminals if streamed is None else streamed:
            cookie = enrol(self.lab, self.code(terminal))
            page = StreamPage(
                self.lab,
                terminal,
                cookie=cookie,
                on_state=self.watch.hear_page,
                on_open=self.watch.hear_open,
            )
            self.watch.pages[terminal] = page
            page.open()
            page.post("/seat/here", here=True)
        until_s = time.monotonic() + OPEN_S
        while not all(page.connected for page in self.watch.pages.values()):
            if time.monotonic() > until_s:
                msg = "not every page has its connection to the broker"
                raise ApplianceError(msg)
            time.sleep(0.1)

    def code(self, terminal: str) -> str:
        """Make a one-time code."""
        said = self.lab.command("code", terminal)
        found = CODE.search(said)
        if found is None:
            msg = f"classbox screens code says no code: {said}"
            raise ApplianceError(msg)
        return found[0]

    def send(self, action: Action, terminal: str) -> str | None:
        """Have the box decide; None when it did not say that it has it on disk."""
        identity = uuid7(wall_s=time.time(), randomness=os.urandom(RANDOM_BYTES))
        if not self.lab.box.ask(action.value, terminal, identity):
            return None
        until_s = time.monotonic() + 10.0
        while identity not in self.watch.courses:
            if not self.lab.box.ready or time.monotonic() > until_s:
                return None
            time.sleep(0.002)
        return identity

    def settle(self, seconds: float) -> None:
        """Wait until every command has come to its end, at most so long."""
        until_s = time.monotonic() + seconds
        while self.watch.open() and time.monotonic() < until_s:
            time.sleep(0.2)

    def stop(self) -> None:
        """End everything."""
        for page in self.watch.pages.values():
            page.close()
        self.lab.stop()
