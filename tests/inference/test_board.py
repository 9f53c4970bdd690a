"""The key of a board changes with what a timing depends on."""

import platform
from importlib.metadata import version
from pathlib import Path

from appliance.inference.board import read_board_key

X86 = "processor : 0\nmodel name : Some CPU\nmodel : 25\nflags : fpu avx2\n\nprocessor : 1\n"
ARM = "processor : 0\nFeatures : fp asimd asimddp\nCPU implementer : 0x41\nCPU part : 0xd0b\n"


def processor(folder: Path, text: str) -> str:
    """Return what a board with this ``/proc/cpuinfo`` is called."""
    file = folder / "cpuinfo"
    file.write_text(text, encoding="utf-8")
    return read_board_key(file).processor


def test_the_processor_is_named_with_its_instructions(tmp_path: Path) -> None:
    """Model and instruction sets count; order of cores and clock do not."""
    name = processor(tmp_path, X86)

    assert name.startswith(f"{platform.machine()} Some CPU 25 ")
    assert processor(tmp_path, f"{X86}cpu MHz : 2000\nflags : other\n") == name
    assert processor(tmp_path, X86.replace("avx2", "avx512")) != name
    assert "0x41 0xd0b" in processor(tmp_path, ARM)
    assert processor(tmp_path, ARM) != processor(tmp_path, ARM.replace("asimddp", ""))


def test_a_system_without_that_file_still_has_a_key(tmp_path: Path) -> None:
    """The architecture has to do."""
    key = read_board_key(tmp_path / "absent")

    assert key.processor.startswith(platform.machine())
    assert (key.openvino, key.onnxruntime) == (version("openvino"), version("onnxruntime"))
