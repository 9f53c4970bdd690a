"""OpenVINO keeps the promises of ``InferenceEngine``."""

from pathlib import Path

import pytest

from appliance.domain.models import ModelSpec, Precision
from appliance.inference.library import EngineChoice
from appliance.inference.openvino_engine import OpenVinoEngine, _compute_in
from tests.inference.engine_contract import (
    LONG_S,
    SPEC,
    EngineContract,
    LoadEngine,
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
def test_it_is_compiled_with_a_thread_for_each_lane_and_none_pinned(
    tmp_path: Path, precision: Precision
) -> None:
    """What was asked for is what the plugin says it does."""
    engine = OpenVinoEngine.load(SPEC, write_doubling(tmp_path), lanes=2, precision=precision)
    compiled = engine._compiled

    assert compiled.get_property("NUM_STREAMS") == 2
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 2
    assert compiled.get_property("ENABLE_CPU_PINNING") is False
    assert compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name() == "f32"


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
    assert _compute_in(precision, capabilities) == computed_in
