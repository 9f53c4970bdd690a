"""InferenceEngine on OpenVINO; the only module that imports ``openvino``."""

import queue
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec, Precision
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.limits import GRACE_S, TIME_LIMIT_S, Poison
from appliance.inference.tensors import check_names, take_inputs
from appliance.inference.time_limit import TimeLimit
from appliance.inference.watchdog import LOOKS_PER_LIMIT, Watchdog

_LOOK_AGAIN_S = 0.5
"""Longest wait for a free request before asking whether the engine still works."""

_MARK = 0x7FC0DEAD
"""Bits of a float32 that is not a number, and that no computation yields."""

# openvino imports openvino_telemetry when it is there, which writes a client id into HOME and
# opens sockets. None makes that import fail, which openvino handles. The one import side effect
# that docs/DESIGN.md, 1 allows.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None is how import is barred

import openvino  # noqa: E402 - telemetry has to be barred first


class OpenVinoEngine:
    """One model compiled once for each lane, each time for one thread: the caller's own.

    OpenVINO computes a synchronous request of a single-stream model on the thread that asks. With
    one stream per lane in a single compiled model every request is handed to another thread and
    back, which costs the lane two switches and 10 to 30 % of the small models' time.
    """

    def __init__(
        self,
        spec: ModelSpec,
        compiled: Sequence[openvino.CompiledModel],
        *,
        watchdog: Watchdog,
        time_limit_s: float,
        grace_s: float,
    ) -> None:
        """Wrap already compiled models; most callers want ``load``."""
        self.spec = spec
        """The tensors this engine promises."""
        self._watchdog = watchdog
        self._time_limit_s = time_limit_s
        self._grace_s = grace_s
        self._poison = Poison(spec.name)
        self._compiled = compiled[0]  # for the lowering audit
        self._free: queue.LifoQueue[openvino.InferRequest] = queue.LifoQueue()
        for one in compiled:
            self._free.put(one.create_infer_request())

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        model_file: Path,
        *,
        lanes: int,
        precision: Precision = Precision.F32,
        watchdog: Watchdog | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        grace_s: float = GRACE_S,
    ) -> Self:
        """Read a model and compile it for the CPU.

        Args:
            spec: What its manifest promises.
            model_file: The ``.xml`` or ``.onnx`` file.
            lanes: Requests that run at the same time; one more waits for the first to end.
            precision: Number format of the file. f16 computes in f16 where the processor can (ARM
                with FP16), elsewhere its weights are widened; f32 and the float layers of int8
                compute in f32 everywhere.
            watchdog: Shared with other engines; None makes one.
            time_limit_s: A request that takes longer is an error.
            grace_s: One that takes this much longer still poisons the engine.

        Raises:
            ModelLoadError: The file is missing, OpenVINO cannot compile it, or its tensors are not
                those of the spec.
        """
        try:
            core = openvino.Core()
            options: dict[str, Any] = {
                "NUM_STREAMS": 1,
                "INFERENCE_NUM_THREADS": 1,
                # Pinned, two lanes with two models run at half speed (docs/DESIGN.md, 2).
                "ENABLE_CPU_PINNING": False,
                # Fused subgraphs are no faster on these models (1.00 to 1.08 of the time without,
                # in turn) and hold 6 to 10 MB more for each copy of the encoder.
                "SNIPPETS_MODE": "DISABLE",
                "INFERENCE_PRECISION_HINT": precision_hint(
                    precision, core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
                ),
            }
            model = core.read_model(model_file)
            compiled = [core.compile_model(model, "CPU", options) for _ in range(lanes)]
        except RuntimeError as error:
            msg = f"{spec.name}: OpenVINO cannot load {model_file}"
            raise ModelLoadError(msg) from error
        check_names(
            spec,
            inputs=[port.get_names() for port in compiled[0].inputs],
            outputs=[port.get_names() for port in compiled[0].outputs],
        )
        _fill_type_tables()
        if watchdog is None:
            watchdog = Watchdog(period_s=time_limit_s / LOOKS_PER_LIMIT)
        return cls(spec, compiled, watchdog=watchdog, time_limit_s=time_limit_s, grace_s=grace_s)

    @property
    def stuck(self) -> str:
        """Why the engine refuses all work; see ``InferenceEngine.stuck``."""
        return self._poison.cause

    def session(self) -> "OpenVinoSession":
        """Return a new session; see ``InferenceEngine.session``."""
        limit = TimeLimit(
            model=self.spec.name,
            runtime="OpenVINO",
            poison=self._poison,
            time_limit_s=self._time_limit_s,
            grace_s=self._grace_s,
        )
        self._watchdog.watch(limit)
        return OpenVinoSession(self.spec, self._free, poison=self._poison, limit=limit)


class OpenVinoSession:
    """One worker's view of the model, with its own time limit; borrows a request for each call."""

    def __init__(
        self,
        spec: ModelSpec,
        free: "queue.LifoQueue[openvino.InferRequest]",
        *,
        poison: Poison,
        limit: TimeLimit,
    ) -> None:
        """Wrap the engine's requests; ``OpenVinoEngine.session`` is the way to get one."""
        self._spec = spec
        self._free = free
        self._poison = poison
        self._limit = limit

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        arrays = take_inputs(self._spec, inputs)
        request = self._borrow()
        self._limit.begin(request.cancel)
        try:
            self._mark_outputs(request)
            # Shared: the request reads the arrays where they are, and has ended when this returns.
            request.infer(arrays, share_inputs=True, share_outputs=True)
            results = self._copy_outputs(request)
        except RuntimeError as error:
            self._limit.check(error)
            msg = f"{self._spec.name}: OpenVINO failed to run"
            raise InferenceError(msg) from error
        finally:
            self._limit.end()
            self._free.put(request)
        self._limit.check(None)
        return results

    def _borrow(self) -> openvino.InferRequest:
        """Take a free request; they are all taken only where more workers than lanes ask."""
        while True:
            self._poison.check()
            try:
                return self._free.get(timeout=_LOOK_AGAIN_S)
            except queue.Empty:  # perhaps a request never ends
                continue

    def _mark_outputs(self, request: openvino.InferRequest) -> None:
        """Write a mark where results will stand.

        OpenVINO swallows the errors of synchronous requests on single-stream models (2026.4.1,
        seen with inputs that do not fit each other): the call returns, and the outputs are those
        of the call before.
        """
        for tensor in self._spec.outputs:
            bits = _bits(request, tensor.name)
            if bits.size > 0:
                bits[0] = _MARK

    def _copy_outputs(self, request: openvino.InferRequest) -> dict[str, Float32Array]:
        """Return copies: without them the next frame would overwrite this one's results.

        Raises:
            RuntimeError: The mark is still there, or there never was a result.
        """
        results: dict[str, Float32Array] = {}
        for tensor in self._spec.outputs:
            bits = _bits(request, tensor.name)
            if bits.size == 0 or bits[0] == _MARK:
                msg = f"no result in {tensor.name}"
                raise RuntimeError(msg)
            results[tensor.name] = np.array(request.get_tensor(tensor.name).data, dtype=np.float32)
        return results


def _bits(request: openvino.InferRequest, name: str) -> NDArray[np.uint32]:
    """Return a flat view of a float32 output."""
    flat = request.get_tensor(name).data.reshape(-1)
    bits: NDArray[np.uint32] = flat.view(np.uint32)
    return bits


def precision_hint(precision: Precision, capabilities: Iterable[str]) -> str:
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
