"""Whether pictures could reach a disk through swap, from the kernel's own files."""

from pathlib import Path

import pytest

from appliance.host.swap import frames_could_be_swapped

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
FILE = "/var/swap                               file\t\t524284\t\t0\t\t-2\n"
ZRAM = "/dev/zram0                              partition\t524284\t\t0\t\t100\n"


def look(folder: Path, swaps: str, *, limit: str | None = None) -> str:
    """Return what is said of a machine with these swaps and this limit."""
    (folder / "swaps").write_text(swaps, encoding="utf-8")
    (folder / "cgroup").write_text("0::/system.slice/classbox.service\n", encoding="utf-8")
    unit = folder / "groups" / "system.slice" / "classbox.service"
    unit.mkdir(parents=True)
    if limit is not None:
        (unit / "memory.swap.max").write_text(f"{limit}\n", encoding="utf-8")
    return frames_could_be_swapped(
        swaps=folder / "swaps", group=folder / "cgroup", groups=folder / "groups"
    )


@pytest.mark.parametrize(
    ("swaps", "limit", "told"),
    [
        (HEAD, None, False),
        (HEAD + ZRAM, None, False),
        (HEAD + FILE, None, True),
        (HEAD + ZRAM + FILE, "max", True),
        (HEAD + FILE, "0", False),
    ],
)
def test_a_disk_that_may_take_memory_is_named(
    tmp_path: Path, swaps: str, limit: str | None, *, told: bool
) -> None:
    """Unless the unit forbids it; compressed memory is no disk."""
    said = look(tmp_path, swaps, limit=limit)

    assert ("/var/swap" in said) is told
    assert ("sudo swapoff -a" in said) is told


def test_a_slice_that_forbids_it_holds_for_its_units(tmp_path: Path) -> None:
    """The kernel obeys the strictest group on the way."""
    slice_ = tmp_path / "groups" / "system.slice"
    slice_.mkdir(parents=True)
    (slice_ / "memory.swap.max").write_text("0\n", encoding="utf-8")
    (tmp_path / "swaps").write_text(HEAD + FILE, encoding="utf-8")
    (tmp_path / "cgroup").write_text("0::/system.slice/classbox.service\n", encoding="utf-8")

    said = frames_could_be_swapped(
        swaps=tmp_path / "swaps", group=tmp_path / "cgroup", groups=tmp_path / "groups"
    )

    assert said == ""


def test_a_kernel_without_swap_is_fine(tmp_path: Path) -> None:
    """It has no list."""
    said = frames_could_be_swapped(
        swaps=tmp_path / "none", group=tmp_path / "none", groups=tmp_path
    )
    assert said == ""
