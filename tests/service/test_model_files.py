"""A model folder that is not as it was shipped stops the box at every start, with code 65."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.inference.library import packaged_models
from tests.support.clips import write_clip
from tests.support.service import run_classbox, write_config

FOLDER = "pose_detector"
"""The first that is loaded, so that each case is over at once."""


def flip(data: bytes) -> bytes:
    """Change one bit in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def cut(data: bytes) -> bytes:
    """Lose the end, as on a full disk."""
    return data[: len(data) * 2 // 3]


def swap_hash(data: bytes) -> bytes:
    """Promise another file."""
    return data.replace(b'sha256 = "', b'sha256 = "0', 1)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param("model.bin", flip, id="openvino-weights-flipped"),
        pytest.param("model.bin", cut, id="openvino-weights-cut"),
        pytest.param("model.xml", cut, id="openvino-graph-cut"),
        pytest.param("model.onnx", flip, id="onnx-flipped-though-not-in-use"),
        pytest.param("model.onnx", cut, id="onnx-cut"),
        pytest.param("manifest.toml", cut, id="manifest-cut"),
        pytest.param("manifest.toml", swap_hash, id="manifest-with-another-hash"),
    ],
)
def test_it_does_not_start(tmp_path: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    """The message names the model and, where a file differs, what to do."""
    models = tmp_path / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("__pycache__"))
    file = models / FOLDER / name
    shipped = file.read_bytes()
    file.write_bytes(damage(shipped))
    assert file.read_bytes() != shipped
    clip = write_clip(tmp_path / "clip.avi", frames=15, fps=15)
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"'})
    text = config.read_text(encoding="utf-8").replace("[box]", f'[box]\nmodels_dir = "{models}"')
    config.write_text(text, encoding="utf-8")

    result = run_classbox("run", "--config", str(config))

    assert result.returncode == 65, result.stderr
    assert FOLDER in result.stderr
    assert "install" in result.stderr or "malformed manifest" in result.stderr
    assert "Traceback" not in result.stderr
