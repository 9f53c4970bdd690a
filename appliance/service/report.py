"""The health report: what the parts say about themselves, in the words of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.domain.tokens import SeatStatus
from appliance.host.readings import BoardReadings
from appliance.mqtt.contract.box import MAX_TEXT, BoxHealth, BrokerHealth, CameraHealth
from appliance.scheduling.ages import AgeHistogram
from appliance.scheduling.ladder import STEPS, LadderState
from appliance.scheduling.load import DropCause, SeatLoad
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

_AWAY = frozenset({CameraState.LOST, CameraState.QUARANTINED})
"""Nothing comes from such a camera, which is a problem; its reader says why."""

_CAMERA_SEATS = {
    CameraState.LOST: "lost",
    CameraState.QUARANTINED: "lost",
    CameraState.PAUSED: "paused",
}
"""What is said of a camera's seats, whatever their last token says."""

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

    troubles: tuple[str, ...] = field(default=())
    """What ``TroubleWatch`` says."""


def write_report(facts: BoxFacts) -> BoxHealth:
    """Put the facts into a health message."""
    return BoxHealth(
        uptime_s=facts.uptime_s,
        cameras={key: _camera(key, reader, facts) for key, reader in facts.cameras.items()},
        seats={
            seat: _CAMERA_SEATS.get(facts.cameras[load.camera].state)
            or _SEAT_WORDS[facts.seats.get(seat, SeatStatus.ABSENT)]
            for seat, load in facts.load.items()
        },
        degrade_step=facts.ladder.step,
        degrade_reason=facts.ladder.reason,
        degrade_changes=facts.ladder.changes,
        temperature_c=facts.board.temperature_c,
        disk_free_mb=facts.board.disk_free_mb,
        rss_mb=facts.board.rss_mb,
        broker=facts.broker,
        storage=replace(facts.storage, last_error=facts.storage.last_error[:MAX_TEXT]),
        problems=find_problems(facts),
    )


def find_problems(facts: BoxFacts) -> tuple[str, ...]:
    """Return what an operator should know, one line each; empty when all is well."""
    lost = [
        f"camera {key}: {reader.last_error or 'lost'}"
        for key, reader in facts.cameras.items()
        if reader.state in _AWAY
    ]
    black = [
        f"camera {key}: its picture is black; is there a lens cap, or no light?"
        for key, reader in facts.cameras.items()
        if reader.black
    ]
    ladder = facts.ladder
    broker_error = facts.broker.last_error or ("" if facts.broker.connected else "away")
    broker = [f"broker: {broker_error}"] if broker_error else []
    silent = [f"thread {name}: no sign of life" for name in facts.silent]
    return (
        *lost,
        *black,
        *([f"load: degraded to {STEPS[ladder.step]}: {ladder.reason}"] if ladder.step else []),
        *broker,
        *(f"storage: a corrupt file was kept as {name}" for name in facts.storage.replaced),
        *(["storage: the disk is full; free some space"] if facts.storage.disk_full else []),
        *silent,
        *facts.troubles,
    )


def _camera(key: CameraKey, reader: ReaderHealth, facts: BoxFacts) -> CameraHealth:
    loads = {seat: load for seat, load in facts.load.items() if load.camera == key}
    ages = sum((load.ages for load in loads.values()), AgeHistogram())
    for seat in loads.keys() & facts.reported.keys():
        ages -= facts.reported[seat].ages
    late = [facts.windows[seat] for seat in loads.keys() & facts.windows.keys()]
    drops = [load.drops for load in loads.values()]
    return CameraHealth(
        state=_CAMERA_WORDS[reader.state],
        fps=round(_frames_per_second(reader, loads, facts), 2),
        frame_age_ms=round(1000 * ages.quantile_s(0.95), 1),
        dropped={
            **{cause.value: sum(each[cause] for each in drops) for cause in DropCause},
            "overflowed": sum(counts.overflowed for counts in late),
        },
        detail=reader.last_error[:MAX_TEXT] if reader.state in _AWAY else "",
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
