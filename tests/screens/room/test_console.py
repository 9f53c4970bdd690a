"""A teacher's page over a real broker that tells everybody apart, and a real server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlStatus
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.box import BoxState
from appliance.screens.acts import NOT_NOTED
from appliance.screens.connection import PersonIdentity
from appliance.screens.http.visitors import PROOF_HEADER, Role
from appliance.screens.people.audit import AUDIT_FILE, AuditLog
from appliance.screens.room.console import TeacherConsole
from appliance.screens.room.routes import TeacherRoutes
from tests.support.acl_broker import AclBroker
from tests.support.asked_boxes import asked_broker
from tests.support.people_server import PeopleServer
from tests.support.spoken_box import TOPICS, SpokenBox, alert_of, board_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TEACHER = "teacher-1"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A box that speaks, a console that hears it, and its pages."""

    broker: AclBroker
    box: SpokenBox
    console: TeacherConsole
    server: PeopleServer
    audit: AuditLog

    @property
    def state(self) -> Mapping[str, Any]:
        """What the page is told."""
        return self.console.feed.read()

    def request(self, **fields: object) -> tuple[int, dict[str, object]]:
        """Ask as the page does."""
        return self.server.post("/teacher/request", fields, role=Role.TEACHER)

    def verdict(self, **fields: object) -> tuple[int, dict[str, object]]:
        """Answer an alert as the page does."""
        return self.server.post("/teacher/verdict", fields, role=Role.TEACHER)

    def noted(self) -> list[tuple[str, str, str, str]]:
        """Return what is on record, the oldest first."""
        entries = reversed(self.audit.newest())
        return [(one.who, one.what, one.about, one.outcome) for one in entries]


def make_console(broker: AclBroker) -> TeacherConsole:
    """Return a console that tries again quickly."""
    identity = PersonIdentity(
        site=TOPICS.site, room=TOPICS.room, client=TEACHER, address=broker.address(TEACHER)
    )
    return TeacherConsole(identity=identity, clock=SystemClock(), first_backoff_s=0.1)


@pytest.fixture
def lesson(tmp_path: Path) -> Iterator[Lesson]:
    """A lesson with two seats under a profile of four states."""
    server = PeopleServer(tmp_path)
    audit = AuditLog(tmp_path / "state")
    with asked_broker(tmp_path / "broker") as broker:
        console = make_console(broker)
        routes = TeacherRoutes(console=console, pages=server.pages, note=audit.note)
        with SpokenBox(broker.address("box-1")) as box, server.serve(routes.routes()):
            box.status()
            box.info()
            box.board(board_of("a1"), board_of("a2"))
            console.start()
            lesson = Lesson(broker, box, console, server, audit)
            wait_until(lambda: len(lesson.state["seats"]) == 2)
            yield lesson
            console.stop()


def test_the_page_follows_what_the_box_says(lesson: Lesson) -> None:
    """Retained boards first, then every change, to the lesson's end."""
    first = lesson.server.first_state("/teacher/stream", role=Role.TEACHER)
    assert (first["profile"], first["connected"], first["lesson"]) == ("four-state", True, True)
    assert [seat["seat"] for seat in first["seats"]] == ["a1", "a2"]

    lesson.box.alert(alert_of("a1"))
    wait_until(lambda: lesson.state["alerts"])
    lesson.box.board(board_of("a2"), ttl_s=1)
    wait_until(lambda: len(lesson.state["seats"]) == 1)
    lesson.box.clear("a1", "a2")
    wait_until(lambda: not lesson.state["lesson"])
    last = lesson.server.first_state("/teacher/stream", role=Role.TEACHER)
    assert last["seats"] == last["alerts"] == last["chart"] == []


ASKED: tuple[tuple[dict[str, object], tuple[str, str]], ...] = (
    ({"command": "pause"}, ("pause", "")),
    ({"command": "resume", "seat": "a1"}, ("resume", "a1")),
    ({"command": "unlock-all"}, ("unlock-all", "")),
    ({"command": "exam", "on": True}, ("exam-on", "")),
    ({"command": "exam", "on": False, "seat": "a2"}, ("exam-off", "a2")),
    ({"command": "test-alert", "seat": "a2"}, ("test-alert", "a2")),
    (
        {"command": "consent", "seat": "a1", "granted": True, "reference": "F-17 <b>"},
        ("consent-given", "a1"),
    ),
    ({"command": "consent", "seat": "a1", "granted": False}, ("consent-withdrawn", "a1")),
)
"""What a page posts, and what is on record of it: the act and whom it was about."""


