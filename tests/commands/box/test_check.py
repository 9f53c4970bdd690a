"""``classbox check``: says the same as ``classbox run`` would, and always in the form asked for."""

import importlib.util
import json
import time
from pathlib import Path

import pytest

from appliance.commands.box.check import Finding, Report, Subject, check_box
from appliance.errors import BrokerError
from appliance.settings.load import examine
from appliance.settings.tree import Settings
from tests.support.clips import write_clip
from tests.support.service import run_classbox, write_config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A box with a clip for a camera, whose broker is away."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    return write_config(tmp_path, cameras={"a": f'source = "{clip}"'})


def add(config: Path, text: str) -> None:
    """Put lines at the end of a configuration."""
    config.write_text(config.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")


def look(config: Path, *, broker: BrokerError | None = None) -> Report:
    """Check a box beside a broker that says one thing, or nothing."""

    def ask(_: Settings) -> list[Finding]:
        if broker is not None:
            raise broker
        return []

    return check_box(examine(config), offline=False, monotonic=time.monotonic, broker=ask)


def find(report: Report, subject: Subject) -> list[Finding]:
    """Return what was found of one kind."""
    return [one for one in report.findings if one.subject is subject]


def test_what_is_right_has_neither_problem_nor_next_step(config: Path) -> None:
    """Models, camera and broker are looked at."""
    report = look(config)

    assert report.exit_code == 0
    assert [one.subject.value for one in report.findings] == [
        "configuration",
        "models",
        "camera",
        "broker",
    ]
    assert {(one.problem, one.file, one.key, one.next_step) for one in report.findings} == {
        ("", "", "", "")
    }


def test_a_problem_beyond_the_configuration_names_its_setting(config: Path) -> None:
    """The broker is away; the line says which setting names it, in which file, and what to do."""
    report = look(config, broker=BrokerError("nobody is there", next_step="start it"))

    (broker,) = find(report, Subject.BROKER)
    assert (broker.problem, broker.next_step) == ("nobody is there", "start it")
    assert (broker.file, broker.key) == (str(config), "mqtt.host")
    assert report.exit_code == 69


def test_what_else_the_broker_shows_is_said_with_it(config: Path) -> None:
    """Its connection is fine, a permission is not: both stand there, and the code is the worse."""
    denied = Finding(subject=Subject.BROKER, name="echo", problem="denied", exit_code=69)

    report = check_box(
        examine(config), offline=False, monotonic=time.monotonic, broker=lambda _: [denied]
    )

    assert [one.problem for one in find(report, Subject.BROKER)] == ["", "denied"]
    assert report.exit_code == 69
    assert report.rows()[-1]["problem"] == "denied"


def test_a_wrong_setting_hides_no_camera(config: Path) -> None:
    """Whatever it does not stand in the way of is looked at in the same round."""
    add(config, '[warning]\nthetta = 0.5\n[cameras.b]\nsource = "/dev/video97"')
    add(config, '[cameras.b.seats.b01]\nterminal = "pc-02"')

    report = look(config)

    (wrong,) = find(report, Subject.CONFIGURATION)
    good, away = find(report, Subject.CAMERA)
    assert (wrong.key, wrong.problem) == ("warning.thetta", "no such setting")
    assert good.problem == ""
    assert (away.name, away.key) == ("b", "cameras.b.source")
    assert report.exit_code == 78


def test_a_broker_whose_files_are_wrong_is_not_asked(config: Path) -> None:
    """It would say the same once more, in other words."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[mqtt]", '[mqtt]\nca_file = "/none/ca.crt"'))

    report = look(config, broker=BrokerError("nobody should have asked"))

    assert find(report, Subject.BROKER) == []
    assert [one.key for one in find(report, Subject.CONFIGURATION)] == ["mqtt.ca_file"]


def test_looking_makes_no_state_folder(config: Path, tmp_path: Path) -> None:
    """One that root made while looking would not be the service's."""
    look(config)

    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is not None, reason="MediaPipe is installed"
)
def test_a_missing_library_has_one_code(config: Path, tmp_path: Path) -> None:
    """``check`` ends with the code with which ``run`` would."""
    bundle = tmp_path / "pose.task"
    bundle.write_bytes(b"bundle")
    text = config.read_text(encoding="utf-8")
    engines = f'[engines]\npose = "mediapipe"\nmediapipe_model = "{bundle}"'
    config.write_text(text.replace("[engines]", engines))

    checked = run_classbox("check", "--offline", "--json", "--config", str(config))
    run = run_classbox("run", "--config", str(config))

    assert (checked.returncode, run.returncode) == (69, 69), run.stderr
    (models,) = (one for one in json.loads(checked.stdout)["checks"] if one["problem"])
    assert models["problem"].split("; ")[0] in run.stderr
