"""States of the pages of teachers and IT, as the server sends them."""

import time
from collections.abc import Mapping
from typing import Any

NAMES = tuple(f"{row}{place}" for row in "abcd" for place in range(1, 7))
_ODD: Mapping[str, Mapping[str, Any]] = {
    "a4": {"sight": "not-observed", "reason": "no-consent", "consent": "not-given"},
    "b2": {"sight": "not-observed", "reason": "no-consent", "consent": "withdrawn"},
    "b6": {"sight": "not-observed", "reason": "nobody", "consent": "not-given"},
    "c1": {"sight": "not-observed", "reason": "not-seen"},
    "c5": {"sight": "paused", "reason": "seat-paused"},
    "d3": {"sight": "not-observed", "reason": "camera"},
    "d6": {"terminal": "offline"},
}


def now_s() -> int:
    """Return Unix time."""
    return int(time.time())


def seat(name: str, **changes: object) -> dict[str, Any]:
    """Return a seat that is observed, changed as wanted."""
    row = {
        "seat": name,
        "sight": "observed",
        "reason": "",
        "consent": "on-file" if name[-1] in "25" else "given",
        "calibration": "done",
        "terminal": "online",
        "exam": False,
        "since_s": None,
        "state": None,
        "alert": None,
    }
    return {**row, **changes}


def alert(name: str, **changes: object) -> dict[str, Any]:
    """Return an alert about a seat."""
    row = {
        "id": f"alert-{name}",
        "seat": name,
        "affect": "fatigued",
        "priority": "normal",
        "phase": "ongoing",
        "since_s": now_s() - 240,
        "share": 0.83,
        "minutes": 4.0,
        "verdict": None,
    }
    return {**row, **changes}


