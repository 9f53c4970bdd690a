"""The wheel alone, far from the checkout, checks a box and runs the whole demo.

This is the acceptance test of the product: the packaged clip goes through the packaged models, a
real Mosquitto, real terminals and a real database, and what comes out is compared with Table 1.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.service import write_config

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[3]
NOT_SOURCE = (".venv", ".git", "tests", "build", "dist", "*.egg-info", "__pycache__", ".*_cache")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ``classbox`` of an environment into which only the wheel was installed.

    The libraries it depends on are lent by the environment of the tests through a path file; the
    package itself is not, because editable installs are not followed from there.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(*NOT_SOURCE))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, *build, str(source)], check=True, capture_output=True)
    shutil.rmtree(source)
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    found = subprocess.check_output(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(found.strip()) / "libraries.pth").write_text("\n".join(sorted(libraries)))
    (wheel,) = folder.glob("classbox-*.whl")
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    return environment / "bin" / "classbox"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in an empty folder, without a trace of the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(command), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_the_package_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The checkout is not what the other tests of this file run."""
    code = (
        "import appliance, optimized_models; print(appliance.__file__, optimized_models.__file__)"
    )

    result = run(installed.with_name("python"), "-c", code, cwd=tmp_path)

    assert result.stdout.count(str(installed.parents[1])) == 2
    assert str(ROOT) not in result.stdout


def test_the_wheel_checks_a_box(installed: Path, tmp_path: Path) -> None:
    """Models, camera, broker and state folder are found without the checkout."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_config(tmp_path, port=broker.port, cameras={"a": f'source = "{clip}"'})
        result = run(installed, "check", "--config", str(config), cwd=tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_wheel_makes_the_page_for_the_door(installed: Path, tmp_path: Path) -> None:
    """Sentences and style come with it."""
    config = write_config(tmp_path, cameras={"a": 'source = "/dev/video0"'})
    asked = ("door-page", "--language", "de", "--config", str(config))

    result = run(installed, *asked, cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "Wie man Nein sagt" in result.stdout
    assert "@page" in result.stdout


@pytest.fixture(scope="module")
def report(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the last line of ``classbox demo --json``."""
    result = run(installed, "demo", "--json", cwd=tmp_path_factory.mktemp("demo"))
    assert result.returncode == 0, result.stderr
    last: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return last


@pytest.mark.broker
def test_the_tiring_seat_gets_what_table_1_names(report: dict[str, Any]) -> None:
    """A reminder with a 30 s lock for the one on the left; a gentle break at most on the right.

    The rows for fatigue may follow one after the other: reminder, rest, a teacher.
    """
    by_seat: dict[str, set[str]] = {"left": set(), "right": set()}
    for one in report["interventions"]:
        by_seat[one["seat"]].add(one["action"])

    assert "reminder_lock_30s" in by_seat["left"]
    assert by_seat["left"] <= {"reminder_lock_30s", "mandatory_rest", "contact_teacher"}
    assert by_seat["right"] <= {"none", "focus_break"}
    for one in report["interventions"]:
        if one["action"] == "reminder_lock_30s":
            assert one["state"] == "fatigued"
            assert one["intensity"] > 0.6
            assert one["duration_s"] > 180


@pytest.mark.broker
def test_the_terminal_acknowledges_over_the_real_broker(report: dict[str, Any]) -> None:
    """Every command that was published was received and shown."""
    # Calling a teacher is an alert and no command.
    commands = [one for one in report["interventions"] if one["action"] != "contact_teacher"]
    assert report["published"] == report["acknowledged"] == len(commands) > 0
    assert all("received" in one["terminal"] for one in commands)


@pytest.mark.broker
def test_all_of_the_clip_is_accounted_for(report: dict[str, Any]) -> None:
    """Every second of both seats is in some state, and every readable token is in SQLite."""
    assert report["video_s"] >= 360
    for seat in report["seats"].values():
        assert sum(seat["states"].values()) == pytest.approx(report["video_s"], abs=0.5)
        assert seat["frames"] >= 0.99 * 15 * report["video_s"]
    seen_s = sum(
        sum(seat["states"].values()) - seat["states"]["absent"] for seat in report["seats"].values()
    )
    assert report["feature_rows"] == pytest.approx(5 * seen_s, abs=10)
    assert report["speed"] > 1


def test_without_its_models_the_demo_fails(installed: Path, tmp_path: Path) -> None:
    """Nothing decides in the models' place."""
    models = next(installed.parents[1].glob("lib/python*/site-packages/optimized_models"))
    hidden = models.with_name("hidden")
    models.rename(hidden)
    models.mkdir()
    shutil.copy(hidden / "__init__.py", models)
    try:
        result = run(installed, "demo", "--json", cwd=tmp_path)
    finally:
        shutil.rmtree(models)
        hidden.rename(models)

    assert result.returncode == 65
    assert "manifest.toml: cannot be read" in result.stderr
    assert result.stdout == ""
