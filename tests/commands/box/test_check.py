"""``classbox check``: says the same as ``classbox run`` would, and always in the form asked for."""

import importlib.util
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from appliance.commands.box.check import Finding, Report, Subject, check_box
from appliance.errors import BrokerError
from appliance.inference.library import packaged_models
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


def set_policy(config: Path, lines: str) -> None:
    """Put lines into the table of the policy."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[policy]", f"[policy]\n{lines}"), encoding="utf-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's artifact is looked at")
def test_an_artifact_is_loaded_as_the_service_does(config: Path, tmp_path: Path) -> None:
    """A file that is none is named, with its setting and what to do about it."""
    tmp_path.chmod(0o755)
    artifact = tmp_path / "junk.policy"
    artifact.write_bytes(b"junk")
    artifact.chmod(0o644)
    set_policy(config, f'learner = "dqn"\nartifact = "{artifact}"')

    report = look(config)

    (policy,) = find(report, Subject.POLICY)
    assert (policy.name, policy.key, policy.file) == ("dqn", "policy.artifact", str(config))
    assert policy.problem == f"{artifact}: this is no artifact of a learned policy"
    assert policy.next_step == (
        "copy the artifact there once more, or leave artifact out for the packaged one"
    )
    assert report.exit_code == 65


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's artifact is looked at")
def test_nothing_is_drawn_of_a_learner_that_is_refused(config: Path, tmp_path: Path) -> None:
    """Chance has the rules alone beside it."""
    tmp_path.chmod(0o755)
    artifact = tmp_path / "junk.policy"
    artifact.write_bytes(b"junk")
    artifact.chmod(0o644)
    set_policy(config, f'explore = true\nlearner = "dqn"\nartifact = "{artifact}"')

    problem, note = find(look(config), Subject.POLICY)

    assert problem.problem
    assert note.name == "rules"
    assert "what the rules would do is sometimes left out" in note.note


def test_a_line_that_cannot_be_read_may_have_named_another_learner(config: Path) -> None:
    """So nothing is said of the policy that the rest of the file comes to."""
    set_policy(config, "learner = dqn\nexplore = true")

    report = look(config)

    assert find(report, Subject.POLICY) == []
    assert [one.next_step for one in report.findings if one.problem] == [
        'put text in quotes: learner = "…"'
    ]


def test_the_packaged_artifact_is_fine(config: Path) -> None:
    """It is loaded, and stands there like the models."""
    set_policy(config, 'learner = "dqn"')

    assert [(one.name, one.problem, one.note) for one in find(look(config), Subject.POLICY)] == [
        ("dqn", "", "")
    ]


def test_without_models_no_learner_is_blamed(config: Path, tmp_path: Path) -> None:
    """Its artifact belongs to a fusion model; that there is none is said once."""
    models = tmp_path / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("*.onnx", "*.bin"))
    (models / "fusion" / "manifest.toml").write_text("junk = [")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[box]", f'[box]\nmodels_dir = "{models}"'))
    set_policy(config, 'learner = "dqn"')

    report = look(config)

    assert [one.problem for one in find(report, Subject.POLICY)] == [""]
    assert find(report, Subject.MODELS)[0].problem


@pytest.mark.parametrize("learner", ["rules", "dqn"])
def test_research_on_pupils_is_said_though_nothing_is_wrong(config: Path, learner: str) -> None:
    """For people and for machines; also where the rules alone decide."""
    set_policy(config, f'explore = true\nlearner = "{learner}"')

    report = look(config)
    said = run_classbox("check", "--offline", "--config", str(config))

    told = find(report, Subject.POLICY)[-1]
    assert told.note.startswith("explore is on, so benign actions are drawn by lot")
    assert "This is research on pupils" in told.note
    assert report.rows()[-1]["note"] == told.note
    assert (report.exit_code, said.returncode) == (0, 0)
    assert f"! policy {learner}: {told.note}\n" in said.stdout


def test_an_artifact_that_nobody_reads_is_said(config: Path, tmp_path: Path) -> None:
    """With the rules, whoever placed it learns that it changes nothing."""
    artifact = tmp_path / "x.policy"
    artifact.write_bytes(b"")
    set_policy(config, f'artifact = "{artifact}"')

    said = [one.note for one in find(look(config), Subject.POLICY)]

    assert said == [f'{artifact} is not read, because learner = "rules"']