def test_what_is_asked_reaches_the_box_and_the_record(lesson: Lesson) -> None:
    """Word for word; the broker vouches for teacher-1, and the account's name stays here."""
    for fields, _ in ASKED:
        assert lesson.request(**fields, extra=1) == (200, {"status": "done", "detail": ""})
    assert lesson.request(command="pause", seat="", reference="")[0] == 200  # as if left out

    told = [
        {key: value for key, value in asked.items() if value is not None}
        for asked in lesson.box.requests()
    ]
    assert told == [*(fields for fields, _ in ASKED), {"command": "pause"}]
    assert "ada" not in str(lesson.box.heard)
    assert lesson.noted()[:-1] == [("ada", *noted, "done") for _, noted in ASKED]


def test_what_may_not_be_asked_is_not(lesson: Lesson) -> None:
    """Commands beyond the list, unknown seats, fields of another kind, a broken reference."""
    refused: dict[str, list[dict[str, object]]] = {
        "command": [
            {}, {"command": "erase", "seat": "a1"}, {"command": "export"}, {"command": "aim"},
            {"command": "calibrate", "seat": "a1"}, {"command": "PAUSE"}, {"command": 1},
        ],
        "seat": [
            {"command": "test-alert"}, {"command": "pause", "seat": 1},
            {"command": "consent", "granted": True},
        ],
        "granted": [{"command": "consent", "seat": "a1"},
                    {"command": "consent", "seat": "a1", "granted": "yes"}],
        "on": [{"command": "exam"}, {"command": "exam", "on": 1}],
        "invalid": [
            {"command": "consent", "seat": "a1", "granted": True, "reference": reference}
            for reference in ("x" * 41, "a\nb", "\u202e17")
        ],
        "reference": [{"command": "consent", "seat": "a1", "granted": True, "reference": 17}],
    }  # fmt: skip
    for code, posts in refused.items():
        for fields in posts:
            assert lesson.request(**fields) == (400, {"error": code}), fields
    for seat in ("a9", "..", "+", "a1/ack"):
        assert lesson.request(command="pause", seat=seat) == (404, {"error": "seat"})
    assert lesson.box.requests() == []
    assert lesson.noted() == []


def test_only_a_teacher_from_the_own_page_may_ask(lesson: Lesson) -> None:
    """Not IT, not somebody without a session, not another site with the teacher's cookie."""
    fields = {"command": "pause"}
    path = "/teacher/request"
    assert lesson.server.post(path, fields, role=None)[0] == 401
    assert lesson.server.post(path, fields, role=Role.IT)[0] == 403
    for headers in ({PROOF_HEADER: "0" * 64}, {"Origin": "https://evil.example"}):
        status, _ = lesson.server.post(path, fields, role=Role.TEACHER, headers=headers)
        assert status == 403, headers
    assert lesson.server.get("/teacher/stream", role=Role.IT)[0] == 403
    assert lesson.server.get("/teacher", role=None)[0] == 401
    status, page = lesson.server.get("/teacher", role=Role.TEACHER)
    assert (status, b"teacher/page" in page) == (200, True)
    assert lesson.box.requests() == []


def test_what_a_box_refuses_and_what_is_not_on_record_is_said(
    lesson: Lesson, tmp_path: Path
) -> None:
    """A pause that has come about is done, also where the disk took no line."""
    lesson.box.answer = lambda _: ControlStatus.REFUSED
    assert lesson.request(command="pause", seat="a1")[1]["status"] == "refused"
    assert lesson.noted() == [("ada", "pause", "a1", "refused")]

    lesson.box.answer = lambda _: ControlStatus.DONE
    (tmp_path / "state" / AUDIT_FILE).unlink()
    (tmp_path / "state" / AUDIT_FILE).mkdir()
    assert lesson.request(command="pause") == (200, {"status": "done", "detail": NOT_NOTED})


def test_without_a_broker_the_page_says_so_at_once(lesson: Lesson) -> None:
    """And nothing that was asked then comes about later; afterwards all is as before."""
    lesson.broker.broker.stop()
    wait_until(lambda: not lesson.state["connected"])
    status, answer = lesson.request(command="pause")
    assert (status, answer["status"]) == (200, "failed")
    assert lesson.verdict(alert="x", verdict="useful")[0] == 404

    lesson.broker.broker.start()
    wait_until(lambda: lesson.state["connected"])
    wait_until(lambda: lesson.request(command="resume")[1]["status"] == "done")
    assert {each["command"] for each in lesson.box.requests()} == {"resume"}
    lesson.box.board(board_of("a3"))
    wait_until(lambda: len(lesson.state["seats"]) == 3)


