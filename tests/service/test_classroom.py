"""What people tell the box takes effect, is on record and is refused when it makes no sense."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import Feedback, FeedbackKind, RefusalCause, TaskContext
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import (
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
    TerminalPresence,
)
from appliance.service.classroom import Classroom
from appliance.service.contexts import CONTEXT_LIFETIME_S, TaskContexts, quiet_where
from appliance.service.control.closures import Closures
from appliance.service.control.pausing import Pausing
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.control.trial_alerts import TrialAlerts, TrialWays
from appliance.service.seats.exams import Exams
from appliance.storage.erasure import ErasureReport
from appliance.storage.pause import PauseFile
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.disk import PRIVACY, rows
from tests.support.rooms import A01, A02, Room
from tests.support.scripted_learner import ScriptedLearner

PC = TerminalKey("pc-01")


class Setting:
    """A classroom around real databases."""

    def __init__(self, folder: Path) -> None:
        """Open the databases."""
        self.clock, self.folder = ManualClock(), folder
        self.storage = Storage.open(folder, clock=self.clock)
        self.storage.start()
        self.room = Room(learner=ScriptedLearner({PolicyAction.REST: 0.5}))
        self.contexts = TaskContexts(clock=self.clock)
        self.unlocked: list[Collection[TerminalKey] | None] = []
        self.tested: list[tuple[TerminalKey, str]] = []
        self.open = True
        self.aimed: list[CameraKey | None] = []
        self.heard: list[TerminalPresence] = []
        self.moved: list[tuple[str, CommandState]] = []
        self.pauses = SeatPauses(
            seats=[A01, A02], state_dir=folder, audit=self.storage.audit, clock=self.clock
        )
        for follow in self.pauses.follows:
            follow()
        self.exams = Exams(seats=[A01, A02], state_dir=folder, clock=self.clock)
        self.unseen = ""
        self.classroom = Classroom(
            pipeline=self.room.pipeline,
            storage=self.storage,
            pauses=self.pauses,
            pausing=Pausing(
                closures=Closures(pause=self.pause, resume=self.resume),
                file=PauseFile(folder),
                audit=self.storage.audit,
                clock=self.clock,
            ),
            contexts=self.contexts,
            seats={PC: A01, TerminalKey("pc-02"): A02},
            unlock=self.unlocked.append,
            erase=self.erase,
            trials=TrialAlerts(
                ways=TrialWays(
                    send=self.send_test,
                    broker_error=lambda: "",
                    online=lambda _: True,
                    record=lambda actor, seat, command: self.storage.audit.record(
                        "test_alert", actor=actor, seat=seat, detail=command
                    ),
                ),
                terminals={A01: PC, A02: TerminalKey("pc-02")},
                new_id=lambda: "command-1",
                monotonic=self.clock.monotonic_s,
            ),
            aim=self.aim,
            exams=self.exams,
            unseen=lambda _: self.unseen,
            on_presence=self.heard.append,
            on_command=lambda command, _, state, __: self.moved.append((command, state)),
        )

    def send_test(self, terminal: TerminalKey, command: str) -> bool:
        """Remember."""
        self.tested.append((terminal, command))
        return True

    def erase(self, seat: SeatKey, actor: str) -> ErasureReport:
        """Erase what is stored."""
        self.room.pipeline.erase(seat)
        return self.storage.erasure.erase(actor=actor, seat=seat)

    def aim(self, request: ControlRequest) -> ControlReply:
        """Remember which camera."""
        self.aimed.append(request.camera)
        return ControlReply(status=ControlStatus.DONE)

    def pause(self) -> None:
        """Close the cameras."""
        self.open = False

    def resume(self) -> None:
        """Open the cameras."""
        self.open = True

    def ask(
        self,
        command: ControlCommand,
        *,
        seat: SeatKey | None = None,
        granted: bool | None = None,
        role: ControlRole = ControlRole.TEACHER,
        client: str = "t1",
        objection: str = "",
        on: bool | None = None,
        reference: str | None = None,
    ) -> ControlStatus:
        """Ask, as a teacher does unless somebody else is named."""
        request = ControlRequest(
            id="1",
            command=command,
            role=role,
            client=client,
            seat=seat,
            granted=granted,
            objection=objection,
            on=on,
            reference=reference,
        )
        return self.classroom.take_control(request).status

    def audit(self) -> list[tuple[object, ...]]:
        """Return event, actor, seat and detail of what is on record."""
        query = "SELECT event, actor, seat, detail FROM audit ORDER BY rowid"
        return rows(self.folder / PRIVACY, query)

    def log_in(self, nonce: str) -> None:
        """Log a student in on the first PC."""
        self.classroom.take_presence(
            TerminalPresence(terminal=PC, online=True, occupant=nonce, pseudonym=None)
        )


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    """Return a classroom."""
    made = Setting(tmp_path)
    yield made
    made.storage.stop()


def test_a_log_in_begins_an_occupancy_and_a_log_out_ends_it(setting: Setting) -> None:
    """The nonce is the occupancy; the same nonce again changes nothing."""
    login = TerminalPresence(terminal=PC, online=True, occupant="nonce-1", pseudonym=None)

    setting.classroom.take_presence(login)
    first = setting.room.pipeline.occupancy(A01)
    setting.classroom.take_presence(login)
    again = setting.room.pipeline.occupancy(A01)
    setting.classroom.take_presence(
        TerminalPresence(terminal=PC, online=True, occupant=None, pseudonym=None)
    )

    assert (first, again) == ("nonce-1", "nonce-1")
    assert setting.room.pipeline.occupancy(A01) is None
    assert len(setting.heard) == 3


def test_a_terminal_that_goes_offline_ends_nothing(setting: Setting) -> None:
    """A pulled network cable is no log-out."""
    setting.classroom.take_presence(
        TerminalPresence(terminal=PC, online=True, occupant="nonce-1", pseudonym=None)
    )
    setting.classroom.take_presence(
        TerminalPresence(terminal=PC, online=False, occupant=None, pseudonym=None)
    )

    assert setting.room.pipeline.occupancy(A01) == "nonce-1"


@pytest.mark.parametrize(
    ("age_s", "known"),
    [
        pytest.param(CONTEXT_LIFETIME_S, True, id="exactly-15-minutes"),
        pytest.param(CONTEXT_LIFETIME_S + 0.5, False, id="older"),
    ],
)
def test_a_context_lives_for_15_minutes(setting: Setting, age_s: float, known: bool) -> None:
    """An exam that nobody confirms any more does not mask for ever."""
    setting.classroom.take_context(TaskContext(terminal=PC, exam=True))
    setting.clock.monotonic += age_s

    assert (setting.contexts.get(A01) is not None) is known
    assert setting.contexts.get(A02) is None


LOGIN = TerminalPresence(terminal=PC, online=True, occupant="nonce-1", pseudonym=None)
LOGOUT = TerminalPresence(terminal=PC, online=True, occupant=None, pseudonym=None)


def test_a_teacher_gives_and_takes_consent(setting: Setting) -> None:
    """Taking it back forgets who sat there."""
    setting.classroom.take_presence(LOGIN)
    assert setting.ask(ControlCommand.CONSENT, seat=A01, granted=True) is ControlStatus.DONE
    assert setting.storage.consent.granted(A01)

    assert setting.ask(ControlCommand.CONSENT, seat=A01, granted=False) is ControlStatus.DONE
    assert not setting.storage.consent.granted(A01)
    assert setting.room.pipeline.occupancy(A01) is None


@pytest.mark.parametrize(
    "before", [pytest.param([], id="never"), pytest.param([LOGIN, LOGOUT], id="logged-out")]
)
def test_nobody_consents_for_whoever_comes_next(
    setting: Setting, before: list[TerminalPresence]
) -> None:
    """Whoever asks hears why, and the next student is not looked at."""
    for presence in before:
        setting.classroom.take_presence(presence)

    request = ControlRequest(
        id="1",
        command=ControlCommand.CONSENT,
        role=ControlRole.TEACHER,
        client="t1",
        seat=A01,
        granted=True,
    )
    reply = setting.classroom.take_control(request)
    setting.classroom.take_presence(LOGIN)

    assert reply.status is ControlStatus.REFUSED
    assert reply.detail == "nobody is known to sit on a01; ask again when they have logged in"
    assert not setting.storage.consent.granted(A01)


def test_consent_ends_with_the_occupancy(setting: Setting) -> None:
    """Whoever sits down next has not consented."""
    setting.classroom.take_presence(
        TerminalPresence(terminal=PC, online=True, occupant="nonce-1", pseudonym=None)
    )
    setting.ask(ControlCommand.CONSENT, seat=A01, granted=True)
    assert setting.storage.consent.granted(A01)

    setting.classroom.take_presence(
        TerminalPresence(terminal=PC, online=True, occupant="nonce-2", pseudonym=None)
    )

    assert not setting.storage.consent.granted(A01)


def test_pausing_and_unlocking(setting: Setting) -> None:
    """The state is shown, and every lock ends."""
    assert setting.ask(ControlCommand.PAUSE) is ControlStatus.DONE
    assert not setting.open
    assert setting.ask(ControlCommand.RESUME) is ControlStatus.DONE
    assert setting.open
    assert setting.ask(ControlCommand.UNLOCK_ALL) is ControlStatus.DONE
    assert setting.unlocked == [None]


def test_a_camera_is_pointed(setting: Setting) -> None:
    """Whoever measures is told which one, and the request is on record."""
    request = ControlRequest(
        id="1",
        command=ControlCommand.AIM,
        role=ControlRole.TEACHER,
        client="t1",
        seat=None,
        granted=None,
        camera=CameraKey("front"),
    )
    assert setting.classroom.take_control(request).status is ControlStatus.DONE
    assert setting.aimed == ["front"]


@pytest.mark.parametrize(
    ("command", "seat", "granted"),
    [
        pytest.param(ControlCommand.CONSENT, SeatKey("z99"), True, id="consent-for-no-seat"),
        pytest.param(ControlCommand.CONSENT, A01, None, id="consent-without-a-word"),
        pytest.param(ControlCommand.ERASE, None, None, id="erase-everything"),
        pytest.param(ControlCommand.EXPORT, A01, None, id="export-over-mqtt"),
        pytest.param(ControlCommand.EXAM, A01, None, id="exam-without-a-word"),
        pytest.param(ControlCommand.CALIBRATE, None, None, id="calibrate-everybody"),
    ],
)
def test_what_makes_no_sense_is_refused(
    setting: Setting, command: ControlCommand, seat: SeatKey | None, granted: bool | None
) -> None:
    """The reply says so, and nothing changes."""
    assert setting.ask(command, seat=seat, granted=granted) is ControlStatus.REFUSED
    assert not setting.storage.consent.granted(A01)


def test_erasing_a_seat_forgets_it_in_memory_too(setting: Setting) -> None:
    """Rows and windows go together."""
    setting.room.sit(1)

    assert setting.ask(ControlCommand.ERASE, seat=A01) is ControlStatus.DONE
    assert setting.room.pipeline.occupancy(A01) is None


def test_whoever_asks_gets_an_answer_also_from_a_disk_that_takes_nothing(
    setting: Setting,
) -> None:
    """A pause counts, and its reply says what is missing; a resume does not."""
    setting.storage.stop()

    def reply(command: ControlCommand) -> ControlReply:
        return setting.classroom.take_control(
            ControlRequest(
                id="1",
                command=command,
                role=ControlRole.TEACHER,
                client="t1",
                seat=None,
                granted=None,
            )
        )

    paused = reply(ControlCommand.PAUSE)
    assert (paused.status, setting.open) == (ControlStatus.DONE, False)
    assert "not on record" in paused.detail
    assert reply(ControlCommand.RESUME).status is ControlStatus.FAILED
    assert not setting.open
    assert "not on record" in reply(ControlCommand.UNLOCK_ALL).detail
    assert setting.unlocked == [None]


def test_an_answer_counts_once_and_for_its_own_command(setting: Setting) -> None:
    """Duplicates are known from the database, strangers' from what was sent."""
    (rest,) = [one for result in setting.room.sit(65) for one in result.interventions]
    setting.storage.decisions.record_intervention(rest, terminal=PC)

    def say(kind: FeedbackKind, terminal: str = "pc-01", command: str = rest.id) -> None:
        setting.classroom.take_feedback(
            Feedback(command=command, terminal=TerminalKey(terminal), kind=kind, after_s=1.0)
        )

    say(FeedbackKind.DISMISSED, terminal="pc-02")
    say(FeedbackKind.COMPLETED, command="made-up")
    say(FeedbackKind.ACCEPTED)
    say(FeedbackKind.ACCEPTED)
    say(FeedbackKind.COMPLETED)
    setting.room.pipeline.end_occupancy(A01)

    (outcome,) = [one for result in setting.room.sit(0.2) for one in result.outcomes]
    assert (outcome.choice, outcome.complete, outcome.reject) == (rest.id, True, False)


