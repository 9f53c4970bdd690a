"""The promises of ``InferenceEngine``, as tests; subclass once per implementation."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import ModelSpec, Precision, TensorSpec
from appliance.errors import InferenceError, ModelLoadError, ShapeError, StuckEngineError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.ports import InferenceEngine
from tests.support.onnx_bytes import adding_model, doubling_model, slow_model
from tests.support.waiting import wait_until

LONG_S = 60.0
"""Longer than any test."""

SHORT_S = 0.02
"""Shorter than the slow model takes on any processor."""

OVERDUE_N = 20_000
"""The slow model then takes .15 s on OpenVINO and .5 s on ONNX Runtime, on a fast processor."""

STUCK_N = 40_000
"""The slow model then takes four times as long."""


class LoadEngine(Protocol):
    """How a subclass loads a model for two lanes."""

    def __call__(
        self, spec: ModelSpec, file: Path, *, time_limit_s: float = LONG_S, grace_s: float = LONG_S
    ) -> InferenceEngine:
        """Return the engine."""
        ...


def make_spec(
    name: str, inputs: dict[str, tuple[int, ...]], outputs: dict[str, tuple[int, ...]]
) -> ModelSpec:
    """Return the spec of a float32 model."""

    def tensors(shapes: dict[str, tuple[int, ...]]) -> tuple[TensorSpec, ...]:
        return tuple(TensorSpec(name=key, dtype="f32", shape=shapes[key]) for key in shapes)

    return ModelSpec(
        name=name,
        version="1",
        inputs=tensors(inputs),
        outputs=tensors(outputs),
        files=(),
        digest="",
    )


SPEC = make_spec("doubling", {"x": (1, 3)}, {"y": (1, 3)})
ADDING = make_spec("adding", {"a": (-1,), "b": (-1,)}, {"sum": (-1,)})
SLOW = make_spec("slow", {"x": (1, 3), "n": (1,)}, {"y": (1, 3)})


def write_doubling(folder: Path) -> Path:
    """Write the model y = 2 x on shape (1, 3)."""
    file = folder / "doubling.onnx"
    file.write_bytes(doubling_model())
    return file


def write(folder: Path, spec: ModelSpec) -> Path:
    """Write the model of one of the specs above."""
    models = {"doubling": doubling_model, "adding": adding_model, "slow": slow_model}
    file = folder / f"{spec.name}.onnx"
    file.write_bytes(models[spec.name]())
    return file


def ones(*shape: int) -> Float32Array:
    """Return an array of ones."""
    return np.ones(shape, dtype=np.float32)


def slow_inputs(n: int) -> dict[str, AnyArray]:
    """Return inputs with which the slow model takes n^2 steps."""
    return {"x": ones(1, 3), "n": np.array([n], dtype=np.float32)}


def on_odd_address(array: AnyArray) -> AnyArray:
    """Return a copy whose elements are not aligned to their size."""
    raw = np.empty(array.nbytes + 1, dtype=np.uint8)
    raw[1:] = array.view(np.uint8).ravel()
    return raw[1:].view(array.dtype).reshape(array.shape)


def read_only(array: AnyArray) -> AnyArray:
    """Return a copy that cannot be written to."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy


