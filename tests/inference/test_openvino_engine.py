"""OpenVINO keeps the promises of ``InferenceEngine``."""

from pathlib import Path

import numpy as np
import pytest

from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.openvino_engine import OpenVinoEngine
from tests.inference.engine_contract import SPEC, EngineContract, write_doubling


class TestOpenVinoEngine(EngineContract):
    """The shared promises."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> OpenVinoEngine:
        """Return an engine for two lanes."""
        return OpenVinoEngine.load(SPEC, write_doubling(tmp_path), lanes=2)


def test_a_broken_file_is_a_model_error(tmp_path: Path) -> None:
    """The message names the model and the file."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")

    with pytest.raises(ModelLoadError, match=r"doubling: OpenVINO cannot load .*broken\.onnx"):
        OpenVinoEngine.load(SPEC, broken, lanes=1)


def test_an_overdue_request_is_an_error_and_stays_one(tmp_path: Path) -> None:
    """A stuck session never returns an empty result, and is not used again."""
    session = OpenVinoEngine.load(
        SPEC, write_doubling(tmp_path), lanes=1, time_limit_s=0.0
    ).session()
    array = np.ones((1, 3), dtype=np.float32)

    def overdue() -> bool:
        try:
            session.infer({"x": array})
        except InferenceError:
            return True
        return False

    # With a limit of 0 ms a request this small may still end in time, now and then.
    assert any(overdue() for _ in range(1000))
    with pytest.raises(InferenceError, match="an earlier request never ended"):
        session.infer({"x": array})
