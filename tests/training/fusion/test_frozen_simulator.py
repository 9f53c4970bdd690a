"""The shipped fusion models name the simulator they learned from, and it is this one."""

import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from training import simulator
from training.fusion.shards import source_digest


@pytest.mark.parametrize("model", ["fusion", "fusion_fatigue"])
def test_the_simulator_is_the_one_that_was_trained_on(model: str) -> None:
    """Frozen by hash before training: change it, and train again or say so in the card."""
    manifest = tomllib.loads(Path(f"optimized_models/{model}/manifest.toml").read_text("utf-8"))

    assert manifest["training"]["simulator"] == source_digest(simulator)


def package(folder: Path, **sources: str) -> ModuleType:
    """Write a package of modules named by their paths, with ``__`` for a slash."""
    for name, source in sources.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    module = ModuleType("package")
    module.__path__ = [str(folder)]
    return module


def test_only_what_is_computed_counts(tmp_path: Path) -> None:
    """Not where it lies, what it imports and what is said about it; nor what draws it."""
    plain = source_digest(package(tmp_path / "a", rate="HZ = 5", draw="def draw():\n  return HZ"))
    told = '"""Of students."""\nHZ = 5  # a guess\n"""Hertz."""'
    moved = package(
        tmp_path / "b", deep__rate=told, draw="import os\ndef draw():\n  'One.'\n  return HZ"
    )
    drawn = package(tmp_path / "a", render__draw="PIXELS = 3")
    faster = package(tmp_path / "c", rate="HZ = 6", draw="def draw():\n  return HZ")

    assert source_digest(moved) == source_digest(drawn) == plain
    assert source_digest(faster) != plain
