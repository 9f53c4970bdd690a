"""A camera that has ended the process twice stays closed; the others run, and status says so."""

import json
import time
from pathlib import Path

import pytest

from appliance.domain.frames import CameraKey
from appliance.host.breadcrumbs import Breadcrumb, NativeStage
from appliance.host.quarantine import Quarantine
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The source of two cameras; the one named ``back`` has ended the process twice."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    state = tmp_path / "state"
    state.mkdir()
    back = CameraKey("back")
    ends = Quarantine.load(state, sources={back: str(clip)}, now_s=time.time())
    for _ in range(2):
        ends.note(Breadcrumb(camera=back, stage=NativeStage.DECODING), now_s=time.time())
    return clip


def test_the_box_ends_with_the_last_clip_that_plays(tmp_path: Path, clip: Path) -> None:
    """It does not wait for one that is never opened."""
    table = f'source = "{clip}"'
    config = write_config(tmp_path, port=1, cameras={"back": table, "front": table})

    assert run_classbox("run", "--config", str(config)).returncode == 0


def test_the_others_run(tmp_path: Path, clip: Path) -> None:
    """The reason names the camera, what it was at, and the way out."""
    table = f'source = "{clip}"\nloop = true'
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_config(tmp_path, port=broker.port, cameras={"back": table, "front": table})
        with Service(config) as box:

            def statuses() -> list[dict[str, str]]:
                lines = box.log.read_text(encoding="utf-8").splitlines()
                events = [json.loads(line) for line in lines if line.startswith("{")]
                return [event for event in events if event["event"] == "box_status"]

            wait_until(statuses, timeout_s=60)
            log = box.log.read_text(encoding="utf-8")
            assert box.terminate() == 0

    assert '"camera": "front", "state": "live"' in log
    assert statuses()[0]["state"] == "degraded"
    assert "camera back: quarantined" in statuses()[0]["reason"]
    assert f"delete {tmp_path / 'state' / 'native_ends.json'}" in statuses()[0]["reason"]
