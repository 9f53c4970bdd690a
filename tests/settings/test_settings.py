"""The configuration is closed, complete and explains what is wrong with it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from appliance.errors import ConfigError
from appliance.settings.cameras import SourceKind
from appliance.settings.load import load_settings, parse_settings
from appliance.settings.policy import Profile
from appliance.settings.tree import Settings

EXAMPLE = Path(__file__).parents[2] / "systemd" / "config.example.toml"

VALID = """
schema = 1
[box]
site = "school"
room = "lab"
id = "box-1"
[policy]
profile = "four-state"
[cameras.front]
source = "/dev/video0"
[cameras.front.seats.a01]
terminal = "pc-01"
"""


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """Return a valid configuration file."""
    file = tmp_path / "config.toml"
    file.write_text(VALID)
    return file


def test_reads_the_tree(config_file: Path) -> None:
    """What is left out has the documented default."""
    settings = load_settings(config_file)

    assert settings.policy.profile is Profile.FOUR_STATE
    assert settings.cameras["front"].seats["a01"].terminal == "pc-01"
    assert settings.cameras["front"].seats["a01"].consent == "ask"
    assert settings.warning.theta == 0.7
    assert not settings.teacher.live_states


def test_environment_and_config_d_override_single_fields(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment beats config.d, which beats the file; the rest stays."""
    (config_file.parent / "config.d").mkdir()
    override = (
        '[cameras.front.seats.a01]\nconsent = "granted"\n[warning]\ntheta = 0.6\nwindow_s = 80\n'
    )
    (config_file.parent / "config.d" / "10-room.toml").write_text(override)
    monkeypatch.setenv("CLASSBOX_WARNING__THETA", "0.8")

    settings = load_settings(config_file)

    assert settings.warning.theta == 0.8
    assert settings.warning.window_s == 80
    assert settings.cameras["front"].source == "/dev/video0"
    assert settings.cameras["front"].seats["a01"].consent == "granted"


