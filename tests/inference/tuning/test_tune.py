"""Whatever a candidate does to the child process, the others are timed and the default is safe."""

import shutil
import sys
import threading
from pathlib import Path

import pytest

from appliance.domain.models import Backend, Precision
from appliance.errors import InferenceError, ModelLoadError
from appliance.inference.board import read_board_key
from appliance.inference.library import EngineChoice, ModelLibrary, pick_file
from appliance.inference.tuning.trial import MixPart
from appliance.inference.tuning.tune import TRIAL_COMMAND, Tuner, Tuning, save_tunings
from appliance.inference.tuning.tuned import read_tuned
from tests.support.onnx_bytes import doubling_model
from tests.support.tiny_models import write_model

FORMS = ("openvino f32", "openvino f16", "onnx f32")

CHILD = """
import json, os, sys, time
job = json.loads(sys.stdin.readline())
def say(step, **more):
    print(json.dumps({"step": step, **more}), flush=True)
def misbehave(model, form):
    pass
COST = {"openvino f32": 40, "openvino f16": 40, "onnx f32": 20, "without": 0}
print("a library says hello")
for part in job["mix"]:
    say("load", model=part["model"], form="")
    misbehave(part["model"], "")
for trial in job["trials"]:
    for _ in range(6):
        say("round", model=trial["model"])
        for form in ["without", *trial["forms"]]:
            say("run", model=trial["model"], form=form)
            misbehave(trial["model"], form)
            say("slice", model=trial["model"], form=form, cpu_ms=100 + COST[form], wall_ms=4,
                calls=10)
    say("tried", model=trial["model"])
say("done")
"""

CRASH = "    if (model, form) == {culprit!r}: os.abort()"
HANG = "    if (model, form) == {culprit!r}: time.sleep(600)"
EXIT = "    if (model, form) == {culprit!r}: os._exit(7)"
REFUSE = """    if (model, form) == {culprit!r}:
        say("failed", model=model, form=form, reason="does not load")
        os._exit(70)"""


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    """Return two models that exist in three forms each."""
    for name in ("pose_detector", "fusion"):
        write_model(tmp_path / "models", name, dict.fromkeys(FORMS, doubling_model()))
    return ModelLibrary(tmp_path / "models", lanes=2)


def tune(
    library: ModelLibrary,
    *,
    command: tuple[str, ...] = TRIAL_COMMAND,
    seconds: float = 60.0,
    step_limit_s: float = 30.0,
    stop: threading.Event | None = None,
) -> dict[str, Tuning]:
    """Tune both models and return the outcome by name."""
    names = ("pose_detector", "fusion")
    tuner = Tuner(
        library,
        mix=[MixPart(model=name, form="openvino f32", every=1, shared=False) for name in names],
        rows=2,
        background=True,
        command=command,
        step_limit_s=step_limit_s,
    )
    tunings = tuner.run(
        {name: pick_file(library.spec(name), choice=EngineChoice.AUTO) for name in names},
        seconds=seconds,
        progress=lambda *_: None,
        stop=stop or threading.Event(),
    )
    return {one.model: one for one in tunings}


def child(folder: Path, misbehaviour: str, culprit: tuple[str, str]) -> tuple[str, ...]:
    """Return the command of a child that misbehaves when it comes to one model and form."""
    script = folder / "child.py"
    line = misbehaviour.format(culprit=culprit)
    script.write_text(CHILD.replace("    pass", line), encoding="utf-8")
    return (sys.executable, str(script))


@pytest.mark.parametrize(
    ("misbehaviour", "reason"),
    [
        pytest.param(CRASH, "crashed (SIGABRT)", id="crashes"),
        pytest.param(EXIT, "ended with exit code 7", id="exits"),
        pytest.param(REFUSE, "does not load", id="fails-and-exits"),
        pytest.param(HANG, "no sign of life for 1 s", id="hangs"),
    ],
)
def test_a_broken_candidate_is_skipped_and_the_rest_is_timed(
    tmp_path: Path, library: ModelLibrary, misbehaviour: str, reason: str
) -> None:
    """With its reason; another form of the same model still wins."""
    command = child(tmp_path, misbehaviour, ("pose_detector", "openvino f16"))

    outcome = tune(library, command=command, step_limit_s=1.0)

    verdict = outcome["pose_detector"].selection
    assert verdict.winner == "onnx f32"
    assert verdict.notes == {"openvino f16": reason}
    assert outcome["fusion"].selection.winner == "onnx f32"
    assert set(outcome["fusion"].selection.scores) == set(FORMS)


