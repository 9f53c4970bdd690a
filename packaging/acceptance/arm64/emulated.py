"""A Debian of another processor: every program in it is emulated, one by one."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROCESSOR = "cortex-a76"
"""That of a Raspberry Pi 5."""

BINFMT = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")

WITHOUT_EMULATION = (
    "this kernel starts no ARM64 programs: sudo apt-get install qemu-user-static binfmt-support, "
    "and look that binfmt_misc is mounted"
)


def emulates() -> bool:
    """Tell whether ARM64 programs start here, also where the emulator is out of their sight."""
    return BINFMT.exists() and "F" in BINFMT.read_text(encoding="ascii").partition("flags:")[2]


@dataclass(frozen=True, slots=True)
class Emulated:
    """A file system whose programs are run one at a time, without network."""

    root: Path

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        timeout_s: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as root and return what it said; never raises for its exit code.

        Args:
            command: And its arguments.
            environment: Beside what every login has.
            timeout_s: Longest run; then its exit code is -9.
        """
        inside = ["systemd-nspawn", "--quiet", "--pipe", "--private-network", "--register=no"]
        inside += ["--keep-unit", "--resolv-conf=off", "--directory", str(self.root)]
        for name, value in {"QEMU_CPU": PROCESSOR, **environment}.items():
            inside.append(f"--setenv={name}={value}")
        try:
            return subprocess.run(
                [*inside, *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired as late:
            said = (late.stdout or b"").decode(errors="replace")
            return subprocess.CompletedProcess(command, -9, said, f"cut off after {timeout_s:g} s")


@contextlib.contextmanager
def emulated(blank: Path, files: Mapping[str, Path]) -> Iterator[Emulated]:
    """Copy a blank Debian, put files on it, and throw it away in the end."""
    with tempfile.TemporaryDirectory(prefix="emulated-", dir=blank.parent) as scratch:
        root = Path(scratch) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(blank), str(root)], check=True)
        for place, source in files.items():
            shutil.copy(source, root / place)
        yield Emulated(root)
