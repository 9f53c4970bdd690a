"""The health report says what an operator has to know, and nothing is hidden behind something."""

from dataclasses import replace

import pytest

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.host.clock import SystemClock
from appliance.host.readings import BoardReadings
from appliance.mqtt.contract.box import BrokerHealth
from appliance.mqtt.contract.envelope import Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.scheduling.ages import AgeCounter
from appliance.scheduling.ladder import LadderState
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service.report import BoxFacts, find_problems, write_report
from appliance.storage.store import StorageHealth

FRONT = CameraKey("front")
LIVE = ReaderHealth(
    state=CameraState.LIVE, frames=10, reconnects=0, attempts=0, fps=14.996, last_error=""
)
FULL_RATE = LadderState(step=0, reason="", changes=0)
STORAGE = StorageHealth(
    features_waiting=0,
    features_written=1,
    features_dropped=0,
    disk_full=False,
    disk_free_mb=100.0,
    ballast_held=True,
    replaced=(),
    last_error="",
)


def load(*ages_s: float) -> SeatLoad:
    """Return the counts of a seat."""
    ages = AgeCounter()
    for age_s in ages_s:
        ages.add(age_s)
    return SeatLoad(
        camera=FRONT,
        offered=10,
        left_out=0,
        observed=8,
        pose_runs=8,
        expression_runs=8,
        drops=dict.fromkeys(DropCause, 0) | {DropCause.STALE: 2},
        ages=ages.read(),
    )


def facts() -> BoxFacts:
    """Return a box on which all is well: one camera, two seats."""
    return BoxFacts(
        uptime_s=12.0,
        cameras={FRONT: LIVE},
        load={SeatKey("a01"): load(0.010), SeatKey("a02"): load(0.025)},
        ladder=FULL_RATE,
        seats={SeatKey("a01"): SeatStatus.PRESENT, SeatKey("a02"): SeatStatus.NO_CONSENT},
        board=BoardReadings(temperature_c=51.5, rss_mb=300.0, disk_free_mb=100.0),
        broker=BrokerHealth(connected=True),
        storage=STORAGE,
    )


def test_a_healthy_box_has_no_problems_and_a_valid_report() -> None:
    """The report passes the contract's own schema."""
    report = write_report(facts())

    assert report.problems == ()
    assert report.cameras["front"].state == "live"
    assert report.cameras["front"].fps == 15.0
    assert report.cameras["front"].frame_age_ms == 26.0  # bins of 2 ms
    assert report.cameras["front"].dropped == {"superseded": 0, "stale": 4, "failed": 0}
    assert report.seats == {"a01": "observed", "a02": "no-consent"}
    stamper = Stamper(src="box/box-1", clock=SystemClock(), clock_state=lambda: "unknown")
    message = stamper.stamp(report, ttl_s=60)
    assert parse_message(message.to_json(), Contracts.load()).body == report


def test_ages_are_those_since_the_last_report() -> None:
    """An age of long ago says nothing about now; a seat's first report counts from the start."""
    now = load(0.110, 0.030)
    told = write_report(
        replace(
            facts(),
            load={SeatKey("a01"): now, SeatKey("a02"): load(0.010)},
            reported={SeatKey("a01"): load(0.110)},
        )
    )

    assert told.cameras["front"].frame_age_ms == 32.0


@pytest.mark.parametrize(
    ("state", "fps"),
    [
        pytest.param(CameraState.LIVE, 15.0, id="live"),
        pytest.param(CameraState.LOST, 0.0, id="lost"),
    ],
)
def test_a_camera_sends_what_it_sends_also_on_a_lower_step(state: CameraState, fps: float) -> None:
    """Frames that the ladder leaves out have arrived all the same."""
    reader = replace(LIVE, state=state, fps=7.5 if state is CameraState.LIVE else 0.0)
    before = load(0.010)
    now = replace(before, offered=before.offered + 75, left_out=37)
    told = write_report(
        replace(
            facts(),
            cameras={FRONT: reader},
            load={SeatKey("a01"): now},
            reported={SeatKey("a01"): before},
            since_s=5.0,
        )
    )

    assert told.cameras["front"].fps == fps


def test_a_lower_step_is_told_with_its_reason() -> None:
    """Never silently: in the report's own fields and among the problems."""
    state = LadderState(step=2, reason="12 % of the frames were dropped", changes=2)
    degraded = replace(facts(), ladder=state)

    report = write_report(degraded)

    assert (report.degrade_step, report.degrade_reason) == (2, state.reason)
    assert report.problems == (
        "load: degraded to pose 7.5 Hz, expression 7.5 Hz: 12 % of the frames were dropped",
    )


def test_every_fault_has_its_line() -> None:
    """Camera, broker, disk, a corrupt file and a silent thread are all told at once."""
    lost = replace(LIVE, state=CameraState.LOST, last_error="front: no route")
    broken = replace(
        facts(),
        cameras={FRONT: lost},
        broker=BrokerHealth(connected=False, last_error="connection refused"),
        storage=replace(STORAGE, disk_full=True, replaced=("features.db.corrupt-1",)),
        silent=("lane[0]",),
    )

    assert find_problems(broken) == (
        "camera front: front: no route",
        "broker: connection refused",
        "storage: a corrupt file was kept as features.db.corrupt-1",
        "storage: the disk is full; free some space",
        "thread lane[0]: no sign of life",
    )
    assert set(write_report(broken).seats.values()) == {"lost"}


def test_a_quarantined_camera_is_a_problem() -> None:
    """Its seats are lost, and the line says what to do."""
    held = replace(LIVE, state=CameraState.QUARANTINED, last_error="quarantined: repair it")
    report = write_report(replace(facts(), cameras={FRONT: held}))

    assert report.problems == ("camera front: quarantined: repair it",)
    assert (report.cameras["front"].state, report.cameras["front"].detail) == (
        "quarantined",
        "quarantined: repair it",
    )
    assert set(report.seats.values()) == {"lost"}