def test_a_verdict_reaches_the_box_under_the_alerts_id(lesson: Lesson) -> None:
    """Once the broker has it the page shows it; an answer may be changed, also once cleared."""
    message = lesson.box.alert(alert_of("a1"))
    wait_until(lambda: lesson.state["alerts"])
    alert = lesson.state["alerts"][0]["id"]

    assert lesson.verdict(alert=alert, verdict="useful") == (200, {"status": "done", "detail": ""})
    assert lesson.state["alerts"][0]["verdict"] == "useful"
    assert lesson.verdict(alert=alert, verdict="wrong")[0] == 200
    wait_until(lambda: len(lesson.box.verdicts()) == 2)
    for (topic, heard), verdict in zip(lesson.box.verdicts(), ("useful", "wrong"), strict=True):
        assert topic == TOPICS.alert_ack(SeatKey("a1"))
        assert (heard["corr"], heard["src"]) == (message.id, f"teacher/{TEACHER}")
        assert heard["data"] == {"episode": "e-a1", "verdict": verdict}

    assert lesson.verdict(alert=alert, verdict="nice") == (400, {"error": "verdict"})
    assert lesson.verdict(alert="e-a1", verdict="wrong") == (404, {"error": "alert"})
    assert lesson.noted() == [
        ("ada", "alert-useful", "a1", "done"),
        ("ada", "alert-wrong", "a1", "done"),
    ]


def test_a_server_that_restarts_finds_the_boards_and_the_alerts_of_meanwhile(
    lesson: Lesson,
) -> None:
    """Boards are retained, and the broker keeps what is sent while nobody is there."""
    lesson.console.stop()
    lesson.box.board(replace(board_of("a1"), alert="e-a1"))
    lesson.box.alert(alert_of("a1"))
    lesson.box.alert(replace(alert_of("a2"), episode="old"))

    again = replace(lesson, console=make_console(lesson.broker))
    again.console.start()
    try:
        wait_until(lambda: len(again.state["alerts"]) == len(again.state["seats"]) == 2)
    finally:
        again.console.stop()


def test_three_hundred_alerts_arrive(lesson: Lesson) -> None:
    """Each once, whatever their number; the stream still begins at once."""
    for number in range(300):
        lesson.box.alert(replace(alert_of("a1"), episode=f"e-{number}"))
    wait_until(lambda: len(lesson.state["alerts"]) == 300)
    state = lesson.server.first_state("/teacher/stream", role=Role.TEACHER)
    assert len({alert["id"] for alert in state["alerts"]}) == 300


def test_a_fatigue_only_room_never_names_another_state(lesson: Lesson) -> None:
    """A box that says more than its profile allows changes nothing on the wire to the page."""
    lesson.box.info("fatigue-only")
    wait_until(lambda: lesson.state["profile"] == "fatigue-only")
    for seat, affect in zip(("a1", "a2", "a3", "a4"), Affect, strict=True):
        lesson.box.board(replace(board_of(seat), state=affect, since_s=1.0))
        lesson.box.alert(replace(alert_of(seat), affect=affect, reason=f"{affect} 0.9"))
    lesson.box.status(BoxState.DEGRADED, "a1 is confused")
    wait_until(lambda: len(lesson.state["seats"]) == 4 and lesson.state["alerts"])
    wait_until(lambda: lesson.state["boxes"][0]["state"] == "degraded")

    text = str(lesson.server.first_state("/teacher/stream", role=Role.TEACHER)).lower()
    assert [word for word in ("focused", "confused", "bored") if word in text] == []
    assert "fatigued" in text
    assert not lesson.console.states_allowed()


def test_what_breaks_the_contract_is_not_shown(lesson: Lesson) -> None:
    """Nor does it end anything."""
    lesson.box.raw(TOPICS.board(SeatKey("a1")), '{"v": 1, "type": "board.seat"}', retain=True)
    lesson.box.raw(TOPICS.alert(SeatKey("a1")), "<script>")
    lesson.box.alert(alert_of("a2"))
    wait_until(lambda: lesson.state["alerts"])
    assert [alert["seat"] for alert in lesson.state["alerts"]] == ["a2"]
    assert len(lesson.state["seats"]) == 2
