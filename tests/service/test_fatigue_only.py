"""``fatigue-only`` from picture to topic, table and log: nothing names another state.

The box runs on a copy of the packaged models without the full encoder and without the four-state
model, over the beginning of the packaged clip (rendered, nobody real), with a threshold that every
reading exceeds, so that an alert is raised and stored and sent.
"""

import io
import json
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import structlog

from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.play import SEATS
from appliance.deciding import TickResult
from appliance.domain.affect import VIGILANCES, AffectReading, ReadingStatus
from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import UNDEFINED_WITHOUT_EMOTION, FaceColumn, face_column
from appliance.host.clock import SystemClock
from appliance.host.logs import configure_logs
from appliance.host.systemd import SystemdNotifier
from appliance.inference.library import packaged_models
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.service.box import Box, BoxWatchers
from appliance.settings.load import parse_settings
from appliance.settings.reading.rules import MODELS
from appliance.storage.export import ExportKind, export_rows, write_json_lines
from tests.support.clips import write_clip
from tests.support.listener import Listener
from tests.support.service import run_classbox, write_config

ABSENT = ("expression_mobilevit", "fusion")
FORBIDDEN = ("focused", "confused", "bored", "valence", "arousal", "smile", "projection")
FPS = 5.0  # a token needs one frame, and the test is quick
SECONDS = 55.0  # 20 s of warm-up, a window of 30 s, and something to spare


@dataclass(frozen=True)
class Run:
    """All that came out of one run."""

    state_dir: Path
    readings: list[AffectReading]
    faces: Float32Array
    topics: dict[str, list[str]]
    log: str


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the packaged models without those that the profile must not open."""
    folder = tmp_path_factory.mktemp("twins") / "models"
    ignore = shutil.ignore_patterns("__pycache__", *ABSENT)
    shutil.copytree(packaged_models(), folder, ignore=ignore)
    assert not [name for name in ABSENT if (folder / name).exists()]
    return folder


@pytest.fixture(scope="module")
def run(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the box over the clip and collect."""
    folder = tmp_path_factory.mktemp("fatigue")
    readings: list[AffectReading] = []
    faces: list[Float32Array] = []
    over = threading.Event()

    def take(result: TickResult) -> None:
        readings.extend(result.readings)
        faces.append(result.tokens.face[0].copy())
        if result.readings and result.readings[0].at_s >= SECONDS:
            over.set()

    terminal, region = SEATS["left"]
    seats = {"left": {"region": region, "terminal": terminal, "consent": "granted"}}
    clip = {"source": str(packaged_clip()), "realtime": False, "fps": FPS, "seats": seats}
    log = io.StringIO()
    configure_logs(json_lines=True, level="debug", stream=log)
    with (
        PrivateBroker(folder / "broker") as broker,
        Listener(port=broker.port, topic="cb/#") as listener,
    ):
        tables = {
            "schema": 1,
            "box": {
                "site": "s",
                "room": "r",
                "id": "b",
                "state_dir": folder / "state",
                "models_dir": models_dir,
                "lanes": 1,
            },
            "policy": {"profile": "fatigue-only"},
            "mqtt": {"host": LOOPBACK, "port": broker.port},
            "warning": {"theta": 1e-6, "clear_below": 1e-7, "window_s": 30, "tau_s": 10},
            "storage": {"embeddings": True},
            "cameras": {"clip": clip},
        }
        box = Box(
            parse_settings(tables, origin="test"),
            clock=SystemClock(),
            notifier=SystemdNotifier(None),
            watchers=BoxWatchers(on_tick=take),
        )
        box.connect()
        box.watch()
        box.wait(over)
        box.stop()
    structlog.reset_defaults()
    topics: dict[str, list[str]] = {}
    for each in listener.heard:
        topics.setdefault(each.topic, []).append(json.dumps(each.document))
    return Run(
        state_dir=folder / "state",
        readings=readings,
        faces=np.stack(faces),
        topics=topics,
        log=log.getvalue(),
    )


