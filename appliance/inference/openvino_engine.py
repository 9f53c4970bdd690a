"""InferenceEngine on OpenVINO; the only module that imports ``openvino``."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.tensors import check_inputs

# openvino imports openvino_telemetry when it is there, which writes a client id into HOME and
# opens sockets. None makes that import fail, which openvino handles. The one import side effect
# that DESIGN.md, 1 allows.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None is how import is barred

import openvino  # noqa: E402 - telemetry has to be barred first

TIME_LIMIT_S = 5.0
"""A request this late is stuck, not slow: the slowest model takes 15 ms (DESIGN.md, 10)."""


class OpenVinoEngine:
    """One model compiled for the CPU: one stream, and so one thread, for each lane."""

    def __init__(
        self, spec: ModelSpec, compiled: openvino.CompiledModel, *, time_limit_s: float
    ) -> None:
        """Wrap an already compiled model; most callers want ``load``."""
        self._spec = spec
        self._compiled = compiled
        self._time_limit_s = time_limit_s

    @classmethod
    def load(
        cls, spec: ModelSpec, model_file: Path, *, lanes: int, time_limit_s: float = TIME_LIMIT_S
    ) -> Self:
        """Read and compile a model for the CPU.

        Raises:
            ModelLoadError: The file is missing or OpenVINO cannot compile it.
        """
        options: dict[str, Any] = {
            "NUM_STREAMS": lanes,
            "INFERENCE_NUM_THREADS": lanes,
            # Pinned, two lanes with two models run at half speed (DESIGN.md, 2).
            "ENABLE_CPU_PINNING": False,
            # On ARM the default is float16, 3e-3 away from the float32 that was measured.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(model_file), "CPU", options)
        except RuntimeError as error:
            msg = f"{spec.name}: OpenVINO cannot load {model_file}"
            raise ModelLoadError(msg) from error
        _fill_type_tables()
        return cls(spec, compiled, time_limit_s=time_limit_s)

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        return self._spec

    def session(self) -> "OpenVinoSession":
        """Return a new request; see ``InferenceEngine.session``."""
        return OpenVinoSession(
            self._spec, self._compiled.create_infer_request(), time_limit_s=self._time_limit_s
        )


class OpenVinoSession:
    """One lane's request on a compiled model."""

    def __init__(
        self, spec: ModelSpec, request: openvino.InferRequest, *, time_limit_s: float
    ) -> None:
        """Wrap a request; ``OpenVinoEngine.session`` is the way to get one."""
        self._spec = spec
        self._request = request
        self._time_limit_ms = int(1000 * time_limit_s)
        self._stuck = False

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        check_inputs(self._spec, inputs)
        if self._stuck:
            msg = f"{self._spec.name}: an earlier request never ended"
            raise InferenceError(msg)
        # Held until the request has ended: tensors that share memory with the caller's arrays.
        arrays = {
            tensor.name: np.ascontiguousarray(inputs[tensor.name]) for tensor in self._spec.inputs
        }
        try:
            self._request.start_async(arrays, share_inputs=True)
            ended = self._request.wait_for(self._time_limit_ms)
        except RuntimeError as error:
            msg = f"{self._spec.name}: OpenVINO failed to run"
            raise InferenceError(msg) from error
        if not ended:
            self._stuck = True
            msg = f"{self._spec.name}: OpenVINO did not end within {self._time_limit_ms} ms"
            raise InferenceError(msg)
        # Copies: without them the next frame would overwrite this one's result.
        return {
            tensor.name: np.array(self._request.get_tensor(tensor.name).data, dtype=np.float32)
            for tensor in self._spec.outputs
        }


def _fill_type_tables() -> None:
    """Convert one tensor while there is only one thread.

    OpenVINO's first conversion of an element type fills a static table in C++. Two lanes whose
    first inferences meet there can wait for ever, one for the table's guard with Python's lock
    held, the other for that lock (seen with 2026.4.1: the whole process stood still).
    """
    tensor = openvino.Tensor(np.zeros(1, dtype=np.uint8), shared_memory=True)
    tensor.get_element_type().to_dtype()