def test_what_comes_to_the_screen_is_noted_and_told(setting: Setting) -> None:
    """30 s after it say nothing of the student; whoever watches commands hears all of them."""
    (rest,) = [one for result in setting.room.sit(61) for one in result.interventions]
    setting.classroom.take_command_state(rest.id, PC, CommandState.RECEIVED, "")
    setting.room.sit(rest.at_s + 90 - setting.room.now_s)
    setting.classroom.take_command_state(rest.id, PC, CommandState.SUCCEEDED, "")
    setting.room.sit(30.2)
    setting.room.pipeline.end_occupancy(A01)
    (outcome,) = [one for result in setting.room.sit(0.2) for one in result.outcomes]

    assert [state.value for _, state in setting.moved] == ["received", "succeeded"]
    # Known, and yet missing: the whole of the later window was left out.
    assert (outcome.choice, outcome.fatigue_drop) == (rest.id, None)


def test_an_exam_is_announced_and_on_record(setting: Setting) -> None:
    """Of the room and of a seat; that of the room is not ended for one seat."""
    assert setting.ask(ControlCommand.EXAM, on=True) is ControlStatus.DONE
    assert setting.exams.on(A02)
    assert setting.ask(ControlCommand.EXAM, seat=A01, on=False) is ControlStatus.REFUSED
    assert setting.ask(ControlCommand.EXAM, on=False) is ControlStatus.DONE
    assert setting.ask(ControlCommand.EXAM, seat=A01, on=True) is ControlStatus.DONE

    assert (setting.exams.on(A01), setting.exams.on(A02)) == (True, False)
    assert setting.audit() == [
        ("control_exam", "teacher/t1", "", "done, on"),
        ("control_exam", "teacher/t1", "a01", "refused"),
        ("control_exam", "teacher/t1", "", "done, off"),
        ("control_exam", "teacher/t1", "a01", "done, on"),
    ]


