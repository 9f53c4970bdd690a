"""What is remembered of a stay ends with it, and teachers read what they were really told."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from appliance.deciding import TickResult
from appliance.domain.affect import VIGILANCES, Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.terminals import TerminalPresence
from appliance.service.seats.stays import CALLED_S, SeatStays, Stay
from tests.support.alerts import alert
from tests.support.clocks import ManualClock
from tests.support.messages import intervention
from tests.support.readings import reading
from tests.support.rooms import A01, A02
from tests.support.tokens import batch

PC = TerminalKey("pc-01")


class Followed:
    """Two seats, what is told of them, and whether consent was taken back on the first."""

    def __init__(self, *, live_states: bool = True) -> None:
        """Begin with nobody."""
        self.clock = ManualClock()
        self.refused = False
        self.stays = SeatStays(
            terminals={A01: PC, A02: TerminalKey("pc-02")},
            refused=lambda _: self.refused,
            live_states=live_states,
            clock=self.clock,
        )

    def log_in(self, nonce: str | None, *, online: bool = True) -> None:
        """Take a presence of the first terminal."""
        self.stays.heard(
            TerminalPresence(terminal=PC, online=online, occupant=nonce, pseudonym=None)
        )

    def tick(
        self,
        *,
        who: str = "o1",
        messages: Sequence[TeacherMessage] = (),
        alerts: Sequence[Alert] = (),
        readings: Sequence[AffectReading] = (),
    ) -> Stay:
        """Take in one token; return what is known of the first seat then."""
        tokens = replace(
            batch(face=(0.0, 0.0)),
            seats=(A01, A02),
            occupancies=(OccupancyKey(who), None),
        )
        self.stays.ticked(
            TickResult(
                tokens=tokens,
                readings=readings,
                alerts=alerts,
                interventions=(),
                refusals=(),
                messages=messages,
            )
        )
        return self.now()

    def now(self, seat: SeatKey = A01) -> Stay:
        """Return what is known of a seat."""
        return self.stays.now(seat)


CONTACT = TeacherMessage(contacts=(intervention(Action.CONTACT_TEACHER),))


def test_somebody_stays_logged_in_while_the_terminal_is_away() -> None:
    """Until the log-out, as the occupancy does."""
    room = Followed()
    seen = [room.now()]
    room.log_in("n1")
    seen.append(room.now())
    room.log_in(None, online=False)
    seen.append(room.now())
    room.log_in(None)
    seen.append(room.now())

    assert [(one.online, one.logged_in) for one in seen] == [
        (False, False), (True, True), (False, True), (True, False),
    ]  # fmt: skip


def test_a_call_for_a_teacher_is_known_for_ten_minutes() -> None:
    """To the second; the neighbour has nothing to do with it."""
    room = Followed()
    called = [room.tick(messages=[CONTACT]).called, room.now(A02).called]
    room.clock.advance(CALLED_S - 1)
    called.append(room.tick().called)
    room.clock.advance(1)
    called.append(room.tick().called)

    assert called == [True, False, True, False]


def test_nothing_of_a_stay_outlives_it() -> None:
    """Neither the call, nor the alert, nor the state."""
    room = Followed()
    before = room.tick(messages=[CONTACT], readings=[reading(1, fatigued=0.9)])
    after = room.tick(who="o2")

    assert before.called
    assert (before.alert, before.state) == (CONTACT.contacts[0].episode, Affect.FATIGUED)
    assert (after.called, after.alert, after.state, after.since_s) == (False, None, None, None)


def test_the_open_alert_is_the_one_that_teachers_were_told() -> None:
    """What their budget holds back is not on the board; a clearing counts however it comes."""
    room = Followed()
    held = room.tick(alerts=[alert(episode="held")]).alert
    told = room.tick(messages=[TeacherMessage(alerts=(alert(episode="e1"),))]).alert
    other = room.tick(alerts=[alert(episode="held", cleared=True)]).alert
    cleared = room.tick(alerts=[alert(episode="e1", cleared=True)]).alert

    assert (held, told, other, cleared) == (None, "e1", "e1", None)


def test_a_state_is_followed_only_where_it_may_be_shown() -> None:
    """By default nothing is kept of it at all."""
    room = Followed(live_states=False)

    assert room.tick(readings=[reading(1, fatigued=0.9)]).state is None


def test_a_state_is_that_of_half_a_minute_and_has_its_beginning() -> None:
    """One loud token changes nothing; who cannot be read is in no state."""
    room = Followed()
    for number in range(150):
        first = room.tick(readings=[reading(number, fatigued=0.9)])
        room.clock.advance(0.2)
    loud = room.tick(readings=[reading(200, bored=1.0)])
    for number in range(300):
        later = room.tick(readings=[reading(number, bored=0.9)])
    unsure = room.tick(readings=[reading(1, bored=0.9, status=ReadingStatus.UNKNOWN)])

    assert first.state is loud.state is Affect.FATIGUED
    assert first.since_s == loud.since_s == pytest.approx(room.clock.wall - 30.0)
    assert (later.state, later.since_s) == (Affect.BORED, room.clock.wall)
    assert (unsure.state, unsure.since_s) == (None, None)


@pytest.mark.parametrize(("p", "state"), [((0.1, 0.9), Affect.FATIGUED), ((0.9, 0.1), None)])
def test_fatigue_only_knows_fatigued_or_nothing(
    p: tuple[float, float], state: Affect | None
) -> None:
    """Awake is no state that a teacher reads."""
    one = AffectReading(
        seat=A01,
        occupancy=OccupancyKey("o1"),
        at_s=1.0,
        status=ReadingStatus.KNOWN,
        probabilities=np.array(p, dtype=np.float32),
        fused=np.zeros(128, dtype=np.float32),
        states=VIGILANCES,
    )

    assert Followed().tick(readings=[one]).state is state


def test_a_no_is_the_students_own() -> None:
    """Whoever logs in next has said nothing yet; a reconnect is nobody new."""
    room = Followed()
    room.log_in("n1")
    room.refused = True
    own = room.stays.said_no(A01)
    room.log_in("n1")
    again = room.stays.said_no(A01)
    room.log_in("n2")
    next_one = room.stays.said_no(A01)
    room.refused = False
    agreed = room.stays.said_no(A01)
    room.refused = True

    assert (own, again, next_one, agreed, room.stays.said_no(A01)) == (
        True, True, False, False, True,
    )  # fmt: skip
