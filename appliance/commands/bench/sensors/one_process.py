"""What one process makes of a clip: its tokens, and what it decides on them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.cameras.clip import ClipSource
from appliance.commands.bench.sensors.replayed import new_boot
from appliance.commands.demo.play import SEATS
from appliance.deciding import TickResult
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.private_broker import LOOPBACK
from appliance.sensing import SensedTokens
from appliance.service.models import Models, expression_model
from appliance.service.stages import build_pipeline
from appliance.settings.load import parse_settings
from appliance.settings.tree import Settings
from appliance.windows.token_grid import TokenGrid

SENSOR = SensorKey("sensor-1")
SITE, ROOM, BOX = "school", "lab", "box-1"

Place = tuple[str, tuple[float, float, float, float]]
"""Terminal and region of a seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneProcess:
    """Everything of one run."""

    sensed: list[SensedTokens]
    """What was closed, token by token."""

    results: list[TickResult]
    """What followed from each."""

    encoder: str
    """What it looked with."""


class _Everybody:
    """Everybody has agreed."""

    def granted(self, _: SeatKey) -> bool:
        """Tell that one may look."""
        return True


def follow_clip(
    path: Path,
    folder: Path,
    *,
    seconds: float = float("inf"),
    places: Mapping[str, Place] = SEATS,
) -> OneProcess:
    """Look at a clip, as the demo does, and decide in the same process.

    Args:
        path: The film.
        folder: For the state.
        seconds: How much of it.
        places: Who sits where; two side by side.
    """
    camera = {"source": str(path), "realtime": False, "seats": _seats(places, region=True)}
    settings = room(folder, {"cameras": {"clip": camera}})
    models = Models(settings, lanes=1)
    seats = [SeatKey(seat) for seat in places]
    pipeline = build_pipeline(
        settings, models, consent=_Everybody(), context=lambda _: None, new_id=new_boot
    )
    source = ClipSource(camera=CameraKey("clip"), path=path, fps=settings.cameras["clip"].fps)
    grid, sensed, results = TokenGrid(skip_gaps=False), [], []
    source.open()
    try:
        while (frame := source.read()) is not None and frame.captured_at_s < seconds:
            for seat in seats:
                pipeline.observe(seat, frame)
            while (end_s := grid.close(frame.captured_at_s)) is not None:
                # As Pipeline.tick, with the tokens kept on their way.
                sensed.append(pipeline.sensing.close(dict.fromkeys(seats, end_s)))
                results.append(pipeline.deciding.decide(sensed[-1]))
    finally:
        source.close()
    spec = next(one for one in models.specs() if one.name == expression_model(settings))
    return OneProcess(sensed=sensed, results=results, encoder=spec.title)


def decider(folder: Path, *, port: int, places: Mapping[str, Place] = SEATS) -> Settings:
    """Return the settings of a decider of the same room, at a broker on loopback."""
    return room(
        folder,
        {
            "mqtt": {"host": LOOPBACK, "port": port},
            "sensors": {SENSOR: {"seats": _seats(places, region=False)}},
        },
        role="decide",
    )


def room(folder: Path, tables: Mapping[str, Any], *, role: str = "all") -> Settings:
    """Return the settings of a box of the room."""
    box = {"role": role, "site": SITE, "room": ROOM, "id": BOX, "state_dir": folder}
    common = {"schema": 1, "box": box, "policy": {"profile": "demo"}, "engines": {"tune": False}}
    return parse_settings({**common, **tables}, origin="classbox bench")


def wait_until(done: Callable[[], bool], *, timeout_s: float) -> bool:
    """Wait for something; tell whether it came."""
    until_s = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05)
    return True


def _seats(places: Mapping[str, Place], *, region: bool) -> dict[str, dict[str, object]]:
    return {
        seat: {"terminal": terminal, "consent": "granted"} | ({"region": where} if region else {})
        for seat, (terminal, where) in places.items()
    }
