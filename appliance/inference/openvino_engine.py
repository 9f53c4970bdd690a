"""InferenceEngine on OpenVINO; the only module that imports ``openvino``."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec, Precision
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.limits import GRACE_S, TIME_LIMIT_S, Poison
from appliance.inference.tensors import check_names, take_inputs

# openvino imports openvino_telemetry when it is there, which writes a client id into HOME and
# opens sockets. None makes that import fail, which openvino handles. The one import side effect
# that DESIGN.md, 1 allows.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None is how import is barred

import openvino  # noqa: E402 - telemetry has to be barred first


class OpenVinoEngine:
    """One model compiled for the CPU: one stream, and so one thread, for each lane."""

    def __init__(
        self,
        spec: ModelSpec,
        compiled: openvino.CompiledModel,
        *,
        time_limit_s: float,
        grace_s: float,
    ) -> None:
        """Wrap an already compiled model; most callers want ``load``."""
        self._spec = spec
        self._compiled = compiled
        self._time_limit_s = time_limit_s
        self._grace_s = grace_s
        self._poison = Poison(spec.name)

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        model_file: Path,
        *,
        lanes: int,
        precision: Precision = Precision.F32,
        time_limit_s: float = TIME_LIMIT_S,
        grace_s: float = GRACE_S,
    ) -> Self:
        """Read and compile a model for the CPU.

        Args:
            spec: What its manifest promises.
            model_file: The ``.xml`` or ``.onnx`` file.
            lanes: Requests that run at the same time.
            precision: Number format of the file. f16 computes in f16 where the processor can (ARM
                with FP16), elsewhere its weights are widened; f32 and the float layers of int8
                compute in f32 everywhere.
            time_limit_s: A request that takes longer is an error.
            grace_s: One that takes this much longer still poisons the engine.

        Raises:
            ModelLoadError: The file is missing, OpenVINO cannot compile it, or its tensors are not
                those of the spec.
        """
        try:
            core = openvino.Core()
            options: dict[str, Any] = {
                "NUM_STREAMS": lanes,
                "INFERENCE_NUM_THREADS": lanes,
                # Pinned, two lanes with two models run at half speed (DESIGN.md, 2).
                "ENABLE_CPU_PINNING": False,
                "INFERENCE_PRECISION_HINT": _compute_in(
                    precision, core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
                ),
            }
            compiled = core.compile_model(core.read_model(model_file), "CPU", options)
        except RuntimeError as error:
            msg = f"{spec.name}: OpenVINO cannot load {model_file}"
            raise ModelLoadError(msg) from error
        check_names(
            spec,
            inputs=[port.get_names() for port in compiled.inputs],
            outputs=[port.get_names() for port in compiled.outputs],
        )
        _fill_type_tables()
        return cls(spec, compiled, time_limit_s=time_limit_s, grace_s=grace_s)

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        return self._spec

    @property
    def stuck(self) -> str:
        """Why the engine refuses all work; see ``InferenceEngine.stuck``."""
        return self._poison.cause

    def session(self) -> "OpenVinoSession":
        """Return a new request; see ``InferenceEngine.session``."""
        return OpenVinoSession(
            self._spec,
            self._compiled.create_infer_request(),
            poison=self._poison,
            time_limit_s=self._time_limit_s,
            grace_s=self._grace_s,
        )


class OpenVinoSession:
    """One lane's request on a compiled model."""

    def __init__(
        self,
        spec: ModelSpec,
        request: openvino.InferRequest,
        *,
        poison: Poison,
        time_limit_s: float,
        grace_s: float,
    ) -> None:
        """Wrap a request; ``OpenVinoEngine.session`` is the way to get one."""
        self._spec = spec
        self._request = request
        self._poison = poison
        self._time_limit_s = time_limit_s
        self._time_limit_ms = int(1000 * time_limit_s)
        self._grace_ms = int(1000 * grace_s)
        self._arrays: dict[str, AnyArray] = {}

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        arrays = take_inputs(self._spec, inputs)
        self._poison.check()
        # Kept until the next request: the tensors share their memory, also of one that is stuck.
        self._arrays = arrays
        try:
            self._request.start_async(arrays, share_inputs=True)
            ended = self._request.wait_for(self._time_limit_ms)
        except RuntimeError as error:
            msg = f"{self._spec.name}: OpenVINO failed to run"
            raise InferenceError(msg) from error
        if not ended:
            self._give_up()
        # Copies: without them the next frame would overwrite this one's result.
        return {
            tensor.name: np.array(self._request.get_tensor(tensor.name).data, dtype=np.float32)
            for tensor in self._spec.outputs
        }

    def _give_up(self) -> NoReturn:
        """End an overdue request, and give the engine up when it does not end."""
        self._request.cancel()
        try:
            ended = self._request.wait_for(self._grace_ms)
        except RuntimeError:  # "was canceled": it has ended
            ended = True
        if not ended:
            self._poison.spread("OpenVINO", after_s=self._time_limit_s)
            self._poison.check()
        msg = f"{self._spec.name}: OpenVINO did not end within {self._time_limit_s:g} s"
        raise InferenceError(msg)


def _compute_in(precision: Precision, capabilities: Iterable[str]) -> str:
    """Return OpenVINO's precision hint for a file.

    It is always stated: left alone, OpenVINO on ARM computes f32 files in float16, 3e-3 away from
    what was measured.
    """
    return "f16" if precision is Precision.F16 and "FP16" in capabilities else "f32"


def _fill_type_tables() -> None:
    """Convert one tensor while there is only one thread.

    OpenVINO's first conversion of an element type fills a static table in C++. Two lanes whose
    first inferences meet there can wait for ever, one for the table's guard with Python's lock
    held, the other for that lock (seen with 2026.4.1: the whole process stood still).
    """
    tensor = openvino.Tensor(np.zeros(1, dtype=np.uint8), shared_memory=True)
    tensor.get_element_type().to_dtype()
