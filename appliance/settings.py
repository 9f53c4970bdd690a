"""All configuration, and the only reader of the environment and the configuration file.

The tree is frozen and closed: an unknown key is an error. Sources in order of precedence: the
environment (``CLASSBOX_WARNING__THETA=0.7``), the files of ``config.d`` beside the configuration
file in name order (later wins), the configuration file. Tables are keyed by id, so each source can
override one field of one camera.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from appliance.errors import ConfigError

DEFAULT_CONFIG = Path("/etc/classbox/config.toml")
DEFAULT_STATE_DIR = Path("/var/lib/classbox")

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""What may stand in an MQTT topic (DESIGN.md, 7)."""

_SHARED_MODELS = ("pose_detector", "pose_landmark_lite", "pose_landmark_full", "face_detector")
MODELS = (*_SHARED_MODELS, "expression_mobilevit", "fusion")
"""Folders that a complete ``models_dir`` has (DESIGN.md, 2)."""

FATIGUE_MODELS = (*_SHARED_MODELS, "expression_mobilevit_fatigue", "fusion_fatigue")
"""The same for ``fatigue-only``: a box of this profile needs no other model on its disk."""

_URL_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
_REGION_LENGTH = 4


class Profile(StrEnum):
    """What the box may infer; there is no default, a school has to choose (DESIGN.md, 8)."""

    FATIGUE_ONLY = "fatigue-only"
    FOUR_STATE = "four-state"
    DEMO = "demo"


class SourceKind(StrEnum):
    """How a camera's ``source`` is read."""

    CLIP = "clip"
    DEVICE = "device"
    NETWORK = "network"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class BoxSettings(_Section):
    """Who and where this box is."""

    site: Id
    """School, as it stands in every topic."""

    room: Id
    """Classroom, as it stands in every topic."""

    id: Id
    """This box; unique in its room."""

    state_dir: Path = DEFAULT_STATE_DIR
    """Folder for databases and checkpoints; made with mode 0700."""

    models_dir: Path | None = None
    """Folder of models instead of those in the package."""

    lanes: int = Field(default=0, ge=0, le=64)
    """Worker threads; 0 means one per processor core."""

    degrade: Literal["auto"] | Annotated[int, Field(ge=0, le=4)] = "auto"
    """``auto`` looks less often when the box is too slow; a number holds it on that step of the
    ladder, 0 at full rate."""


class PolicySettings(_Section):
    """What the box may infer."""

    profile: Profile
    """``fatigue-only``, ``four-state`` or ``demo`` (packaged clip only)."""

    @property
    def fatigue_only(self) -> bool:
        """True when the box may tell fatigued from alert and nothing else (DESIGN.md, 8)."""
        return self.profile is Profile.FATIGUE_ONLY


