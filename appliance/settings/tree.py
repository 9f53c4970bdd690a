"""All tables of a box together; ``rules`` has what holds between them."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from appliance.settings.box import BoxSettings
from appliance.settings.cameras import CameraSettings
from appliance.settings.engines import EngineSettings
from appliance.settings.intervention import InterventionSettings
from appliance.settings.mqtt import MqttSettings
from appliance.settings.policy import PolicySettings
from appliance.settings.section import Expected, Id, SchemaVersion
from appliance.settings.sensors import SensorSettings
from appliance.settings.storage import StorageSettings
from appliance.settings.timetable.table import TimetableSettings
from appliance.settings.warning import TeacherSettings, WarningSettings


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )

    schema_version: SchemaVersion
    """Version of this file's layout; always 1."""

    policy: PolicySettings
    box: BoxSettings
    mqtt: MqttSettings = MqttSettings()
    cameras: Annotated[
        dict[Id, CameraSettings], Expected("at least one table [cameras.ID] with source and seats")
    ] = Field(default_factory=dict)
    """Cameras by id; none where sensors look."""
    sensors: Annotated[
        dict[Id, SensorSettings], Expected("tables [sensors.ID.seats.ID] with a terminal each")
    ] = Field(default_factory=dict)
    """Sensors by id, whose tokens this box decides on."""
    warning: WarningSettings = WarningSettings()
    teacher: TeacherSettings = TeacherSettings()
    intervention: InterventionSettings = InterventionSettings()
    storage: StorageSettings = StorageSettings()
    engines: EngineSettings = EngineSettings()
    timetable: TimetableSettings | None = None
    """None: the cameras are open day and night."""
