"""The health report: what the parts say about themselves, in the words of the contract."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.domain.token_packets import SensorKey
from appliance.domain.tokens import SeatStatus
from appliance.host.readings import BoardReadings
from appliance.mqtt.contract.box import (
    MAX_TEXT,
    BoxHealth,
    BrokerHealth,
    CameraHealth,
    SensorStanding,
)
from appliance.scheduling.ages import AgeHistogram
from appliance.scheduling.ladder import STEPS, LadderState
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.service.status import OVERLOAD, place_of
from appliance.windows.seat_windows import FrameCounts

_CAMERA_WORDS = {
    CameraState.CONNECTING: "starting",
    CameraState.LIVE: "live",
    CameraState.LOST: "retrying",
    CameraState.PAUSED: "paused",
    CameraState.ENDED: "ended",
    CameraState.QUARANTINED: "quarantined",
}

SHORTEST_S = 1.0
"""Over less time no rate can be told: a report may be asked for right behind another."""

SETTLING_S = 60.0
"""After a start, until the ladder's step says something: engines warm up, cameras fill buffers."""

_SEAT_WORDS = {
    SeatStatus.PRESENT: "observed",
    SeatStatus.ABSENT: "absent",
    SeatStatus.AMBIGUOUS: "ambiguous",
    SeatStatus.NO_CONSENT: "no-consent",
    SeatStatus.CAMERA_LOST: "lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFacts:
    """Everything a report is made of, taken at one moment."""

    uptime_s: float
    """Since the service started, seconds."""

    cameras: Mapping[CameraKey, ReaderHealth]
    """What each reader says."""

    load: Mapping[SeatKey, SeatLoad]
    """What the lanes did for each seat."""

    windows: Mapping[SeatKey, FrameCounts]
    """Which observations of each seat came too late."""

    ladder: LadderState
    """Step of the degrade ladder."""

    seats: Mapping[SeatKey, SeatStatus]
    """Status of each seat's last token."""

    board: BoardReadings
    """What the operating system says."""

    broker: BrokerHealth
    """What the client says."""

    storage: StorageHealth
    """What the databases say."""

    reported: Mapping[SeatKey, SeatLoad] = field(default_factory=dict)
    """``load`` as it was at the last report; rates and frame ages are those since."""

    since_s: float = 0.0
    """Time since the last report, seconds; 0 before the first."""

    silent: tuple[str, ...] = field(default=())
    """Threads that have not been heard of."""

    expiring: tuple[str, ...] = field(default=())
    """Certificates that end soon, one line each."""

    consent: tuple[str, ...] = ()
    """What is wrong with the record of who agreed, one line each."""

    disk_silent: bool = False
    """The thread that writes has been at one piece of work for long."""

    paused: bool = False
    """Something keeps the cameras closed, also while a reader is still at its last picture."""

    paused_seats: Collection[SeatKey] = ()
    """Seats at which somebody asked not to be looked at."""

    tuning: bool = False
    """The box is timing its engines: it is slow by its own doing."""

    policy: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with the learned policy, by what it is about."""

    policy_failures: int = 0
    """Judgements of its learner that ended in an error or came too late."""

    unrecorded: int = 0
    """Alerts and outcomes that could not even be queued for the disk."""

    disk_fault: str = ""
    """Why the disk takes no writes now; empty while it does."""

    twins: int = 0
    """Times that another client with this box's identity was noticed."""

    checkpoints_damaged: int = 0
    """States of the last run that could not be used."""

    sensors: Mapping[SensorKey, SensorStanding] = field(default_factory=dict)
    """How each sensor is."""

    sensor_seats: Mapping[SeatKey, ReaderHealth] = field(default_factory=dict)
    """For each of their seats, what its camera's reader would say."""

    troubles: Mapping[str, str] = field(default_factory=dict)
    """What ``TroubleWatch`` says, by what it is about."""


def write_report(facts: BoxFacts) -> BoxHealth:
    """Put the facts into a health message."""
    return BoxHealth(
        uptime_s=facts.uptime_s,
        cameras={key: _camera(key, reader, facts) for key, reader in facts.cameras.items()},
        seats={
            seat: _seat(
                reader,
                facts.seats.get(seat),
                paused=facts.paused or seat in facts.paused_seats,
            )
            for seat, reader in {
                **{seat: facts.cameras[load.camera] for seat, load in facts.load.items()},
                **facts.sensor_seats,
            }.items()
        },
        sensors={
            key: replace(its, refused=its.refused[:MAX_TEXT]) for key, its in facts.sensors.items()
        },
        degrade_step=facts.ladder.step,
        degrade_reason=facts.ladder.reason,
        degrade_changes=facts.ladder.changes,
        temperature_c=facts.board.temperature_c,
        disk_free_mb=facts.board.disk_free_mb,
        rss_mb=facts.board.rss_mb,
        broker=facts.broker,
        storage=replace(facts.storage, last_error=facts.storage.last_error[:MAX_TEXT]),
        problems=tuple(find_problems(facts).values()),
    )


def without_refusals(report: BoxHealth) -> BoxHealth:
    """Return the report for the broker: on a seat where nobody has agreed there is nobody.

    Its readers need to know whether a seat works, not who said no; teachers have the board.
    """
    absent, refusing = _SEAT_WORDS[SeatStatus.ABSENT], _SEAT_WORDS[SeatStatus.NO_CONSENT]
    seats = {seat: absent if word == refusing else word for seat, word in report.seats.items()}
    return replace(report, seats=seats)


def find_problems(facts: BoxFacts) -> dict[str, str]:
    """Return what an operator should know, one line each; empty when all is well.

    The key says what a line is about: its words may change while the problem stays the same.
    """
    cameras = {
        f"camera {key}": f"camera {key}: {reader.last_error.removeprefix(f'{key}: ') or 'lost'}"
        for key, reader in facts.cameras.items()
        if reader.away and not facts.paused and breaking_feed(key) not in facts.troubles
    }
    black = {
        f"picture {key}": f"camera {key}: its picture is black; is there a lens cap, or no light?"
        for key, reader in facts.cameras.items()
        if reader.black and not facts.paused
    }
    sensors = {
        f"sensor {key}": f"sensor {key}: {its.refused.removeprefix(f'sensor {key} ')}"
        if its.refused
        else f"sensor {key}: nothing is heard of it; its seats are not seen"
        for key, its in facts.sensors.items()
        if its.refused or its.state == "lost"
    }
    ladder = facts.ladder
    degraded = f"load: degraded to {STEPS[ladder.step]}: {ladder.reason}"
    load = {OVERLOAD: degraded} if ladder.step and facts.uptime_s >= SETTLING_S else {}
    away = facts.broker.last_error  # empty during the first attempt, too
    broker = {"broker": f"broker: {away}"} if away else {}
    full = facts.storage.disk_full and not facts.disk_fault
    lasting = [
        *facts.expiring,
        *facts.consent,
        *(f"storage: a corrupt file was kept as {name}" for name in facts.storage.replaced),
        *(["storage: the disk is full; free some space"] if full else []),
        *([f"storage: {facts.disk_fault}"] if facts.disk_fault else []),
        *(["storage: the disk does not answer"] if facts.disk_silent else []),
        *(f"thread {name}: no sign of life" for name in facts.silent),
    ]
    # What is wrong with a camera now stands for its silence.
    said = {line: line for line in lasting}
    found = {
        **facts.troubles,
        **sensors,
        **cameras,
        **black,
        **load,
        **broker,
        **said,
        **facts.policy,
    }
    return {key: found[key] for key in sorted(found, key=place_of)}


def breaking_feed(camera: CameraKey) -> str:
    """Return the line about a camera that comes and goes; it stands for each single loss."""
    return f"camera {camera}: the feed keeps breaking"


def is_starting(facts: BoxFacts) -> bool:
    """Tell whether a camera or the broker has neither answered nor failed yet.

    A broker has answered when it has brought back the box's own echo.
    """
    broker = facts.broker
    return (broker.last_echo_s is None and not broker.last_error) or any(
        reader.state is CameraState.CONNECTING and not reader.away
        for reader in facts.cameras.values()
    )


def _seat(reader: ReaderHealth, status: SeatStatus | None, *, paused: bool) -> str:
    """Return what is said of a seat; its camera's state goes before its last token."""
    if paused or reader.state is CameraState.PAUSED:
        return "paused"
    return "lost" if reader.away else _SEAT_WORDS[status or SeatStatus.ABSENT]


def _camera(key: CameraKey, reader: ReaderHealth, facts: BoxFacts) -> CameraHealth:
    loads = {seat: load for seat, load in facts.load.items() if load.camera == key}
    ages = sum((load.ages for load in loads.values()), AgeHistogram())
    for seat in loads.keys() & facts.reported.keys():
        ages -= facts.reported[seat].ages
    late = [facts.windows[seat] for seat in loads.keys() & facts.windows.keys()]
    drops = [load.drops for load in loads.values()]
    return CameraHealth(
        state=camera_word(reader),
        fps=round(_frames_per_second(reader, loads, facts), 2),
        frame_age_ms=round(1000 * ages.quantile_s(0.95), 1),
        dropped={
            **{cause.value: sum(each[cause] for each in drops) for cause in DropCause},
            "overflowed": sum(counts.overflowed for counts in late),
        },
        detail=reader.last_error[:MAX_TEXT] if reader.away else "",
        frames={
            "sent": reader.frames,
            "left-out": sum(load.left_out for load in loads.values()),
            "looked-at": sum(load.observed for load in loads.values()),
            "pose": sum(load.pose_runs for load in loads.values()),
            "expression": sum(load.expression_runs for load in loads.values()),
            "late": sum(counts.late for counts in late),
        },
        reconnects=reader.reconnects,
        attempts=reader.attempts,
        light=None if reader.light is None else round(reader.light, 1),
    )


def camera_word(reader: ReaderHealth) -> str:
    """Return the contract's word; another attempt is no start."""
    again = reader.away and reader.state is CameraState.CONNECTING
    return _CAMERA_WORDS[CameraState.LOST if again else reader.state]


def _frames_per_second(
    reader: ReaderHealth, loads: Mapping[SeatKey, SeatLoad], facts: BoxFacts
) -> float:
    """Return what a camera sends, also where the ladder leaves most of it out."""
    sent = [
        load.offered - facts.reported[seat].offered
        for seat, load in loads.items()
        if seat in facts.reported
    ]
    if not sent or facts.since_s < SHORTEST_S or reader.state is not CameraState.LIVE:
        return reader.fps
    return max(sent) / facts.since_s
