"""InferenceEngine on ONNX Runtime; the only module that imports ``onnxruntime``."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.limits import GRACE_S, TIME_LIMIT_S, Poison
from appliance.inference.tensors import check_names, take_inputs
from appliance.inference.watchdog import LOOKS_PER_LIMIT, Watchdog

_FATAL_ONLY = 4  # onnxruntime's severity: its errors reach us as exceptions, the journal needs none


class OnnxEngine:
    """One model loaded once; the session is thread-safe and computes on the caller's thread."""

    def __init__(
        self,
        spec: ModelSpec,
        loaded: onnxruntime.InferenceSession,
        *,
        watchdog: Watchdog,
        time_limit_s: float,
        grace_s: float,
    ) -> None:
        """Wrap an already loaded model; most callers want ``load``."""
        self._spec = spec
        self._loaded = loaded
        self._watchdog = watchdog
        self._time_limit_s = time_limit_s
        self._grace_s = grace_s
        self._poison = Poison(spec.name)

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        model_file: Path,
        *,
        watchdog: Watchdog | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        grace_s: float = GRACE_S,
    ) -> Self:
        """Read and optimise a model for the CPU.

        Args:
            spec: What its manifest promises.
            model_file: The ``.onnx`` file.
            watchdog: Shared with other engines; None makes one.
            time_limit_s: A request that takes longer is an error.
            grace_s: One that takes this much longer still poisons the engine.

        Raises:
            ModelLoadError: The file is missing, ONNX Runtime cannot load it, or its tensors are
                not those of the spec.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        for pool in ("intra_op", "inter_op"):
            options.add_session_config_entry(f"session.{pool}.allow_spinning", "0")
        options.log_severity_level = _FATAL_ONLY
        try:
            loaded = onnxruntime.InferenceSession(
                str(model_file), options, providers=["CPUExecutionProvider"]
            )
        # Any: its errors share no base class below Exception
        except Exception as error:
            msg = f"{spec.name}: ONNX Runtime cannot load {model_file}"
            raise ModelLoadError(msg) from error
        check_names(
            spec,
            inputs=[{tensor.name} for tensor in loaded.get_inputs()],
            outputs=[{tensor.name} for tensor in loaded.get_outputs()],
        )
        if watchdog is None:
            watchdog = Watchdog(period_s=time_limit_s / LOOKS_PER_LIMIT)
        return cls(spec, loaded, watchdog=watchdog, time_limit_s=time_limit_s, grace_s=grace_s)

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        return self._spec

    @property
    def stuck(self) -> str:
        """Why the engine refuses all work; see ``InferenceEngine.stuck``."""
        return self._poison.cause

    def session(self) -> "OnnxSession":
        """Return a new request; see ``InferenceEngine.session``."""
        session = OnnxSession(
            self._spec,
            self._loaded,
            poison=self._poison,
            time_limit_s=self._time_limit_s,
            grace_s=self._grace_s,
        )
        self._watchdog.watch(session)
        return session


class OnnxSession:
    """One lane's view of the model, with its own time limit."""

    def __init__(
        self,
        spec: ModelSpec,
        loaded: onnxruntime.InferenceSession,
        *,
        poison: Poison,
        time_limit_s: float,
        grace_s: float,
    ) -> None:
        """Wrap a loaded model; ``OnnxEngine.session`` is the way to get one."""
        self._spec = spec
        self._loaded = loaded
        self._poison = poison
        self._time_limit_s = time_limit_s
        self._grace_s = grace_s
        self._names = [tensor.name for tensor in spec.outputs]
        self._lock = threading.Lock()  # between a request that ends and the watchdog
        self._began_s: float | None = None
        self._run = _run_options()

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        arrays = take_inputs(self._spec, inputs)
        self._poison.check()
        self._began_s = began_s = time.monotonic()
        try:
            results = self._loaded.run(self._names, arrays, self._run)
        # Its errors share no base class below Exception.
        except Exception as error:
            self._end()
            self._refuse_overdue(began_s, error)
            msg = f"{self._spec.name}: ONNX Runtime failed to run"
            raise InferenceError(msg) from error
        self._end()
        self._refuse_overdue(began_s, None)
        return {
            name: np.asarray(result, dtype=np.float32)
            for name, result in zip(self._names, results, strict=True)
        }

    def look(self, now_s: float) -> None:
        """End an overdue request, and give the engine up when it does not end; see ``Watched``."""
        with self._lock:
            if self._began_s is None:
                return
            late_s = now_s - self._began_s - self._time_limit_s
            if late_s > 0:
                self._run.terminate = True
            if late_s > self._grace_s:
                self._poison.spread("ONNX Runtime", after_s=self._time_limit_s)

    def _end(self) -> None:
        with self._lock:
            self._began_s = None
            if self._run.terminate:
                self._run = _run_options()

    def _refuse_overdue(self, began_s: float, error: Exception | None) -> None:
        self._poison.check()
        if time.monotonic() - began_s > self._time_limit_s:
            msg = f"{self._spec.name}: ONNX Runtime did not end within {self._time_limit_s:g} s"
            raise InferenceError(msg) from error


def _run_options() -> onnxruntime.RunOptions:
    options = onnxruntime.RunOptions()
    options.log_severity_level = _FATAL_ONLY
    return options
