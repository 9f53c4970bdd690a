"""What doctor says of each sensor, and what to do."""

import pytest

from appliance.commands.doctor.links import Hop, Standing
from appliance.commands.doctor.sensors import sensor_links
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.box import SensorStanding

SENSORS = {SensorKey("sensor-pc-07"): {SeatKey("a07"): TerminalKey("pc-07")}}
REFUSED = "sensor sensor-pc-07 looks with 'x 1' and fusion 2 was made for x 2: install the same"


@pytest.mark.parametrize(
    ("said", "verdict", "fact", "next_step"),
    [
        pytest.param(None, Standing.OPEN, "not heard yet", "wait", id="never-heard"),
        pytest.param(
            SensorStanding(state="starting"), Standing.OPEN, "not heard yet", "wait", id="starting"
        ),
        pytest.param(
            SensorStanding(state="lost"), Standing.BROKEN, "lost", "classbox-sense", id="lost"
        ),
        pytest.param(
            SensorStanding(state="live", refused=REFUSED, tokens_hz=5.0),
            Standing.BROKEN,
            "was made for x 2",
            "install the same",
            id="refused",
        ),
        pytest.param(
            SensorStanding(state="live"), Standing.OPEN, "nothing comes", "agrees", id="quiet"
        ),
        pytest.param(
            SensorStanding(state="live", tokens_hz=5.0, missing=3),
            Standing.WORKS,
            "live, 5.0 tokens a second, 3 tokens never came",
            "",
            id="live",
        ),
    ],
)
def test_each_sensor_has_a_link(
    said: SensorStanding | None, verdict: Standing, fact: str, next_step: str
) -> None:
    """With its seats, in the box's part of the chain."""
    (link,) = sensor_links(SENSORS, {} if said is None else {"sensor-pc-07": said})

    assert (link.part, link.seat, link.verdict) == (Hop.SENSOR, "", verdict)
    assert link.fact.startswith("sensor-pc-07 (seat a07): ")
    assert fact in link.fact
    assert next_step in link.next_step
