"""InferenceEngine on ONNX Runtime; the only module that imports ``onnxruntime``."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.tensors import check_inputs

TIME_LIMIT_S = 5.0
"""A request this late is stuck, not slow: the slowest model takes 15 ms (DESIGN.md, 10)."""

_ERRORS_ONLY = 3  # onnxruntime's severity: its warnings would name tensors in the journal


class OnnxEngine:
    """One model loaded once; the session is thread-safe and computes on the caller's thread."""

    def __init__(
        self, spec: ModelSpec, loaded: onnxruntime.InferenceSession, *, time_limit_s: float
    ) -> None:
        """Wrap an already loaded model; most callers want ``load``."""
        self._spec = spec
        self._loaded = loaded
        self._time_limit_s = time_limit_s

    @classmethod
    def load(cls, spec: ModelSpec, model_file: Path, *, time_limit_s: float = TIME_LIMIT_S) -> Self:
        """Read and optimise a model for the CPU.

        Raises:
            ModelLoadError: The file is missing or ONNX Runtime cannot load it.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        try:
            loaded = onnxruntime.InferenceSession(
                str(model_file), options, providers=["CPUExecutionProvider"]
            )
        # Any: its errors share no base class below Exception
        except Exception as error:
            msg = f"{spec.name}: ONNX Runtime cannot load {model_file}"
            raise ModelLoadError(msg) from error
        return cls(spec, loaded, time_limit_s=time_limit_s)

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        return self._spec

    def session(self) -> "OnnxSession":
        """Return a new request; see ``InferenceEngine.session``."""
        return OnnxSession(self._spec, self._loaded, time_limit_s=self._time_limit_s)


class OnnxSession:
    """One lane's view of the model, with its own time limit."""

    def __init__(
        self, spec: ModelSpec, loaded: onnxruntime.InferenceSession, *, time_limit_s: float
    ) -> None:
        """Wrap a loaded model; ``OnnxEngine.session`` is the way to get one."""
        self._spec = spec
        self._loaded = loaded
        self._time_limit_s = time_limit_s
        self._names = [tensor.name for tensor in spec.outputs]

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        check_inputs(self._spec, inputs)
        run = onnxruntime.RunOptions()
        timer = threading.Timer(self._time_limit_s, setattr, (run, "terminate", True))
        timer.daemon = True
        timer.start()
        try:
            results = self._loaded.run(self._names, dict(inputs), run)
        # Its errors share no base class below Exception.
        except Exception as error:
            late = " within its time limit" if run.terminate else ""
            msg = f"{self._spec.name}: ONNX Runtime failed to run{late}"
            raise InferenceError(msg) from error
        finally:
            timer.cancel()
        return {
            name: np.asarray(result, dtype=np.float32)
            for name, result in zip(self._names, results, strict=True)
        }
