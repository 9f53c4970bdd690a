"""The real command: what it prints, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = {
    "cameras",
    "cpu_cores_used",
    "cpu_ms_per_seat_frame",
    "decode_ms_per_frame",
    "rss_mb",
    "stages_ms",
    "bare_models_ms",
    "overhead_ratio",
    "engines",
    "ladder",
}
"""What is promised to programs."""

MODELS = {
    "pose_detector",
    "pose_landmark_lite",
    "face_detector",
    "expression_mobilevit",
    "fusion",
}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "appliance", "bench", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=Path(__file__).parents[3],
    )


@pytest.mark.long
@pytest.mark.broker
def test_a_camera_is_measured_through_the_whole_service() -> None:
    """The packaged clip, for two seconds; no number is a matter of this machine's speed."""
    result = bench("--cameras", "1", "--seconds", "2", "--warm-up", "1", "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report.keys() >= KEYS
    (camera,) = report["cameras"]
    assert camera["name"] == "cam-01"
    assert camera["offered_fps"] > 0
    assert camera["pose_fps"] > 0
    assert 0 <= camera["dropped"] < 1
    assert 0 < camera["p50_age_ms"] <= camera["p95_age_ms"]
    assert report["engines"].keys() == report["bare_models_ms"].keys() == MODELS
    assert all(value > 0 for value in report["bare_models_ms"].values())
    assert report["decode_ms_per_frame"] > 0
    assert report["overhead_ratio"] > 0
    # The stages are all there is, but for the rounding of each.
    whole = report["cpu_ms_per_seat_frame"] + report["stages_ms"]["decode"]
    assert sum(report["stages_ms"].values()) == pytest.approx(whole, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--cameras", "0"], 78, "--cameras: expected 1 to 64, got 0"),
        (["--ladder", "7"], 78, "--ladder: expected on, off or a step from 0 to 4, got '7'"),
        (["--clip", "none.mp4"], 69, "none.mp4 is not a video that can be read"),
        (["--find-limit", "--faults"], 78, "--find-limit and --faults: one at a time"),
        (["--soak", "1"], 78, "--soak: expected 10 seconds or more, got 1"),
        (
            ["--plot", "none.jpg"],
            78,
            "--plot: only PNG is written, so the name has to end in .png, got none.jpg",
        ),
    ],
)
def test_wrong_input_is_one_clear_line(arguments: list[str], status: int, message: str) -> None:
    """With the exit code of its kind."""
    result = bench(*arguments)

    assert (result.returncode, result.stdout, result.stderr) == (status, "", message + "\n")
