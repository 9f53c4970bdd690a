"""Two ends with the same camera within a day close it; nothing else does."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from appliance.domain.frames import CameraKey
from appliance.host.breadcrumbs import Breadcrumb, NativeStage
from appliance.host.quarantine import ENDS_FILE, MEMORY_S, Quarantine

FRONT, BACK = CameraKey("front"), CameraKey("back")
SOURCES = {FRONT: "rtsp://it:secret@front/1", BACK: "/dev/video0"}
NOON_S = 1_800_000_000.0


def note(folder: Path, camera: CameraKey, at_s: float, stage: str = "decoding") -> None:
    """Let a process end."""
    quarantine = Quarantine.load(folder, sources=SOURCES, now_s=at_s)
    quarantine.note(Breadcrumb(camera=camera, stage=NativeStage(stage)), now_s=at_s)


def quarantined(folder: Path, at_s: float, sources: dict[CameraKey, str] = SOURCES) -> list[str]:
    """Load it as a start would."""
    return sorted(Quarantine.load(folder, sources=sources, now_s=at_s).reasons())


def test_the_second_end_closes_the_camera(tmp_path: Path) -> None:
    """Two cameras with one end each stay open."""
    note(tmp_path, FRONT, NOON_S)
    note(tmp_path, BACK, NOON_S + 60)
    assert quarantined(tmp_path, NOON_S + 70) == []

    note(tmp_path, FRONT, NOON_S + 120, "looking")

    assert quarantined(tmp_path, NOON_S + 130) == ["front"]
    reason = Quarantine.load(tmp_path, sources=SOURCES, now_s=NOON_S + 130).reasons()[FRONT]
    assert reason == (
        "quarantined: the process ended more than once while decoding and looking; repair or "
        f"change its source, or delete {tmp_path / ENDS_FILE}, then restart"
    )


@pytest.mark.parametrize(("later_s", "closed"), [(MEMORY_S, ["front"]), (MEMORY_S + 1, [])])
def test_an_end_is_forgotten_after_a_day(tmp_path: Path, later_s: float, closed: list[str]) -> None:
    """Of two ends the older one has to be within the day as well."""
    note(tmp_path, FRONT, NOON_S)
    note(tmp_path, FRONT, NOON_S + 10)

    assert quarantined(tmp_path, NOON_S + later_s) == closed
    assert quarantined(tmp_path, NOON_S - MEMORY_S) == []  # a clock that was wrong by days


def test_another_source_is_another_camera(tmp_path: Path) -> None:
    """So it opens again, and what was kept of the source is no password."""
    note(tmp_path, FRONT, NOON_S)
    note(tmp_path, FRONT, NOON_S)

    assert quarantined(tmp_path, NOON_S, {FRONT: "rtsp://it:secret@front/2"}) == []
    assert quarantined(tmp_path, NOON_S, {BACK: SOURCES[BACK]}) == []
    kept = tmp_path / ENDS_FILE
    assert "secret" not in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_an_unknown_camera_is_not_noted(tmp_path: Path) -> None:
    """The configuration may have changed since the crash."""
    note(tmp_path, CameraKey("gone"), NOON_S)

    assert not (tmp_path / ENDS_FILE).exists()


@pytest.mark.parametrize(
    "damaged", ["", "{", "[1]", '[{"camera": "front"}]', '{"camera": 1}', '[{"camera": 1, "st']
)
def test_a_damaged_file_is_moved_aside(tmp_path: Path, damaged: str) -> None:
    """It closes no camera, and the next end is kept again."""
    (tmp_path / ENDS_FILE).write_text(damaged, encoding="utf-8")
    with capture_logs() as logs:
        assert quarantined(tmp_path, NOON_S) == []

    assert [line["event"] for line in logs] == ["native_ends_damaged"]
    aside = tmp_path / f"{ENDS_FILE}.corrupt-{NOON_S:.0f}"
    assert aside.read_text(encoding="utf-8") == damaged
    note(tmp_path, FRONT, NOON_S)
    assert len(json.loads((tmp_path / ENDS_FILE).read_text(encoding="utf-8"))) == 1


def test_a_disk_that_takes_nothing_is_survived(tmp_path: Path) -> None:
    """What cannot be written counts until the process ends."""
    quarantine = Quarantine.load(tmp_path / "absent", sources=SOURCES, now_s=NOON_S)
    with capture_logs() as logs:
        for _ in range(2):
            quarantine.note(Breadcrumb(camera=FRONT, stage=NativeStage.READING), now_s=NOON_S)

    assert [line["event"] for line in logs] == ["native_end_not_kept"] * 2
    assert list(quarantine.reasons()) == [FRONT]
