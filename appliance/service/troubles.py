"""What goes wrong now and then: counters that grow, and conditions that last.

A counter never shrinks, so its line has to go by another rule. It stands from the moment the
counter has grown by a given number within ``HOLD_S``, and for ``HOLD_S`` after that was last so.
The lines hold no numbers: the retained status is sent again only when something else is wrong.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.cameras.reader import ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.storage_health import StorageHealth
from appliance.mqtt.contract.box import BrokerHealth
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service.report import BoxFacts
from appliance.windows.seat_windows import FrameCounts

HOLD_S = 120.0
"""A line that goes while somebody reads it helps nobody."""

LASTING_S = 60.0
"""A condition that goes by itself within a minute is none: the ballast after a start, a burst."""

MANY_DROPPED = 0.20
"""Share of a camera's frames that are dropped over ``LASTING_S``; ten times what the ladder allows,
so it is a box that the ladder cannot help, or one that is held on a step."""

FEW_DROPPED = 0.10
"""Below it enough are looked at again."""

FLAPS = 3
"""Connections or pictures that fail within ``HOLD_S``; one or two are an accident."""

STRAYS = 10
"""Messages that break the contract within ``HOLD_S``; a few come with every update of terminals."""


@dataclass(slots=True)
class _Counter:
    """Follows one number that only grows."""

    count: int = 0
    growth: deque[tuple[float, int]] = field(default_factory=deque)
    until_s: float = float("-inf")

    def follow(self, count: int, *, at_least: int, now_s: float) -> bool:
        """Tell whether the number has been growing."""
        if count > self.count:
            self.growth.append((now_s, count - self.count))
            self.count = count
        while self.growth and self.growth[0][0] <= now_s - HOLD_S:
            self.growth.popleft()
        if sum(grown for _, grown in self.growth) >= at_least:
            self.until_s = now_s + HOLD_S
        return now_s < self.until_s


@dataclass(slots=True)
class _Share:
    """Follows the share of a camera's frames that are dropped, one span after the other."""

    began_s: float
    dropped: int
    offered: int
    many: bool = False

    def follow(self, *, dropped: int, offered: int, now_s: float) -> bool:
        """Tell whether too many were dropped in the last span."""
        if now_s - self.began_s >= LASTING_S:
            share = (dropped - self.dropped) / max(1, offered - self.offered)
            self.many = share > (FEW_DROPPED if self.many else MANY_DROPPED)
            self.began_s, self.dropped, self.offered = now_s, dropped, offered
        return self.many


class TroubleWatch:
    """Follows what the parts count, once a second; not thread-safe."""

    def __init__(self) -> None:
        """Begin with nothing counted, as the parts do."""
        self._counters: dict[str, _Counter] = {}
        self._shares: dict[CameraKey, _Share] = {}
        self._ballast_s: float | None = None

    def follow(self, facts: BoxFacts) -> tuple[str, ...]:
        """Return one line for each trouble there is now."""
        now_s, load, windows = facts.uptime_s, facts.load, facts.windows
        seats_of = {
            camera: [seat for seat, its in load.items() if its.camera == camera]
            for camera in facts.cameras
        }
        counters = [*_broker_counters(facts.broker), *_storage_counters(facts.storage)]
        for camera, reader in facts.cameras.items():
            counters += _camera_counters(
                camera,
                reader,
                [load[seat] for seat in seats_of[camera]],
                [windows[seat] for seat in seats_of[camera] if seat in windows],
            )
        lines = [
            line
            for line, count, at_least in counters
            if self._counters.setdefault(line, _Counter()).follow(
                count, at_least=at_least, now_s=now_s
            )
        ]
        lines += [
            f"camera {camera}: more than a fifth of its frames are dropped"
            for camera, seats in seats_of.items()
            if self._drops_many(camera, [load[seat] for seat in seats], now_s=now_s)
        ]
        if self._lacks_ballast(held=facts.storage.ballast_held, now_s=now_s):
            lines.append("storage: no reserve for erasing on a full disk; free some space")
        return tuple(lines)

    def _drops_many(self, camera: CameraKey, loads: list[SeatLoad], *, now_s: float) -> bool:
        dropped = sum(
            load.drops[cause] for load in loads for cause in (DropCause.SUPERSEDED, DropCause.STALE)
        )
        offered = sum(load.offered - load.left_out for load in loads)
        share = self._shares.setdefault(camera, _Share(now_s, dropped, offered))
        return share.follow(dropped=dropped, offered=offered, now_s=now_s)

    def _lacks_ballast(self, *, held: bool, now_s: float) -> bool:
        if held:
            self._ballast_s = None
            return False
        if self._ballast_s is None:
            self._ballast_s = now_s
        return now_s - self._ballast_s >= LASTING_S


def _broker_counters(broker: BrokerHealth) -> Iterator[tuple[str, int, int]]:
    """Return lines with their counters and by how much these may not grow."""
    drops = broker.drops
    yield "broker: the connection keeps breaking", broker.reconnects, FLAPS
    yield "broker: handling messages fails; the log says why", broker.callback_errors, 1
    yield "broker: commands are sent that are not stored", broker.unsaved, 1
    yield "broker: the outbox is full; commands and alerts are lost", drops.get("outbox-full", 0), 1
    yield "broker: messages to send are lost; too many wait", drops.get("queue-full", 0), 1
    yield "broker: received messages are lost; too many wait", drops.get("inbox-full", 0), 1
    yield "broker: messages come that break the contract", drops.get("invalid", 0), STRAYS


def _storage_counters(storage: StorageHealth) -> Iterator[tuple[str, int, int]]:
    yield "storage: features are lost", storage.features_dropped, 1
    yield "storage: writing fails; the log says why", storage.writes_failed, 1


def _camera_counters(
    camera: CameraKey, reader: ReaderHealth, loads: list[SeatLoad], windows: list[FrameCounts]
) -> Iterator[tuple[str, int, int]]:
    failed = sum(load.drops[DropCause.FAILED] for load in loads)
    overflowed = sum(counts.overflowed for counts in windows)
    yield f"camera {camera}: the feed keeps breaking", reader.reconnects, FLAPS
    yield f"camera {camera}: looking at its frames fails; the log says why", failed, FLAPS
    yield f"camera {camera}: frames are lost; tokens close too late", overflowed, 1
