"""Writes an audit into ``report.json``, beside what is there, by processor architecture."""

import ctypes
import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from appliance.inference.manifest import read_manifest
from quantization.audit.forms import FormAudit, audit_folder, check_lowering, counts
from quantization.audit.report import REPORT_NAME, read_report

LIBRARIES = ("onnx", "onnxruntime", "openvino")

# Instruction sets that decide between kernels; other flags are nobody's business.
_X86_FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_fp16", "amx_int8", "amx_fp16")
# Linux, arch/arm64/include/uapi/asm/hwcap.h: bit of AT_HWCAP.
_ARM_CAPABILITIES = {"asimdhp": 10, "asimddp": 20, "sve": 22}
# The same of AT_HWCAP2.
_ARM_CAPABILITIES_2 = {"i8mm": 13, "bf16": 14}
_AT_HWCAP, _AT_HWCAP2 = 16, 26  # Linux, include/uapi/linux/auxvec.h


def describe_machine(*, emulated: str | None) -> dict[str, object]:
    """Say what an audit was made on.

    Args:
        emulated: Emulator and processor in words; None on a real one.
    """
    machine: dict[str, object] = {
        "instruction_sets": _instruction_sets(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    # It makes OpenVINO take the kernels of a lesser processor.
    if limit := os.environ.get("ONEDNN_MAX_CPU_ISA"):
        machine["limited_to"] = limit
    machine["emulated"] = emulated is not None
    if emulated is not None:
        machine["emulator"] = emulated
    return machine


def write_audit(
    folder: Path, audits: Sequence[FormAudit], *, machine: dict[str, object], architecture: str
) -> None:
    """Put the audit of a model into its report; everything else in there stays as it is.

    Args:
        folder: Model folder.
        audits: Of its forms.
        machine: From ``describe_machine``.
        architecture: Under which name; an earlier audit of the same name is replaced.

    Raises:
        ModelLoadError: The report is there and cannot be read, or the folder is not as its
            manifest says.
    """
    path = folder / REPORT_NAME
    report = read_report(folder)
    # The digest tells whether the files have changed since.
    entry: dict[str, object] = {"digest": read_manifest(folder).digest, **machine}
    entry |= {audit.key: counts(audit) for audit in audits}
    every = report.get("audit")
    every = {**every, architecture: entry} if isinstance(every, dict) else {architecture: entry}
    report["audit"] = dict(sorted(every.items()))
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def prove_lowering(folder: Path, *, last: Mapping[str, object]) -> None:
    """Audit a model that was just built, refuse it if need be, and write the audit down.

    Args:
        folder: Model folder with manifest and report.
        last: Report of the build before: audits made on other processors are kept, and show by
            their digest whether they are of these files.

    Raises:
        ModelLoadError: A form does not run as it should on this processor.
    """
    audits = audit_folder(folder)
    check_lowering(audits)
    report = {**read_report(folder), "audit": last.get("audit", {})}
    (folder / REPORT_NAME).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    machine = describe_machine(emulated=None)
    write_audit(folder, audits, machine=machine, architecture=platform.machine())


def _instruction_sets() -> list[str]:
    if platform.machine() == "x86_64":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("flags"):
                flags = line.split()
                return [flag for flag in _X86_FLAGS if flag in flags]
        return []
    # Asked of the C library: an emulator answers for the processor it plays, /proc does not.
    ask = ctypes.CDLL(None).getauxval
    ask.restype, ask.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
    return [
        name
        for number, bits in ((_AT_HWCAP, _ARM_CAPABILITIES), (_AT_HWCAP2, _ARM_CAPABILITIES_2))
        for name, bit in bits.items()
        if ask(number) >> bit & 1
    ]
