"""Engines and cameras that tell a meter what they cost; only measured boxes have them."""

from collections.abc import Callable, Mapping

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.models import ModelSpec
from appliance.metering.meter import CpuMeter
from appliance.ports import FrameSource, InferenceEngine, InferenceSession

DECODE = "decode"
"""Stage of reading frames from their sources: demultiplexing, decoding, conversion to BGR."""


class MeteredSession:
    """A request whose time is taken."""

    def __init__(self, infer: Callable[[Mapping[str, AnyArray]], dict[str, Float32Array]]) -> None:
        """Take the measured call."""
        self._infer = infer

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Run the model once; see ``InferenceSession.infer``."""
        return self._infer(inputs)


class MeteredEngine:
    """An engine whose requests are booked under the model's name."""

    def __init__(self, engine: InferenceEngine, meter: CpuMeter) -> None:
        """Wrap an engine."""
        self._engine = engine
        self._meter = meter

    @property
    def spec(self) -> ModelSpec:
        """The tensors this engine promises."""
        return self._engine.spec

    @property
    def stuck(self) -> str:
        """Why the engine refuses all work; see ``InferenceEngine.stuck``."""
        return self._engine.stuck

    def session(self) -> InferenceSession:
        """Return a new measured request; see ``InferenceEngine.session``."""
        return MeteredSession(self._meter.timed(self.spec.name, self._engine.session().infer))


class MeteredSource:
    """A camera whose reading is booked as decoding."""

    def __init__(self, source: FrameSource, meter: CpuMeter) -> None:
        """Wrap a source."""
        self._source = source
        self._read = meter.timed(DECODE, source.read)

    @property
    def camera(self) -> CameraKey:
        """Key of the camera in the configuration."""
        return self._source.camera

    def open(self) -> None:
        """Connect; see ``FrameSource.open``."""
        self._source.open()

    def read(self) -> Frame | None:
        """Return the next frame; see ``FrameSource.read``."""
        return self._read()

    def close(self) -> None:
        """Release the device; see ``FrameSource.close``."""
        self._source.close()
