"""Commands on their way while broker and box are killed."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from acceptance.deliveries.account import Sent, Span
from acceptance.deliveries.process import SpokenProcess
from acceptance.deliveries.words import LIFETIMES
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.interventions import Action
from appliance.mqtt.private_broker import PrivateBroker

TERMINALS = tuple(f"pc-{number}" for number in range(1, 9))
SHARES = {300: 0.5, 30: 0.42, 10: 0.08}
"""Of the commands, by lifetime, seconds."""

BROKER_LIVES_S = (8.0, 16.0)
"""Between two kills of the broker, seconds."""

BROKER_AWAY_S = (0.2, 3.0)
BOX_AWAY_S = (0.2, 2.0)
FINAL = frozenset({"succeeded", "failed", "rejected", "expired"})
PAUSE_S = 0.02


@dataclass(slots=True)
class Told:
    """What was seen in a run."""

    sent: dict[str, Sent] = field(default_factory=dict)
    shown: dict[str, list[float]] = field(default_factory=dict)
    down: list[Span] = field(default_factory=list)
    """When the broker or the box was down."""

    broker_kills: int = 0
    box_kills: int = 0
    seat_kills: int = 0
    returns_s: list[float] = field(default_factory=list)
    """From the broker's return to the box's connection, seconds."""

    _broker_back_s: float | None = None

    def hear(self, line: str) -> None:
        """Take in what the box's process says."""
        word, *rest = line.split()
        if word == "kept":
            self.sent[rest[0]] = Sent(issued_s=float(rest[1]), expires_s=float(rest[2]))
        elif word == "moved" and rest[0] in self.sent:
            reason = "" if rest[2] == "-" else f"/{rest[2]}"
            self.sent[rest[0]].states.append(rest[1] + reason)
        elif word == "connected" and self._broker_back_s is not None:
            self.returns_s.append(float(rest[0]) - self._broker_back_s)
            self._broker_back_s = None

    def broker_is_back(self, at_s: float) -> None:
        """Begin to count until the box has noticed."""
        self._broker_back_s = at_s

    def broker_is_gone(self) -> None:
        """Forget a return that the box has not noticed in time."""
        if self._broker_back_s is not None:
            self.returns_s.append(time.time() - self._broker_back_s)
        self._broker_back_s = None

    def open(self) -> int:
        """Count the commands whose end the box has not said."""
        return sum(
            not any(each.partition("/")[0] in FINAL for each in one.states)
            for one in self.sent.values()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to do."""

    commands: int
    seconds: float
    """In which they are sent."""

    box_kills: int
    seat_kills: int
    seed: int


class Room:
    """A broker, a box and its terminals, each killed in its own time."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Make all parts; ``deliver`` runs them."""
        self._plan = plan
        self._rng = Random(plan.seed)  # noqa: S311 - no secret
        self.told = Told()
        self._shown = folder / "shown"
        self._shown.touch()
        self._broker = PrivateBroker(folder / "broker")
        port = self._broker.port
        self._box = SpokenProcess(
            "acceptance.deliveries.box",
            folder / "state",
            port,
            *TERMINALS,
            log=folder / "box.log",
            hear=self.told.hear,
        )
        self._seats = SpokenProcess(
            "acceptance.deliveries.seats",
            self._shown,
            folder / "seats",
            port,
            *TERMINALS,
            log=folder / "seats.log",
            hear=lambda _: None,
        )
        self._over = threading.Event()

    def deliver(self, progress: Callable[[int, int], None]) -> Told:
        """Send all commands, let what is open come to its end, and return what was seen.

        Args:
            progress: Told of the commands sent and of those whose end is known.

        Raises:
            ApplianceError: A part does not start.
        """
        broker_rng, box_rng, seat_rng, order = (
            Random(self._rng.random())  # noqa: S311 - no secret
            for _ in range(4)
        )
        self._broker.start()
        try:
            self._box.start()
            self._seats.start()
            killers = [
                threading.Thread(target=self._kill_broker, args=(broker_rng,)),
                threading.Thread(target=self._kill_box, args=(box_rng,)),
                threading.Thread(target=self._kill_seats, args=(seat_rng,)),
            ]
            for killer in killers:
                killer.start()
            try:
                self._send(order, progress)
                self._await_the_end(progress)
            finally:
                self._over.set()
                for killer in killers:
                    killer.join()
        finally:
            self._seats.kill()
            self._box.kill()
            self._broker.stop()
        for line in self._shown.read_text(encoding="utf-8").splitlines():
            identity, at_s = line.split()
            self.told.shown.setdefault(identity, []).append(float(at_s))
        return self.told

    def _send(self, order: Random, progress: Callable[[int, int], None]) -> None:
        plan = self._plan
        lifetimes = order.choices([*SHARES], [*SHARES.values()], k=plan.commands)
        began_s = time.monotonic()
        for number, lifetime_s in enumerate(lifetimes):
            while time.monotonic() - began_s < number * plan.seconds / plan.commands:
                time.sleep(PAUSE_S)
            while not self._sent(LIFETIMES[lifetime_s], order.choice(TERMINALS)):
                time.sleep(PAUSE_S)  # a box that is down decides nothing
            progress(number + 1, number + 1 - self.told.open())

    def _sent(self, action: Action, terminal: str) -> bool:
        """Ask for a command; False when the box did not say that it has it."""
        identity = uuid7(wall_s=time.time(), randomness=os.urandom(RANDOM_BYTES))
        if not self._box.ask(action.value, terminal, identity):
            return False
        while identity not in self.told.sent and self._box.ready:
            time.sleep(PAUSE_S)
        return identity in self.told.sent

    def _await_the_end(self, progress: Callable[[int, int], None]) -> None:
        until_s = time.monotonic() + max(LIFETIMES) + 30.0
        while self.told.open() and time.monotonic() < until_s:
            self._over.wait(0.5)
            progress(len(self.told.sent), len(self.told.sent) - self.told.open())

    def _kill_broker(self, rng: Random) -> None:
        while not self._over.wait(rng.uniform(*BROKER_LIVES_S)):
            self.told.broker_is_gone()
            began_s = time.time()
            self._broker.kill()
            self._over.wait(rng.uniform(*BROKER_AWAY_S))
            self._broker.start()
            self.told.broker_is_back(time.time())
            self.told.down.append(Span(began_s, time.time()))
            self.told.broker_kills += 1

    def _kill_box(self, rng: Random) -> None:
        period_s = self._plan.seconds / (self._plan.box_kills + 1)
        for _ in range(self._plan.box_kills):
            if self._over.wait(period_s * rng.uniform(0.7, 1.0)):
                return
            began_s = time.time()
            self._box.kill()
            self._over.wait(rng.uniform(*BOX_AWAY_S))
            self._box.start()
            self.told.down.append(Span(began_s, time.time()))
            self.told.box_kills += 1

    def _kill_seats(self, rng: Random) -> None:
        period_s = self._plan.seconds / (self._plan.seat_kills + 1)
        for _ in range(self._plan.seat_kills):
            if self._over.wait(period_s * rng.uniform(0.7, 1.0)):
                return
            began_s = time.time()
            self._seats.kill()
            self._seats.start()
            self.told.down.append(Span(began_s, time.time()))
            self.told.seat_kills += 1
