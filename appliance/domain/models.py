"""What a model promises: its tensors and its files."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Backend(StrEnum):
    """Inference run times."""

    OPENVINO = "openvino"
    ONNX = "onnx"


class Precision(StrEnum):
    """Number format that a model file computes in."""

    F32 = "f32"
    F16 = "f16"
    INT8 = "int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output of a model."""

    name: str
    """Name that connects arrays to the tensor."""

    dtype: str
    """``u8``, ``f32`` or ``bool``."""

    shape: tuple[int, ...]
    """Size per axis; -1 where it is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One compiled form of a model."""

    backend: Backend
    """Which run time reads it."""

    precision: Precision
    """What it computes in."""

    path: Path
    """The ``.onnx`` or ``.xml`` file."""

    default: bool = False
    """True for the form that its run time loads when no precision is asked for."""

    proven: bool = False
    """True where measurement has shown that an int8 form is as accurate as it has to be."""

    @property
    def trusted(self) -> bool:
        """Whether the form may be chosen for its speed alone; f32 and f16 always may."""
        return self.precision is not Precision.INT8 or self.proven


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Everything needed to load one model."""

    name: str
    """Folder name in ``optimized_models``."""

    version: str
    """Version of the weights."""

    inputs: tuple[TensorSpec, ...]
    """Tensors that go in."""

    outputs: tuple[TensorSpec, ...]
    """Tensors that come out."""

    files: tuple[ModelFile, ...]
    """The forms it exists in; every hash has been checked."""

    digest: str
    """SHA-256 over the file hashes, for info messages and caches."""

    made_for: tuple[str, ...] = ()
    """Names and versions of the encoders whose tokens a fusion model reads; empty for others."""

    @property
    def title(self) -> str:
        """Name and version, as a sensor names its encoder."""
        return f"{self.name} {self.version}"