class EngineContract:
    """Expects fixtures ``load`` and ``choice``, which names the run time."""

    @pytest.fixture
    def engine(self, load: LoadEngine, tmp_path: Path) -> InferenceEngine:
        """Return an engine that computes y = 2 x on shape (1, 3)."""
        return load(SPEC, write(tmp_path, SPEC))

    def test_computes_by_tensor_name(self, engine: InferenceEngine) -> None:
        """Names, not positions, connect arrays to tensors."""
        outputs = engine.session().infer({"x": np.array([[1, 2, 3]], dtype=np.float32)})

        np.testing.assert_array_equal(outputs["y"], [[2, 4, 6]])
        assert outputs["y"].dtype == np.float32
        assert outputs["y"].shape == (1, 3)

    def test_results_survive_the_next_call(self, engine: InferenceEngine) -> None:
        """Returned arrays are owned by the caller, who may write to them."""
        session = engine.session()
        first = session.infer({"x": ones(1, 3)})["y"]
        session.infer({"x": np.zeros((1, 3), dtype=np.float32)})

        np.testing.assert_array_equal(first, [[2, 2, 2]])
        first[:] = 7
        np.testing.assert_array_equal(session.infer({"x": ones(1, 3)})["y"], [[2, 2, 2]])

    def test_results_outlive_session_and_engine(self, load: LoadEngine, tmp_path: Path) -> None:
        """No result points into memory of the run time."""
        result = load(SPEC, write(tmp_path, SPEC)).session().infer({"x": ones(1, 3)})["y"]

        np.testing.assert_array_equal(result, [[2, 2, 2]])

    def test_inputs_may_change_after_the_call(self, engine: InferenceEngine) -> None:
        """A session keeps nothing of the caller's array."""
        session = engine.session()
        array = ones(1, 3)
        result = session.infer({"x": array})["y"]
        array[:] = 9

        np.testing.assert_array_equal(result, [[2, 2, 2]])

    @pytest.mark.parametrize(
        "lay_out",
        [
            pytest.param(lambda a: np.repeat(a, 2, axis=1)[:, ::2], id="strided"),
            pytest.param(lambda a: a[:, ::-1].copy()[:, ::-1], id="backwards"),
            pytest.param(lambda a: np.asfortranarray(np.repeat(a, 2, axis=0))[:1], id="fortran"),
            pytest.param(on_odd_address, id="unaligned"),
            pytest.param(read_only, id="read-only"),
        ],
    )
    def test_memory_layout_does_not_matter(
        self, engine: InferenceEngine, lay_out: Callable[[AnyArray], AnyArray]
    ) -> None:
        """What counts is the array as NumPy shows it."""
        array = lay_out(np.array([[1, 2, 3]], dtype=np.float32))

        np.testing.assert_array_equal(engine.session().infer({"x": array})["y"], [[2, 4, 6]])

    def test_nan_and_infinity_come_through(self, engine: InferenceEngine) -> None:
        """A broken number stays where it is and spoils neither its neighbours nor the next call."""
        session = engine.session()
        array = np.array([[np.nan, 1, np.inf]], dtype=np.float32)

        np.testing.assert_array_equal(session.infer({"x": array})["y"], [[np.nan, 2, np.inf]])
        np.testing.assert_array_equal(session.infer({"x": ones(1, 3)})["y"], [[2, 2, 2]])

    def test_rejects_a_wrong_shape(self, engine: InferenceEngine) -> None:
        """The error names the tensor before the run time is touched."""
        with pytest.raises(ShapeError, match=r"doubling.x: expected shape \(1, 3\), got \(1, 4\)"):
            engine.session().infer({"x": ones(1, 4)})
        with pytest.raises(ShapeError, match=r"doubling.x: expected shape \(1, 3\), got \(3,\)"):
            engine.session().infer({"x": ones(3)})

    @pytest.mark.parametrize("dtype", ["float64", "float16", ">f4", "uint8"])
    def test_rejects_a_wrong_type(self, engine: InferenceEngine, dtype: str) -> None:
        """Nothing is quietly converted, not even the other byte order."""
        with pytest.raises(ShapeError, match=r"doubling.x: expected f32, got "):
            engine.session().infer({"x": np.zeros((1, 3), dtype=dtype)})

    def test_rejects_a_missing_tensor(self, engine: InferenceEngine) -> None:
        """The message lists what was given instead."""
        with pytest.raises(ShapeError, match=r"doubling.x: missing; got \['image'\]"):
            engine.session().infer({"image": ones(1, 3)})

    def test_a_free_axis_takes_any_size_but_zero(self, load: LoadEngine, tmp_path: Path) -> None:
        """An empty batch would be answered with an empty result."""
        session = load(ADDING, write(tmp_path, ADDING)).session()

        for size in (1, 5, 2):
            np.testing.assert_array_equal(
                session.infer({"a": ones(size), "b": ones(size)})["sum"], [2] * size
            )
        with pytest.raises(ShapeError, match=r"adding.a: expected shape \(-1,\), got \(0,\)"):
            session.infer({"a": ones(0), "b": ones(0)})

    def test_a_failure_is_an_error_and_does_not_last(
        self, load: LoadEngine, tmp_path: Path
    ) -> None:
        """The run time's own words are chained; the next call works."""
        engine = load(ADDING, write(tmp_path, ADDING))
        session = engine.session()

        with pytest.raises(InferenceError, match=r"adding: \w.* failed to run") as caught:
            session.infer({"a": ones(2), "b": ones(3)})
        assert caught.value.__cause__ is not None
        assert not isinstance(caught.value, StuckEngineError)
        np.testing.assert_array_equal(session.infer({"a": ones(3), "b": ones(3)})["sum"], [2, 2, 2])
        assert not engine.stuck

    def test_an_overdue_request_is_an_error_even_if_it_ends(
        self, load: LoadEngine, tmp_path: Path
    ) -> None:
        """Late is not a result; the session itself is fine and is used again."""
        file = write(tmp_path, SLOW)
        engine = load(SLOW, file, time_limit_s=SHORT_S)
        session = engine.session()

        with pytest.raises(InferenceError, match=r"slow: .* did not end within 0.02 s") as caught:
            session.infer(slow_inputs(OVERDUE_N))
        assert not isinstance(caught.value, StuckEngineError)
        assert not engine.stuck
        in_time = load(SLOW, file).session().infer(slow_inputs(OVERDUE_N))
        np.testing.assert_array_equal(in_time["y"], np.full((1, 3), OVERDUE_N))

    def test_a_stuck_request_poisons_its_engine_and_no_other(
        self, load: LoadEngine, engine: InferenceEngine, tmp_path: Path
    ) -> None:
        """While it hangs and after, every session refuses by its own error; others work on."""
        slow = load(SLOW, write(tmp_path, SLOW), time_limit_s=SHORT_S, grace_s=SHORT_S)
        hanging, waiting = slow.session(), slow.session()
        small = slow_inputs(3)

        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(hanging.infer, slow_inputs(STUCK_N))
            wait_until(lambda: slow.stuck, timeout_s=30)
            for session in (waiting, slow.session()):
                with pytest.raises(StuckEngineError, match=r"slow: a request on .* did not"):
                    session.infer(small)
            other = engine.session().infer({"x": ones(1, 3)})
            assert isinstance(never.exception(), StuckEngineError)

        np.testing.assert_array_equal(other["y"], [[2, 2, 2]])
        for session in (hanging, waiting):
            with pytest.raises(StuckEngineError) as caught:
                session.infer(small)
        assert caught.value.exit_code == 70
        assert not engine.stuck

    def test_sessions_do_not_disturb_each_other(self, engine: InferenceEngine) -> None:
        """Two lanes at once get their own results."""

        def run(value: int) -> bool:
            session = engine.session()
            array = np.full((1, 3), value, dtype=np.float32)
            return all((session.infer({"x": array})["y"] == 2 * value).all() for _ in range(200))

        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(run, [1, 2]))

    def test_two_engines_work_at_once(
        self, load: LoadEngine, engine: InferenceEngine, tmp_path: Path
    ) -> None:
        """Different models on two threads, as pose and expression are."""
        other = load(ADDING, write(tmp_path, ADDING))

        def double() -> bool:
            session = engine.session()
            return all((session.infer({"x": ones(1, 3)})["y"] == 2).all() for _ in range(200))

        def add() -> bool:
            session = other.session()
            sizes = [1 + index % 7 for index in range(200)]
            return all(
                session.infer({"a": ones(n), "b": ones(n)})["sum"].tolist() == [2] * n
                for n in sizes
            )

        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(double), pool.submit(add)]
            assert all(job.result() for job in jobs)

    def test_a_broken_file_is_a_model_error(self, load: LoadEngine, tmp_path: Path) -> None:
        """The message names the model and the file."""
        broken = tmp_path / "broken.onnx"
        broken.write_bytes(b"no model")

        with pytest.raises(ModelLoadError, match=r"doubling: .* cannot load .*broken\.onnx"):
            load(SPEC, broken)

    @pytest.mark.parametrize(
        "spec",
        [
            make_spec("doubling", {"image": (1, 3)}, {"y": (1, 3)}),
            make_spec("doubling", {"x": (1, 3)}, {"z": (1, 3)}),
            make_spec("doubling", {"x": (1, 3), "more": (1, 3)}, {"y": (1, 3)}),
        ],
        ids=["input-renamed", "output-absent", "input-absent"],
    )
    def test_a_file_without_the_promised_tensors_is_not_loaded(
        self, load: LoadEngine, tmp_path: Path, spec: ModelSpec
    ) -> None:
        """The box refuses to start instead of failing on each frame."""
        with pytest.raises(ModelLoadError, match="the manifest promises inputs"):
            load(spec, write_doubling(tmp_path))

    def test_every_number_format_loads_everywhere(self, choice: EngineChoice) -> None:
        """The shipped encoder in f32, f16 and int8 gives nearly the same embedding."""
        library = ModelLibrary(None, lanes=1)
        face = np.random.default_rng(1).integers(0, 256, (1, 96, 96, 3), dtype=np.uint8)
        rows = [
            library.load("expression_mobilevit", choice=choice, precision=form)
            .session()
            .infer({"face": face})["embedding"][0]
            for form in Precision
        ]
        units = [row / np.linalg.norm(row) for row in rows]

        assert min(float(unit @ units[0]) for unit in units) > 0.98
