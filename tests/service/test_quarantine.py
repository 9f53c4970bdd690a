"""A camera that has ended the process twice stays closed; the others run, and status says so."""

import json
import time
from pathlib import Path

from appliance.domain.frames import CameraKey
from appliance.host.breadcrumbs import Breadcrumb, NativeStage
from appliance.host.quarantine import Quarantine
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.service import Service, write_config
from tests.support.waiting import wait_until


def test_the_others_run(tmp_path: Path) -> None:
    """The reason names the camera, what it was at, and the way out."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    table = f'source = "{clip}"\nloop = true'
    state = tmp_path / "state"
    state.mkdir()
    back = CameraKey("back")
    ends = Quarantine.load(state, sources={back: str(clip)}, now_s=time.time())
    for _ in range(2):
        ends.note(Breadcrumb(camera=back, stage=NativeStage.DECODING), now_s=time.time())

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
    assert f"delete {state / 'native_ends.json'}" in statuses()[0]["reason"]
