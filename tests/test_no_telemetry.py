"""No library opens a network socket or writes into HOME while models are loaded and run.

The kernel is the witness: a seccomp filter kills the process on the first internet socket, opened
from Python or from native code. Libraries fall silent when ``CI`` is set, so it is removed.
"""

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FILTER = """
import ctypes, struct, sys
# audit architecture and number of socket(2): x86-64, and the generic table that arm64 uses
ARCH, SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}[sys.argv[1]]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
KILL, ALLOW = 0x80000000, 0x7FFF0000
AF_INET, AF_INET6 = 2, 10
def step(code, k, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, k)
program = b"".join([
    step(LOAD, 4), step(EQUAL, ARCH, 0, 5),
    step(LOAD, 0), step(EQUAL, SOCKET, 0, 3),
    step(LOAD, 16), step(EQUAL, AF_INET, 2, 0), step(EQUAL, AF_INET6, 1, 0),
    step(RETURN, ALLOW), step(RETURN, KILL),
])
buffer = ctypes.create_string_buffer(program)
header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, ctypes.c_char_p(header), 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP
"""

RUN_EVERY_ENGINE = """
import numpy as np
from appliance.domain.models import Backend
from appliance.inference.library import EngineChoice, ModelLibrary, packaged_models
import cv2, jsonschema, paho.mqtt.client, pydantic, sqlite_utils, structlog, rich, typer
library = ModelLibrary(None, lanes=1)
dtypes = {"u8": np.uint8, "f32": np.float32, "bool": np.bool_}
ran = 0
for folder in sorted(packaged_models().glob("*/manifest.toml")):
    spec = library.spec(folder.parent.name)
    for backend in Backend:
        session = library.load(spec.name, choice=EngineChoice(backend.value)).session()
        shapes = {t.name: [2 if size == -1 else size for size in t.shape] for t in spec.inputs}
        session.infer({t.name: np.zeros(shapes[t.name], dtypes[t.dtype]) for t in spec.inputs})
        ran += 1
print(ran)
"""

OPEN_A_SOCKET = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"

needs_filter = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the socket filter is written for Linux on x86-64 and ARM64",
)


def run_filtered(body: str, *, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Python code in a fresh process that dies at its first internet socket."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", FILTER + body, platform.machine()],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@needs_filter
def test_every_engine_runs_without_a_socket_or_a_file_in_home(tmp_path: Path) -> None:
    """All packaged models, on both run times."""
    result = run_filtered(RUN_EVERY_ENGINE, home=tmp_path)

    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 2
    assert list(tmp_path.iterdir()) == []


@needs_filter
def test_the_witness_sees_a_socket(tmp_path: Path) -> None:
    """The test above can fail."""
    assert run_filtered(OPEN_A_SOCKET, home=tmp_path).returncode == -signal.SIGSYS
