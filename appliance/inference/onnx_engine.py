"""InferenceEngine on ONNX Runtime; the only module that imports ``onnxruntime``."""

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
from appliance.inference.time_limit import TimeLimit
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
        self.spec = spec
        """The tensors this engine promises."""
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
    def stuck(self) -> str:
        """Why the engine refuses all work; see ``InferenceEngine.stuck``."""
        return self._poison.cause

    def session(self) -> "OnnxSession":
        """Return a new request; see ``InferenceEngine.session``."""
        limit = TimeLimit(
            model=self.spec.name,
            runtime="ONNX Runtime",
            poison=self._poison,
            time_limit_s=self._time_limit_s,
            grace_s=self._grace_s,
        )
        self._watchdog.watch(limit)
        return OnnxSession(self.spec, self._loaded, poison=self._poison, limit=limit)


class OnnxSession:
    """One lane's view of the model, with its own time limit."""

    def __init__(
        self,
        spec: ModelSpec,
        loaded: onnxruntime.InferenceSession,
        *,
        poison: Poison,
        limit: TimeLimit,
    ) -> None:
        """Wrap a loaded model; ``OnnxEngine.session`` is the way to get one."""
        self._spec = spec
        self._loaded = loaded
        self._poison = poison
        self._limit = limit
        self._names = [tensor.name for tensor in spec.outputs]
        self._run = _run_options()

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        arrays = take_inputs(self._spec, inputs)
        self._poison.check()
        self._limit.begin(self._cancel)
        try:
            results = self._loaded.run(self._names, arrays, self._run)
        # Its errors share no base class below Exception.
        except Exception as error:
            self._end()
            self._limit.check(error)
            msg = f"{self._spec.name}: ONNX Runtime failed to run"
            raise InferenceError(msg) from error
        self._end()
        self._limit.check(None)
        return {
            name: np.asarray(result, dtype=np.float32)
            for name, result in zip(self._names, results, strict=True)
        }

    def _cancel(self) -> None:
        self._run.terminate = True

    def _end(self) -> None:
        self._limit.end()
        if self._run.terminate:
            self._run = _run_options()


def _run_options() -> onnxruntime.RunOptions:
    options = onnxruntime.RunOptions()
    options.log_severity_level = _FATAL_ONLY
    return options
