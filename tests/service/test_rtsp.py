"""A whole box at cameras with a password: `check` and the log say what is wrong, never the word."""

import json
from pathlib import Path

import pytest

from tests.support.rtsp_camera import PASSWORD, USER, RtspCamera
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until

SECRETS = (f"{USER}:", PASSWORD, "hunter2")


@pytest.mark.long
def test_password_is_in_neither_check_nor_log(tmp_path: Path) -> None:
    """One camera is read, one refuses; whoever reads the journal learns that and no password."""
    with RtspCamera(auth="digest") as camera:
        config = write_config(
            tmp_path,
            cameras={
                "right": f'source = "{camera.url(login=f"{USER}:{PASSWORD}")}"',
                "wrong": f'source = "{camera.url(login=f"{USER}:hunter2")}"',
            },
        )
        config.chmod(0o600)
        checked = run_classbox("check", "--json", "--config", str(config))
        with Service(config) as service:
            wait_until(lambda: '"live"' in service.log.read_text(), timeout_s=60)
            wait_until(lambda: "camera_lost" in service.log.read_text())
            service.terminate()
            log = service.log.read_text()

    problems = {one["name"]: one["problem"] for one in json.loads(checked.stdout)["checks"]}
    assert checked.returncode == 69
    assert problems["right"] == ""
    assert "user name or password refused (401); put right" in problems["wrong"]
    assert "user name or password refused (401); put right" in log
    assert not any(secret in checked.stdout + checked.stderr + log for secret in SECRETS)
