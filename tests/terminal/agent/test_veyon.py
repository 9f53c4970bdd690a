"""Veyon's lock as it looks from this computer's processes, and the real one where it is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.terminal.agent.veyon import SCREEN_LOCK, VeyonScreen

ROOT = Path(__file__).parents[3]


def process(table: Path, number: int, *words: str, parent: int = 1) -> None:
    """Add a process."""
    folder = table / str(number)
    folder.mkdir(parents=True)
    (folder / "cmdline").write_bytes("\0".join((*words, "")).encode())
    (folder / "stat").write_text(f"{number} (a) name) S {parent} 1 1")


@pytest.mark.parametrize(
    ("words", "locked"),
    [
        (("/usr/bin/veyon-worker", f"{{{SCREEN_LOCK}}}"), True),
        (("/usr/bin/veyon-worker", "{8e997d84-ebb9-430f-8f72-d45d9821963d}"), False),
        (("/usr/bin/vi", f"{{{SCREEN_LOCK}}}"), False),
        (("",), False),  # one that has ended and that nobody has asked about
    ],
)
def test_a_screen_is_locked_by_a_worker(
    tmp_path: Path, words: tuple[str, ...], locked: bool
) -> None:
    """Of this feature and of no other."""
    process(tmp_path, 41, "/usr/bin/veyon-server")
    process(tmp_path, 42, *words, parent=41)
    (tmp_path / "self").mkdir()

    assert VeyonScreen(processes=tmp_path).locked() is locked


def test_without_veyon_nothing_is_locked_and_nothing_fails(tmp_path: Path) -> None:
    """The page covers itself, as everywhere."""
    screen = VeyonScreen(command=str(tmp_path / "missing"), processes=tmp_path)

    screen.begin()
    assert not screen.locked()
    assert screen.end()


@pytest.mark.long
def test_a_real_lock_comes_and_goes() -> None:
    """Four of those of ``make locks``, on a machine apart; a teacher's own lock stays."""
    if shutil.which("veyon-server") is None or shutil.which("Xvfb") is None:
        pytest.skip("needs veyon-service, veyon-plugins, x11vnc and Xvfb")
    allowed = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "true"], check=False
    )
    if os.geteuid() != 0 or allowed.returncode != 0:
        pytest.skip("needs root that may make namespaces")

    done = subprocess.run(
        [sys.executable, "-m", "acceptance.locks", "--cycles", "4", "--whole", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'packaging'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "locks": 4,
        "late": 0,
        "unseen": 0,
        "teachers_kept": True,
    }