def test_an_environment_that_cannot_be_read_is_a_line(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A region is a list, and lists are JSON there; the value itself is not shown."""
    monkeypatch.setenv("CLASSBOX_CAMERAS", "hunter2")

    with pytest.raises(
        ConfigError, match=r"environment CLASSBOX_CAMERAS: cameras: .*JSON"
    ) as caught:
        load_settings(config_file)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "next_step"),
    [
        pytest.param('learner = "dqn"', 'set learner = "rules", or leave it out', id="dqn"),
        pytest.param('learner = "bandit"', 'set learner = "rules", or leave it out', id="bandit"),
        pytest.param("explore = true", "set explore = false, or leave it out", id="explore"),
    ],
)
def test_two_states_are_not_enough_to_choose_by(
    config_file: Path, line: str, next_step: str
) -> None:
    """``fatigue-only`` has the rules and nothing else; one line says so."""
    config_file.write_text(VALID.replace('"four-state"', f'"fatigue-only"\n{line}'))

    with pytest.raises(ConfigError, match=r"1 problem\(s\)") as caught:
        load_settings(config_file)

    assert f'"fatigue-only" tells no more than fatigued from alert; {next_step}' in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("line", "chooses"),
    [
        ("", False),
        ('learner = "rules"', False),
        ('learner = "dqn"', True),
        ("explore = true", True),
    ],
)
def test_the_rules_decide_alone_unless_asked(
    config_file: Path, line: str, *, chooses: bool
) -> None:
    """With four states a learner may be asked for, and chance without a learner."""
    config_file.write_text(VALID.replace('"four-state"', f'"four-state"\n{line}'))

    assert load_settings(config_file).policy.chooses is chooses


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        pytest.param(
            "[warning]\nthetta = 0.5", "warning.thetta: no such setting", id="unknown-key"
        ),
        pytest.param("[colour]\nx = 1", "colour: no such setting", id="unknown-table"),
        pytest.param(
            '[cameras.back]\nsource = "rtsp://"\nseats.b01.terminal = "pc-02"',
            "cameras.back.source: this URL cannot be opened",
            id="bad-url",
        ),
        pytest.param(
            '[cameras.back]\nsource = "http://cam:port/x"\nseats.b01.terminal = "pc-02"',
            "cameras.back.source: this URL cannot be opened",
            id="bad-port",
        ),
        pytest.param(
            '[cameras.back]\nsource = "ftp://cam/x"\nseats.b01.terminal = "pc-02"',
            "cameras.back.source: this URL cannot be opened",
            id="wrong-scheme",
        ),
        pytest.param(
            '[cameras.back]\nsource = "file:///etc/x.mp4"\nseats.b01.terminal = "pc-02"',
            "cameras.back.source: this URL cannot be opened; write rtsp://",
            id="file-url",
        ),
        *(
            pytest.param(
                f'[cameras.back]\nsource = "{other}"\nseats.b01.terminal = "pc-02"',
                "cameras.back.source: this is no kind of camera that is read; write a device",
                id=other.partition(":")[0],
            )
            for other in ("file:x.mp4", "pipe:0", "concat:a.avi|b.avi", "v4l2:x", "PIPE:")
        ),
        pytest.param(
            '[cameras.back]\nsource = "0"\nmax_pixels = 0\nseats.b01.terminal = "pc-02"',
            "cameras.back.max_pixels: .*1",
            id="no-pixels",
        ),
        pytest.param(
            '[cameras.back]\nsource = "x.mp4"\nseats.a01.terminal = "pc-02"',
            "seat id 'a01' is used twice: cameras.front.seats.a01 and cameras.back.seats.a01",
            id="two-seats-with-one-id",
        ),
        pytest.param(
            '[cameras.back]\nsource = "x.mp4"\nseats.b01.terminal = "pc-01"',
            "terminal 'pc-01' has two seats",
            id="terminal-with-two-seats",
        ),
        pytest.param(
            '[cameras.front.seats.A_2]\nterminal = "pc-02"',
            "cameras.front.seats.A_2: an id has only a-z, 0-9 and -",
            id="id-outside-a-topic",
        ),
        pytest.param(
            '[cameras.front.seats.a02]\nterminal = "pc-02"\nregion = [0.5, 0, 0.5, 1]',
            "cameras.front.seats.a02.region: .*with 0 <= x0 < x1 <= 1",
            id="empty-region",
        ),
        pytest.param(
            "[warning]\nwindow_s = 60\ntau_s = 60",
            r"warning.tau_s: 60 is not below window_s \(60\).*no alert could ever",
            id="unreachable-tau",
        ),
        pytest.param(
            "[warning]\nwindow_s = 20\ntau_s = 8",
            "warning.window_s: .*30",
            id="window-below-the-mean",
        ),
        pytest.param(
            "[warning]\ntheta = 0.6\nclear_below = 0.65",
            r"warning.clear_below: 0.65 exceeds theta \(0.6\)",
            id="clears-at-once",
        ),
        pytest.param(
            '[mqtt]\ncert_file = "a.pem"',
            "mqtt.key_file: cert_file and key_file belong",
            id="half-a-pair",
        ),
        pytest.param(
            '[mqtt]\npassword_file = "secret"', "mqtt.password_file: needs username", id="no-user"
        ),
    ],
)
def test_each_mistake_has_its_line(config_file: Path, addition: str, message: str) -> None:
    """The line names the setting as the operator wrote it."""
    config_file.write_text(VALID + addition + "\n")

    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(config_file)
    assert caught.value.exit_code == 78


def test_a_profile_has_to_be_chosen(config_file: Path) -> None:
    """Without a policy profile the box does not start."""
    config_file.write_text(VALID.replace('profile = "four-state"', ""))

    with pytest.raises(
        ConfigError, match=r"policy.profile: is missing; .*fatigue-only.*four-state"
    ):
        load_settings(config_file)


def test_all_problems_are_reported_at_once_without_values(config_file: Path) -> None:
    """One edit fixes everything, and the journal never learns the password."""
    config_file.write_text(VALID + '[mqtt]\nport = 0\npassword = "hunter2"\n[warning]\ntheta = 2\n')

    with pytest.raises(ConfigError) as caught:
        load_settings(config_file)

    lines = str(caught.value).splitlines()
    assert lines[0].endswith("3 problem(s)")
    assert len(lines) == 4
    assert "hunter2" not in str(caught.value)


def test_broken_toml_names_the_line(config_file: Path) -> None:
    """A typing mistake is found with its place."""
    config_file.write_text("schema = \n")

    with pytest.raises(ConfigError, match=r"config\.toml: line 1, column 10: Invalid value"):
        load_settings(config_file)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("/dev/video0", SourceKind.DEVICE),
        ("0", SourceKind.DEVICE),
        ("rtsp://camera/stream", SourceKind.NETWORK),
        ("lesson.mp4", SourceKind.CLIP),
        ("/srv/lesson.mp4", SourceKind.CLIP),
    ],
)
def test_a_source_says_how_it_is_read(config_file: Path, source: str, kind: SourceKind) -> None:
    """Devices, URLs and clips are told apart by their form."""
    config_file.write_text(VALID.replace("/dev/video0", source))

    assert load_settings(config_file).cameras["front"].kind is kind


def test_mediapipe_without_its_model_is_refused(config_file: Path) -> None:
    """The message says where the file comes from."""
    config_file.write_text(VALID + '\n[engines]\npose = "mediapipe"\n')
    with pytest.raises(ConfigError, match=r"engines.mediapipe_model: is missing"):
        load_settings(config_file)

    config_file.write_text(
        VALID + '\n[engines]\npose = "mediapipe"\nmediapipe_model = "/models/pose.task"\n'
    )
    assert load_settings(config_file).engines.mediapipe_model == Path("/models/pose.task")


def test_the_example_is_valid_and_names_every_setting() -> None:
    """An operator can learn every setting from the example alone."""
    with pytest.raises(ConfigError, match=r"1 problem\(s\)\n  .*: policy\.profile: "):
        load_settings(EXAMPLE)  # it chooses for nobody
    text = EXAMPLE.read_text(encoding="utf-8")
    chosen = text.replace("# profile =", "profile =")
    settings = parse_settings(tomllib.loads(chosen), origin="example")

    missing = [name for name in _leaf_names(Settings) if f"{name} =" not in text]

    assert missing == []
    assert settings.schema_version == 1
    assert tomllib.loads(text)["schema"] == 1


def _leaf_names(model: type[BaseModel]) -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        inner = [kind for kind in _types(field.annotation) if issubclass(kind, BaseModel)]
        names += [leaf for kind in inner for leaf in _leaf_names(kind)]
        if not inner:
            names.append(field.alias or name)
    return names


def _types(annotation: Any) -> list[type]:  # noqa: ANN401 - an annotation can be anything
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return [annotation]
    return [kind for part in getattr(annotation, "__args__", ()) for kind in _types(part)]