class MqttSettings(_Section):
    """The broker, and how the box proves who it is."""

    host: str = Field(default="localhost", min_length=1)
    """Name or address of the broker."""

    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port; 8883 is usual with TLS."""

    username: str | None = None
    """Broker user; with certificates it must be the certificate's CN."""

    password_file: Path | None = None
    """File whose first line is the password; never the password itself."""

    ca_file: Path | None = None
    """Authority that signed the broker's certificate; turns TLS on."""

    cert_file: Path | None = None
    """The box's own certificate."""

    key_file: Path | None = None
    """The key of ``cert_file``."""

    @model_validator(mode="after")
    def _pairs_are_complete(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            msg = "cert_file and key_file belong together: set both or neither"
            raise ValueError(msg)
        if self.cert_file is not None and self.ca_file is None:
            msg = "cert_file needs ca_file: without it the connection would not use TLS at all"
            raise ValueError(msg)
        if self.password_file is not None and self.username is None:
            msg = "password_file needs username: the broker would ignore a password on its own"
            raise ValueError(msg)
        return self


class SeatSettings(_Section):
    """One seat in a camera's picture."""

    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """x0, y0, x1, y1 as fractions of the picture."""

    terminal: Id
    """Terminal on this seat; each terminal has one seat."""

    consent: Literal["ask", "granted"] = "ask"
    """``ask`` denies until consent is given at run time; ``granted`` is on file at the school."""

    @model_validator(mode="after")
    def _region_is_a_rectangle(self) -> Self:
        x0, y0, x1, y1 = self.region
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            msg = f"region {list(self.region)}: need 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1"
            raise ValueError(msg)
        return self


class CameraSettings(_Section):
    """One feed and the seats it sees."""

    source: str = Field(min_length=1)
    """``/dev/video0``, an ``rtsp://`` or ``http://`` URL, or the path of a clip."""

    fps: float = Field(default=15.0, gt=0, le=60)
    """Frames per second to look at; more are dropped before decoding."""

    loop: bool = False
    """Play a clip again when it ends."""

    realtime: bool = True
    """Play a clip at its own speed; false replays as fast as possible and drops nothing."""

    seats: dict[Id, SeatSettings] = Field(min_length=1)
    """Seats by id; ids are unique over all cameras."""

    @property
    def kind(self) -> SourceKind:
        """How ``source`` is read."""
        if self.source.startswith("/dev/") or self.source.isdigit():
            return SourceKind.DEVICE
        return SourceKind.NETWORK if "://" in self.source else SourceKind.CLIP

    @model_validator(mode="after")
    def _url_can_be_opened(self) -> Self:
        if self.kind is SourceKind.NETWORK:
            try:
                parts = urlsplit(self.source)
                usable = parts.scheme in _URL_SCHEMES and parts.hostname and parts.port != 0
            except ValueError:  # a port that is no number
                usable = False
            if not usable:
                msg = (
                    "source is not a URL that can be opened: expected "
                    "rtsp://, rtsps://, http:// or https://, then HOST[:PORT]/PATH"
                )
                raise ValueError(msg)
        return self


class WarningSettings(_Section):
    """Equation 9 and whom it is told; see ``appliance/warning``."""

    theta: float = Field(default=0.7, gt=0, lt=1)
    """Score threshold, dimensionless."""

    window_s: float = Field(default=90.0, ge=1, le=600)
    """L, seconds of 5 Hz tokens."""

    tau_s: float = Field(default=60.0, ge=0)
    """Time above theta within the window that must be exceeded, seconds."""

    clear_below: float = Field(default=0.5, gt=0, lt=1)
    """An open episode ends when the mean score falls below this."""

    teacher_messages: int = Field(default=3, ge=1, le=100)
    """Messages to teachers in any 45 minutes, for all seats of the box together."""

    @model_validator(mode="after")
    def _rule_can_fire(self) -> Self:
        if self.tau_s >= self.window_s:
            msg = (
                f"tau_s ({self.tau_s:g}) must be below window_s ({self.window_s:g}): the rule "
                "wants more than tau seconds above theta, so no alert could ever be raised"
            )
            raise ValueError(msg)
        if self.clear_below > self.theta:
            msg = (
                f"clear_below ({self.clear_below:g}) must not exceed theta ({self.theta:g}): "
                "an alert would clear as soon as it was raised"
            )
            raise ValueError(msg)
        return self


class InterventionSettings(_Section):
    """Table 1; see ``appliance/intervention/rules.py``."""

    enabled: bool = True
    """False: alerts only, no command is ever sent."""

    literal_severe_rule: bool = False
    """Row 0 as printed: any state above 0.9, whatever its duration."""

    recalibrated: bool = False
    """Lower intensities for the rows that the printed ones hardly ever reach; found with the
    four-state model, so not measured in ``fatigue-only``."""


class StorageSettings(_Section):
    """The two databases in ``state_dir``."""

    retention_days: float = Field(default=30.0, gt=0, le=365)
    """Age at which rows are deleted, days."""

    commit_s: float = Field(default=5.0, ge=1, le=10)
    """Seconds between commits of features."""

    embeddings: bool = False
    """Also keep face embeddings, which identify people."""


class EngineSettings(_Section):
    """Run time per model; ``auto`` uses what ``classbox tune`` found fastest on this board."""

    pose: Literal["auto", "openvino", "onnx", "mediapipe"] = "auto"
    """Pose detector and landmarks; ``mediapipe`` needs the extra and ``mediapipe_model``."""

    expression: Literal["auto", "openvino", "onnx"] = "auto"
    """Face detector and expression encoder."""

    fusion: Literal["auto", "openvino", "onnx"] = "auto"
    """Fusion of the two streams."""

    pose_variant: Literal["lite", "full"] = "lite"
    """Size of the landmark model."""

    tune: bool = True
    """Time the engines in the background when this board has no result yet."""

    mediapipe_model: Path | None = None
    """Bundle (.task) of MediaPipe's pose landmarker, for ``pose = "mediapipe"`` only."""

    @model_validator(mode="after")
    def _mediapipe_has_its_model(self) -> Self:
        if self.pose == "mediapipe" and self.mediapipe_model is None:
            msg = (
                "pose = 'mediapipe' needs mediapipe_model, a file that "
                "'python -m quantization.mediapipe_bundle' of a clone makes"
            )
            raise ValueError(msg)
        return self


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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment above the file, and read nothing else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

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


def load_settings(config_file: Path) -> Settings:
    """Read the config file and ``config.d``, apply the environment, check everything at once.

    Raises:
        ConfigError: One line per problem, each naming the setting as the operator wrote it.
    """
    tables: dict[str, Any] = {}
    for file in [config_file, *sorted((config_file.parent / "config.d").glob("*.toml"))]:
        try:
            tables = _merged(tables, tomllib.loads(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            msg = f"{file}: {error}"
            raise ConfigError(msg) from error
    return parse_settings(tables, origin=str(config_file))


def parse_settings(tables: Mapping[str, Any], *, origin: str) -> Settings:
    """Check tables as they come from TOML; ``origin`` stands at the head of the message.

    Raises:
        ConfigError: One line per problem.
    """
    try:
        return Settings(**tables)
    except ValidationError as error:
        # Neither echoed nor chained: pydantic's own text shows the rejected input,
        # which may be a password.
        problems = [
            line for problem in error.errors(include_input=False) for line in _describe(problem)
        ]
        msg = "\n  ".join([f"{origin}: {len(problems)} problem(s)", *problems])
        raise ConfigError(msg) from None


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = (
            _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged


def _describe(problem: ErrorDetails) -> list[str]:
    setting = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    text = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "string_pattern_mismatch":
        text = "only a-z, 0-9 and - may be used, at most 32 characters"
    if problem["type"] == "extra_forbidden":
        text = "no such setting"
    return [f"{setting}: {line}" if setting else line for line in text.splitlines()]