def chart(minutes: int = 40, *, states: bool = False) -> list[dict[str, Any]]:
    """Return a lesson's counts, two a minute."""
    begin_s = now_s() - 60 * minutes
    return [
        {
            "t_s": begin_s + 30 * at,
            "observed": min(18, 6 + at) - (4 if 40 < at < 52 else 0),
            "paused": 1 + (4 if 40 < at < 52 else 0),
            "alerts": (at // 17) % 4,
            "states": {"fatigued": (at // 12) % 5} if states else None,
        }
        for at in range(2 * minutes)
    ]


def lesson(**changes: object) -> dict[str, Any]:
    """Return a room in the middle of a lesson, with a little of everything."""
    seats = [seat(name, **_ODD.get(name, {})) for name in NAMES]
    alerts: list[dict[str, Any]] = [
        alert("a3"),
        alert("c2", priority="highest", minutes=12.0, share=0.97, since_s=now_s() - 720),
        alert("d1", since_s=now_s() - 60, minutes=1.0, share=0.55),
        alert("d2", since_s=now_s() - 55, minutes=None, share=None),
        alert("b3", since_s=now_s() - 900, minutes=6.0, verdict="useful"),
    ]
    for row in seats:
        row["alert"] = next((one["id"] for one in alerts if one["seat"] == row["seat"]), None)
    state = {
        "profile": "fatigue-only",
        "live": False,
        "connected": True,
        "now_s": now_s(),
        "lesson": True,
        "paused": False,
        "exam": False,
        "boxes": [{"id": "box-1", "state": "ready", "reason": ""}],
        "seats": seats,
        "alerts": alerts,
        "chart": chart(),
    }
    return {**state, **changes}


def live_lesson() -> dict[str, Any]:
    """Return a room whose teacher may see states, of which fatigue is one."""
    state = lesson(live=True, chart=chart(states=True))
    for at, row in enumerate(state["seats"]):
        if row["sight"] == "observed":
            row["state"] = "fatigued" if row["alert"] or at % 9 == 0 else None
            row["since_s"] = now_s() - 60 * at - 120
    return state


def paused_lesson() -> dict[str, Any]:
    """Return a room whose teacher has paused it."""
    seats = [seat(name, sight="paused", reason="room-paused") for name in NAMES]
    return lesson(paused=True, seats=seats, alerts=[])


def exam_lesson() -> dict[str, Any]:
    """Return a room in an exam."""
    seats = [seat(name, **_ODD.get(name, {}), exam=True) for name in NAMES]
    return lesson(exam=True, seats=seats, alerts=[])


def no_lesson() -> dict[str, Any]:
    """Return a room after the lesson."""
    return lesson(lesson=False, seats=[], alerts=[], chart=[])


def camera(**changes: object) -> dict[str, Any]:
    """Return a camera that is live."""
    row = {
        "state": "live",
        "fps": 15.0,
        "frame_age_ms": 84.0,
        "dropped": {"superseded": 0, "stale": 0, "failed": 0, "overflowed": 0},
        "detail": "",
        "frames": {
            "sent": 54000,
            "left-out": 0,
            "looked-at": 53870,
            "pose": 53100,
            "expression": 51200,
            "late": 4,
        },
        "reconnects": 0,
        "attempts": 0,
        "light": 118.4,
    }
    return {**row, **changes}


def health(**changes: object) -> dict[str, Any]:
    """Return what a box says of itself when all is well."""
    row = {
        "uptime_s": 93_720.0,
        "cameras": {
            "front-left": camera(),
            "front-right": camera(fps=14.6, dropped={"superseded": 12, "stale": 2}),
            "back": camera(light=64.0, frame_age_ms=96.0),
        },
        "seats": {"a1": "observed", "a2": "absent", "a3": "paused", "a4": "observed"},
        "degrade_step": 0,
        "degrade_reason": "",
        "temperature_c": 61.5,
        "disk_free_mb": 20480.0,
        "rss_mb": 350.0,
        "broker": {"connected": True, "published": 12, "acknowledged": 11, "alerts": 3},
        "storage": {"disk_full": False, "writes_failed": 0},
        "problems": [],
    }
    return {**row, **changes}


def aim(**changes: object) -> dict[str, Any]:
    """Return what a box measures of three people while its camera is pointed."""
    row = {
        "camera": "front-left",
        "width_px": 1280,
        "height_px": 720,
        "wanted_fps": 15.0,
        "remaining_s": 287,
        "light": {"mean": 0.43, "black": 0.02, "white": 0.01},
        "sharpness": 187.5,
        "limits": {
            "face_px": 33.0,
            "lids_px": 48.0,
            "turned_deg": 50.0,
            "face_sharpness": 0.35,
            "face_contrast": 6.0,
            "sharpness": 20.0,
        },
        "fps": 14.9,
        "faults": [],
        "seats": {
            "a1": {"region": [0.02, 0.1, 0.34, 1.0], "people": 1},
            "a2": {"region": [0.34, 0.1, 0.66, 1.0], "people": 1},
            "a3": {"region": [0.66, 0.1, 0.98, 1.0], "people": 0},
        },
        "people": [
            person("a1", 0.18, []),
            person("a2", 0.5, ["lids-small"]),
        ],
    }
    return {**row, **changes}


def person(name: str | None, x: float, faults: list[str]) -> dict[str, Any]:
    """Return somebody who sits at a place of the picture."""
    figure = {
        "nose": [x, 0.38],
        "left-eye": [x + 0.022, 0.34],
        "right-eye": [x - 0.022, 0.34],
        "mouth-left": [x + 0.016, 0.42],
        "mouth-right": [x - 0.016, 0.42],
        "left-shoulder": [x + 0.09, 0.62],
        "right-shoulder": [x - 0.09, 0.62],
        "left-elbow": [x + 0.11, 0.82],
        "right-elbow": [x - 0.11, 0.82],
        "left-wrist": [x + 0.05, 0.93],
        "right-wrist": [x - 0.06, 0.93],
    }
    side_px = 38.4 if faults else 52.4
    face = {"side_px": side_px, "yaw_deg": -4.0, "trust": 0.91, "lids_readable": not faults}
    return {"box": [0, 0, 1, 1], "figure": figure, "seat": name, "face": face, "faults": faults}


def desk(**changes: object) -> dict[str, Any]:
    """Return what IT sees on a usual day."""
    state = {
        "connected": True,
        "boxes": [
            {
                "id": "box-1",
                "status": {"state": "ready", "reason": ""},
                "info": {"software": "0.1.0", "contract": "1.5.0", "profile": "fatigue-only"},
                "health": health(),
            }
        ],
        "certificates": [
            {"name": "broker", "ends_s": now_s() + 400 * 86_400},
            {"name": "screens", "ends_s": now_s() + 12 * 86_400 + 99},
            {"name": "teacher-1", "ends_s": now_s() - 86_400},
        ],
        "terminals": [
            {"terminal": "terminal-01", "enrolled": 1, "page": True, "connected": True},
            {"terminal": "terminal-02", "enrolled": 2, "page": False, "connected": True},
            {"terminal": "terminal-03", "enrolled": 0, "page": False, "connected": False},
        ],
        "audit": [
            {"at_s": now_s() - 60 * at, "who": who, "what": what, "about": about, "outcome": "done"}
            for at, (who, what, about) in enumerate(
                [("ivo", "code", "terminal-03"), ("ada", "pause", ""), ("ada", "consent", "a4")]
            )
        ],
        "aim": None,
        "codes": [],
    }
    return {**state, **changes}


def sick_desk() -> dict[str, Any]:
    """Return what IT sees when much is wrong."""
    ill = health(
        cameras={
            "front-left": camera(fps=6.2, dropped={"superseded": 1840, "stale": 212, "failed": 3}),
            "back": camera(
                state="retrying",
                fps=0.0,
                frame_age_ms=None,
                light=None,
                detail="no answer from 192.0.2.7:554",
                reconnects=4,
            ),
        },
        seats={"a1": "observed", "a2": "ambiguous", "a3": "lost", "a4": "paused"},
        degrade_step=2,
        temperature_c=84.0,
        disk_free_mb=310.0,
        problems=["clock: not set by a time server", "back: no answer from 192.0.2.7:554"],
    )
    boxes = desk()["boxes"]
    boxes[0] |= {"status": {"state": "degraded", "reason": "camera back is away"}, "health": ill}
    lost = {"id": "box-2", "status": {"state": "lost", "reason": ""}, "info": None, "health": None}
    return desk(boxes=[*boxes, lost])


def coded_desk(count: int = 3) -> dict[str, Any]:
    """Return what IT sees with open codes."""
    codes = [
        {
            "terminal": f"terminal-{at:02}",
            "code": f"7KQ2MPX{at:03}"[:10].replace("0", "R").replace("1", "T"),
            "url": "https://box-1.school.example:8443/enrol#7KQ2MPXRRT",
            "ends_s": now_s() + 3000 + at,
        }
        for at in range(1, count + 1)
    ]
    return desk(codes=codes)
