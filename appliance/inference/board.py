"""What a timing depends on beside the model: the processor and the versions of the run times."""

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

_FIELDS = (
    # x86-64
    "model name",
    "cpu family",
    "model",
    "stepping",
    # ARM64, where the kernel knows no name
    "CPU implementer",
    "CPU variant",
    "CPU part",
    "CPU revision",
)
_INSTRUCTIONS = ("flags", "Features")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardKey:
    """Two boards with the same key may share a result."""

    processor: str
    """Architecture, model and a hash of the instruction sets."""

    openvino: str
    """Version of OpenVINO."""

    onnxruntime: str
    """Version of ONNX Runtime."""


def read_board_key(cpuinfo: Path = CPUINFO) -> BoardKey:
    """Read the key of this board; neither run time is imported."""
    return BoardKey(
        processor=_processor(cpuinfo),
        openvino=version("openvino"),
        onnxruntime=version("onnxruntime"),
    )


def _processor(cpuinfo: Path) -> str:
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux, or hidden: the architecture has to do
        text = ""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())  # the first core stands for all
    known = [fields[name] for name in _FIELDS if name in fields]
    instructions = " ".join(fields.get(name, "") for name in _INSTRUCTIONS)
    digest = hashlib.sha256(instructions.encode()).hexdigest()[:8]
    return " ".join([platform.machine(), *known, digest])