def test_a_candidate_that_crashes_on_its_way_to_victory_does_not_win(
    tmp_path: Path, library: ModelLibrary
) -> None:
    """The default stays."""
    command = child(tmp_path, CRASH, ("fusion", "onnx f32"))

    outcome = tune(library, command=command)["fusion"]

    assert outcome.selection.winner == "openvino f32"
    assert (outcome.tuned.backend, outcome.tuned.precision) == (Backend.OPENVINO, Precision.F32)


@pytest.mark.parametrize("form", ["", "without"], ids=["loading", "running"])
def test_a_mix_that_does_not_run_ends_the_tuning(
    tmp_path: Path, library: ModelLibrary, form: str
) -> None:
    """No candidate is to blame, so nothing is learnt."""
    command = child(tmp_path, CRASH, ("pose_detector", form))

    with pytest.raises(InferenceError, match=r"cannot be timed: pose_detector.* crashed \(SIGABRT"):
        tune(library, command=command)


def test_time_that_runs_out_leaves_the_default_and_no_result(
    tmp_path: Path, library: ModelLibrary
) -> None:
    """The next start tries again; what was finished before is kept."""
    command = child(tmp_path, HANG, ("fusion", "onnx f32"))

    outcome = tune(library, command=command, seconds=2.0)
    save_tunings(tmp_path / "engines.json", list(outcome.values()))

    assert outcome["pose_detector"].selection.winner == "onnx f32"
    assert outcome["fusion"].selection.winner == "openvino f32"
    assert "fewer than 5 rounds" in outcome["fusion"].selection.notes["onnx f32"]
    kept = (tmp_path / "engines.json").read_text(encoding="utf-8")
    assert '"pose_detector": {\n   "digest"' in kept
    assert '"fusion": {\n   "digest"' not in kept


def test_a_tuning_that_measured_nothing_is_not_kept(tmp_path: Path, library: ModelLibrary) -> None:
    """An older result stays; the message says what to do."""
    older = tmp_path / "engines.json"
    older.write_text("older", encoding="utf-8")
    command = child(tmp_path, HANG, ("pose_detector", "onnx f32"))

    outcome = tune(library, command=command, seconds=2.0)

    with pytest.raises(InferenceError, match=r"nothing was measured.*--seconds"):
        save_tunings(older, list(outcome.values()))
    assert older.read_text(encoding="utf-8") == "older"


def test_a_box_that_stops_does_not_wait_for_it(tmp_path: Path, library: ModelLibrary) -> None:
    """The child is killed and there is no outcome."""
    stop = threading.Event()
    stop.set()

    command = child(tmp_path, HANG, ("fusion", ""))
    assert tune(library, command=command, stop=stop) == {}


def test_an_altered_model_is_refused_before_anything_runs(
    tmp_path: Path, library: ModelLibrary
) -> None:
    """As at every start."""
    (tmp_path / "models" / "fusion" / "onnx_f32.onnx").write_bytes(b"")

    with pytest.raises(ModelLoadError, match="truncated or altered"):
        tune(library, command=child(tmp_path, CRASH, ("", "")))


def test_the_real_child_times_real_engines_and_skips_a_file_that_does_not_load(
    tmp_path: Path, library: ModelLibrary
) -> None:
    """All forms of all models, lanes at once; the reason is the run time's."""
    shutil.rmtree(tmp_path / "models" / "fusion")
    forms = dict.fromkeys(FORMS, doubling_model()) | {"onnx int8": b"no model"}
    write_model(tmp_path / "models", "fusion", forms, more="proven = true")

    outcome = tune(library)

    assert set(outcome["pose_detector"].selection.scores) == set(FORMS)
    assert set(outcome["fusion"].selection.scores) == set(FORMS)
    assert "ONNX Runtime cannot load" in outcome["fusion"].selection.notes["onnx int8"]
    assert all(score.rounds >= 5 for score in outcome["fusion"].selection.scores.values())
    save_tunings(tmp_path / "engines.json", list(outcome.values()))
    from_file = read_tuned(tmp_path / "engines.json", key=read_board_key())
    assert from_file.models == {name: one.tuned for name, one in outcome.items()}


def test_short_of_time_what_is_called_most_comes_first(library: ModelLibrary) -> None:
    """However the models are listed."""
    said: list[str] = []
    mix = [
        MixPart(model="pose_detector", form="openvino f32", every=30, shared=False),
        MixPart(model="fusion", form="openvino f32", every=3, shared=True),
    ]
    defaults = {
        part.model: pick_file(library.spec(part.model), choice=EngineChoice.AUTO) for part in mix
    }

    tunings = Tuner(library, mix=mix, rows=2, background=True).run(
        defaults,
        seconds=60.0,
        progress=lambda doing, _: said.append(doing.partition(" ")[0]),
        stop=threading.Event(),
    )

    assert list(dict.fromkeys(said[len(mix) :])) == ["fusion", "pose_detector"]
    assert [one.model for one in tunings] == ["pose_detector", "fusion"]
