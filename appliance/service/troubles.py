"""What goes wrong now and then: counters that grow, and conditions that last.

A counter never shrinks, so its line has to go by another rule. It stands from the moment the
counter has grown by a given number within ``HOLD_S``, and for ``HOLD_S`` after that was last so.
The lines hold no numbers: the retained status is sent again only when something else is wrong.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.storage_health import StorageHealth
from appliance.mqtt.contract.box import BrokerHealth
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service.report import BoxFacts, breaking_feed
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

STALLED_S = 7.0
"""A live camera sends five pictures a second at least, also where nobody has consented; the
driver of a USB camera takes ten seconds to say that it hangs."""

STRAYS = 10
"""Messages that break the contract within ``HOLD_S``; a few come with every update of terminals."""


@dataclass(frozen=True, slots=True)
class _Count:
    """A number that should not grow."""

    line: str
    """What is wrong when it does."""

    count: int
    """Since start."""

    at_least: int
    """Growth within ``HOLD_S`` that matters."""


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
            self.begin(dropped=dropped, offered=offered, now_s=now_s)
        return self.many

    def begin(self, *, dropped: int, offered: int, now_s: float) -> None:
        """Begin another span; what came before does not count."""
        self.began_s, self.dropped, self.offered = now_s, dropped, offered


@dataclass(slots=True)
class _Progress:
    """Follows whether a camera that is open, or being opened, sends pictures."""

    frames: int
    moved_s: float

    def follow(self, reader: ReaderHealth, *, now_s: float) -> bool:
        """Tell whether nothing has come for long."""
        waits = reader.state in (CameraState.CONNECTING, CameraState.LIVE)
        if not waits or reader.frames != self.frames:
            self.frames, self.moved_s = reader.frames, now_s
        return now_s - self.moved_s >= STALLED_S


class TroubleWatch:
    """Follows what the parts count, once a second; not thread-safe."""

    def __init__(self) -> None:
        """Begin with nothing counted, as the parts do."""
        self._counters: dict[str, _Counter] = {}
        self._shares: dict[CameraKey, _Share] = {}
        self._progress: dict[CameraKey, _Progress] = {}
        self._ballast_s: float | None = None

    def follow(self, facts: BoxFacts) -> dict[str, str]:
        """Return one line for each trouble there is now, by what it is about."""
        now_s, load, windows = facts.uptime_s, facts.load, facts.windows
        seats_of = {
            camera: [seat for seat, its in load.items() if its.camera == camera]
            for camera in facts.cameras
        }
        counters = [*_broker_counters(facts.broker), *_storage_counters(facts.storage)]
        for camera, reader in facts.cameras.items():
            counters += _camera_counters(camera, reader, [load[seat] for seat in seats_of[camera]])
        fails = "policy: the learner fails or is too slow; the rules decide"
        counters.append(_Count(fails, facts.policy_failures, 1))
        lost = "storage: alerts and outcomes are not recorded; the log says why"
        counters.append(_Count(lost, facts.unrecorded, 1))
        twice = "broker: another client has this box's id; end it, or give it an id of its own"
        counters.append(_Count(twice, facts.twins, 1))
        anew = "storage: a damaged checkpoint was deleted; what it was about begins anew"
        counters.append(_Count(anew, facts.checkpoints_damaged, 1))
        lines = self._growing(counters, now_s=now_s)
        for camera, reader in facts.cameras.items():
            seats = seats_of[camera]
            late = [windows[seat] for seat in seats if seat in windows]
            lines |= self._overloaded(camera, [load[seat] for seat in seats], late, facts)
            progress = self._progress.setdefault(camera, _Progress(reader.frames, now_s))
            if progress.follow(reader, now_s=now_s):
                lines[f"camera {camera}"] = f"camera {camera}: no picture comes"
        if self._lacks_ballast(held=facts.storage.ballast_held, now_s=now_s):
            lacking = "storage: no reserve for erasing on a full disk; free some space"
            lines[lacking] = lacking
        return lines

    def _growing(self, counters: Iterable[_Count], *, now_s: float) -> dict[str, str]:
        return {
            each.line: each.line
            for each in counters
            if self._counters.setdefault(each.line, _Counter()).follow(
                each.count, at_least=each.at_least, now_s=now_s
            )
        }

    def _overloaded(
        self,
        camera: CameraKey,
        loads: list[SeatLoad],
        late: list[FrameCounts],
        facts: BoxFacts,
    ) -> dict[str, str]:
        """Return what a camera loses because the box is too slow; not while it times itself."""
        now_s = facts.uptime_s
        dropped = sum(
            load.drops[cause] for load in loads for cause in (DropCause.SUPERSEDED, DropCause.STALE)
        )
        offered = sum(load.offered - load.left_out for load in loads)
        overflowed = sum(counts.overflowed for counts in late)
        share = self._shares.setdefault(camera, _Share(now_s, dropped, offered))
        lost = f"camera {camera}: frames are lost; tokens close too late"
        if facts.tuning:
            share.begin(dropped=dropped, offered=offered, now_s=now_s)
            self._counters.setdefault(lost, _Counter()).count = overflowed
            return {}
        lines = self._growing([_Count(lost, overflowed, 1)], now_s=now_s)
        if share.follow(dropped=dropped, offered=offered, now_s=now_s):
            many = f"camera {camera}: more than a fifth of its frames are dropped"
            lines[many] = many
        return lines

    def _lacks_ballast(self, *, held: bool, now_s: float) -> bool:
        if held:
            self._ballast_s = None
            return False
        if self._ballast_s is None:
            self._ballast_s = now_s
        return now_s - self._ballast_s >= LASTING_S


def _broker_counters(broker: BrokerHealth) -> Iterator[_Count]:
    drops = broker.drops
    yield _Count("broker: the connection keeps breaking", broker.reconnects, FLAPS)
    yield _Count("broker: handling messages fails; the log says why", broker.callback_errors, 1)
    yield _Count("broker: commands are sent that are not stored", broker.unsaved, 1)
    yield _Count(
        "broker: the outbox is full; commands and alerts are lost", drops.get("outbox-full", 0), 1
    )
    yield _Count("broker: messages to send are lost; too many wait", drops.get("queue-full", 0), 1)
    yield _Count("broker: received messages are lost; too many wait", drops.get("inbox-full", 0), 1)
    yield _Count("broker: messages come that break the contract", drops.get("invalid", 0), STRAYS)
    for sender, count in broker.floods.items():
        yield _Count(f"broker: {sender} sends far too much and is not heard for now", count, 1)


def _storage_counters(storage: StorageHealth) -> Iterator[_Count]:
    yield _Count("storage: features are lost", storage.features_dropped, 1)
    yield _Count("storage: writing fails; the log says why", storage.writes_failed, 1)


def _camera_counters(
    camera: CameraKey, reader: ReaderHealth, loads: list[SeatLoad]
) -> Iterator[_Count]:
    failed = sum(load.drops[DropCause.FAILED] for load in loads)
    yield _Count(breaking_feed(camera), reader.reconnects, FLAPS)
    yield _Count(f"camera {camera}: looking at its frames fails; the log says why", failed, FLAPS)
