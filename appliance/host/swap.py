"""Whether memory with frames in it could be written to a disk."""

from pathlib import Path

import structlog

SWAPS = Path("/proc/swaps")
GROUP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")

IN_MEMORY = "/dev/zram"
"""A swap device that is memory itself (docs.kernel.org, zram); it may have a disk behind it only
where somebody has set one up."""


def warn_of_swap() -> None:
    """Say so in the log, at the start, where pictures could reach a disk."""
    if told := frames_could_be_swapped():
        structlog.get_logger().warning("swap_is_on", problem=told)


def frames_could_be_swapped(
    *, swaps: Path = SWAPS, group: Path = GROUP, groups: Path = GROUPS
) -> str:
    """Say what is wrong and what to do about it; empty where no frame can reach a swap.

    Locking the memory instead is no way: without privileges a process may lock 8 MB, and one that
    locks what is still to come dies at the limit.

    Args:
        swaps: The kernel's list.
        group: Which control group the process is in.
        groups: Where the groups' limits are (cgroup v2).
    """
    disks = _disks(swaps)
    if not disks or _forbidden(group, groups):
        return ""
    return (
        f"pictures in memory could be swapped to {', '.join(disks)}; run the box under systemd, "
        "whose unit forbids it, or turn swap off: sudo swapoff -a"
    )


def _disks(swaps: Path) -> list[str]:
    try:
        rows = swaps.read_text(encoding="utf-8").splitlines()[1:]
    except OSError:  # a kernel without swap has no list
        return []
    return [name for row in rows if not (name := row.split()[0]).startswith(IN_MEMORY)]


def _forbidden(group: Path, groups: Path) -> bool:
    """Tell whether this group, or one that it is in, may not swap."""
    try:
        path = group.read_text(encoding="utf-8").strip().rpartition("::/")[2]
    except OSError:
        return False
    folder = groups / path
    while folder != groups:
        try:
            if (folder / "memory.swap.max").read_text(encoding="utf-8").strip() == "0":
                return True
        except OSError:
            pass  # a group without a memory controller
        folder = folder.parent
    return False
