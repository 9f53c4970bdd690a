"""All tables together, and what holds between them."""

from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from appliance.settings.box import BoxSettings
from appliance.settings.cameras import CameraSettings
from appliance.settings.engines import EngineSettings
from appliance.settings.intervention import InterventionSettings
from appliance.settings.mqtt import MqttSettings
from appliance.settings.policy import PolicySettings
from appliance.settings.section import Id
from appliance.settings.storage import StorageSettings
from appliance.settings.timetable import TimetableSettings
from appliance.settings.warning import WarningSettings

_SHARED_MODELS = ("pose_detector", "pose_landmark_lite", "pose_landmark_full", "face_detector")
MODELS = (*_SHARED_MODELS, "expression_mobilevit", "fusion")
"""Folders that a complete ``models_dir`` has (docs/DESIGN.md, 2)."""

FATIGUE_MODELS = (*_SHARED_MODELS, "expression_mobilevit_fatigue", "fusion_fatigue")
"""The same for ``fatigue-only``: a box of this profile needs no other model on its disk."""


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="CLASSBOX_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    schema_version: Literal[1] = Field(alias="schema")
    """Version of this file's layout; always 1."""

    policy: PolicySettings
    box: BoxSettings
    """After ``policy``, which decides what a complete ``models_dir`` is."""
    mqtt: MqttSettings = MqttSettings()
    cameras: dict[Id, CameraSettings] = Field(min_length=1)
    """Cameras by id."""
    warning: WarningSettings = WarningSettings()
    intervention: InterventionSettings = InterventionSettings()
    storage: StorageSettings = StorageSettings()
    engines: EngineSettings = EngineSettings()
    timetable: TimetableSettings | None = None
    """None: the cameras are open day and night."""

    @field_validator("box")
    @classmethod
    def _models_are_complete(cls, box: BoxSettings, info: ValidationInfo) -> BoxSettings:
        if box.models_dir is None:
            return box
        policy: PolicySettings | None = info.data.get("policy")  # None when it is itself wrong
        fatigue_only = policy is not None and policy.fatigue_only
        missing = [
            f"models_dir: no model {name!r} in {box.models_dir}; leave models_dir out to use "
            "the packaged models"
            for name in (FATIGUE_MODELS if fatigue_only else MODELS)
            if not (box.models_dir / name / "manifest.toml").is_file()
        ]
        if missing:
            raise ValueError("\n".join(missing))
        return box

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        problems: list[str] = []
        seats: dict[str, str] = {}
        terminals: dict[str, str] = {}
        for camera_id, camera in self.cameras.items():
            for seat_id, seat in camera.seats.items():
                where = f"cameras.{camera_id}.seats.{seat_id}"
                if first := seats.get(seat_id):
                    problems.append(f"seat id {seat_id!r} is used twice: {first} and {where}")
                if first := terminals.get(seat.terminal):
                    problems.append(
                        f"terminal {seat.terminal!r} has two seats: {first} and {where}"
                    )
                seats.setdefault(seat_id, where)
                terminals.setdefault(seat.terminal, where)
        if problems:
            raise ValueError("\n".join(problems))
        return self
