"""The commands as an operator meets them: exit codes, messages, and what they leave behind."""

import json
import shutil
from pathlib import Path

import pytest

from appliance.inference.library import packaged_models
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.service import NO_BROKER, run_classbox, write_config


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip in which nobody is to be seen."""
    return write_clip(tmp_path / "clip.avi", frames=30, fps=15)


def test_the_service_itself_refuses_broker_files_that_are_not_there(
    tmp_path: Path, clip: Path
) -> None:
    """With code 78, by which systemd stays down: it does not look at what ran before."""
    config = write_config(tmp_path, port=NO_BROKER, cameras={"a": f'source = "{clip}"'})
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("[mqtt]", f'[mqtt]\nca_file = "{tmp_path / "ca.pem"}"'), encoding="utf-8"
    )

    result = run_classbox("run", "--config", str(config))

    assert result.returncode == 78
    assert f"{config}: mqtt.ca_file: there is no file" in result.stderr


def test_check_finds_nothing_wrong_with_a_good_box(tmp_path: Path, clip: Path) -> None:
    """Configuration, state folder, models, camera and broker are all looked at."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_config(tmp_path, port=broker.port, cameras={"a": f'source = "{clip}"'})
        result = run_classbox("check", "--config", str(config), "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["ok"]
    assert {one["subject"] for one in report["checks"]} == {
        "configuration",
        "models",
        "camera",
        "broker",
        "permission",
    }


def test_check_reports_cameras_and_broker_that_are_away_together(tmp_path: Path) -> None:
    """Neither hides the other, and the code says that the configuration itself is right."""
    config = write_config(tmp_path, cameras={"a": 'source = "/dev/video97"'})

    result = run_classbox("check", "--config", str(config), "--json")

    assert result.returncode == 69
    problems = {one["subject"]: one["problem"] for one in json.loads(result.stdout)["checks"]}
    assert problems["camera"]
    assert problems["broker"]
    assert not problems["models"]


@pytest.mark.parametrize("command", [("run",), ("check", "--offline")], ids=["run", "check"])
def test_a_tampered_model_is_exit_code_65(
    tmp_path: Path, clip: Path, command: tuple[str, ...]
) -> None:
    """One flipped byte is enough, and the message names the file."""
    models = tmp_path / "models"
    shutil.copytree(packaged_models(), models, ignore=shutil.ignore_patterns("__pycache__"))
    weights = models / "fusion" / "model.bin"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"'})
    text = config.read_text(encoding="utf-8").replace("[box]", f'[box]\nmodels_dir = "{models}"')
    config.write_text(text, encoding="utf-8")

    result = run_classbox(*command, "--config", str(config))

    assert result.returncode == 65
    assert "model.bin: SHA-256 is" in result.stdout + result.stderr
    assert "truncated or altered" in result.stdout + result.stderr


def test_the_demo_profile_is_for_the_demo_only(tmp_path: Path, clip: Path) -> None:
    """A school cannot end up with it by mistake."""
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"'})
    text = config.read_text(encoding="utf-8").replace("four-state", "demo")
    config.write_text(text, encoding="utf-8")

    assert run_classbox("run", "--config", str(config)).returncode == 78


def test_consent_export_and_erase_work_beside_the_service(tmp_path: Path, clip: Path) -> None:
    """Consent is audited, an unknown seat is named, an empty box exports nothing."""
    config = str(write_config(tmp_path, cameras={"a": f'source = "{clip}"'}))

    granted = run_classbox("consent", "grant", "a01", "--config", config)
    revoked = run_classbox("consent", "revoke", "a01", "--config", config)
    unknown = run_classbox("consent", "grant", "b07", "--config", config)
    exported = run_classbox("export", "--config", config)
    erased = run_classbox("erase", "a01", "--yes", "--config", config)

    assert (granted.returncode, granted.stdout) == (0, "a01: consent granted\n")
    assert (revoked.returncode, revoked.stdout) == (0, "a01: consent revoked\n")
    assert unknown.returncode == 78
    assert "no seat 'b07'" in unknown.stderr
    assert (exported.returncode, exported.stdout) == (0, "")
    assert erased.returncode == 0
    assert erased.stdout.startswith("0 feature rows and ")
