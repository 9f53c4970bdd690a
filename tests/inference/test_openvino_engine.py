"""OpenVINO keeps the promises of ``InferenceEngine``."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openvino
import pytest

from appliance.domain.models import ModelSpec, Precision
from appliance.inference.library import EngineChoice
from appliance.inference.openvino_engine import OpenVinoEngine, precision_hint
from tests.inference.engine_contract import (
    LONG_S,
    SLOW,
    SPEC,
    STUCK_N,
    EngineContract,
    LoadEngine,
    slow_inputs,
    write,
    write_doubling,
)


class TestOpenVinoEngine(EngineContract):
    """The shared promises."""

    @pytest.fixture
    def load(self) -> LoadEngine:
        """Return how to load a model."""

        def load(
            spec: ModelSpec, file: Path, *, time_limit_s: float = LONG_S, grace_s: float = LONG_S
        ) -> OpenVinoEngine:
            return OpenVinoEngine.load(
                spec, file, lanes=2, time_limit_s=time_limit_s, grace_s=grace_s
            )

        return load

    @pytest.fixture
    def choice(self) -> EngineChoice:
        """Return the run time's name in the configuration."""
        return EngineChoice.OPENVINO


@pytest.mark.parametrize("precision", [Precision.F32, Precision.INT8])
def test_it_is_compiled_for_each_lane_with_one_thread_that_is_not_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    """What was asked for is what the plugin says it does."""
    made: list[openvino.CompiledModel] = []
    compile_model = openvino.Core.compile_model

    def remember(core: openvino.Core, *arguments: object) -> openvino.CompiledModel:
        made.append(compile_model(core, *arguments))
        return made[-1]

    monkeypatch.setattr(openvino.Core, "compile_model", remember)
    OpenVinoEngine.load(SPEC, write_doubling(tmp_path), lanes=2, precision=precision)

    assert len(made) == 2
    for compiled in made:
        assert compiled.get_property("NUM_STREAMS") == 1
        assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
        assert compiled.get_property("ENABLE_CPU_PINNING") is False
        assert compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name() == "f32"


def test_it_computes_on_the_callers_thread(tmp_path: Path) -> None:
    """No request is handed to another thread, whichever thread asks."""
    engine = OpenVinoEngine.load(SLOW, write(tmp_path, SLOW), lanes=2)

    def share() -> float:
        session = engine.session()
        session.infer(slow_inputs(10))
        own_s, all_s = time.thread_time(), time.process_time()
        session.infer(slow_inputs(STUCK_N))
        return (time.thread_time() - own_s) / (time.process_time() - all_s)

    for _ in range(2):  # one thread after the other
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(share).result() > 0.5


@pytest.mark.parametrize(
    ("precision", "capabilities", "computed_in"),
    [
        pytest.param(Precision.F16, ["FP32", "FP16", "INT8"], "f16", id="f16-on-arm"),
        pytest.param(Precision.F16, ["FP32", "INT8", "BF16"], "f32", id="f16-elsewhere"),
        pytest.param(Precision.F32, ["FP32", "FP16", "INT8"], "f32", id="f32-stays-f32-on-arm"),
        pytest.param(Precision.INT8, ["FP32", "FP16", "INT8"], "f32", id="rest-of-int8-on-arm"),
    ],
)
def test_float16_is_computed_only_where_it_was_asked_for(
    precision: Precision, capabilities: list[str], computed_in: str
) -> None:
    """Left alone, OpenVINO on ARM would compute everything in float16."""
    assert precision_hint(precision, capabilities) == computed_in
