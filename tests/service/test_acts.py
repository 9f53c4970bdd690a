"""What a token leads to is recorded, then sent; what is not on record is not done."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from appliance.deciding import TickResult
from appliance.domain.affect import AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import Action, Feedback, FeedbackRecord, Intervention
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.tokens import SeatStatus, TokenBatch
from appliance.errors import StorageError
from appliance.service.acts import Acts
from tests.support.memory_choices import MemoryChoices
from tests.support.people import observe
from tests.support.rooms import A01, A02, Room
from tests.support.scripted_learner import ScriptedLearner

FRONT, BACK = CameraKey("front"), CameraKey("back")


class World:
    """A room, and in one list what the disk and the broker are told."""

    def __init__(self, room: Room | None = None) -> None:
        """Connect them."""
        self.room = Room(spread=False) if room is None else room
        self.told: list[tuple[str, object]] = []
        self.choices = MemoryChoices(told=lambda word, what: self.told.append((word, what)))
        self.disk_fails = False
        self.heard: list[TeacherMessage] = []
        self.acts = Acts(
            pipeline=self.room.pipeline,
            cameras={A01: FRONT, A02: BACK},
            terminals={A01: TerminalKey("pc-01"), A02: TerminalKey("pc-02")},
            features=self,
            decisions=self,
            choices=self.choices,
            publisher=self,
            occupancy_changed=self.occupancy_changed,
            keep=lambda seats: self.told.append(("kept", sorted(seats))),
            on_tick=self.ticked,
        )

    def ticked(self, result: TickResult) -> None:
        """Hear that a token is done with, and what teachers were told."""
        self.heard += result.messages
        self.told.append(("tick", None))

    def append(self, tokens: TokenBatch, readings: Sequence[AffectReading]) -> None:
        """Take features."""
        del tokens
        self.told.append(("features", [reading.seat for reading in readings]))

    def record_alert(self, alert: Alert) -> None:
        """Take an alert, if the disk does."""
        if self.disk_fails:
            msg = "the disk hangs"
            raise StorageError(msg)
        self.told.append(("alert", alert.opened))

    def record_intervention(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Take a decision, if the disk does."""
        if self.disk_fails:
            msg = "the disk is full"
            raise StorageError(msg)
        self.told.append(("recorded", (intervention.action, terminal)))

    def record_feedback(self, feedback: Feedback) -> FeedbackRecord:
        """Nobody answers here."""
        raise NotImplementedError(feedback)

    def send(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Take a command."""
        self.told.append(("sent", (intervention.action, terminal)))

    def tell(self, message: TeacherMessage) -> None:
        """Take a message for teachers."""
        self.told.append(("teacher", [one.seat for one in message.contacts]))

    def occupancy_changed(self, seat: SeatKey, occupancy: OccupancyKey | None) -> None:
        """Take who sits there."""
        self.told.append(("occupancy", (seat, occupancy is not None)))

    def sit(self, seconds: float) -> None:
        """Let somebody who reads as fatigued sit before the front camera."""
        for _ in range(round(seconds * 5)):
            self.room.now_s += 0.2
            self.room.windows.append(observe(at_s=self.room.now_s - 0.1, seat=A01))
            self.acts.tick({FRONT: self.room.now_s})

    def words(self, *wanted: str) -> list[tuple[str, object]]:
        """Return what was told in these words."""
        return [entry for entry in self.told if entry[0] in wanted]


@pytest.fixture
def world() -> World:
    """Return a world in which nothing has happened."""
    return World()


def test_a_token_is_kept_before_anything_is_done(world: World) -> None:
    """And whoever watches is told last, when all is done."""
    world.sit(1)

    assert [word for word, _ in world.told[:3]] == ["features", "occupancy", "tick"]
    assert world.told[0] == ("features", [A01])
    assert world.acts.status() == {A01: SeatStatus.PRESENT}


def test_consent_hears_once_who_sits_there(world: World) -> None:
    """Not with every token."""
    world.sit(2)

    assert world.words("occupancy") == [("occupancy", (A01, True))]


def test_a_decision_is_recorded_and_then_sent(world: World) -> None:
    """Row 2 of Table 1, to the seat's own terminal."""
    world.sit(300)

    reminder = (Action.REMINDER_LOCK_30S, TerminalKey("pc-01"))
    assert world.words("recorded", "sent")[:2] == [("recorded", reminder), ("sent", reminder)]
    assert world.words("alert")[0] == ("alert", True)


def test_what_cannot_be_recorded_is_not_sent(world: World) -> None:
    """Nobody could explain it afterwards; the next tokens go on."""
    world.disk_fails = True
    world.sit(300)

    assert world.words("sent") == []
    assert world.told[-1] == ("tick", None)


def test_an_alert_that_cannot_be_recorded_is_counted_and_the_tick_goes_on(world: World) -> None:
    """Features, teachers and whoever watches are served as ever."""
    world.disk_fails = True
    world.sit(120)

    assert world.acts.unrecorded >= 1
    assert world.words("alert") == []
    assert world.words("teacher") != []
    assert len(world.words("tick")) == len(world.words("features")) == 600


def test_what_was_not_done_cools_nothing_down(world: World) -> None:
    """A disk that recovers finds the rule as it was: it acts in the next second."""
    world.disk_fails = True
    world.sit(300)
    assert world.room.pipeline.snapshot()["cooldowns"][A01]["interruptions"] == []
    world.disk_fails = False
    world.sit(1.2)

    reminder = (Action.REMINDER_LOCK_30S, TerminalKey("pc-01"))
    assert world.words("sent") == [("sent", reminder)]


def test_a_contact_that_is_not_on_record_begins_no_silence() -> None:
    """As soon as the disk takes it, the teacher is called."""
    world = World(Room())
    world.room.session.leading = np.float32(0.96)
    world.disk_fails = True
    world.sit(400)
    world.disk_fails = False
    world.sit(2)

    contacts = [what for _, what in world.words("teacher") if what]
    assert contacts in ([], [[A01]])  # the alert itself may have begun a silence
    waiting = world.room.pipeline.snapshot()["teacher"]["contacts"].get(A01, [])
    assert len(waiting) + len(contacts) == 1


@pytest.mark.parametrize(
    ("disk_fails", "contacts"),
    [
        pytest.param(False, [A01], id="on-record"),
        pytest.param(True, [], id="not-on-record"),
    ],
)
def test_teachers_are_called_only_for_what_is_on_record(
    world: World, *, disk_fails: bool, contacts: list[SeatKey]
) -> None:
    """Row 0 of Table 1 is left out of the message; of the alert they hear all the same."""
    world.room.session.leading = np.float32(0.96)
    world.disk_fails = disk_fails

    world.sit(400)

    named = [seat for _, seats in world.words("teacher") for seat in cast("list[SeatKey]", seats)]
    assert named == contacts
    assert world.words("teacher") != []
    # And whoever follows the ticks hears the same as teachers do.
    followed = [one.seat for message in world.heard for one in message.contacts]
    assert followed == contacts


def test_a_choice_that_acts_is_kept_before_all_that_follows() -> None:
    """Choice, then decision, then command: under one id."""
    world = World(Room(spread=False, learner=ScriptedLearner()))
    world.sit(250)

    (choice,) = world.choices.recorded
    words = world.words("choice", "recorded", "sent")
    assert words[0] == ("choice", choice.id)
    assert [word for word, _ in words] == ["choice", "recorded", "sent"]
    assert all(one.action is PolicyAction.NOTHING for step in world.choices.waited for one in step)
    assert len(world.choices.waited) > 5
    assert {one.choice for one in world.choices.outcomes} <= {
        one.id for step in world.choices.waited for one in step
    }


def test_a_choice_that_cannot_be_kept_is_not_carried_out() -> None:
    """Nobody could make it again, so neither the decision is kept nor the command sent."""
    world = World(Room(spread=False, learner=ScriptedLearner()))
    world.choices.error = StorageError("the disk is full")
    world.sit(250)

    assert world.words("recorded", "sent") == []
    assert world.told[-1] == ("tick", None)


def test_without_a_learner_no_choice_is_kept(world: World) -> None:
    """The rules decide alone, as ever."""
    world.sit(250)

    assert (world.choices.recorded, world.choices.waited, world.choices.outcomes) == ([], [], [])
