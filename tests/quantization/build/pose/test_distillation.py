"""Distillation can be stopped at any time, and its crops are a function of the seed."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")
pytest.importorskip("torch", reason="needs the extra [training]")

import torch

from appliance.domain.arrays import UInt8Array
from appliance.perception.squares import Square
from quantization.build.pose import crops as pose_crops
from quantization.build.pose.crops import CropSampler, Sighting, choose_calibration, content_name
from quantization.build.pose.distillation import Schedule, distil
from quantization.build.pose.network import PoseNetwork
from quantization.build.pose.search import Plan, plan_rounding
from tests.support.small_network import SIDE, pictures, small_network


@pytest.fixture(autouse=True)
def small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut crops as small as the small network wants them."""
    monkeypatch.setattr(pose_crops, "INPUT_PX", SIDE)


@pytest.fixture(scope="module")
def sightings() -> list[Sighting]:
    """Return three people on noise."""
    rng = np.random.default_rng(3)
    region = Square(centre_xy=(40.0, 30.0), side_px=50.0, rotation_rad=0.1)
    shape = (60, 80, 3)
    return [
        Sighting(picture=rng.integers(0, 256, shape, dtype=np.uint8), region=region)
        for _ in range(3)
    ]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return the small network, calibrated."""
    return plan_rounding(small_network(), pictures(4))


def train(
    plan: Plan, sightings: list[Sighting], state_file: Path, *, steps: int, until: int
) -> PoseNetwork:
    """Train as far as ``until``, as if killed there, and return the network."""

    class Killed(Exception):  # noqa: N818 - not an error
        pass

    def tell(step: int, _loss: float) -> None:
        if step == until and until < steps:
            raise Killed

    network = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges)
    schedule = Schedule(
        steps=steps, batch=2, rate=3e-5, step_rate=1e-3, keep_every=1, seed=20261122
    )
    with contextlib.suppress(Killed):
        distil(plan.model, network, sightings, schedule=schedule, state_file=state_file, tell=tell)
    return network


def test_a_killed_training_ends_where_an_unbroken_one_does(
    plan: Plan, sightings: list[Sighting], tmp_path: Path
) -> None:
    """Weights, optimiser, learning rate and crops all go on where they were."""
    whole = train(plan, sightings, tmp_path / "whole.pt", steps=4, until=4)
    train(plan, sightings, tmp_path / "halves.pt", steps=4, until=3)
    halves = train(plan, sightings, tmp_path / "halves.pt", steps=4, until=4)

    for name, value in whole.state_dict().items():
        torch.testing.assert_close(halves.state_dict()[name], value, msg=name)


def test_training_moves_weights_and_steps_but_no_zero(
    plan: Plan, sightings: list[Sighting], tmp_path: Path
) -> None:
    """Zero stays exact, everything else may be learned."""
    before = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges).state_dict()
    after = train(plan, sightings, tmp_path / "s.pt", steps=2, until=2).state_dict()

    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"weights", "biases", "log_steps"}


def test_crops_are_a_function_of_the_seed(sightings: list[Sighting]) -> None:
    """Same seed, same pixels; another, others."""

    def draw(seed: int) -> list[UInt8Array]:
        sampler = CropSampler(sightings, rng=np.random.default_rng(seed))
        return [sampler.draw() for _ in range(4)]

    first = draw(1)
    assert all(crop.shape == (SIDE, SIDE, 3) and crop.dtype == np.uint8 for crop in first)
    assert all(np.array_equal(a, b) for a, b in zip(first, draw(1), strict=True))
    assert not np.array_equal(first[0], draw(2)[0])


def test_calibration_is_chosen_by_the_seed_and_named_by_its_pixels(
    sightings: list[Sighting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash in the manifest says which crops they were."""
    monkeypatch.setattr(pose_crops, "CALIBRATION_CROPS", 2)
    chosen = choose_calibration(sightings, seed=1)

    assert len(chosen) == 2
    assert content_name(chosen) == content_name(choose_calibration(sightings, seed=1))
    assert content_name(chosen) != content_name(chosen[::-1])
