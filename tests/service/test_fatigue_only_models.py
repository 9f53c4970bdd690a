"""``fatigue-only`` opens the twins and nothing else, whatever else lies beside them."""

from pathlib import Path
from typing import Any

import pytest
from structlog.typing import EventDict

from appliance.domain.affect import Affect
from appliance.domain.models import ModelSpec
from appliance.errors import ConfigError
from appliance.inference.library import ModelLibrary
from appliance.intervention.rules import TABLE_1
from appliance.service.background_tuning import running_mix
from appliance.service.models import Models, safe_files
from appliance.service.stages import build_monitor, build_policy
from appliance.settings.load import parse_settings
from appliance.settings.reading.rules import FATIGUE_MODELS, MODELS
from appliance.settings.tree import Settings
from tests.support.alerts import alert
from tests.support.tiny_models import write_model

OPENED = (
    "pose_detector",
    "pose_landmark_lite",
    "face_detector",
    "expression_mobilevit_fatigue",
    "fusion_fatigue",
)
FORBIDDEN = ("focused", "confused", "bored")


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """Return tiny models: those of this profile and no others."""
    for name in FATIGUE_MODELS:
        write_model(tmp_path / "models", name)
    return tmp_path / "models"


def make_settings(models_dir: Path, profile: str = "fatigue-only", **tables: Any) -> Settings:  # noqa: ANN401 - any table
    """Return settings of a box with one seat."""
    box = {"site": "s", "room": "r", "id": "b", "models_dir": models_dir}
    return parse_settings(
        {
            "schema": 1,
            "box": box | {"state_dir": models_dir.parent / "state"},
            "policy": {"profile": profile},
            "cameras": {"front": {"source": "/dev/video0", "seats": {"a01": {"terminal": "pc"}}}},
            **tables,
        },
        origin="test",
    )


def test_no_other_model_needs_to_be_there(models_dir: Path, logs: list[EventDict]) -> None:
    """A folder without the full encoder and without the four-state model starts."""
    models = Models(make_settings(models_dir), lanes=1)

    assert not {"expression_mobilevit", "fusion"} & {path.name for path in models_dir.iterdir()}
    assert tuple(models.files) == OPENED
    assert models.eyes.expression.spec.name == "expression_mobilevit_fatigue"
    assert models.fusion.spec.name == "fusion_fatigue"
    assert [entry["event"] for entry in logs] == ["engines_on_defaults"]


def test_no_other_model_is_opened_where_there_are_more(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a manifest is read: the installed package has both kinds side by side."""
    for name in set(MODELS) - set(FATIGUE_MODELS):
        write_model(models_dir, name)
    asked: list[str] = []
    real = ModelLibrary.spec

    def spy(library: ModelLibrary, name: str) -> ModelSpec:
        asked.append(name)
        return real(library, name)

    monkeypatch.setattr(ModelLibrary, "spec", spy)
    settings = make_settings(models_dir)

    Models(settings, lanes=1)
    safe_files(settings)

    assert set(asked) == set(OPENED)


@pytest.mark.parametrize("profile", ["four-state", "demo"])
def test_the_other_profiles_do_not_run_on_the_twins(models_dir: Path, profile: str) -> None:
    """They would hand on two states as four; the message names what is missing."""
    with pytest.raises(ConfigError) as caught:
        make_settings(models_dir, profile)

    assert "box.models_dir: no model 'expression_mobilevit' in" in str(caught.value)
    assert "box.models_dir: no model 'fusion' in" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3, "and nothing else is wrong"


def test_a_missing_twin_is_named(tmp_path: Path) -> None:
    """The models of the other profiles do not stand in for it."""
    for name in MODELS:
        write_model(tmp_path / "models", name)

    with pytest.raises(ConfigError) as caught:
        make_settings(tmp_path / "models")

    assert "box.models_dir: no model 'expression_mobilevit_fatigue' in" in str(caught.value)
    assert "box.models_dir: no model 'fusion_fatigue' in" in str(caught.value)


def test_the_twins_are_timed_like_what_they_replace(models_dir: Path) -> None:
    """The encoder on every frame, the fusion model once for all seats."""
    settings = make_settings(models_dir)

    parts = running_mix(settings, safe_files(settings), lanes=2)

    mix = {part.model: part for part in parts}
    assert tuple(mix) == OPENED
    assert mix["expression_mobilevit_fatigue"].every == 1
    assert mix["fusion_fatigue"].every == 2
    assert [name for name, part in mix.items() if part.shared] == ["fusion_fatigue"]


@pytest.mark.parametrize("literal", [False, True])
def test_warning_and_rules_know_fatigue_alone(models_dir: Path, *, literal: bool) -> None:
    """Rows 0, 1 and 2; a checkpoint of the warnings has no other word either."""
    settings = make_settings(models_dir, intervention={"literal_severe_rule": literal})

    monitor = build_monitor(settings, new_id=lambda: "id")
    policy = build_policy(settings, new_id=lambda: "id")

    for affect in Affect:
        severe = alert(affect, intensity=1.0, severe_s=999.0, episode=affect)
        policy.decide(severe, kill_switch=True)  # row 0 calls a teacher ...
        policy.decide(severe, kill_switch=True)  # ... once; what else would act is refused
    refused = {(each.rule, each.episode) for each in policy.take_refusals()}
    assert refused == {(row, "fatigued") for row in ("0", "1", "2")}
    kept = monitor.snapshot()["settings"].lower()
    assert "fatigued" in kept
    assert not [word for word in FORBIDDEN if word in kept]
    assert len(TABLE_1) == 6, "the table itself is whole"
