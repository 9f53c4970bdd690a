"""IT's page over a real broker that tells everybody apart, and a real server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.terminals import ControlStatus
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.box import BoxState
from appliance.screens.box.desk import ItDesk, TerminalStanding
from appliance.screens.box.routes import ItRoutes, LettingIn, code_rows
from appliance.screens.connection import PersonIdentity
from appliance.screens.http.visitors import Role
from appliance.screens.people.audit import AuditLog
from appliance.screens.people.enrolment import EnrolmentCodes
from tests.support.asked_boxes import asked_broker
from tests.support.certificates import Authority
from tests.support.people_server import PeopleServer
from tests.support.spoken_box import TOPICS, SpokenBox, aim_of, health_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

IT = "it-1"
TERMINALS = ("pc-01", "pc-02")


@dataclass(frozen=True, slots=True)
class Office:
    """A box that speaks, a desk that hears it, and its pages."""

    box: SpokenBox
    desk: ItDesk
    server: PeopleServer
    audit: AuditLog
    codes: EnrolmentCodes

    @property
    def state(self) -> Mapping[str, Any]:
        """What the page is told."""
        return self.desk.feed.read()

    def post(self, path: str, **fields: object) -> tuple[int, dict[str, Any]]:
        """Ask as the page does."""
        return self.server.post(path, fields, role=Role.IT)

    def noted(self) -> list[tuple[str, str, str, str]]:
        """Return what is on record, the oldest first."""
        entries = reversed(self.audit.newest())
        return [(one.who, one.what, one.about, one.outcome) for one in entries]


@pytest.fixture
def office(tmp_path: Path, authority: Authority) -> Iterator[Office]:
    """One box with a camera and two terminals, of which one is enrolled."""
    server = PeopleServer(tmp_path, terminals=TERMINALS)
    server.sessions.begin_seat("pc-01")
    audit = AuditLog(tmp_path / "state")
    codes = EnrolmentCodes(
        tmp_path / "state", is_terminal=TERMINALS.__contains__, origin="https://box.school:8443"
    )

    def revoke(terminal: str) -> int:
        codes.withdraw(terminal)
        return server.sessions.end_terminal(terminal)

    def standing() -> list[TerminalStanding]:
        return [
            TerminalStanding(
                terminal=one,
                enrolled=server.sessions.enrolled(one),
                page=False,
                connected=True,
            )
            for one in TERMINALS
        ]

    with asked_broker(tmp_path / "broker") as broker:
        desk = ItDesk(
            identity=PersonIdentity(
                site=TOPICS.site, room=TOPICS.room, client=IT, address=broker.address(IT)
            ),
            certificates={"pc-01": authority.sign("pc-01")[0]},
            terminals=standing,
            codes=lambda: code_rows(codes.issued()),
            record=audit.rows,
            clock=SystemClock(),
            first_backoff_s=0.1,
        )
        audit.on_note = desk.reread_record
        letting_in = LettingIn(
            terminals=lambda: TERMINALS,
            issue=codes.issue,
            issued=codes.issued,
            revoke=revoke,
        )
        routes = ItRoutes(desk=desk, letting_in=letting_in, pages=server.pages, note=audit.note)
        with SpokenBox(broker.address("box-1")) as box, server.serve(routes.routes()):
            desk.start()
            wait_until(lambda: desk.connected)
            box.status()
            box.info("fatigue-only")
            box.health("a1", "a2")
            office = Office(box, desk, server, audit, codes)
            wait_until(lambda: desk.boxes.seats() == {"a1", "a2"})
            yield office
            desk.stop()


def test_the_page_is_told_how_boxes_terminals_and_certificates_are(office: Office) -> None:
    """With everything that health carries, for the funnel."""
    state = office.server.first_state("/box/stream", role=Role.IT)

    (box,) = state["boxes"]
    assert (box["id"], box["status"]["state"], box["info"]["profile"]) == (
        "box-1",
        "ready",
        "fatigue-only",
    )
    assert box["health"]["cameras"]["front"]["frames"] == {"sent": 600}
    assert box["health"]["seats"] == {"a1": "observed", "a2": "observed"}
    assert state["terminals"] == [
        {"terminal": "pc-01", "enrolled": 1, "page": False, "connected": True},
        {"terminal": "pc-02", "enrolled": 0, "page": False, "connected": True},
    ]
    assert [one["name"] for one in state["certificates"]] == ["pc-01"]
    assert (state["connected"], state["aim"], state["codes"]) == (True, None, [])


def test_health_holds_a_minute_and_a_lost_box_is_shown(office: Office) -> None:
    """Numbers of long ago are no health."""
    office.box.say(office.box.topics.health, health_of("a1"), ttl_s=1)
    office.box.status(BoxState.DEGRADED, "camera front: lost")
    wait_until(lambda: office.state["boxes"][0]["health"] is None)
    assert office.state["boxes"][0]["status"] == {
        "state": "degraded",
        "reason": "camera front: lost",
    }


def test_a_camera_is_pointed(office: Office) -> None:
    """Figures come through while somebody watches, those of other cameras never."""
    office.box.aim(aim_of("front", "a1"))
    assert office.post("/box/aim", camera="front", on=True) == (
        200,
        {"status": "done", "detail": ""},
    )
    assert office.box.requests()[-1]["command"] == "aim"
    assert office.box.requests()[-1]["camera"] == "front"
    office.box.aim(aim_of("back"))
    office.box.aim(aim_of("front", "a1"))
    wait_until(lambda: office.state["aim"] is not None)
    assert office.state["aim"]["camera"] == "front"
    assert office.state["aim"]["seats"] == {"a1": {"region": [0.0, 0.0, 0.5, 1.0], "people": 0}}
    assert office.state["aim"]["limits"]["face_px"] == 40.0

    assert office.post("/box/aim", camera="front", on=False)[0] == 200
    office.box.aim(aim_of("front", "a1"))
    office.box.health("a1", "a2", "a3")
    wait_until(lambda: len(office.desk.boxes.seats()) == 3)
    assert office.state["aim"] is None
    assert [what for _, what, *_ in office.noted()] == ["aim", "aim-end"]


def test_why_a_camera_is_pointed_no_longer_is_told(office: Office) -> None:
    """In place of the figures, at once, and until somebody begins anew."""
    assert office.post("/box/aim", camera="front", on=True)[0] == 200
    office.box.aim(aim_of("front", "a1"))
    wait_until(lambda: office.state["aim"] is not None)
    office.box.aim(replace(aim_of("front", "a1"), ended="consent was refused on seat a1"))
    wait_until(lambda: office.state["aim"]["ended"] == "consent was refused on seat a1")

    assert office.post("/box/aim", camera="front", on=True)[0] == 200
    assert office.state["aim"] is None


def test_a_refused_aim_shows_nothing(office: Office) -> None:
    """Neither does one of a camera that no box has."""
    office.box.answer = lambda _: ControlStatus.REFUSED
    assert office.post("/box/aim", camera="front", on=True)[1]["status"] == "refused"
    office.box.aim(aim_of("front"))
    office.box.health("a1")
    wait_until(lambda: office.desk.boxes.seats() == {"a1"})
    assert office.state["aim"] is None
    for camera in ("back", "", "+"):
        assert office.post("/box/aim", camera=camera, on=True) == (404, {"error": "camera"})
    assert office.post("/box/aim", camera="front") == (400, {"error": "on"})
    assert office.noted() == [("ivo", "aim", "front", "refused")]


def test_codes_are_made_shown_and_used_once(office: Office) -> None:
    """For some terminals or all; each has a picture; IT alone sees them."""
    status, answer = office.post("/box/codes", terminals=["pc-02"])
    (row,) = answer["codes"]
    assert (status, row["terminal"], len(row["code"])) == (200, "pc-02", 10)
    assert row["url"] == f"https://box.school:8443/enrol#{row['code']}"
    assert office.state["codes"] == [row]
    status, picture = office.server.get(row["qr"], role=Role.IT)
    assert (status, picture[:4]) == (200, b"<svg")
    for role in (None, Role.TEACHER):
        assert office.server.get(row["qr"], role=role)[0] in (401, 403)
        assert office.server.post("/box/codes", {}, role=role)[0] in (401, 403)

    _, answer = office.post("/box/codes", terminals=None)
    assert {one["terminal"] for one in answer["codes"]} == set(TERMINALS)
    assert office.server.get(row["qr"], role=Role.IT)[0] == 404  # another took its place
    used = next(one for one in answer["codes"] if one["terminal"] == "pc-01")
    assert office.codes.redeem(used["code"]) == "pc-01"
    assert [one["terminal"] for one in office.state["codes"]] == ["pc-02"]
    assert office.noted() == [
        ("ivo", "code", "pc-02", "done"),
        ("ivo", "code", "pc-01", "done"),
        ("ivo", "code", "pc-02", "done"),
    ]
    for wanted in ([], ["pc-99"], "pc-01", ["pc-01", 1]):
        assert office.post("/box/codes", terminals=wanted) == (404, {"error": "terminal"})


def test_a_terminal_is_revoked_with_its_code(office: Office) -> None:
    """Who had its session or its paper has nothing."""
    office.post("/box/codes", terminals=["pc-01"])
    assert office.post("/box/revoke", terminal="pc-01")[1]["status"] == "done"
    assert office.server.sessions.enrolled("pc-01") == 0
    assert office.state["codes"] == []
    assert office.post("/box/revoke", terminal="pc-99") == (404, {"error": "terminal"})
    assert office.noted()[-1][:3] == ("ivo", "revoke", "pc-01")
    wait_until(lambda: office.state["audit"][0]["what"] == "revoke")
    assert office.state["audit"][1]["what"] == "code"


def test_a_test_alert_is_sent_and_every_act_is_its_own(office: Office) -> None:
    """Of a seat that a box has; nobody but IT, nothing but what is listed."""
    assert office.post("/box/test-alert", seat="a1")[1]["status"] == "done"
    assert office.box.requests()[-1]["command"] == "test-alert"
    assert office.post("/box/test-alert", seat="a9") == (404, {"error": "seat"})
    for path in ("aim", "codes", "revoke", "test-alert"):
        assert office.server.post(f"/box/{path}", {}, role=Role.TEACHER)[0] == 403
        assert office.server.post(f"/box/{path}", {}, role=None)[0] == 401
    for path in ("/box", "/box/sheet"):
        assert office.server.get(path, role=Role.IT)[0] == 200
        assert office.server.get(path, role=Role.TEACHER)[0] == 403


def test_a_fatigue_only_school_reads_of_no_other_state(office: Office) -> None:
    """Whatever a box writes into its own words, it comes to no page."""
    said = replace(health_of("a1"), problems=("model bored.onnx is missing", "disk"))
    office.box.say(office.box.topics.health, said, ttl_s=60)
    office.box.status(BoxState.DEGRADED, "Confused")
    wait_until(lambda: office.desk.boxes.seats() == {"a1"})
    wait_until(lambda: office.state["boxes"][0]["status"]["state"] == "degraded")
    text = str(office.server.first_state("/box/stream", role=Role.IT)).lower()
    assert [word for word in ("focused", "confused", "bored") if word in text] == []
    assert "disk" in text
