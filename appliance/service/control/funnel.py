"""The way from each camera to each terminal in numbers, as ``classbox doctor`` asks for it.

It is told at the door alone: what it says of a seat would be too much for a broker.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from appliance.cameras.reader import ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.door import Answer
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain
from appliance.ports import ConsentRegister
from appliance.service.control.closures import Closures
from appliance.service.control.tally import SeatTally, Tally
from appliance.windows.finds import SeatFinds


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFunnel:
    """One camera."""

    state: str
    """As ``CameraState``."""

    frames: int
    """Frames taken since start."""

    fps: float
    """Frames per second now."""

    last_error: str
    """Why it was last lost or is not opened."""

    light: float | None
    """Mean grey level of its picture, [0, 255]; None before the first."""

    black: bool
    """Its picture shows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFunnel:
    """One seat, from the camera to the terminal's answer; counts since start."""

    camera: CameraKey
    """Which camera sees it."""

    terminal: TerminalKey
    """Which terminal stands there."""

    consent: bool
    """Whether the seat's present student has consented."""

    found: SeatFinds
    """What was found in its frames."""

    counts: SeatTally
    """What became of it."""

    context: TaskContext | None
    """What the terminal says is being done there."""

    paused: bool = False
    """Whether somebody asked not to look at the seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFunnel:
    """Everything that ``classbox doctor`` looks at in a running box, at one moment."""

    at_s: float
    """Monotonic time."""

    status: str
    """State of the box as its status says it."""

    health: BoxHealth
    """The health report."""

    closed: Mapping[str, str]
    """What keeps the cameras closed, and why."""

    enabled: bool
    """Whether anything may reach a student's screen."""

    cameras: Mapping[CameraKey, CameraFunnel]
    """By id."""

    seats: Mapping[SeatKey, SeatFunnel]
    """By id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelParts:
    """Who is asked."""

    report: Callable[[], BoxHealth]
    status: Callable[[], str]
    cameras: Callable[[], Mapping[CameraKey, ReaderHealth]]
    found: Callable[[], Mapping[SeatKey, SeatFinds]]
    closures: Closures
    consent: ConsentRegister
    paused: Callable[[SeatKey], bool]
    context: Callable[[SeatKey], TaskContext | None]


def funnel(
    parts: FunnelParts,
    *,
    tally: Tally,
    cameras: Mapping[SeatKey, CameraKey],
    terminals: Mapping[SeatKey, TerminalKey],
    enabled: bool,
    monotonic: Callable[[], float],
) -> Callable[[Answer], Iterator[Answer]]:
    """Return what answers ``funnel`` at the door.

    Args:
        parts: Who is asked.
        tally: What became of what was seen.
        cameras: Which camera sees which seat.
        terminals: The terminal of each seat.
        enabled: Whether anything may reach a student's screen.
        monotonic: Clock.
    """

    def answer(_: Answer) -> Iterator[Answer]:
        found, counts = parts.found(), tally.seats()
        now = BoxFunnel(
            at_s=monotonic(),
            status=parts.status(),
            health=parts.report(),
            closed={closure.value: why for closure, why in parts.closures.reasons().items()},
            enabled=enabled,
            cameras={
                key: CameraFunnel(
                    state=reader.state.value,
                    frames=reader.frames,
                    fps=round(reader.fps, 2),
                    last_error=reader.last_error,
                    light=None if reader.light is None else round(reader.light, 1),
                    black=reader.black,
                )
                for key, reader in parts.cameras().items()
            },
            seats={
                seat: SeatFunnel(
                    camera=camera,
                    terminal=terminals[seat],
                    consent=parts.consent.granted(seat),
                    found=found[seat],
                    counts=counts[seat],
                    context=parts.context(seat),
                    paused=parts.paused(seat),
                )
                for seat, camera in cameras.items()
            },
        )
        yield to_plain(now)

    return answer
