"""A seat that is observed, as the box knows it."""

from appliance.cameras.reader import CameraState
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.seats import CalibrationState
from appliance.service.control.board.standing import SeatStanding

OBSERVED = SeatStanding(
    seat=SeatKey("a01"),
    closed={},
    paused=False,
    camera=CameraState.LIVE,
    granted=True,
    withdrawn=False,
    on_file=False,
    logged_in=True,
    online=True,
    status=SeatStatus.PRESENT,
    exam=False,
    calibration=CalibrationState.NONE,
    calibrating_left_s=None,
    alert=None,
    teacher_called=False,
    state=None,
    since_s=None,
)
