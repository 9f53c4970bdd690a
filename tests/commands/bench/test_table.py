"""People read the same numbers as programs."""

from io import StringIO
from typing import Any

from rich.console import Console

from appliance.commands.bench.task import show

CAMERA = {
    "name": "cam-01",
    "offered_fps": 15.0,
    "pose_fps": 14.7,
    "expression_fps": 14.7,
    "dropped": 0.02,
    "p50_age_ms": 12.0,
    "p95_age_ms": 102.0,
}

REPORT = {
    "cameras": [CAMERA],
    "cpu_cores_used": 0.12,
    "other_cores_used": 0.9,
    "cpu_ms_per_seat_frame": 7.123,
    "decode_ms_per_frame": 1.6,
    "rss_mb": 300.0,
    "peak_rss_mb": 310.0,
    "drops": {"superseded": 0, "stale": 9},
    "left_out": 75,
    "stages_ms": {"decode": 1.6, "pose_landmark_lite": 3.4, "other": 0.5},
    "bare_models_ms": {"pose_landmark_lite": 3.123},
    "overhead_ratio": 1.19,
    "overhead_ratio_paced": 1.08,
    "two_lanes": 1.93,
    "engines": {"pose_landmark_lite": "openvino/f32"},
    "ladder": {"step": 1, "reason": "2.4 % dropped", "changes": 1, "recovery_s": 3.1},
    "lanes": 2,
}


def shown(report: dict[str, Any]) -> list[str]:
    """Return the lines that are printed, each without repeated spaces."""
    out = StringIO()
    show(report, Console(file=out, soft_wrap=True, width=200))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_measurement_has_its_cameras_costs_and_stages() -> None:
    """Only the causes that dropped something are named."""
    lines = shown(REPORT)

    assert "cam-01 15.0 14.7 14.7 2.0 % 12 102" in lines
    assert (
        "0.12 cores (0.90 by other programs) · 7.12 ms of CPU per seat and frame, and 1.60 ms to "
        "decode a frame · 300 MB (at most 310)" in lines
    )
    assert (
        "1.19 times the models alone, 1.08 times where they rest between frames as here · two "
        "lanes do the work of 1.93 · 2 lanes · ladder on step 1 (2.4 % dropped), 1 changes" in lines
    )
    assert "full rate 3.1 s after three quarters of the cameras had gone" in lines
    assert "dropped: 9 stale" in lines
    assert "left out by the ladder: 75 frames" in lines
    assert "pose_landmark_lite 3.400 3.12 openvino/f32" in lines


def test_what_is_not_known_is_a_dash() -> None:
    """A camera that sent nothing has no age."""
    dead = CAMERA | {"p50_age_ms": None, "p95_age_ms": None}

    assert "cam-01 15.0 14.7 14.7 2.0 % - -" in shown(REPORT | {"cameras": [dead]})


def test_a_search_ends_with_its_limit() -> None:
    """Below the probes."""
    probe = {
        "cameras": 8,
        "pose_fps": 15.0,
        "dropped": 0.001,
        "p95_age_ms": 60.0,
        "cpu_cores_used": 1.2,
        "holds": True,
    }

    lines = shown(REPORT | {"probes": [probe], "limit": 8})

    assert lines[-2] == "8 cameras: held, 15.0 fps, 0.1 % dropped, p95 age 60 ms, 1.20 cores"
    assert lines[-1] == "8 cameras are held with every frame looked at."


def test_a_limit_of_none_is_said() -> None:
    """There is no report to show then."""
    assert shown({"cameras": [], "probes": [], "limit": 0}) == [
        "0 cameras are held with every frame looked at."
    ]


def test_the_bad_cameras_are_named() -> None:
    """Beside the five in both runs."""
    faults = {"alone": [CAMERA], "beside": [CAMERA], "bad": [CAMERA | {"fault": "dead"}]}

    lines = shown({"faults": faults, "problems": []})

    assert "the bad ones: dead" in lines
    assert lines.count("cam-01 15.0 14.7 14.7 2.0 % 12 102") == 3


def test_a_soak_says_how_memory_changes() -> None:
    """With its error, where there is one."""
    soak = {
        "seconds": 3600.0,
        "warm_up_s": 600.0,
        "slope_mb_per_h": 0.25,
        "slope_error_mb_per_h": 0.1,
        "peak_rss_mb": 350.0,
    }

    words = "3600 s, judged after 600 s: memory changes by 0.25 MB/h"
    unsure = soak | {"slope_error_mb_per_h": None}
    assert shown({"soak": soak}) == [f"{words} (standard error 0.10), at most 350 MB"]
    assert shown({"soak": unsure}) == [f"{words}, at most 350 MB"]
