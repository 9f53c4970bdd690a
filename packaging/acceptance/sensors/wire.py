"""What does a sensor send? Its bytes are counted and searched for pictures.

``python -m acceptance.sensors.wire [--minutes M]``. ``classbox sense`` looks at pictures that can
be recognised in whatever form they leak; every byte between it and a real broker is kept, without
TLS, so that it can be read. Exit status 1 when a picture was found, when one that was planted on
purpose was not, or when a seat takes more than ``MOST_KB`` a second.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import track

from acceptance.canary.camera import PictureCamera
from acceptance.canary.control import PLANTED, count_planted
from acceptance.canary.forms import forms_of
from acceptance.canary.pictures import make_canaries
from acceptance.canary.search import Search
from acceptance.sensors.relay import Relay
from acceptance.sensors.stand_in import RunningSensor, StandIn, wait_for, write_sensor
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.private_broker import PrivateBroker

CANARIES = 60
FPS = 15.0
SEATS = {"left": "pc-left", "right": "pc-right"}
MOST_KB = 2.0
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What went over it."""

    seconds: float
    sent: int
    """Bytes of TCP from the sensor."""

    answered: int
    """Bytes to it."""

    tokens: int
    """Bytes of the messages with tokens alone."""

    present: int
    """Tokens of somebody who was seen."""

    found: list[str]
    planted: int
    planted_found: int

    @property
    def kb_a_seat(self) -> float:
        """Of everything that it sent, a second, in kB of 1,000 bytes."""
        return self.sent / 1000 / len(SEATS) / self.seconds

    @property
    def problems(self) -> list[str]:
        """What must not be."""
        problems = [f"found: {line}" for line in self.found]
        if self.kb_a_seat > MOST_KB:
            problems.append(f"{self.kb_a_seat:.2f} kB a seat and second, at most {MOST_KB:g}")
        if self.planted_found < self.planted:
            problems.append(f"the search is blind: {self.planted_found} of {self.planted}")
        if not self.present:
            problems.append("nobody was seen, so this run says nothing")
        return problems


def listen(folder: Path, *, seconds: int) -> Wire:
    """Keep what a sensor sends for so long, then search it."""
    canaries = make_canaries(CANARIES)
    with (
        PrivateBroker(folder / "broker") as broker,
        Relay(broker.port, keep=True) as relay,
        PictureCamera([one.jpeg for one in canaries], fps=FPS) as camera,
        StandIn(port=broker.port, seats=SEATS) as decider,
    ):
        config = write_sensor(
            folder / "sensor", port=relay.port, clip=camera.url(turn=0), seats=SEATS
        )
        with RunningSensor(config):
            decider.live()
            wait_for(lambda: len(decider.packets) > len(SEATS), timeout_s=PATIENCE_S)
            before, packets, began_s = len(relay.sent), len(decider.packets), time.monotonic()
            heard = len(decider.deliveries)
            for _ in track(range(seconds), "listening"):
                time.sleep(1)
            sent, over_s = len(relay.sent) - before, time.monotonic() - began_s
            tokens = sum(
                len(one.payload)
                for one in decider.deliveries[heard:]
                if one.topic.endswith("/tokens")
            )
            seen = decider.packets[packets:]
    kept = folder / "kept"
    kept.mkdir()
    (kept / "sent").write_bytes(relay.sent)
    (kept / "answered").write_bytes(relay.answered)
    search, forms = Search([one.jpeg for one in canaries]), forms_of(canaries[0])
    found = search.look_into(kept).found
    for number, form in enumerate(forms.values()):
        middle = len(relay.sent) // 2
        planted = relay.sent[:middle] + form + relay.sent[middle:]
        (kept / f"{PLANTED}-{number}").write_bytes(planted)
    return Wire(
        seconds=over_s,
        sent=sent,
        answered=len(relay.answered),
        tokens=tokens,
        present=sum(status is SeatStatus.PRESENT for one in seen for status in one.status),
        found=found,
        planted=len(forms),
        planted_found=count_planted(search.look_into(kept).found),
    )


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(prog="wire", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        wire = listen(Path(folder), seconds=round(60 * asked.minutes))
    print(
        f"{wire.seconds:.0f} s, {wire.present} tokens of somebody: {wire.kb_a_seat:.2f} kB a seat "
        f"and second in all, {wire.tokens / 1000 / len(SEATS) / wire.seconds:.2f} kB of tokens\n"
        f"{len(wire.found)} pictures found in {wire.sent + wire.answered:,} bytes; of "
        f"{wire.planted} that were planted {wire.planted_found}"
    )
    for problem in wire.problems:
        print(f"FAILED {problem}")
    return 1 if wire.problems else 0


if __name__ == "__main__":
    sys.exit(main())
