"""A native call that never returns ends the process with code 70, and systemd starts it again."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from appliance.host.quarantine import ENDS_FILE
from appliance.inference.library import packaged_models
from appliance.inference.limits import GRACE_S, TIME_LIMIT_S
from tests.support.clips import write_clip
from tests.support.onnx_bytes import stuck_detector
from tests.support.service import Service, write_config

MANIFEST = """name = "pose_detector"
version = "1"
[inputs.image]
dtype = "u8"
shape = [1, 224, 224, 3]
[outputs.boxes]
dtype = "f32"
shape = [1, 2254, 12]
[outputs.scores]
dtype = "f32"
shape = [1, 2254, 1]
[files.only]
path = "model.onnx"
backend = "{backend}"
precision = "f32"
sha256 = "{sha256}"
"""


@pytest.mark.long
@pytest.mark.parametrize("backend", ["openvino", "onnx"])
def test_the_box_ends_soon_after_an_engine_is_stuck(tmp_path: Path, backend: str) -> None:
    """Long before a silent thread would be missed; the log names the model, a file the camera."""
    models = tmp_path / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("__pycache__"))
    detector = stuck_detector()
    folder = models / "pose_detector"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(detector)
    digest = hashlib.sha256(detector).hexdigest()
    manifest = MANIFEST.format(backend=backend, sha256=digest)
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"\nloop = true'})
    text = config.read_text(encoding="utf-8").replace("[box]", f'[box]\nmodels_dir = "{models}"')
    text = text.replace("[engines]", f'[engines]\npose = "{backend}"')
    config.write_text(text, encoding="utf-8")

    with Service(config) as box:
        code = box.wait(timeout_s=60 + TIME_LIMIT_S + GRACE_S)

    log = box.log.read_text(encoding="utf-8")
    assert code == 70, log
    assert re.search(r'pose_detector: a request on .* did not end.*"event": "engine_stuck"', log)
    assert "box_stuck" not in log
    (end,) = json.loads((tmp_path / "state" / ENDS_FILE).read_text(encoding="utf-8"))
    assert (end["camera"], end["stage"]) == ("a", "looking")
