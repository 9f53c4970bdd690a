"""Threads share one arena, and freed memory goes back."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import ctypes, re, sys, threading
from appliance.host.memory import return_freed_memory, share_one_arena

if sys.argv[1] == "shared":
    share_one_arena()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
meeting = threading.Barrier(5)

def take():
    libc.malloc(100_000)
    meeting.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
meeting.wait()
return_freed_memory()
stream = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, stream)
libc.fclose(stream)
print(len(re.findall("<heap nr=", open(sys.argv[2]).read())))
"""


def count_arenas(how: str, report: str) -> int:
    """Return the arenas of a process in which four threads have allocated."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, report], capture_output=True, text=True, check=True
    )
    return int(result.stdout)


def test_all_threads_share_one_arena(tmp_path: Path) -> None:
    """Without the call they do not."""
    report = str(tmp_path / "malloc.xml")

    assert count_arenas("shared", report) == 1
    assert count_arenas("as they come", report) > 1
