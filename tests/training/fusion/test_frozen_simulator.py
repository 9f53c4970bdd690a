"""The shipped fusion models name the simulator they learned from, and it is this one."""

import tomllib
from pathlib import Path

import pytest

from training import simulator
from training.fusion.shards import source_digest


@pytest.mark.parametrize("model", ["fusion", "fusion_fatigue"])
def test_the_simulator_is_the_one_that_was_trained_on(model: str) -> None:
    """Frozen by hash before training: change it, and train again or say so in the card."""
    manifest = tomllib.loads(Path(f"optimized_models/{model}/manifest.toml").read_text("utf-8"))

    assert manifest["training"]["simulator"] == source_digest(simulator)
