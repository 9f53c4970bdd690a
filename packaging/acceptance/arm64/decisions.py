"""What the box decides on the packaged clip, token by token, as JSON lines.

Runs inside an installed box with its own Python, on any processor, so that two runs can be laid
side by side: ``python3 decisions.py --engine onnx --seconds 180``.
"""

import argparse
import json

from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.replay.clip import replay_clip
from appliance.deciding import TickResult
from appliance.domain.affect import ReadingStatus
from appliance.settings.load import parse_settings
from appliance.settings.tree import Settings

DIGITS = 4
"""Of a probability."""

SEATS = {"left": (0.0, 0.0, 0.5, 1.0), "right": (0.5, 0.0, 1.0, 1.0)}


def settings(engine: str, fps: float, seats: list[str]) -> Settings:
    """Return the seats of the packaged clip, looked at by one engine with all the time it wants."""
    tables = {
        "schema": 1,
        "box": {"site": "demo", "room": "demo", "id": "demo"},
        "policy": {"profile": "demo"},
        "mqtt": {"host": "localhost"},
        "engines": {"pose": engine, "expression": engine, "fusion": engine, "patience_s": 600},
        "cameras": {
            "clip": {
                "source": str(packaged_clip()),
                "fps": fps,
                "realtime": False,
                "seats": {
                    seat: {"region": SEATS[seat], "terminal": f"pc-{seat}", "consent": "granted"}
                    for seat in seats
                },
            }
        },
    }
    return parse_settings(tables, origin="decisions")


def tell(result: TickResult) -> None:
    """Print what came out of one token."""
    rows: list[dict[str, object]] = []
    for one in result.readings:
        known = one.status is ReadingStatus.KNOWN
        state = one.leading.value if known else one.status.value
        chances = [round(float(chance), DIGITS) for chance in one.probabilities] if known else []
        rows.append({"at_s": one.at_s, "seat": one.seat, "state": state, "chances": chances})
    rows += [
        {"at_s": one.at_s, "seat": one.seat, "alert": one.affect.value, "opened": one.opened}
        for one in result.alerts
        if one.opened or one.cleared
    ]
    rows += [
        {"at_s": one.at_s, "seat": one.seat, "measure": one.action.value}
        for one in result.interventions
    ]
    for row in rows:
        print(json.dumps(row | {"at_s": round(float(str(row["at_s"])), 1)}), flush=True)


def main() -> None:
    """Play the clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="onnx", choices=("onnx", "openvino"))
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--seat", action="append", choices=SEATS)
    asked = parser.parse_args()
    seats = asked.seat or list(SEATS)
    chosen = settings(asked.engine, asked.fps, seats)
    replay_clip(packaged_clip(), chosen, seconds=asked.seconds, told=tell)


if __name__ == "__main__":
    main()
