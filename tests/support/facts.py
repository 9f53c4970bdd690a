"""Facts of a box on which all is well: one camera, as far as nothing has happened yet."""

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.host.readings import BoardReadings
from appliance.mqtt.contract.box import BrokerHealth
from appliance.scheduling.ages import AgeHistogram
from appliance.scheduling.ladder import LadderState
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service.report import BoxFacts
from appliance.windows.seat_windows import FrameCounts

FRONT, SEAT = CameraKey("front"), SeatKey("a01")
LIVE = ReaderHealth(
    state=CameraState.LIVE, frames=0, reconnects=0, attempts=0, fps=15.0, last_error=""
)
LOAD = SeatLoad(
    camera=FRONT,
    offered=0,
    left_out=0,
    observed=0,
    pose_runs=0,
    expression_runs=0,
    drops=dict.fromkeys(DropCause, 0),
    ages=AgeHistogram(),
)
STORAGE = StorageHealth(
    features_waiting=0,
    features_written=0,
    features_dropped=0,
    writes_failed=0,
    disk_full=False,
    ballast_held=True,
    replaced=(),
    last_error="",
)
WELL = BoxFacts(
    uptime_s=0.0,
    cameras={FRONT: LIVE},
    load={SEAT: LOAD},
    windows={SEAT: FrameCounts(overflowed=0, late=0)},
    ladder=LadderState(step=0, reason="", changes=0),
    seats={},
    board=BoardReadings(temperature_c=None, rss_mb=1.0, disk_free_mb=1.0),
    broker=BrokerHealth(connected=True, last_echo_s=1.0),
    storage=STORAGE,
)
