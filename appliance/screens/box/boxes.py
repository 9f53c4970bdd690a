"""What the boxes of the room say of themselves, and what one of their cameras measures."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.domain.frames import CameraKey
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.box import BoxHealth, BoxInfo, BoxState, BoxStatus
from appliance.mqtt.contract.codec import to_plain
from appliance.mqtt.contract.envelope import AIM_TTL_S, HEALTH_TTL_S
from appliance.mqtt.contract.topics import RoomTopics
from appliance.ports import Clock
from appliance.screens.allowed import strictest
from appliance.screens.connection import HeardMessage

LONGEST_ID = 64
"""Characters of an id that a page is told."""

ENDED_S = 60.0
"""How long it is told why an aiming is over: long enough to be read, no longer, it names seats."""

MOST_BOXES = 16
_AWAY = (BoxState.LOST, BoxState.DISCONNECTED)


@dataclass(slots=True)
class _Box:
    status: BoxStatus | None = None
    info: BoxInfo | None = None
    health: BoxHealth | None = None
    health_until_s: float = 0.0


class RoomBoxes:
    """Takes what the boxes say; any thread may call."""

    def __init__(self, *, topics: RoomTopics, clock: Clock) -> None:
        """Begin with none.

        Args:
            topics: Of the room.
            clock: Monotonic time for lifetimes.
        """
        self._topics = topics
        self._clock = clock
        self._lock = threading.Lock()
        self._boxes: dict[str, _Box] = {}
        self._aiming: CameraKey | None = None
        self._frame: AimFrame | None = None
        self._frame_until_s = 0.0

    @property
    def profile(self) -> str | None:
        """The policy profile that holds; None while no box has said any."""
        with self._lock:
            return strictest([box.info.profile for box in self._boxes.values() if box.info])

    @property
    def there(self) -> int | None:
        """How many boxes will answer a request; None while that is not known."""
        with self._lock:
            statuses = [box.status for box in self._boxes.values() if box.status]
            return sum(status.state not in _AWAY for status in statuses) or None

    @property
    def away(self) -> bool:
        """True once every box that was heard of has gone."""
        with self._lock:
            states = [box.status.state for box in self._boxes.values() if box.status]
            return bool(states) and all(state in _AWAY for state in states)

    def cameras(self) -> set[str]:
        """Return every camera that a box reports."""
        with self._lock:
            return {camera for health in self._healths() for camera in health.cameras}

    def seats(self) -> set[str]:
        """Return every seat that a box reports."""
        with self._lock:
            return {seat for health in self._healths() for seat in health.seats}

    def show(self, camera: CameraKey | None) -> None:
        """Show what is measured of a camera, of none without one."""
        with self._lock:
            self._aiming, self._frame = camera, None

    def take(self, heard: HeardMessage) -> bool:
        """Take a message; False when pages need not be told."""
        with self._lock:
            kind, name, *_ = [*heard.topic.split("/")[4:], "", ""]
            now_s = self._clock.monotonic_s()
            if heard.message is None:
                return kind == "box" and self._boxes.pop(name, None) is not None
            body = heard.message.body
            if isinstance(body, AimFrame):
                if self._aiming is None or heard.topic != self._topics.aim(self._aiming):
                    return False
                lasts_s = ENDED_S if body.ended else AIM_TTL_S
                self._frame, self._frame_until_s = body, now_s + lasts_s
                return True
            new = name not in self._boxes
            if kind != "box" or len(name) > LONGEST_ID or (new and len(self._boxes) >= MOST_BOXES):
                return False
            return self._take_box(name, heard, now_s=now_s)

    def expire(self) -> bool:
        """Forget what holds no longer; False when there was nothing."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            changed = self._frame is not None and self._frame_until_s <= now_s
            if changed:
                self._frame = None
            for box in self._boxes.values():
                if box.health is not None and box.health_until_s <= now_s:
                    box.health, changed = None, True
            return changed

    def rows(self) -> list[dict[str, object]]:
        """Return the boxes for JSON."""
        with self._lock:
            return [
                {
                    "id": name,
                    "status": _plain(box.status),
                    "info": _plain(box.info),
                    "health": _plain(box.health),
                }
                for name, box in sorted(self._boxes.items())
            ]

    def aim(self) -> Mapping[str, Any] | None:
        """Return the newest measurement for JSON; None while there is none."""
        with self._lock:
            return _plain(self._frame)

    def _take_box(self, name: str, heard: HeardMessage, *, now_s: float) -> bool:
        topics = self._topics.box(name)
        body = None if heard.message is None else heard.message.body
        box = self._boxes.get(name, _Box())
        if isinstance(body, BoxStatus) and heard.topic == topics.status:
            box.status = body
        elif isinstance(body, BoxInfo) and heard.topic == topics.info:
            box.info = body
        elif isinstance(body, BoxHealth) and heard.topic == topics.health:
            left_s = HEALTH_TTL_S if heard.expiry_s is None else heard.expiry_s
            box.health, box.health_until_s = body, now_s + min(left_s, HEALTH_TTL_S)
        else:
            return False
        self._boxes[name] = box
        return True

    def _healths(self) -> list[BoxHealth]:
        return [box.health for box in self._boxes.values() if box.health is not None]


def _plain(body: object) -> dict[str, Any] | None:
    return None if body is None else to_plain(body)
