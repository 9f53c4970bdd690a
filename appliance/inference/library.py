"""The model folder as a whole: which models there are, and an engine for each."""

import platform
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import assert_never

from appliance.domain.models import Backend, ModelFile, ModelSpec, Precision
from appliance.errors import ModelLoadError
from appliance.inference.limits import TIME_LIMIT_S
from appliance.inference.manifest import read_manifest
from appliance.inference.watchdog import LOOKS_PER_LIMIT, Watchdog
from appliance.ports import InferenceEngine


class EngineChoice(StrEnum):
    """What the configuration may ask for."""

    AUTO = "auto"
    OPENVINO = "openvino"
    ONNX = "onnx"


X86_64 = "x86_64"
"""``platform.machine()`` of the processors on which OpenVINO computes INT8 in integers. On ARM it
does not: the audit counts no INT8 layer there, and float16 reference kernels in their place."""


class ModelLibrary:
    """Finds models by name in one folder and loads them on the asked run time."""

    def __init__(
        self, models_dir: Path | None, *, lanes: int, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        """Take a folder.

        Args:
            models_dir: None means the models in the installed package.
            lanes: Requests of one model that run at the same time.
            time_limit_s: A request that takes longer is an error.
        """
        self.models_dir = models_dir if models_dir is not None else packaged_models()
        """Where the models lie."""
        self.lanes = lanes
        """Requests of one model that run at the same time."""
        self.time_limit_s = time_limit_s
        """A request that takes longer is an error."""
        self._watchdog = Watchdog(period_s=time_limit_s / LOOKS_PER_LIMIT)

    def spec(self, name: str) -> ModelSpec:
        """Read and verify one model.

        Raises:
            ModelLoadError: Missing, malformed, truncated or altered.
        """
        return read_manifest(self.models_dir / name)

    def load(
        self, name: str, *, choice: EngineChoice, precision: Precision | None = None
    ) -> InferenceEngine:
        """Verify, load and compile one model.

        Args:
            name: Folder of the model.
            choice: Run time; AUTO takes the safe default.
            precision: Number format; None takes the manifest's default for the run time, which is
                f32 where the manifest names none.

        Raises:
            ModelLoadError: As ``spec``, or the run time cannot compile it, or the model does not
                exist for the asked run time.
        """
        spec = self.spec(name)
        return self.load_file(spec, pick_file(spec, choice=choice, precision=precision))

    def load_file(
        self, spec: ModelSpec, file: ModelFile, *, at_once: int | None = None
    ) -> InferenceEngine:
        """Load and compile one form of a verified model.

        A run time is imported here, when its first model is loaded: a box whose models all run on
        one never holds the other in memory.

        Args:
            spec: The model.
            file: Its form.
            at_once: Requests that may run at the same time, each of which holds memory; None is
                one for each lane.

        Raises:
            ModelLoadError: The run time cannot load it.
        """
        match file.backend:
            case Backend.OPENVINO:
                from appliance.inference.openvino_engine import OpenVinoEngine  # noqa: PLC0415

                return OpenVinoEngine.load(
                    spec,
                    file.path,
                    lanes=self.lanes if at_once is None else at_once,
                    precision=file.precision,
                    watchdog=self._watchdog,
                    time_limit_s=self.time_limit_s,
                )
            case Backend.ONNX:
                from appliance.inference.onnx_engine import OnnxEngine  # noqa: PLC0415

                return OnnxEngine.load(
                    spec, file.path, watchdog=self._watchdog, time_limit_s=self.time_limit_s
                )
            case _:
                assert_never(file.backend)


def packaged_models() -> Path:
    """Return the folder of models that came with the package."""
    # Resolved, as messages name it: of a clone it is found by way of the virtual environment.
    return Path(str(files("optimized_models"))).resolve()


def safe_backend(machine: str) -> Backend:
    """Return the run time that suits a processor that has not been timed."""
    return Backend.OPENVINO if machine == X86_64 else Backend.ONNX


def pick_file(
    spec: ModelSpec,
    *,
    choice: EngineChoice,
    precision: Precision | None = None,
    machine: str = platform.machine(),
) -> ModelFile:
    """Return the form that ``ModelLibrary.load`` takes; see there.

    Args:
        spec: The model.
        choice: Run time; AUTO is safe until a board has timed its candidates (docs/DESIGN.md, 10):
            OpenVINO on x86-64, ONNX Runtime elsewhere.
        precision: Number format; None is the manifest's default where the run time lowers it.
        machine: Processor, as ``platform.machine()`` names it.

    Raises:
        ModelLoadError: The model does not exist in that form.
    """
    backend = Backend(choice.value) if choice is not EngineChoice.AUTO else safe_backend(machine)
    offered = [file for file in spec.files if file.backend is backend]
    if precision is None:
        lowered = machine == X86_64 or backend is Backend.ONNX
        defaults = [file.precision for file in offered if file.default]
        precision = defaults[0] if defaults and lowered else Precision.F32
    for file in offered:
        if file.precision is precision:
            return file
    offers = ", ".join(f"{file.backend}/{file.precision}" for file in spec.files)
    msg = f"{spec.name}: no file for {backend}/{precision}; the manifest offers {offers}"
    raise ModelLoadError(msg)
