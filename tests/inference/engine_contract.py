"""The promises of ``InferenceEngine``, as tests; subclass once per implementation."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.models import ModelSpec, TensorSpec
from appliance.errors import ShapeError
from appliance.ports import InferenceEngine
from tests.onnx_bytes import doubling_model

SPEC = ModelSpec(
    name="doubling",
    version="1",
    inputs=(TensorSpec(name="x", dtype="f32", shape=(1, 3)),),
    outputs=(TensorSpec(name="y", dtype="f32", shape=(1, 3)),),
    files=(),
    digest="",
)


def write_doubling(folder: Path) -> Path:
    """Write the model y = 2 x on shape (1, 3)."""
    file = folder / "doubling.onnx"
    file.write_bytes(doubling_model())
    return file


class EngineContract:
    """Expects an ``engine`` fixture whose model computes y = 2 x on shape (1, 3)."""

    def test_computes_by_tensor_name(self, engine: InferenceEngine) -> None:
        """Names, not positions, connect arrays to tensors."""
        outputs = engine.session().infer({"x": np.array([[1, 2, 3]], dtype=np.float32)})

        np.testing.assert_array_equal(outputs["y"], [[2, 4, 6]])

    def test_results_survive_the_next_call(self, engine: InferenceEngine) -> None:
        """Returned arrays are owned by the caller."""
        session = engine.session()
        first = session.infer({"x": np.ones((1, 3), dtype=np.float32)})["y"]
        session.infer({"x": np.zeros((1, 3), dtype=np.float32)})

        np.testing.assert_array_equal(first, [[2, 2, 2]])

    def test_inputs_may_change_after_the_call(self, engine: InferenceEngine) -> None:
        """A session keeps nothing of the caller's array."""
        session = engine.session()
        array = np.ones((1, 3), dtype=np.float32)
        result = session.infer({"x": array})["y"]
        array[:] = 9

        np.testing.assert_array_equal(result, [[2, 2, 2]])

    def test_rejects_a_wrong_shape(self, engine: InferenceEngine) -> None:
        """The error names the tensor before the run time is touched."""
        with pytest.raises(ShapeError, match=r"doubling.x: expected shape \(1, 3\), got \(1, 4\)"):
            engine.session().infer({"x": np.zeros((1, 4), dtype=np.float32)})

    def test_rejects_a_wrong_type(self, engine: InferenceEngine) -> None:
        """A float64 array is not quietly converted."""
        with pytest.raises(ShapeError, match=r"doubling.x: expected f32, got float64"):
            engine.session().infer({"x": np.zeros((1, 3))})

    def test_rejects_a_missing_tensor(self, engine: InferenceEngine) -> None:
        """The message lists what was given instead."""
        with pytest.raises(ShapeError, match=r"doubling.x: missing; got \['image'\]"):
            engine.session().infer({"image": np.zeros((1, 3), dtype=np.float32)})

    def test_sessions_do_not_disturb_each_other(self, engine: InferenceEngine) -> None:
        """Two lanes at once get their own results."""

        def run(value: int) -> bool:
            session = engine.session()
            array = np.full((1, 3), value, dtype=np.float32)
            return all((session.infer({"x": array})["y"] == 2 * value).all() for _ in range(200))

        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(run, [1, 2]))
