"""What a running box on which all is well says at its door; each test moves one thing."""

from collections import Counter
from dataclasses import replace

from appliance.domain.affect import ReadingStatus
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.box import BoxHealth, BrokerHealth, CameraHealth
from appliance.service.control.funnel import BoxFunnel, CameraFunnel, SeatFunnel
from appliance.service.control.tally import SeatTally
from appliance.windows.finds import SeatFinds
from tests.support.facts import STORAGE

FRONT, SEAT, PC = CameraKey("front"), SeatKey("a01"), TerminalKey("pc-01")
LOOK_S = 5.0
FRAMES, TOKENS = 75, 25
"""What a camera of 15 frames a second and a seat come to in ``LOOK_S``."""


def finds(looks: int) -> SeatFinds:
    """What was found after so many looks at somebody before the camera."""
    count = FRAMES * looks
    return SeatFinds(
        looked=count, person=count, face_looked=count, face=count, lids=count, face_side_px=110.0
    )


def tally(looks: int) -> SeatTally:
    """What became of it: known readings, nothing to warn of, a terminal that is there."""
    return SeatTally(
        tokens=Counter({SeatStatus.PRESENT: TOKENS * looks}),
        readings=Counter({ReadingStatus.KNOWN.value: TOKENS * looks}),
        online=True,
        logged_in=True,
    )


def box(looks: int) -> BoxFunnel:
    """Return the box after so many looks."""
    frames = FRAMES * looks
    return BoxFunnel(
        at_s=100.0 + LOOK_S * looks,
        status="ready",
        health=BoxHealth(
            uptime_s=100.0 + LOOK_S * looks,
            cameras={
                FRONT: CameraHealth(
                    state="live",
                    fps=15.0,
                    dropped={"superseded": 0, "stale": 0},
                    frames={"sent": frames, "left-out": 0, "looked-at": frames},
                )
            },
            broker=BrokerHealth(connected=True, last_echo_s=2.0),
            storage=STORAGE,
            disk_free_mb=9000.0,
        ),
        closed={},
        enabled=True,
        cameras={
            FRONT: CameraFunnel(
                state="live", frames=frames, fps=15.0, last_error="", light=110.0, black=False
            )
        },
        seats={
            SEAT: SeatFunnel(
                camera=FRONT,
                terminal=PC,
                consent=True,
                found=finds(looks),
                counts=tally(looks),
                context=None,
            )
        },
    )


def with_seat(funnel: BoxFunnel, **changes: object) -> BoxFunnel:
    """Return the box with other facts about its seat."""
    seat = replace(funnel.seats[SEAT], **changes)  # type: ignore[arg-type] # a test names the field
    return replace(funnel, seats={SEAT: seat})


def with_camera(funnel: BoxFunnel, **changes: object) -> BoxFunnel:
    """Return the box with other facts about its camera."""
    camera = replace(funnel.cameras[FRONT], **changes)  # type: ignore[arg-type] # likewise
    return replace(funnel, cameras={FRONT: camera})
