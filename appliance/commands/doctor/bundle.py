"""The file for support: how the box is, and nothing about anybody who sits before it.

Everything in it is picked; nothing is copied and then cleaned. What is not named here stays out: a
new setting, log event or table has to be let in by hand.
"""

import importlib.metadata
import io
import json
import os
import platform
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.cameras.redaction import redact_url
from appliance.commands.doctor.links import ChainLink, Diagnosis, Hop
from appliance.commands.doctor.machine import UNIT, read_unit, run_program
from appliance.domain.frames import CameraKey
from appliance.errors import ConfigError
from appliance.host.quarantine import ENDS_FILE
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.settings.layout import seat_cameras
from appliance.settings.tree import Settings
from appliance.storage.overview import overview

BUNDLE_MODE = 0o600
LOG_LINES = 2000
MOST_TEXT = 500

LIBRARIES = ("classbox", "onnxruntime", "openvino", "opencv-python-headless", "numpy", "paho-mqtt")

ABOUT_CAMERAS = frozenset({Hop.CAMERA, Hop.DECODE, Hop.RATE, Hop.BROKER})
"""Links of a seat's chain that are the same whoever sits there, and if nobody does."""

LOG_FIELDS: Mapping[str, tuple[str, ...]] = {
    "box_started": ("cameras",),
    "box_stopped": (),
    "box_stopping": (),
    "box_status": ("state", "reason"),
    "box_stuck": ("threads",),
    "breadcrumbs_not_kept": ("error",),
    "camera_lost": ("camera", "error", "retry_in_s"),
    "camera_state": ("camera", "state"),
    "checkpoint_damaged": ("key",),
    "checkpoint_failed": ("file", "error"),
    "checkpoint_resumed": ("age_s",),
    "clock_set": ("ahead_s",),
    "database_replaced": ("database", "kept_as"),
    "degrade_step": ("step", "reason"),
    "disk_full": ("database", "ballast_freed"),
    "door_not_opened": ("folder", "error"),
    "engine_falls_back": ("model", "error"),
    "engine_stuck": ("error",),
    "engines_on_defaults": ("models", "reason"),
    "farewell_not_delivered": (),
    "mqtt_connected": ("connections",),
    "mqtt_connection_lost": ("reason",),
    "mqtt_echo_missed": (),
    "mqtt_identity_shared": (),
    "mqtt_flood": ("not_heard_s",),
    "mqtt_inbox_full": ("dropped",),
    "mqtt_not_connected": ("reason",),
    "native_crash": ("camera", "stage"),
    "not_recorded": ("what",),
    "stop_failed": ("part",),
    "storage_failed": ("error",),
    "tuning_done": ("winners",),
    "tuning_failed": ("error",),
}
"""Events of the log that speak of the machine, with the fields that do; all others stay out."""

LOG_ENVELOPE = ("timestamp", "level", "event")


def write_bundle(path: Path, diagnosis: Diagnosis, settings: Settings | None) -> None:
    """Write the file, readable by its owner alone.

    Args:
        path: Where; nothing may be there.
        diagnosis: What was found.
        settings: None where the configuration cannot be read.

    Raises:
        ConfigError: The file is already there, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with (
            os.fdopen(os.open(path, flags, BUNDLE_MODE), "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz") as archive,
        ):
            for name, content in _contents(diagnosis, settings):
                data = json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
                member = tarfile.TarInfo(f"classbox-support/{name}.json")
                member.size, member.mode = len(data), BUNDLE_MODE
                archive.addfile(member, io.BytesIO(data))
    except OSError as error:
        msg = f"--bundle {path}: {error.strerror}; name a file that is not there yet"
        raise ConfigError(msg) from error


def _contents(diagnosis: Diagnosis, settings: Settings | None) -> Iterator[tuple[str, object]]:
    yield "versions", _versions()
    yield "doctor", [_link(link) for link in _impersonal(diagnosis, settings)]
    unit = read_unit()
    # The journal's last line is filtered with the others, below.
    yield "unit", None if unit is None else {**asdict(unit), "last_line": None}
    yield "log", list(filter_log(_journal()))
    if diagnosis.box is not None:
        yield "health", _health(diagnosis.box.health)
    if settings is not None:
        yield "configuration", redacted(settings)
        yield "databases", overview(settings.box.state_dir)
        yield "native_ends", _native_ends(settings.box.state_dir)


def redacted(settings: Settings) -> dict[str, Any]:
    """Return the settings without secrets and without what is said of a seat's student."""
    plain = settings.model_dump(mode="json", by_alias=True)
    mqtt = plain["mqtt"]
    mqtt["username"] = None if mqtt["username"] is None else "***"
    for people in ("teachers", "it"):  # how many: a client may be called like whoever has it
        mqtt[people] = ["***"] * len(mqtt[people])
    for camera in plain["cameras"].values():
        camera["source"] = redact_url(camera["source"])
        for seat in camera["seats"].values():
            del seat["consent"]
    return dict(plain)


def _health(report: BoxHealth) -> dict[str, Any]:
    """Return the report without what, on a box with one seat, would speak of its student."""
    health = to_plain(report)
    del health["seats"]  # who is there, who is not, who said no
    for camera in health["cameras"].values():
        camera["frames"] = {"sent": camera["frames"]["sent"]}  # others are looked at on a yes
    for name in ("published", "acknowledged", "expired", "alerts", "outbox", "floods"):
        health["broker"].pop(name)
    return health


def filter_log(lines: str) -> Iterator[dict[str, Any]]:
    """Keep of a log what ``LOG_FIELDS`` names; lines that are no event are left out."""
    for line in lines.splitlines():
        try:
            entry = json.loads(line)
            fields = LOG_FIELDS[entry["event"]]
        except (ValueError, TypeError, KeyError):
            continue
        kept = {name: entry[name] for name in (*LOG_ENVELOPE, *fields) if name in entry}
        yield {
            name: value[:MOST_TEXT] if isinstance(value, str) else value
            for name, value in kept.items()
        }


def _impersonal(diagnosis: Diagnosis, settings: Settings | None) -> list[ChainLink]:
    """Return the links of the box and, once for each camera, those of its seats that may go."""
    kept = [link for link in diagnosis.links if not link.seat]
    placed = {} if settings is None else seat_cameras(settings)
    cameras = {str(seat): camera for seat, camera in placed.items()}
    seen: set[tuple[Hop, CameraKey]] = set()
    for link in diagnosis.links:
        if link.part not in ABOUT_CAMERAS or link.seat not in cameras:
            continue
        key = link.part, cameras[link.seat]
        if key not in seen:
            seen.add(key)
            kept.append(link)
    return kept


def _link(link: ChainLink) -> dict[str, str]:
    return {
        "part": link.part.value,
        "verdict": link.verdict.value,
        "fact": link.fact,
        "next": link.next_step,
    }


def _versions() -> dict[str, Any]:
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    return {
        "contract": CONTRACT_VERSION,
        "python": platform.python_version(),
        "system": system,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def _journal() -> str:
    return run_program(
        "journalctl", "--unit", UNIT, "--lines", str(LOG_LINES), "--output", "cat", "--quiet"
    )


def _native_ends(state_dir: Path) -> list[dict[str, Any]]:
    try:
        ends = json.loads((state_dir / ENDS_FILE).read_text(encoding="utf-8"))
        return [{name: end[name] for name in ("camera", "stage", "at_s")} for end in ends]
    except (OSError, ValueError, TypeError, KeyError):
        return []
