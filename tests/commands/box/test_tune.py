"""``classbox tune`` as an operator meets it, and the service that does it by itself once ready."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.inference.tuning.tuned import TUNED_NAME
from appliance.settings.reading.rules import MODELS
from tests.support.boxes import keep_result
from tests.support.clips import write_clip
from tests.support.onnx_bytes import doubling_model
from tests.support.service import Service, run_classbox, write_config
from tests.support.tiny_models import write_model
from tests.support.waiting import wait_until

AUTO = ("pose_detector", "pose_landmark_lite", "face_detector", "expression_mobilevit", "fusion")


def write_box(folder: Path, *, engines: str, forms: Mapping[str, bytes] | None = None) -> Path:
    """Write a configuration for a box of tiny models; ``forms`` are those of the fusion."""
    for name in MODELS:
        write_model(folder / "models", name, forms if name == "fusion" else None)
    clip = write_clip(folder / "clip.avi", frames=30, fps=15)
    config = write_config(
        folder,
        cameras={"a": f'source = "{clip}"\nloop = true'},
        consent="ask",  # so no frame ever reaches a model
    )
    text = config.read_text(encoding="utf-8")
    text = text.replace("[box]", f'[box]\nmodels_dir = "{folder / "models"}"\nlanes = 2')
    config.write_text(text.replace("tune = false", engines), encoding="utf-8")
    return config


def result(folder: Path) -> dict[str, Any]:
    """Return what is kept in the state folder."""
    document: dict[str, Any] = json.loads((folder / "state" / TUNED_NAME).read_text())
    return document


def test_it_times_every_model_on_auto_and_keeps_the_result(tmp_path: Path) -> None:
    """As JSON on standard output, nothing else; a broken form is named and harms nobody."""
    forms = {"openvino f32": doubling_model(), "onnx f32": b"no model"}
    config = write_box(tmp_path, engines="tune = false", forms=forms)

    done = run_classbox("tune", "--config", str(config), "--seconds", "80", "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["lanes"] == 2
    assert report["file"] == str(tmp_path / "state" / TUNED_NAME)
    tables = {model["model"]: model for model in report["models"]}
    assert tuple(tables) == AUTO
    for name, table in tables.items():
        assert table["default"] == "openvino f32"
        rows = {row["form"]: row for row in table["candidates"]}
        assert set(rows) == {"openvino f32", "onnx f32"}
        assert rows["openvino f32"]["rounds"] >= 5
        assert rows["openvino f32"]["wall_ms"] > 0
        assert ("cannot load" in rows["onnx f32"]["note"]) == (name == "fusion")
    assert tables["fusion"]["winner"] == "openvino f32"
    kept = result(tmp_path)["models"]
    assert {name: f"{one['backend']} {one['precision']}" for name, one in kept.items()} == {
        name: table["winner"] for name, table in tables.items()
    }


def test_without_json_it_prints_a_table_and_leaves_fixed_engines_alone(tmp_path: Path) -> None:
    """One row per form of what is on auto, and where the result is."""
    config = write_box(tmp_path, engines='tune = false\npose = "onnx"\nexpression = "openvino"')

    done = run_classbox("tune", "--config", str(config), "--seconds", "60")

    assert done.returncode == 0, done.stderr
    assert "fusion" in done.stdout
    assert "f32*" in done.stdout
    assert "pose_detector" not in done.stdout
    assert str(tmp_path / "state" / TUNED_NAME) in done.stdout
    assert set(result(tmp_path)["models"]) == {"fusion"}


@pytest.mark.parametrize(
    ("options", "engines", "message"),
    [
        pytest.param(
            ["--seconds", "0.5"], "", "--seconds: expected 1 to 14400, got 0.5", id="short"
        ),
        pytest.param(["--seconds", "nan"], "", "--seconds: expected 1 to 14400, got nan", id="nan"),
        pytest.param(
            [],
            'pose = "onnx"\nexpression = "onnx"\nfusion = "openvino"',
            'engines: nothing to time: set pose, expression or fusion to "auto"',
            id="nothing-on-auto",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, options: list[str], engines: str, message: str
) -> None:
    """Code 78, and no state folder is made."""
    config = write_box(tmp_path, engines=engines)

    done = run_classbox("tune", "--config", str(config), *options)

    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.splitlines() == [message]
    assert not (tmp_path / "state").exists()


def test_a_state_folder_that_cannot_be_written_is_said_before_the_timing(tmp_path: Path) -> None:
    """Not after it."""
    config = write_box(tmp_path, engines="")
    (tmp_path / "state").write_text("in the way", encoding="utf-8")

    done = run_classbox("tune", "--config", str(config))

    assert done.returncode == 78
    assert done.stderr.startswith(f"box.state_dir: {tmp_path / 'state'} is a file")
    assert len(done.stderr.splitlines()) == 1


def events(box: Service) -> list[str]:
    """Return the events of the log in order."""
    lines = box.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


def children(box: Service) -> list[int]:
    """Return the processes that the service has started."""
    tasks = Path(f"/proc/{box.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_the_service_tunes_in_the_background_once_it_is_ready(tmp_path: Path, end: str) -> None:
    """It starts on the defaults, says so, and takes the child along whichever way it ends."""
    config = write_box(tmp_path, engines="tune = true")

    with Service(config) as box:
        wait_until(lambda: "tuning_started" in events(box), timeout_s=60)
        wait_until(lambda: children(box), timeout_s=30)
        said = events(box)
        assert said.index("engines_on_defaults") < said.index("box_started")
        assert said.index("box_started") < said.index("tuning_started")
        (child,) = children(box)
        stat = Path(f"/proc/{child}/stat")
        # Field 19 is the nice value (proc(5)); the name in field 2 holds no space here.
        wait_until(lambda: stat.read_text().split()[18] == "10", timeout_s=30)
        if end == "stopped":
            assert box.terminate() == 0
        else:
            box.kill()
        wait_until(lambda: not stat.exists() or stat.read_text().split()[2] == "Z", timeout_s=30)

    assert not (tmp_path / "state" / TUNED_NAME).exists()


def test_a_service_with_a_result_does_not_tune_again(tmp_path: Path) -> None:
    """What was found at the first start is what it runs on."""
    config = write_box(tmp_path, engines="tune = true")
    keep_result(tmp_path / "models")

    with Service(config) as box:
        wait_until(lambda: "box_started" in events(box), timeout_s=60)
        wait_until(lambda: "box_status" in events(box), timeout_s=30)
        assert box.terminate() == 0

    assert not {"engines_on_defaults", "tuning_started"} & set(events(box))
