"""The retained status is true, soon, and said once for as long as it lasts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from hypothesis import example, given
from hypothesis import strategies as st

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.mqtt.contract.box import BoxState
from appliance.service.report import BoxFacts, find_problems, is_starting
from appliance.service.status import CALM_S, LOAD_CALM_S, RENEWED_S, BoxCondition, StatusKeeper
from appliance.service.troubles import FLAPS, HOLD_S, STALLED_S, TroubleWatch
from tests.support.clocks import HeldClock
from tests.support.facts import FRONT, WELL

SOON_S = 10.0


@dataclass
class Teller:
    """A keeper with what it tells, one second after the other."""

    clock: HeldClock = field(default_factory=HeldClock)
    told: list[BoxCondition] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        self.keeper = StatusKeeper(tell=self.told.append, clock=self.clock)

    def follow(
        self, seconds: float, *, closed: str = "", starting: bool = False, **problems: str
    ) -> list[BoxState]:
        """Let time pass with the same problems, and return the states told meanwhile."""
        before = len(self.told)
        for _ in range(round(seconds)):
            self.clock.now_s += 1.0
            self.keeper.follow(
                problems, closed={"pause": closed} if closed else {}, starting=starting
            )
        return [each.state for each in self.told[before:]]


def test_each_state_is_told_once() -> None:
    """From the start to a pause and back; nothing is said twice."""
    box = Teller()

    assert box.follow(5, starting=True) == []  # the client has said init by itself
    assert box.follow(600) == [BoxState.READY]
    assert box.follow(60, broker="broker: away") == [BoxState.DEGRADED]
    assert box.told[-1].reason == "broker: away"
    assert box.follow(60) == [BoxState.READY]
    assert box.follow(60, closed="asked for by operator") == [BoxState.PAUSED]
    assert box.told[-1].reason == "pause: asked for by operator"
    assert box.follow(2, starting=True) == [BoxState.INIT]
    assert box.follow(60) == [BoxState.READY]


def test_a_problem_is_told_at_once_and_ends_after_a_moment() -> None:
    """One that comes back within the moment has not been away."""
    box = Teller()
    box.follow(10)

    assert box.follow(1, broker="broker: away") == [BoxState.DEGRADED]
    assert box.follow(CALM_S - 1) == []
    assert box.follow(1, broker="broker: away") == []
    assert box.follow(CALM_S - 1) == []
    assert box.follow(1) == [BoxState.READY]


def test_load_has_a_longer_breath() -> None:
    """A ladder that tries the higher step every minute is one condition."""
    box = Teller()
    box.follow(10)

    for _ in range(20):
        box.follow(10, load="load: degraded")
        box.follow(LOAD_CALM_S - 10)
    assert [each.state for each in box.told] == [BoxState.READY, BoxState.DEGRADED]
    assert box.follow(LOAD_CALM_S) == [BoxState.READY]


def test_other_words_are_no_news_until_they_have_stood_for_long() -> None:
    """Each attempt may fail for another reason; a wrong reason does not stand for ever."""
    box = Teller()
    box.follow(10)
    box.follow(10, camera="camera front: no route")

    assert box.follow(RENEWED_S - 20, camera="camera front: refused") == []
    assert box.keeper.condition.reason == "camera front: refused"
    assert box.follow(20, camera="camera front: refused") == [BoxState.DEGRADED]
    assert box.told[-1].reason == "camera front: refused"
    assert box.follow(2 * RENEWED_S, camera="camera front: refused") == []


def test_another_problem_and_another_closure_are_news() -> None:
    """Also where the state stays the same."""
    box = Teller()
    box.follow(10, broker="broker: away")
    assert box.follow(10, broker="broker: away", disk="storage: full") == [BoxState.DEGRADED]
    assert box.told[-1].reason == "broker: away; storage: full"
    assert box.follow(10, closed="asked for by operator") == [BoxState.PAUSED]
    assert box.follow(10, closed="asked for by teacher") == [BoxState.PAUSED]


def test_the_same_problems_are_always_told_in_the_same_order() -> None:
    """The load first, however often the others come and go beside it."""
    box = Teller()
    box.follow(10, camera="camera front: lost")
    box.follow(10, camera="camera front: lost", load="load: degraded")
    box.follow(10, load="load: degraded")
    box.follow(10, broker="broker: away", load="load: degraded")
    box.follow(10, camera="camera front: lost", broker="broker: away", load="load: degraded")

    assert [each.reason for each in box.told[1:]] == [
        "load: degraded; camera front: lost",
        "load: degraded",
        "load: degraded; broker: away",
        "load: degraded; broker: away; camera front: lost",
    ]


def test_a_pause_forgets_what_was_wrong_with_the_cameras() -> None:
    """One message, without a problem that nobody can have any more."""
    box = Teller()
    box.follow(10, camera="camera front: no route")

    assert box.follow(60, closed="asked for by operator") == [BoxState.PAUSED]
    assert box.told[-1].problems == ()


def test_since_is_when_the_state_began() -> None:
    """Not when its reason last changed."""
    box = Teller()
    box.follow(10, broker="broker: away")
    began_s = box.told[-1].since_s
    box.follow(60, broker="broker: away", disk="storage: full")

    assert box.keeper.condition.since_s == began_s


class Flapping:
    """A box with one camera that is lost and found, through all that makes its status."""

    def __init__(self) -> None:
        """Begin with a camera that is just being opened."""
        self.box = Teller()
        self.watch = TroubleWatch()
        self.reader = replace(WELL.cameras[FRONT], state=CameraState.CONNECTING)
        self.changes = 0

    def second(self, reader: ReaderHealth) -> None:
        """Let one second pass with this reader."""
        self.reader = reader
        self.box.clock.now_s += 1.0
        facts: BoxFacts = replace(WELL, uptime_s=self.box.clock.now_s, cameras={FRONT: reader})
        facts = replace(facts, troubles=self.watch.follow(facts))
        self.box.keeper.follow(find_problems(facts), closed={}, starting=is_starting(facts))

    def lost(self, seconds: int) -> Iterator[float]:
        """Try again every other second, with another error each time."""
        self.changes += self.reader.state is CameraState.LIVE
        for number in range(seconds):
            state = CameraState.CONNECTING if number % 2 else CameraState.LOST
            self.second(replace(self.reader, state=state, last_error=f"front: error {number}"))
            yield number + 1.0

    def found(self, seconds: int) -> Iterator[float]:
        """Send pictures."""
        again = self.reader.away and self.reader.frames > 0
        self.changes += self.reader.state is not CameraState.LIVE
        self.reader = replace(self.reader, reconnects=self.reader.reconnects + again)
        for number in range(seconds):
            frames = self.reader.frames + 15
            self.second(replace(self.reader, state=CameraState.LIVE, last_error="", frames=frames))
            yield number + 1.0

    @property
    def state(self) -> BoxState:
        """Return what was told last."""
        return self.box.told[-1].state if self.box.told else BoxState.INIT


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 200)), max_size=20))
@example([(1, 1)] * 20)
@example([(4, 4)] * 20)
@example([(90, 90)] * 20)
def test_a_camera_that_comes_and_goes_is_told_truly_and_seldom(
    spans: list[tuple[int, int]],
) -> None:
    """A message for each real change, and few more; true within ten seconds, whatever happens."""
    camera = Flapping()
    for live_s, lost_s in spans:
        for _ in camera.found(live_s):
            pass
        for since_s in camera.lost(lost_s):
            assert since_s < SOON_S or camera.state is BoxState.DEGRADED
    for _ in camera.found(round(2 * HOLD_S + SOON_S)):
        pass

    assert camera.state is BoxState.READY
    # Each time that the feed begins to keep breaking takes three losses, and two messages more.
    breaking = 2 * (camera.reader.reconnects // FLAPS)
    renewed = camera.box.clock.now_s / RENEWED_S
    assert len(camera.box.told) <= camera.changes + breaking + 2 + renewed


def test_an_hour_with_one_camera_lost_twenty_times() -> None:
    """At most sixty messages, and ready again within ten seconds each time."""
    camera = Flapping()
    for _ in range(20):
        for since_s in camera.found(120):
            assert since_s < SOON_S or camera.state is BoxState.READY
        for since_s in camera.lost(60):
            assert since_s < SOON_S or camera.state is BoxState.DEGRADED

    assert len(camera.box.told) <= 60


def test_a_feed_that_keeps_breaking_is_one_condition() -> None:
    """After the third time within two minutes; it says so, and single losses say nothing more."""
    camera = Flapping()
    for _ in range(4):
        for _ in chain(camera.found(15), camera.lost(15)):
            pass
    before = len(camera.box.told)
    for _ in range(20):
        for _ in chain(camera.found(15), camera.lost(15)):
            assert camera.box.told[-1].reason == "camera front: the feed keeps breaking"
    assert len(camera.box.told) == before


def test_a_camera_that_hangs_is_told_before_its_driver_gives_up() -> None:
    """Live with the same picture count, or never opened: within ten seconds."""
    hanging = Flapping()
    for _ in hanging.found(30):
        pass
    for _ in range(round(STALLED_S) + 1):
        hanging.second(hanging.reader)
    assert (hanging.state, hanging.box.told[-1].reason) == (
        BoxState.DEGRADED,
        "camera front: no picture comes",
    )

    never = Flapping()
    for _ in range(round(SOON_S)):
        never.second(never.reader)
    assert never.state is BoxState.DEGRADED
