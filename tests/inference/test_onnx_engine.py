"""ONNX Runtime keeps the promises of ``InferenceEngine``."""

from pathlib import Path

import pytest

from appliance.errors import ModelLoadError
from appliance.inference.onnx_engine import OnnxEngine
from tests.inference.engine_contract import SPEC, EngineContract, write_doubling


class TestOnnxEngine(EngineContract):
    """The shared promises."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> OnnxEngine:
        """Return an engine."""
        return OnnxEngine.load(SPEC, write_doubling(tmp_path))


def test_a_broken_file_is_a_model_error(tmp_path: Path) -> None:
    """The message names the model and the file."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")

    with pytest.raises(ModelLoadError, match=r"doubling: ONNX Runtime cannot load .*broken\.onnx"):
        OnnxEngine.load(SPEC, broken)
