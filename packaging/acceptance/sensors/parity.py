"""Does a decider decide on a sensor's tokens what one process decides? A real broker between them.

``python -m acceptance.sensors.parity [--clip FILE …] [--people 1|2] [--seconds S]``. A real broker,
the sensor's own packets and a whole box. Float32 tokens must lead to readings of the same bits,
float16 tokens to readings within ``NEAR``; alerts and interventions must be the same. Exit status 1
otherwise.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from appliance.commands.bench.sensors.one_process import (
    ROOM,
    SENSOR,
    SITE,
    OneProcess,
    Place,
    decider,
    follow_clip,
    wait_until,
)
from appliance.commands.bench.sensors.replayed import (
    ReplayedSensor,
    new_boot,
)
from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.play import SEATS
from appliance.deciding import TickResult
from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import TokenPacket
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.tokens import Precision
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.box import Box, BoxWatchers
from appliance.service.sensor_box.packets import PACKET_TOKENS, PATIENCE_S, TokenSender
from appliance.settings.layout import terminal_seats

NEAR = 2e-3
PACE_S = 0.03
"""Between two packets of a seat: thirty times as fast as life, and no flood yet."""

MICROSECOND_S = 1e-6

ALONE: Mapping[str, Place] = {"left": ("pc-left", (0.0, 0.0, 1.0, 1.0))}
"""One who has the whole picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """What is different; all empty and 0 where nothing is."""

    readings: int
    """Compared."""

    worst: float
    """Largest difference of a probability."""

    bytes_most: int
    """Of one packet."""

    differences: tuple[str, ...]
    """What else differs, in words."""


def over_a_broker(
    one: OneProcess, folder: Path, *, precision: Precision, places: Mapping[str, Place] = SEATS
) -> Parity:
    """Send the tokens of one process to a decider, and compare what it makes of them."""
    results: list[TickResult] = []
    expected = sum(len(result.readings) for result in one.results)
    with PrivateBroker(folder / "broker") as broker:
        settings = decider(folder / "state", port=broker.port, places=places)
        box = Box(
            settings,
            clock=SystemClock(),
            notifier=SystemdNotifier(None),
            watchers=BoxWatchers(on_tick=results.append),
        )
        box.connect()
        box.watch()
        try:
            wait_until(lambda: box.broker.connected, timeout_s=20)
            with ReplayedSensor(
                address=BrokerAddress(host=LOOPBACK, port=broker.port),
                topics=RoomTopics(site=SITE, room=ROOM),
                sensor=SENSOR,
                terminals={seat: at for at, seat in terminal_seats(settings).items()},
                precision=precision,
            ) as sensor:
                wait_until(lambda: sensor.lease is not None, timeout_s=20)
                most = _send_all(sensor, one, places)
                wait_until(
                    lambda: sum(len(result.readings) for result in results) >= expected,
                    timeout_s=60,
                )
        finally:
            box.stop()
    return _compare(one.results, results, seats=list(places), bytes_most=most)


def _send_all(sensor: ReplayedSensor, one: OneProcess, places: Mapping[str, Place]) -> int:
    """Send what was sensed in the sensor's own packets; return the bytes of the largest."""
    most = 0

    def publish(packet: TokenPacket) -> bool:
        nonlocal most
        most = max(most, sensor.send(packet))
        return True

    sender = TokenSender(
        seats=[SeatKey(seat) for seat in places],
        sensor=SENSOR,
        boot=new_boot(),
        encoder=one.encoder,
        publish=publish,
        step=lambda: 0,
        camera_ok=lambda _: True,
        granted=lambda _: True,
        monotonic=time.monotonic,
    )
    for sensed in one.sensed:
        sender.take(sensed)
        time.sleep(PACE_S / PACKET_TOKENS)
    time.sleep(PATIENCE_S)
    sender.flush()
    return most


def _compare(
    alone: Sequence[TickResult],
    apart: Sequence[TickResult],
    *,
    seats: Sequence[str],
    bytes_most: int,
) -> Parity:
    differences: list[str] = []
    worst, count = 0.0, 0
    for seat in seats:
        ours, theirs = (
            [one for result in results for one in result.readings if one.seat == seat]
            for results in (alone, apart)
        )
        if len(ours) != len(theirs):
            differences.append(f"{seat}: {len(ours)} readings alone, {len(theirs)} apart")
            continue
        count += len(ours)
        shift_s = round(theirs[0].at_s - ours[0].at_s)
        for here, there in zip(ours, theirs, strict=True):
            if (here.status, here.occupancy) != (there.status, there.occupancy):
                differences.append(f"{seat} at {here.at_s:.1f}: {here.status} and {there.status}")
            if abs(there.at_s - here.at_s - shift_s) > MICROSECOND_S:
                differences.append(f"{seat} at {here.at_s:.1f}: time {there.at_s - here.at_s}")
            worst = max(worst, float(np.abs(here.probabilities - there.probabilities).max()))
        for what, told in (("alerts", _alerts), ("interventions", _interventions)):
            if told(alone, seat, 0.0) != told(apart, seat, shift_s):
                differences.append(f"{seat}: other {what}")
    return Parity(
        readings=count, worst=worst, bytes_most=bytes_most, differences=tuple(differences)
    )


def _alerts(results: Sequence[TickResult], seat: str, shift_s: float) -> list[tuple[object, ...]]:
    return [
        (one.affect, round(one.at_s - shift_s, 3), one.opened, one.cleared)
        for result in results
        for one in result.alerts
        if one.seat == seat and (one.opened or one.cleared)
    ]


def _interventions(
    results: Sequence[TickResult], seat: str, shift_s: float
) -> list[tuple[object, ...]]:
    return [
        (one.action, one.affect, one.rule, round(one.at_s - shift_s, 3))
        for result in results
        for one in result.interventions
        if one.seat == seat
    ]


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, nargs="*", default=[packaged_clip()])
    parser.add_argument("--people", type=int, choices=(1, 2), default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    args = parser.parse_args()
    places = SEATS if args.people > 1 else ALONE
    with TemporaryDirectory() as folder:
        well = [
            _holds(clip, Path(folder) / str(number), places=places, seconds=args.seconds)
            for number, clip in enumerate(args.clip)
        ]
    return 0 if all(well) else 1


def _holds(clip: Path, folder: Path, *, places: Mapping[str, Place], seconds: float) -> bool:
    """Compare one clip and tell."""
    one = follow_clip(clip, folder / "alone", seconds=seconds, places=places)
    alerts = sum(alert.opened for result in one.results for alert in result.alerts)
    acts = sum(len(result.interventions) for result in one.results)
    print(f"{clip.name}: {len(one.results)} tokens, {alerts} alerts, {acts} interventions alone")
    well = True
    limits: tuple[tuple[Precision, float], ...] = (("f4", 0.0), ("f2", NEAR))
    for precision, limit in limits:
        found = over_a_broker(one, folder / precision, precision=precision, places=places)
        kept = found.readings > 0 and found.worst <= limit and not found.differences
        well = well and kept
        print(
            f"{precision}: {'ok' if kept else 'FAILED'}: {found.readings} readings, at most "
            f"{found.worst:.2e} apart (limit {limit:g}), {found.bytes_most} bytes a packet"
        )
        for line in found.differences[:20]:
            print(f"  {line}")
    return well


if __name__ == "__main__":
    sys.exit(main())
