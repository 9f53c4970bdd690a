"""Mistakes in a configuration that can be made together, and what has to be said of each."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.configuration_mistakes import (
    add_camera,
    certificate_without_ca,
    certificate_without_key,
    damaged_twice,
    export_variable,
    key_as_ca,
    leave_out,
    missing_ca,
    no_models,
    not_utf8,
    open_camera_password,
    open_key,
    open_password_file,
    password_without_user,
    set_to,
    state_in_the_way,
)
from tests.support.configuration_workshop import MAIN, SECRET, Workshop


@dataclass(frozen=True)
class Fault:
    """One mistake."""

    name: str
    make: Callable[[Workshop], None]
    key: str
    """The setting that its line names."""
    says: tuple[str, ...]
    """What else the line has: the fact, and the next step."""
    file: str = MAIN
    """The file that its line names, from the folder; or the variable."""
    lines: int = 1
    """How many lines there are of it."""
    against: frozenset[str] = frozenset()
    """Mistakes that cannot be made at the same time: in the same setting."""


_PROFILES = frozenset({"no-profile", "wrong-profile", "demo-profile"})
_PASSWORDS = frozenset({"open-password-file", "password-without-user"})
_CAS = frozenset({"missing-ca", "key-as-ca", "certificate-without-ca"})
_CERTIFICATES = frozenset({"certificate-without-key", "open-key", "certificate-without-ca"})
_POSES = frozenset({"unknown-engine", "mediapipe-without-model"})
_SOURCES = frozenset({"password-in-the-environment", "source-is-a-number"})

FAULTS = (
    Fault(
        "unknown-key", set_to("warning.thetta", "0.5"), "warning.thetta", ("did you mean theta?",)
    ),
    Fault("unknown-table", set_to("colour.x", "1"), "colour", ("no such setting; remove it",)),
    Fault(
        "unknown-key-in-config-d",
        set_to("storage.retention", "3", file="config.d/10-room.toml"),
        "storage.retention",
        ("did you mean retention_days?",),
        file="config.d/10-room.toml",
    ),
    Fault(
        "same-key-in-two-files",
        set_to("colour.x", "1", file="config.d/12-again.toml"),
        "colour",
        ("no such setting",),
        file="config.d/12-again.toml",
    ),
    Fault(
        "password-as-a-setting",
        set_to("mqtt.password", f'"{SECRET}"'),
        "mqtt.password",
        ("no such setting; did you mean password_file?",),
    ),
    Fault("no-schema", set_to("schema", "2"), "schema", ("expected 1; correct it",)),
    Fault(
        "no-site",
        leave_out("box.site"),
        "box.site",
        ("is missing; add it under [box]: only a-z, 0-9 and -",),
    ),
    Fault(
        "room-with-a-space",
        set_to("box.room", f'"{SECRET} 2"'),
        "box.room",
        ("expected only a-z, 0-9 and -",),
    ),
    Fault(
        "too-many-lanes",
        set_to("box.lanes", "65"),
        "box.lanes",
        ("expected a whole number at least 0 and at most 64",),
    ),
    Fault(
        "no-such-step",
        set_to("box.degrade", "9"),
        "box.degrade",
        ('expected "auto" or a whole number from 0 to 4',),
    ),
    Fault("no-models", no_models, "box.models_dir", ("no model 'pose_detector'",), lines=6),
    Fault(
        "state-folder-is-a-file",
        state_in_the_way,
        "box.state_dir",
        ("is a file", "set another folder"),
    ),
    Fault(
        "no-profile",
        leave_out("policy.profile"),
        "policy.profile",
        ('is missing; add it under [policy]: "fatigue-only" (alert or drowsy', '"four-state"'),
        against=_PROFILES,
    ),
    Fault(
        "wrong-profile",
        set_to("policy.profile", '"drowsy"'),
        "policy.profile",
        ('expected "fatigue-only" (alert or drowsy', '"four-state"'),
        against=_PROFILES,
    ),
    Fault(
        "demo-profile",
        set_to("policy.profile", '"demo"'),
        "policy.profile",
        ('choose "fatigue-only" or "four-state"',),
        against=_PROFILES,
    ),
    Fault(
        "tells-who",
        set_to("policy.learn", "true"),
        "policy.learn",
        ("they tell who somebody is", "set learn = false, or leave it out"),
    ),
    Fault(
        "missing-artifact",
        set_to("policy.artifact", '"/nowhere/dqn.policy"'),
        "policy.artifact",
        ("there is no file /nowhere/dqn.policy", "correct the path"),
    ),
    Fault(
        "unknown-learner",
        set_to("policy.learner", '"oracle"'),
        "policy.learner",
        ('expected "rules" or "dqn" or "bandit"; correct it', 'for the default "rules"'),
    ),
    Fault(
        "port-as-text",
        set_to("mqtt.port", f'"{SECRET}"'),
        "mqtt.port",
        ("expected a whole number at least 1 and at most 65535", "for the default 1883"),
    ),
    Fault(
        "missing-ca",
        missing_ca,
        "mqtt.ca_file",
        ("there is no file", "put it there"),
        against=_CAS,
    ),
    Fault(
        "key-as-ca",
        key_as_ca,
        "mqtt.ca_file",
        ("holds no certificate", "name the file"),
        against=_CAS,
    ),
    Fault(
        "certificate-without-ca",
        certificate_without_ca,
        "mqtt.ca_file",
        ("cert_file needs it", "set it, or leave"),
        against=_CAS | _CERTIFICATES,
    ),
    Fault(
        "open-password-file",
        open_password_file,
        "mqtt.password_file",
        ("everybody can read", "(mode 0644); run: chmod o-rwx"),
        against=_PASSWORDS,
    ),
    Fault(
        "password-without-user",
        password_without_user,
        "mqtt.password_file",
        ("needs username", "set mqtt.username"),
        against=_PASSWORDS,
    ),
    Fault(
        "certificate-without-key",
        certificate_without_key,
        "mqtt.key_file",
        ("belong together; set both",),
        against=_CERTIFICATES,
    ),
    Fault(
        "open-key",
        open_key,
        "mqtt.key_file",
        ("everybody can read", "chmod o-rwx"),
        against=_CERTIFICATES,
    ),
    Fault(
        "wrong-scheme",
        add_camera("back", source=f"ftp://cam/{SECRET}", seat="b01@pc-11"),
        "cameras.back.source",
        ("this URL cannot be opened; write rtsp://",),
    ),
    Fault(
        "seat-twice",
        add_camera("twin", source="/dev/video7", seat="a01@pc-12"),
        "cameras.twin.seats.a01",
        ("seat id 'a01' is used twice", "give one of them another id"),
    ),
    Fault(
        "terminal-twice",
        add_camera("other", source="/dev/video8", seat="b02@pc-01"),
        "cameras.other.seats.b02.terminal",
        ("terminal 'pc-01' has two seats",),
    ),
    Fault(
        "seat-id-with-capitals",
        add_camera("front", source=None, seat="A_2@pc-13"),
        "cameras.front.seats.A_2",
        ("an id has only a-z, 0-9 and -", "rename it"),
    ),
    Fault(
        "camera-without-seats",
        add_camera("bare", source="/dev/video9", seat=None),
        "cameras.bare.seats",
        ("is missing; add it under [cameras.bare]",),
    ),
    Fault(
        "camera-without-source",
        add_camera("blind", source=None, seat="c01@pc-14"),
        "cameras.blind.source",
        ("is missing",),
    ),
    Fault(
        "no-frames",
        set_to("cameras.front.fps", "0"),
        "cameras.front.fps",
        ("expected a number above 0 and at most 60",),
    ),
    Fault(
        "empty-region",
        set_to("cameras.front.seats.a01.region", "[0.5, 0, 0.5, 1]"),
        "cameras.front.seats.a01.region",
        ("is no rectangle", "give [x0, y0, x1, y1]"),
        against=frozenset({"region-in-words"}),
    ),
    Fault(
        "consent-in-other-words",
        set_to("cameras.front.seats.a01.consent", '"yes"'),
        "cameras.front.seats.a01.consent",
        ('expected "ask" or "granted"',),
    ),
    Fault(
        "theta-above-one",
        set_to("warning.theta", "2", file="config.d/20-rule.toml"),
        "warning.theta",
        ("expected a number above 0 and below 1", "for the default 0.7"),
        file="config.d/20-rule.toml",
        against=frozenset({"clears-at-once"}),
    ),
    Fault(
        "clears-at-once",
        set_to("warning.clear_below", "0.8"),
        "warning.clear_below",
        ("exceeds theta", "set clear_below to at most 0.7"),
        against=frozenset({"theta-above-one"}),
    ),
    Fault(
        "alert-that-cannot-be",
        set_to("warning.tau_s", "95"),
        "warning.tau_s",
        ("is not below window_s (90)", "set tau_s below 90"),
    ),
    Fault(
        "retention-as-text",
        set_to("storage.retention_days", '"a month"'),
        "storage.retention_days",
        ("expected a number above 0 and at most 365",),
    ),
    Fault(
        "neither-true-nor-false",
        set_to("storage.embeddings", '"maybe"'),
        "storage.embeddings",
        ("expected true or false, without quotes; correct it, or leave it out for the",),
    ),
    Fault(
        "unknown-engine",
        set_to("engines.pose", '"tensorrt"'),
        "engines.pose",
        ('expected "auto" or "openvino" or "onnx" or "mediapipe"',),
        against=_POSES,
    ),
    Fault(
        "mediapipe-without-model",
        set_to("engines.pose", '"mediapipe"'),
        "engines.mediapipe_model",
        ('pose = "mediapipe" needs it', 'or set pose = "auto"'),
        against=_POSES,
    ),
    Fault("table-as-number", set_to("intervention", "1"), "intervention", ("expected a table",)),
    Fault(
        "damaged-toml",
        lambda shop: shop.break_toml("theta = "),
        "line {last}, column 9",
        ("Invalid value", "correct the TOML there"),
    ),
    Fault(
        "damaged-config-d",
        lambda shop: shop.break_toml("theta 0.7", file="config.d/30-x.toml"),
        "line 1, column 7",
        ("Expected '=' after a key", "correct the TOML"),
        file="config.d/30-x.toml",
    ),
    Fault(
        "damaged-twice",
        damaged_twice,
        "line 1, column 9",
        ("correct the TOML there",),
        file="config.d/40-twice.toml",
        lines=2,
    ),
    Fault(
        "not-utf-8",
        not_utf8,
        "line 1",
        ("this is not UTF-8 text; save",),
        file="config.d/50-latin.toml",
    ),
    Fault(
        "misspelt-variable",
        export_variable("CLASSBOX_WARNNING__THETA", SECRET),
        "warnning.theta",
        ("no such setting; did you mean CLASSBOX_WARNING__THETA?",),
        file="environment CLASSBOX_WARNNING__THETA",
    ),
    Fault(
        "variable-with-one-underscore",
        export_variable("CLASSBOX_BOX_SITE", "x"),
        "box_site",
        ("did you mean CLASSBOX_BOX__SITE?",),
        file="environment CLASSBOX_BOX_SITE",
    ),
    Fault(
        "wrong-variable",
        export_variable("CLASSBOX_WARNING__TEACHER_MESSAGES", SECRET),
        "warning.teacher_messages",
        ("expected a whole number at least 1",),
        file="environment CLASSBOX_WARNING__TEACHER_MESSAGES",
    ),
    Fault(
        "region-in-words",
        export_variable("CLASSBOX_CAMERAS__FRONT__SEATS__A01__REGION", SECRET),
        "cameras.front.seats.a01.region",
        ("expected a list of four numbers", "as JSON"),
        file="environment CLASSBOX_CAMERAS__FRONT__SEATS__A01__REGION",
        against=frozenset({"empty-region"}),
    ),
    Fault(
        "password-in-the-environment",
        export_variable("CLASSBOX_CAMERAS__FRONT__SOURCE", f"rtsp://me:{SECRET}@camera/1"),
        "cameras.front.source",
        ("everybody can read a password there", "config.d"),
        file="environment CLASSBOX_CAMERAS__FRONT__SOURCE",
        against=_SOURCES,
    ),
    Fault(
        "open-camera-password",
        open_camera_password,
        "cameras.yard.source",
        ("everybody can read the password in this file", "chmod o-rwx"),
    ),
    Fault(
        "source-is-a-number",
        set_to("cameras.front.source", "0"),
        "cameras.front.source",
        ("expected text in quotes",),
        against=_SOURCES,
    ),
    Fault(
        "timetable-without-zone",
        leave_out("timetable.timezone"),
        "timetable.timezone",
        ("is missing; add it under [timetable]",),
    ),
    Fault(
        "misspelt-day",
        set_to("timetable.mondey", '["08:00-08:45"]'),
        "timetable.mondey",
        ("did you mean monday?",),
    ),
    Fault(
        "lesson-as-text",
        set_to("timetable.friday", '"08:00"'),
        "timetable.friday",
        ("expected a list such as",),
    ),
)
"""Every one can be made with every other, but for those in the same setting."""
