"""A restart within a minute goes on; a later one starts from nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.boot import BootTime
from appliance.domain.seats import SeatKey
from appliance.service.continuity import MAX_ABSENCE_S, Continuity
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02, Room


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock for the test to move."""
    return ManualClock()


@pytest.fixture
def storage(tmp_path: Path, clock: ManualClock) -> Iterator[Storage]:
    """Return real databases."""
    opened = Storage.open(tmp_path, clock=clock)
    opened.start()
    yield opened
    opened.stop()


def continuity(room: Room, storage: Storage, clock: ManualClock, *seats: SeatKey) -> Continuity:
    """Return a continuity over the room's seats."""
    return Continuity(
        pipeline=room.pipeline, checkpoints=storage.checkpoints, clock=clock, seats=seats
    )


@pytest.mark.parametrize(
    ("absence_s", "resumed"),
    [
        pytest.param(MAX_ABSENCE_S, True, id="exactly-a-minute"),
        pytest.param(MAX_ABSENCE_S + 0.001, False, id="more"),
        pytest.param(-1.0, False, id="clock-stepped-back"),
    ],
)
def test_a_minute_is_the_limit(
    storage: Storage, clock: ManualClock, absence_s: float, resumed: bool
) -> None:
    """Whoever sits there after a longer absence is somebody new."""
    before = Room()
    before.sit(5)
    continuity(before, storage, clock, A01).save()
    clock.wall += absence_s

    after = Room()

    assert continuity(after, storage, clock, A01).start() is resumed
    known = before.pipeline.occupancy(A01) if resumed else None
    assert after.pipeline.occupancy(A01) == known


def test_a_reboot_moves_capture_times_with_the_clock(storage: Storage, clock: ManualClock) -> None:
    """Monotonic time begins anew; the episode keeps its age."""
    before = Room()
    before.now_s = clock.monotonic
    before.sit(180)
    clock.monotonic += 180
    continuity(before, storage, clock, A01).save()

    after = Room()
    clock.wall, clock.monotonic = clock.wall + 10, 5.0
    after.now_s = clock.monotonic
    assert continuity(after, storage, clock, A01).start()
    decisions = [one for result in after.sit(90) for one in result.interventions]

    assert [one.rule for one in decisions] == ["2"]


@pytest.mark.parametrize("jump_s", [31 * 86_400.0, -86_400.0])
def test_within_one_boot_the_wall_clock_does_not_matter(
    storage: Storage, clock: ManualClock, jump_s: float
) -> None:
    """A service that is restarted while somebody sets the clock goes on where it was."""

    def at_boot(room: Room) -> Continuity:
        return Continuity(
            pipeline=room.pipeline,
            checkpoints=storage.checkpoints,
            clock=clock,
            seats=(A01,),
            boot=lambda: BootTime(boot="this", s=clock.monotonic),
        )

    before = Room()
    before.now_s = clock.monotonic
    before.sit(180)
    clock.advance(180)
    at_boot(before).save()

    after = Room()
    clock.advance(10)
    clock.wall += jump_s
    after.now_s = clock.monotonic
    assert at_boot(after).start()
    decisions = [one for result in after.sit(90) for one in result.interventions]
    assert [one.rule for one in decisions] == ["2"]

    clock.advance(MAX_ABSENCE_S)
    clock.wall -= MAX_ABSENCE_S
    assert not at_boot(Room()).start()


def test_what_began_after_the_last_whole_state_goes_on(
    storage: Storage, clock: ManualClock
) -> None:
    """Killed within the seconds between two saves: the episode is the same one, and acts once."""
    before = Room()
    kept = continuity(before, storage, clock, A01, A02)
    before.sit(5, seats=(A01, A02))
    kept.save()
    results = before.sit(270)
    (opened,) = [one for result in results for one in result.alerts if one.opened]
    assert [one.seat for result in results for one in result.interventions] == [A01]
    kept.keep([A01])

    after = Room()
    after.windows = before.windows
    after.now_s = before.now_s
    after.pipeline = after.connect()
    assert continuity(after, storage, clock, A01, A02).start()
    going_on = after.sit(5)

    alerts = {one.episode for result in going_on for one in result.alerts}
    assert alerts == {opened.episode}
    assert not any(result.interventions for result in going_on)
    assert after.pipeline.occupancy(A02) == before.pipeline.occupancy(A02)


def test_what_ended_after_the_last_whole_state_stays_over(
    storage: Storage, clock: ManualClock
) -> None:
    """Nobody is told twice that it is over, and a whole state is newer than all before it."""
    room = Room()
    kept = continuity(room, storage, clock, A01)
    room.sit(180)
    kept.save()
    room.pipeline.end_occupancy(A01)
    kept.keep([A01])

    after = Room()
    assert continuity(after, storage, clock, A01).start()

    assert after.pipeline.snapshot()["episodes"]["seats"] == {}
    assert list(storage.checkpoints.under("pipeline")) == [A01]
    kept.save()
    assert storage.checkpoints.under("pipeline") == {}


def test_clips_are_left_out(storage: Storage, clock: ManualClock) -> None:
    """Only seats of live cameras are kept: a clip starts again at 0."""
    room = Room()
    room.sit(5, seats=(A01, A02))
    continuity(room, storage, clock, A02).save()

    after = Room()
    assert continuity(after, storage, clock, A02).start()

    assert after.pipeline.occupancy(A01) is None
    assert after.pipeline.occupancy(A02) == room.pipeline.occupancy(A02)
    assert set(after.pipeline.snapshot()["episodes"]["seats"]) <= {A02}


def test_a_damaged_checkpoint_is_not_used(storage: Storage, clock: ManualClock) -> None:
    """The box starts without it, and it is gone."""
    storage.checkpoints.put("pipeline", {"wall_s": clock.wall, "pipeline": {}})

    assert continuity(Room(), storage, clock, A01).start() is False
    assert storage.checkpoints.damaged == 1
    assert storage.checkpoints.get("pipeline") is None


@pytest.mark.parametrize("wrong", [None, "x", 1, [1], {"a01": 1}, {}])
@pytest.mark.parametrize("part", ["wall_s", "occupancies", "pipeline", "episodes", "cooldowns"])
def test_a_wrong_type_does_not_stop_the_start(
    storage: Storage, clock: ManualClock, part: str, wrong: object
) -> None:
    """Whatever stands in the place of a part; the box works as after an absence."""
    before = Room()
    before.sit(5)
    continuity(before, storage, clock, A01).save()
    saved = storage.checkpoints.get("pipeline")
    assert saved is not None
    (saved if part in saved else saved["pipeline"])[part] = wrong
    storage.checkpoints.put("pipeline", saved)

    after = Room()
    continuity(after, storage, clock, A01).start()
    assert after.sit(5)[-1].readings
