"""Does any message break a box? ``make fuzz``: six times 50,000 in process, 100,000 on the wire.

In process, mutations of each of the six messages that a box hears go through its router, with no
limit; on the wire, forty terminals send them at the pace that the box grants each. Exit status 1
when there was an exception, one that was not handled, or memory that does not stay flat.
"""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from rich.console import Console
from rich.table import Table

from acceptance.flood.box import OpenBox
from acceptance.flood.mutations import TYPES, Mutations
from acceptance.flood.running import FloodedBox, HonestTerminal
from acceptance.flood.school import BOX, TOPICS, School
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.errors import ApplianceError
from appliance.host.clock import SystemClock
from appliance.host.logs import configure_logs
from appliance.host.readings import read_board
from appliance.mqtt.floods import RATE_HZ
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.messages import Delivery
from appliance.storage.store import Storage

TERMINALS = tuple(f"pc-{number:02d}" for number in range(40))
TEACHER = "teacher-1"
PACE = 0.5
"""Of what a box grants; some mutations are long and weigh more."""
SETTLES_S = 5.0
FLAT_MB = 8.0
"""Growth between the first tenth of a run and its end."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzed:
    """What came of one run."""

    what: str
    """Message type, or "wire"."""

    messages: int
    """Handled."""

    exceptions: int
    """Of them, that broke something."""

    refused: int
    """Of them, that were dropped as breaking the contract."""

    lost: int
    """Of those sent, that were not handled."""

    grown_mb: float
    """Growth of the memory after the first tenth, MB."""

    def problems(self) -> list[str]:
        """Return what should not have been."""
        found = []
        if self.exceptions:
            found.append(f"{self.exceptions} exceptions")
        if self.lost:
            found.append(f"{self.lost} messages were not handled")
        if self.grown_mb > FLAT_MB:
            found.append(f"grew by {self.grown_mb:.1f} MB")
        return [f"{self.what}: {each}" for each in found]


def main() -> None:
    """Fuzz and say what came of it."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000, help="of each type, in process")
    parser.add_argument("--wire", type=int, default=100_000, help="on the wire")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    configure_logs(level="error")
    try:
        with TemporaryDirectory(prefix="classbox-fuzz-") as folder:
            told = fuzz_router(Path(folder), messages=asked.messages, seed=asked.seed)
            told.append(fuzz_wire(Path(folder), messages=asked.wire, seed=asked.seed))
    except ApplianceError as error:
        console.print(f"[red]✗[/] {error}")
        sys.exit(error.exit_code)
    problems = [problem for one in told for problem in one.problems()]
    if asked.json:
        document = {"runs": [asdict(one) for one in told], "problems": problems}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        _show(told, console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def fuzz_router(folder: Path, *, messages: int, seed: int) -> list[Fuzzed]:
    """Send mutations of each message type through a box's router.

    Args:
        folder: Gets the state.
        messages: Of each type.
        seed: Of what is drawn.
    """
    clock = SystemClock()
    storage = Storage.open(folder / "state", clock=clock)
    storage.start()
    client = OpenBox(
        address=BrokerAddress(host="127.0.0.1"),  # never connected
        site=TOPICS.site,
        room=TOPICS.room,
        box=BOX,
        terminals={TerminalKey(name): SeatKey(name) for name in TERMINALS},
        store=storage.outbox,
        clock=clock,
        teachers=[TEACHER],
    )
    told = []
    try:
        for number, name in enumerate(TYPES):
            mutations = Mutations(seed=seed + number)
            exceptions, refused, early_mb = 0, client.health().drops["invalid"], 0.0
            for count in range(messages):
                if count == messages // 10:
                    early_mb = read_board(folder).rss_mb
                terminal = TERMINALS[count % len(TERMINALS)]
                delivery = Delivery(
                    topic=topic_of(name, terminal),
                    payload=mutations.draw(name, src=source_of(name, terminal)),
                    expiry_s=30,
                    retained=False,
                )
                try:
                    client.handle(delivery)
                except Exception:
                    exceptions += 1
                    log.exception("fuzz", topic=delivery.topic, payload=repr(delivery.payload))
            told.append(
                Fuzzed(
                    what=name,
                    messages=messages,
                    exceptions=exceptions,
                    refused=client.health().drops["invalid"] - refused,
                    lost=0,
                    grown_mb=read_board(folder).rss_mb - early_mb,
                )
            )
    finally:
        storage.stop()
    return told


def fuzz_wire(folder: Path, *, messages: int, seed: int) -> Fuzzed:
    """Let forty terminals send mutations of what terminals say, each as fast as it may.

    Args:
        folder: Gets certificates, state and log.
        messages: All together.
        seed: Of what is drawn.
    """
    mutations = Mutations(seed=seed)
    types = TYPES[:4]
    with ExitStack() as stack:
        school = stack.enter_context(School(folder / "school"))
        terminals = {name: stack.enter_context(HonestTerminal(school, name)) for name in TERMINALS}
        box = stack.enter_context(
            FloodedBox(school, folder / "box", terminals=TERMINALS, commands=0)
        )
        early: dict[str, float] = {}
        round_s = time.monotonic()
        for count in range(messages):
            if count == messages // 10:
                early = box.report()
            if count % len(TERMINALS) == 0:
                # Nobody catches up: that would be a flood.
                time.sleep(max(0.0, round_s + 1 / (PACE * RATE_HZ) - time.monotonic()))
                round_s = time.monotonic()
            terminal = TERMINALS[count % len(TERMINALS)]
            name = types[count // len(TERMINALS) % len(types)]
            payload = mutations.draw(name, src=source_of(name, terminal))
            terminals[terminal].say(topic_of(name, terminal), payload)
        late = box.report()
        while late["received"] < messages:
            time.sleep(SETTLES_S)
            before, late = late, box.report()
            if late["received"] == before["received"]:
                break
        handled = late["received"] - late["drops"]["flood"] - late["drops"]["inbox-full"]
        return Fuzzed(
            what="wire",
            messages=handled,
            exceptions=late["callback_errors"],
            refused=late["drops"]["invalid"],
            lost=messages - handled,
            grown_mb=late["rss_mb"] - early["rss_mb"],
        )


def topic_of(name: str, terminal: str) -> str:
    """Return where a terminal, or a teacher about its seat, says something."""
    own = TOPICS.terminal(TerminalKey(terminal))
    return {
        "ack": own.ack,
        "feedback": own.feedback,
        "context": own.context,
        "presence": own.presence,
        "alert.ack": TOPICS.alert_ack(SeatKey(terminal)),
        "control.request": TOPICS.control_request(TEACHER),
    }[name]


def source_of(name: str, terminal: str) -> str:
    """Return who says it."""
    return f"teacher/{TEACHER}" if name in TYPES[4:] else f"seat/{terminal}"


def _show(told: list[Fuzzed], console: Console) -> None:
    table = Table("", "messages", "refused", "exceptions", "memory")
    for one in told:
        table.add_row(
            one.what,
            f"{one.messages:,}",
            f"{one.refused:,}",
            str(one.exceptions),
            f"{one.grown_mb:+.1f} MB",
        )
    console.print(table)


if __name__ == "__main__":
    main()
