"""The shipped expression encoder keeps its manifest's promises on both run times."""

import os
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice, ModelLibrary, packaged_models

NAME = "expression_mobilevit"
FATIGUE_NAME = "expression_mobilevit_fatigue"
FACES = Path(os.environ.get("CLASSBOX_TEST_DATA", "../shared/data")) / "affect" / "ferplus.npz"


def run(engine: EngineChoice, face: UInt8Array) -> dict[str, Float32Array]:
    """Load the artifact and read one face."""
    library = ModelLibrary(None, lanes=1)
    engine_f32 = library.load(NAME, choice=engine, precision=Precision.F32)
    return engine_f32.session().infer({"face": face})


def noise(seed: int) -> UInt8Array:
    """Return an input without a face."""
    shape = ModelLibrary(None, lanes=1).spec(NAME).inputs[0].shape
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("engine", [EngineChoice.ONNX, EngineChoice.OPENVINO])
def test_tensors_are_those_of_the_manifest(engine: EngineChoice) -> None:
    """Names and shapes, and nothing outside its range."""
    spec = ModelLibrary(None, lanes=1).spec(NAME)

    outputs = run(engine, noise(1))

    assert {name: value.shape for name, value in outputs.items()} == {
        tensor.name: tensor.shape for tensor in spec.outputs
    }
    assert {name: value.shape[1] for name, value in outputs.items()} == {
        "embedding": 320,
        "projection": 16,
        "expression": 8,
        "affect": 2,
        "actions": 10,
    }
    assert (np.abs(outputs["affect"]) <= 1).all()
    assert ((outputs["actions"] >= 0) & (outputs["actions"] <= 1)).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_run_times_agree(seed: int) -> None:
    """Float32 on both sides: what differs is the order of sums."""
    one, other = (run(engine, noise(seed)) for engine in (EngineChoice.ONNX, EngineChoice.OPENVINO))

    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, atol=1e-3, rtol=1e-3, err_msg=name)


def test_the_twin_gives_actions_and_nothing_else() -> None:
    """What ``fatigue-only`` loads has no emotion in its outputs."""
    library = ModelLibrary(None, lanes=1)
    spec = library.spec(FATIGUE_NAME)

    found = library.load(FATIGUE_NAME, choice=EngineChoice.OPENVINO).session()
    face = np.zeros(spec.inputs[0].shape, dtype=np.uint8)

    assert [tensor.name for tensor in spec.outputs] == ["actions"]
    assert found.infer({"face": face})["actions"].shape == (1, 10)


def test_channels_are_told_apart() -> None:
    """BGR is in the graph: red and blue light are not the same face."""
    face = noise(4)
    face[..., 2] //= 4

    one, other = run(EngineChoice.ONNX, face), run(EngineChoice.ONNX, face[..., ::-1].copy())

    assert np.abs(one["embedding"] - other["embedding"]).max() > 1e-3


def test_the_float_model_stays_small() -> None:
    """At most 5 MB, as the wheel carries it."""
    assert (packaged_models() / NAME / "model.onnx").stat().st_size <= 5_000_000


@pytest.mark.skipif(not FACES.exists(), reason="no ferplus.npz; set CLASSBOX_TEST_DATA")
def test_projection_is_white_on_real_faces() -> None:
    """Its coordinates have about zero mean and unit spread on faces, so no column drowns others."""
    session = ModelLibrary(None, lanes=1).load(NAME, choice=EngineChoice.ONNX).session()
    with np.load(FACES) as archive:
        gray = archive["images"][archive["usage"] == 1][:300]
    rows = np.linspace(0, 47, noise(0).shape[1]).round().astype(int)
    faces = np.repeat(gray[:, rows][:, :, rows][..., None], 3, axis=3)
    projections = np.stack([session.infer({"face": face[None]})["projection"][0] for face in faces])

    assert np.abs(projections.mean(axis=0)).max() < 1.5
    assert projections.std(axis=0).min() > 0.3
    assert projections.std(axis=0).max() < 3
