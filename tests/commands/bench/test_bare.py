"""The bare loop runs what the box runs, as often and on as many threads."""

import threading
from collections.abc import Mapping

import numpy as np
import pytest

from appliance.commands.bench.bare import WARM_UPS, mean_of, scale_lanes, time_models
from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec, TensorSpec
from appliance.errors import InferenceError


class CountingEngine:
    """Notes what it is asked."""

    stuck = ""

    def __init__(
        self, name: str, *, dtype: str, shape: tuple[int, ...], fails: bool = False
    ) -> None:
        """Describe one input."""
        self.spec = ModelSpec(
            name=name,
            version="1",
            inputs=(TensorSpec(name="in", dtype=dtype, shape=shape),),
            outputs=(),
            files=(),
            digest="",
        )
        self.seen: list[AnyArray] = []
        self.threads: set[int] = set()
        self._fails = fails

    def session(self) -> "CountingEngine":
        """Be its own request."""
        return self

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Compute nothing, slowly enough that two threads meet."""
        if self._fails:
            msg = "no"
            raise InferenceError(msg)
        self.seen.append(inputs["in"])
        self.threads.add(threading.get_ident())
        return {}


def test_every_model_is_timed_on_its_own_input() -> None:
    """Pictures are bytes, and the fusion gets a row per seat."""
    pose = CountingEngine("pose_landmark_lite", dtype="u8", shape=(1, 4, 4, 3))
    fusion = CountingEngine("fusion", dtype="f32", shape=(-1, 5))

    times = time_models(
        {"pose_landmark_lite": pose, "fusion": fusion}, lanes=2, seats=7, seconds=0.0
    )

    assert times.keys() == {"pose_landmark_lite", "fusion"}
    assert all(value >= 0 for value in times.values())
    assert pose.seen[0].shape == (1, 4, 4, 3)
    assert pose.seen[0].dtype == np.uint8
    assert pose.seen[0].max() > 100
    assert fusion.seen[0].shape == (7, 5)
    assert fusion.seen[0].dtype == np.float32


def test_the_fusion_runs_on_one_lane_and_rarer_than_the_pose() -> None:
    """As in the box, where all seats share its call."""
    pose = CountingEngine("pose_landmark_lite", dtype="u8", shape=(1,))
    detector = CountingEngine("pose_detector", dtype="u8", shape=(1,))
    fusion = CountingEngine("fusion", dtype="f32", shape=(-1,))
    engines = {"pose_landmark_lite": pose, "pose_detector": detector, "fusion": fusion}

    time_models(engines, lanes=2, seats=1, seconds=0.1)

    assert len(fusion.threads) == 1
    assert len(detector.seen) < len(fusion.seen) < len(pose.seen)


def test_a_failing_engine_is_an_error() -> None:
    """Not a time of zero."""
    engine = CountingEngine("fusion", dtype="f32", shape=(1,), fails=True)

    with pytest.raises(InferenceError):
        time_models({"fusion": engine}, lanes=1, seats=1, seconds=0.0)


def test_two_measurements_are_averaged() -> None:
    """Before and after the span."""
    assert mean_of({"fusion": 1.0}, {"fusion": 2.0}) == {"fusion": 1.5}


def test_a_paced_loop_rests_between_frames() -> None:
    """Ten frames a second for a fifth of a second are two or three, not thousands."""
    pose = CountingEngine("pose_landmark_lite", dtype="u8", shape=(1, 4, 4, 3))

    time_models({"pose": pose}, lanes=1, seats=1, seconds=0.2, period_s=0.1)

    assert len(pose.seen) <= WARM_UPS + 3


def test_lanes_are_compared_by_pose_and_expression() -> None:
    """Each alone and both at once, on a thread each; the other models are left out."""
    engines = {
        name: CountingEngine(name, dtype="u8", shape=(1, 4, 4, 3))
        for name in ("pose_detector", "pose_landmark_full", "expression_mobilevit_fatigue")
    }

    assert scale_lanes(engines, seconds=0.01) > 0
    assert engines["pose_detector"].seen == []
    assert len(engines["pose_landmark_full"].threads) >= 1
    assert len(engines["expression_mobilevit_fatigue"].seen) >= 6 * (WARM_UPS + 1)
