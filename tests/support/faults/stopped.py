"""What keeps the service from running."""

import hashlib
import shutil

from appliance.inference.library import packaged_models
from tests.support.onnx_bytes import stuck_detector
from tests.support.scenes import Scene
from tests.support.service import Service


def wrong_setting(scene: Scene) -> None:
    """A key that does not exist."""
    scene.more = "[warning]\nthetta = 0.7"
    scene.write()


def damaged_model(scene: Scene) -> None:
    """One flipped byte."""
    models = scene.folder / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("__pycache__"))
    weights = models / "fusion" / "model.bin"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    scene.box = {"models_dir": f'"{models}"'}
    scene.run_broker()
    scene.write()


def no_state_folder(scene: Scene) -> None:
    """A file stands in its place; a folder without permission would not stop root."""
    scene.state.write_text("no folder", encoding="utf-8")
    scene.run_broker()
    scene.write()


def stopped_service(scene: Scene) -> None:
    """Everything is right, and nobody has started it."""
    scene.run_broker()
    scene.write()


def stuck_engine(scene: Scene) -> None:
    """A model that never answers, so that the process ends itself."""
    models = scene.folder / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("__pycache__"))
    folder = models / "pose_detector"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(stuck_detector())
    (folder / "manifest.toml").write_text(
        'name = "pose_detector"\nversion = "1"\n'
        '[inputs.image]\ndtype = "u8"\nshape = [1, 224, 224, 3]\n'
        '[outputs.boxes]\ndtype = "f32"\nshape = [1, 2254, 12]\n'
        '[outputs.scores]\ndtype = "f32"\nshape = [1, 2254, 1]\n'
        '[files.only]\npath = "model.onnx"\nbackend = "openvino"\nprecision = "f32"\n'
        f'sha256 = "{hashlib.sha256(stuck_detector()).hexdigest()}"\n',
        encoding="utf-8",
    )
    scene.box = {"models_dir": f'"{models}"'}
    scene.run_broker()
    with Service(scene.write()) as service:
        assert service.wait(timeout_s=90) == 70
