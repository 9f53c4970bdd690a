"""What follows from each token, and who keeps count of it."""

from collections.abc import Callable

from appliance.deciding import TickResult
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import TerminalPresence
from appliance.mqtt.client import BrokerClient
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.service.acts import Acts
from appliance.service.assembly import new_ids
from appliance.service.continuity import Continuity
from appliance.service.control.desk import Desk
from appliance.settings.layout import seat_cameras, seat_terminals
from appliance.settings.tree import Settings
from appliance.storage.store import Storage


def build_desk(
    settings: Settings,
    *,
    broker: BrokerClient,
    storage: Storage,
    exam: Callable[[SeatKey], bool],
    clock: Clock,
    on_tick: Callable[[TickResult], None],
    on_presence: Callable[[TerminalPresence], None],
) -> Desk:
    """Return who keeps count of the chain from camera to student; see ``Desk``."""
    return Desk(
        broker=broker,
        audit=storage.audit,
        cameras=seat_cameras(settings),
        terminals=seat_terminals(settings),
        exam=exam,
        new_id=new_ids(clock),
        clock=clock,
        on_tick=on_tick,
        on_presence=on_presence,
    )


def build_acts(
    settings: Settings,
    *,
    pipeline: Pipeline,
    storage: Storage,
    continuity: Continuity,
    broker: BrokerClient,
    desk: Desk,
) -> Acts:
    """Return what records and sends; the arguments are who decides, keeps, sends and counts."""
    return Acts(
        pipeline=pipeline,
        cameras=seat_cameras(settings),
        terminals=seat_terminals(settings),
        features=storage.features,
        decisions=storage.decisions,
        choices=storage.choices,
        publisher=broker,
        occupancy_changed=storage.consent.occupancy_changed,
        keep=continuity.keep,
        on_tick=desk.ticked,
    )
