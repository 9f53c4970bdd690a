"""A model folder is verified by hash before anything is loaded."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.models import Backend, ModelFile, ModelSpec, Precision
from appliance.errors import ModelLoadError
from appliance.inference.library import EngineChoice, ModelLibrary, packaged_models, pick_file
from tests.inference.engine_contract import write_doubling

MANIFEST = """
name = "doubling"
version = "1"
[inputs.x]
dtype = "f32"
shape = [1, 3]
[outputs.y]
dtype = "f32"
shape = [1, 3]
[files.onnx]
path = "doubling.onnx"
backend = "{backend}"
precision = "f32"
sha256 = "{sha256}"
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Return a models folder with one model for ONNX Runtime."""
    folder = tmp_path / "doubling"
    folder.mkdir()
    digest = hashlib.sha256(write_doubling(folder).read_bytes()).hexdigest()
    (folder / "manifest.toml").write_text(MANIFEST.format(backend="onnx", sha256=digest))
    return tmp_path


def test_loads_what_the_manifest_promises(models: Path) -> None:
    """The engine computes, and the spec carries the digest of the files."""
    engine = ModelLibrary(models, lanes=1).load("doubling", choice=EngineChoice.ONNX)

    result = engine.session().infer({"x": np.ones((1, 3), dtype=np.float32)})

    np.testing.assert_array_equal(result["y"], [[2, 2, 2]])
    assert len(engine.spec.digest) == 64


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="truncated"),
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="one-bit-flipped"),
    ],
)
def test_a_damaged_file_is_refused_with_exit_code_65(models: Path, damage: object) -> None:
    """Neither a cut nor a flipped bit gets as far as the run time."""
    file = models / "doubling" / "doubling.onnx"
    assert callable(damage)
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(ModelLoadError, match="truncated or altered") as caught:
        ModelLibrary(models, lanes=1).load("doubling", choice=EngineChoice.ONNX)
    assert caught.value.exit_code == 65


def test_a_missing_model_says_where_it_looked(models: Path) -> None:
    """The operator learns the path."""
    with pytest.raises(ModelLoadError, match=r"fusion.manifest\.toml: cannot be read"):
        ModelLibrary(models, lanes=1).spec("fusion")


def test_an_incomplete_manifest_is_refused(models: Path) -> None:
    """A missing table is named, not a KeyError three frames deep."""
    manifest = models / "doubling" / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("[outputs.y]", "[other.y]"))

    with pytest.raises(ModelLoadError, match=r"malformed manifest \(KeyError\('outputs'\)\)"):
        ModelLibrary(models, lanes=1).spec("doubling")


def test_a_backend_that_is_not_offered_is_named(models: Path) -> None:
    """The message lists what there is."""
    with pytest.raises(ModelLoadError, match=r"no file for openvino/f32; .* offers onnx/f32"):
        ModelLibrary(models, lanes=1).load("doubling", choice=EngineChoice.OPENVINO)
    with pytest.raises(ModelLoadError, match="no file for onnx/int8"):
        ModelLibrary(models, lanes=1).load(
            "doubling", choice=EngineChoice.ONNX, precision=Precision.INT8
        )


EIGHT_BITS = """
[files.onnx_int8]
path = "nothing.onnx"
backend = "onnx"
precision = "int8"
sha256 = "{sha256}"
default = {default}
"""


def offer_eight_bits(models: Path, *, default: str) -> Path:
    """Add an int8 form that computes y = 0, so that the two can be told apart."""
    folder = models / "doubling"
    other = (folder / "doubling.onnx").read_bytes().replace(b"Add", b"Sub")
    (folder / "nothing.onnx").write_bytes(other)
    manifest = folder / "manifest.toml"
    more = EIGHT_BITS.format(sha256=hashlib.sha256(other).hexdigest(), default=default)
    manifest.write_text(manifest.read_text() + more)
    return manifest


@pytest.mark.parametrize(
    ("default", "asked", "factor"),
    [
        ("true", None, 0),
        ("false", None, 2),
        ("true", Precision.F32, 2),
        ("false", Precision.INT8, 0),
    ],
)
def test_the_manifest_says_what_is_loaded_unasked(
    models: Path, default: str, asked: Precision | None, factor: int
) -> None:
    """The default form, or f32 without one; who asks for a precision gets that one."""
    offer_eight_bits(models, default=default)
    library = ModelLibrary(models, lanes=1)

    engine = library.load("doubling", choice=EngineChoice.ONNX, precision=asked)

    result = engine.session().infer({"x": np.ones((1, 3), dtype=np.float32)})
    np.testing.assert_array_equal(result["y"], [[factor] * 3])


def test_two_defaults_for_one_run_time_are_refused(models: Path) -> None:
    """Which one would be loaded would be chance."""
    manifest = offer_eight_bits(models, default="true")
    text = manifest.read_text().replace('precision = "f32"', 'precision = "f32"\ndefault = true')
    manifest.write_text(text)

    with pytest.raises(ModelLoadError, match="more than one default"):
        ModelLibrary(models, lanes=1).spec("doubling")


FORMS = tuple(
    ModelFile(
        backend=backend,
        precision=precision,
        path=Path("model"),
        default=precision is Precision.INT8,
        proven=True,
    )
    for backend in Backend
    for precision in (Precision.F32, Precision.INT8)
)


@pytest.mark.parametrize(
    ("machine", "choice", "backend", "precision"),
    [
        ("x86_64", EngineChoice.AUTO, Backend.OPENVINO, Precision.INT8),
        ("x86_64", EngineChoice.ONNX, Backend.ONNX, Precision.INT8),
        ("aarch64", EngineChoice.AUTO, Backend.ONNX, Precision.INT8),
        ("aarch64", EngineChoice.OPENVINO, Backend.OPENVINO, Precision.F32),
    ],
)
def test_the_untimed_default_is_what_the_processor_lowers(
    machine: str, choice: EngineChoice, backend: Backend, precision: Precision
) -> None:
    """OpenVINO computes no INT8 on ARM (report.json, audit), so nothing falls into it unasked."""
    spec = ModelSpec(name="m", version="1", inputs=(), outputs=(), files=FORMS, digest="")

    file = pick_file(spec, choice=choice, machine=machine)

    assert (file.backend, file.precision) == (backend, precision)


def test_the_packaged_folder_is_named_without_detours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages name it; a clone's package is found by way of its virtual environment."""
    (tmp_path / ".venv").mkdir()
    found = tmp_path / ".venv" / ".." / "optimized_models"
    monkeypatch.setattr("appliance.inference.library.files", lambda _: found)

    assert packaged_models() == tmp_path.resolve() / "optimized_models"