def forbidden_in(text: str) -> list[str]:
    """Return the words of other states that a text contains."""
    return [word for word in FORBIDDEN if word in text.lower()]


@pytest.mark.broker
def test_readings_are_of_two_states(run: Run) -> None:
    """Enough of them are sure for the test to mean something."""
    known = [one for one in run.readings if one.status is ReadingStatus.KNOWN]

    assert {one.states for one in run.readings} == {VIGILANCES}
    assert {one.probabilities.shape for one in run.readings} == {(2,)}
    assert len(known) > 150


@pytest.mark.broker
def test_tokens_hold_eyes_and_mouth_and_no_mood(run: Run) -> None:
    """A real face was seen by the twin encoder, and the undefined columns are exactly 0."""
    assert run.faces[:, face_column(FaceColumn.FACE_PRESENT)].mean() > 0.9
    assert run.faces[:, face_column(FaceColumn.CLOSURE_MEAN)].any()
    assert not run.faces[:, list(UNDEFINED_WITHOUT_EMOTION)].any()


@pytest.mark.broker
def test_no_topic_speaks_of_another_state(run: Run) -> None:
    """Info, health, status and the alert, which is about fatigue."""
    kinds = {topic.split("/")[4] for topic in run.topics}
    assert {"box", "alert"} <= kinds
    (alerts,) = (told for topic, told in run.topics.items() if "/alert/" in topic)
    assert json.loads(alerts[0])["data"]["affect"] == "fatigued"
    assert not {topic: words for topic in run.topics if (words := forbidden_in(topic))}
    every = "\n".join(text for told in run.topics.values() for text in told)
    assert "fusion_fatigue" in every
    assert not forbidden_in(every)


@pytest.mark.broker
def test_no_table_and_no_byte_on_disk_speaks_of_another_state(run: Run) -> None:
    """Not in a row, not in a column's name, not in a blob, not in a free page."""
    with closing(sqlite3.connect(run.state_dir / "features.db")) as connection:
        rows = connection.execute("SELECT probabilities FROM tokens").fetchall()
    assert len(rows) > 200
    assert {len(row[0]) for row in rows} == {2 * len(VIGILANCES)}
    files = [path for path in run.state_dir.rglob("*") if path.is_file()]
    assert {"features.db", "privacy.db"} <= {path.name for path in files}
    for path in files:
        assert not forbidden_in(path.read_bytes().decode("latin-1")), path.name


@pytest.mark.broker
def test_no_log_and_no_export_speaks_of_another_state(run: Run) -> None:
    """The alert is in both."""
    out = io.StringIO()
    write_json_lines(export_rows(run.state_dir, kinds=tuple(ExportKind)), out)

    assert '"event": "alert_raised"' in run.log
    assert "tick_failed" not in run.log
    assert not forbidden_in(run.log)
    assert '"p_alert"' in out.getvalue()
    assert '"affect": "fatigued"' in out.getvalue()
    assert not forbidden_in(out.getvalue())


def test_check_passes_without_the_other_models(tmp_path: Path, models_dir: Path) -> None:
    """``classbox check`` on the twins alone; the four-state profile is refused on them."""
    clip = write_clip(tmp_path / "clip.avi", frames=15, fps=15)
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"'})
    four = config.read_text(encoding="utf-8").replace(
        "[box]", f'[box]\nmodels_dir = "{models_dir}"'
    )
    config.write_text(four.replace("four-state", "fatigue-only"), encoding="utf-8")
    passed = run_classbox("check", "--offline", "--config", str(config))
    config.write_text(four, encoding="utf-8")
    refused = run_classbox("check", "--offline", "--config", str(config))

    assert passed.returncode == 0, passed.stderr
    assert refused.returncode == 78
    assert set(MODELS) >= set(ABSENT)
    for name in ABSENT:
        assert f"no model '{name}'" in refused.stdout
