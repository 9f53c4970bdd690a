"""What the broker allows the box, asked of the running service or found out as the box itself."""

from appliance.errors import NoServiceError, ServiceAwayError
from appliance.host.clock import SystemClock
from appliance.host.doorbell import ask
from appliance.host.readings import read_clock_state
from appliance.mqtt.contract.envelope import DAY_TTL_S, Stamper
from appliance.mqtt.contract.permissions import Access, Permission, permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.probe import Proof, ProvedPermission, probe_broker, try_permissions
from appliance.service.assembly import broker_address
from appliance.settings.box import BoxRole
from appliance.settings.layout import box_identity
from appliance.settings.tree import Settings

MISSING = "the broker does not allow it"
"""What is said of a permission that is missing."""


def prove_permissions(settings: Settings) -> list[ProvedPermission]:
    """Find out what the broker allows.

    A running service tries it on its own session: a second client of the same name would throw it
    off the broker. Who may not ask the service may not pretend to be the box either, and learns no
    more than that the broker answers.

    Returns:
        One for each permission; none where this user may not find them out, or of a sensor.

    Raises:
        BrokerError: The broker cannot be reached or refuses.
        DoorError: The running box is not connected to it; the text says why.
    """
    box = settings.box
    if box.role is BoxRole.SENSE:
        probe_broker(broker_address(settings.mqtt), client_id=f"{box.id}-check")
        return []  # a trial needs somebody to hear it, and nobody but its decider hears a sensor
    try:
        return [
            ProvedPermission(
                permission=Permission(
                    access=Access(row["access"]), topics=row["topics"], trial=row["trial"]
                ),
                proof=Proof(row["proof"]),
            )
            for row in ask(box.state_dir, identity=box_identity(settings), ask="permissions")
        ]
    except NoServiceError:
        return try_permissions(
            broker_address(settings.mqtt),
            permissions_of(
                RoomTopics(site=box.site, room=box.room), box.id, sensors=bool(settings.sensors)
            ),
            stamper=Stamper(src=f"box/{box.id}", clock=SystemClock(), clock_state=read_clock_state),
            client_id=box.id,
            session_expiry_s=DAY_TTL_S,
        )
    except ServiceAwayError:
        probe_broker(broker_address(settings.mqtt), client_id=f"{box.id}-check")
        return []
