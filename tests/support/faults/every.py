"""Thirty-five faults of a box, each with the link that ``classbox doctor`` has to name first.

``python -m tests.support.faults.table`` injects them all, one by one, and prints what is said;
``test_faults.py`` injects those that take seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.commands.doctor.links import Hop
from tests.support.faults import broker, camera, machine, stopped, terminal
from tests.support.scenes import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    name: str
    """What, in a few words."""

    inject: Callable[[Scene], None]
    """Sets a box up in which it is."""

    at: Hop
    """The link that has to be named first."""

    said: str
    """Part of the fact that has to be told."""

    quick: bool = False
    """Is injected whenever the tests run; the others are too many for that."""


FAULTS = (
    Fault(
        name="unknown setting",
        inject=stopped.wrong_setting,
        at=Hop.CONFIGURATION,
        said="thetta",
        quick=True,
    ),
    Fault(
        name="model damaged",
        inject=stopped.damaged_model,
        at=Hop.MODELS,
        said="truncated or altered",
        quick=True,
    ),
    Fault(
        name="state folder unusable",
        inject=stopped.no_state_folder,
        at=Hop.STATE,
        said="box.state_dir",
        quick=True,
    ),
    Fault(
        name="service stopped",
        inject=stopped.stopped_service,
        at=Hop.SERVICE,
        said="not running",
        quick=True,
    ),
    Fault(
        name="encoder stuck",
        inject=stopped.stuck_engine,
        at=Hop.SERVICE,
        said="ended while looking at a picture of camera front",
    ),
    Fault(
        name="clock not synchronised", inject=machine.wrong_clock, at=Hop.CLOCK, said="synchronised"
    ),
    Fault(name="disk full", inject=machine.full_disk, at=Hop.STATE, said="full"),
    Fault(
        name="privacy.db damaged",
        inject=machine.damaged_database,
        at=Hop.STATE,
        said="privacy.db or refusals.jsonl was lost, and with it who agreed",
        quick=True,
    ),
    Fault(
        name="camera missing",
        inject=camera.missing_camera,
        at=Hop.CAMERA,
        said="/dev/video97",
        quick=True,
    ),
    Fault(
        name="camera's password wrong (401)",
        inject=camera.wrong_camera_password,
        at=Hop.CAMERA,
        said="cannot open",
    ),
    Fault(name="camera stalled", inject=camera.stalled_camera, at=Hop.CAMERA, said="no picture"),
    Fault(name="picture black", inject=camera.black_picture, at=Hop.DECODE, said="black"),
    Fault(
        name="camera at the wall",
        inject=camera.camera_at_the_wall,
        at=Hop.PERSON,
        said="logged in",
        quick=True,
    ),
    Fault(name="5 frames a second", inject=camera.slow_camera, at=Hop.RATE, said="frames/s of 15"),
    Fault(
        name="camera in quarantine",
        inject=camera.quarantined_camera,
        at=Hop.CAMERA,
        said="quarantined",
    ),
    Fault(name="box overloaded", inject=camera.overloaded_box, at=Hop.RATE, said="too slow"),
    Fault(name="paused", inject=camera.paused_box, at=Hop.CAMERA, said="closed by pause"),
    Fault(
        name="closed by the timetable",
        inject=camera.closed_by_timetable,
        at=Hop.CAMERA,
        said="closed by timetable",
    ),
    Fault(
        name="no consent", inject=camera.no_consent, at=Hop.CONSENT, said="not given", quick=True
    ),
    Fault(
        name="region beside the person",
        inject=camera.region_beside_the_person,
        at=Hop.PERSON,
        said="logged in",
    ),
    Fault(
        name="two people in a region",
        inject=camera.two_people_in_a_region,
        at=Hop.PERSON,
        said="more than one person",
    ),
    Fault(name="faces too small", inject=camera.small_faces, at=Hop.FACE, said="px; needs 33"),
    Fault(
        name="lids unreadable",
        inject=camera.unreadable_lids,
        at=Hop.LIDS,
        said="lids need 48",
        quick=True,
    ),
    Fault(name="broker down", inject=broker.broker_down, at=Hop.BROKER, said="nothing listens"),
    Fault(
        name="broker's port wrong",
        inject=broker.wrong_port,
        at=Hop.BROKER,
        said="nothing listens there",
    ),
    Fault(name="wrong CA", inject=broker.wrong_authority, at=Hop.BROKER, said="certificate"),
    Fault(
        name="broker's certificate expired",
        inject=broker.expired_certificate,
        at=Hop.BROKER,
        said="expired",
    ),
    Fault(
        name="broker's password wrong",
        inject=broker.wrong_broker_password,
        at=Hop.BROKER,
        said="Not authorized",
    ),
    Fault(
        name="ACL of another site",
        inject=broker.acl_of_another_site,
        at=Hop.BROKER,
        said="readwrite cb/v1/school/lab/box/box-1/#",
    ),
    Fault(
        name="ACL without seat/+/ack",
        inject=broker.acl_without_acks,
        at=Hop.BROKER,
        said="read cb/v1/school/lab/seat/+/ack",
        quick=True,
    ),
    Fault(
        name="terminal offline",
        inject=terminal.terminal_offline,
        at=Hop.TERMINAL,
        said="is offline",
        quick=True,
    ),
    Fault(
        name="terminal has another id",
        inject=terminal.terminal_with_another_id,
        at=Hop.TERMINAL,
        said="not been heard of",
    ),
    Fault(name="exam", inject=terminal.terminal_in_an_exam, at=Hop.MASK, said="exam"),
    Fault(
        name="terminal never answers",
        inject=terminal.mute_terminal,
        at=Hop.ANSWER,
        said="1 of 1 commands unanswered",
    ),
    Fault(
        name="interventions switched off",
        inject=terminal.interventions_switched_off,
        at=Hop.MASK,
        said="enabled = false",
    ),
)
