"""ONNX Runtime keeps the promises of ``InferenceEngine``."""

import threading
from pathlib import Path

import pytest

from appliance.domain.models import ModelSpec
from appliance.inference.library import EngineChoice
from appliance.inference.onnx_engine import OnnxEngine
from appliance.inference.watchdog import Watchdog
from tests.inference.engine_contract import (
    LONG_S,
    SPEC,
    EngineContract,
    LoadEngine,
    ones,
    write_doubling,
)


class TestOnnxEngine(EngineContract):
    """The shared promises."""

    @pytest.fixture
    def load(self) -> LoadEngine:
        """Return how to load a model."""

        def load(
            spec: ModelSpec, file: Path, *, time_limit_s: float = LONG_S, grace_s: float = LONG_S
        ) -> OnnxEngine:
            return OnnxEngine.load(spec, file, time_limit_s=time_limit_s, grace_s=grace_s)

        return load

    @pytest.fixture
    def choice(self) -> EngineChoice:
        """Return the run time's name in the configuration."""
        return EngineChoice.ONNX


def test_it_computes_on_the_callers_thread(tmp_path: Path) -> None:
    """No native thread is made for a request; one watchdog serves all engines."""
    watchdog = Watchdog(period_s=LONG_S)
    file = write_doubling(tmp_path)
    native = set(Path("/proc/self/task").iterdir())
    ours = set(threading.enumerate())

    sessions = [OnnxEngine.load(SPEC, file, watchdog=watchdog).session() for _ in range(3)]
    for session in sessions:
        session.infer({"x": ones(1, 3)})

    # Threads of earlier tests may end meanwhile.
    assert len(set(threading.enumerate()) - ours) == 1
    assert len(set(Path("/proc/self/task").iterdir()) - native) == 1
