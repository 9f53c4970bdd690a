"""A crash leaves no picture behind."""

import subprocess
import sys

PROGRAM = """
import ctypes, resource
from appliance.host.core_dumps import forbid_core_dumps
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
forbid_core_dumps()
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_the_process_can_no_longer_be_dumped() -> None:
    """PR_GET_DUMPABLE was 1 and is 0, and the limit on core files is 0."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["1", "0", "0", "0"]