@pytest.mark.parametrize("said", [None, TaskContext(terminal=PC, topic="fractions")])
def test_an_exam_that_was_announced_goes_before_the_terminals_word(
    said: TaskContext | None,
) -> None:
    """Nothing may interrupt, whatever the terminal says or does not; the rest of it stays."""
    quiet = {A01}
    context = quiet_where(quiet.__contains__, lambda _: said, terminals={A01: PC})
    during = context(A01)
    quiet.clear()

    assert during is not None
    assert (during.exam, during.topic) == (True, "fractions" if said else "")
    assert context(A01) is said


def test_nothing_interrupts_a_calibration() -> None:
    """The tiredness that locks a screen does nothing to it until the two minutes are over."""
    room = Room(spread=False)
    both = (A01, A02)
    room.sit(170, seats=both)
    room.pipeline.calibrate(A01)
    during = room.sit(119, seats=both)
    after = room.sit(10, seats=both)

    assert {one.seat for result in during for one in result.interventions} == {A02}
    refused = {(one.seat, one.cause) for result in during for one in result.refusals}
    assert (A01, RefusalCause.EXAM) in refused
    assert {one.seat for result in after for one in result.interventions} == {A01}


@pytest.mark.parametrize(
    ("asked", "done"),
    [
        ({"granted": True, "reference": "form 2026/117"}, True),
        ({"granted": False, "reference": "f 117"}, False),
        ({"command": ControlCommand.PAUSE, "reference": "f 117"}, False),
        ({"granted": True, "reference": "f 117", "role": ControlRole.TERMINAL}, False),
        ({"granted": True, "reference": "f\u202e711"}, False),
    ],
)
def test_a_paper_form_goes_with_a_teachers_yes(
    setting: Setting, asked: dict[str, Any], *, done: bool
) -> None:
    """It is on record with it, and with nothing else."""
    setting.log_in("n1")
    client = str(PC) if "role" in asked else "t1"
    status = setting.ask(
        **{"command": ControlCommand.CONSENT, "seat": A01, "client": client, **asked}
    )

    assert status is (ControlStatus.DONE if done else ControlStatus.REFUSED)
    assert setting.storage.consent.granted(A01) is done
    assert setting.audit()[-1][3] == (f"done, form {asked['reference']}" if done else "refused")


def test_a_calibration_needs_somebody_who_is_looked_at(setting: Setting) -> None:
    """A terminal for its own seat, a teacher for one that is named; otherwise it is refused."""
    setting.unseen = "nobody has agreed to be looked at on this seat"
    refused = setting.ask(ControlCommand.CALIBRATE, role=ControlRole.TERMINAL, client=str(PC))
    before = setting.room.pipeline.calibrated_s(A01)
    setting.unseen = ""
    assert setting.ask(ControlCommand.CALIBRATE, seat=A02) is ControlStatus.DONE
    done = setting.ask(ControlCommand.CALIBRATE, role=ControlRole.TERMINAL, client=str(PC))

    assert (refused, before, done) == (ControlStatus.REFUSED, None, ControlStatus.DONE)
    assert [setting.room.pipeline.calibrated_s(seat) for seat in (A01, A02)] == [0.0, 0.0]
    assert next(row[:3] for row in setting.audit()) == ("control_calibrate", "seat/pc-01", "")
