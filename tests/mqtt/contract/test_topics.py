"""Topics are those of docs/DESIGN.md, 7; ids cannot change their meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.mqtt.contract.topics import RoomTopics

ROOM = RoomTopics(site="school", room="lab-1")


def test_topics_are_as_published() -> None:
    """The literal strings that terminals of other makers use."""
    box, terminal = ROOM.box("box-1"), ROOM.terminal(TerminalKey("t-07"))

    assert box.status == "cb/v1/school/lab-1/box/box-1/status"
    assert box.info == "cb/v1/school/lab-1/box/box-1/info"
    assert box.health == "cb/v1/school/lab-1/box/box-1/health"
    assert ROOM.alert(SeatKey("a01")) == "cb/v1/school/lab-1/alert/a01"
    assert ROOM.alert_ack(SeatKey("a01")) == "cb/v1/school/lab-1/alert/a01/ack"
    assert terminal.command == "cb/v1/school/lab-1/seat/t-07/cmd"
    assert terminal.ack == "cb/v1/school/lab-1/seat/t-07/ack"
    assert terminal.feedback == "cb/v1/school/lab-1/seat/t-07/feedback"
    assert terminal.context == "cb/v1/school/lab-1/seat/t-07/context"
    assert terminal.presence == "cb/v1/school/lab-1/seat/t-07/presence"
    assert terminal.view == "cb/v1/school/lab-1/seat/t-07/view"
    assert ROOM.board(SeatKey("a01")) == "cb/v1/school/lab-1/board/a01"
    assert ROOM.control_request("t-07") == "cb/v1/school/lab-1/control/t-07/req"
    assert ROOM.control_response("t-07") == "cb/v1/school/lab-1/control/t-07/resp"
    assert ROOM.control_requests == "cb/v1/school/lab-1/control/+/req"


@pytest.mark.parametrize(
    ("topic", "client"),
    [
        pytest.param("cb/v1/school/lab-1/control/t-07/req", "t-07", id="request"),
        pytest.param("cb/v1/school/lab-1/control/t-07/resp", None, id="response"),
        pytest.param("cb/v1/school/lab-1/control/T/req", None, id="no-id"),
        pytest.param("cb/v1/school/lab-1/control//req", None, id="nobody"),
        pytest.param("cb/v1/school/lab-1/control/req", None, id="no-level"),
        pytest.param("cb/v1/school/lab-2/control/t-07/req", None, id="another-room"),
        pytest.param("t-07", None, id="an-id-alone"),
    ],
)
def test_whose_request_a_topic_carries(topic: str, client: str | None) -> None:
    """The broker vouches for the level between; whatever else a topic is, it names nobody."""
    assert ROOM.asking_client(topic) == client


@pytest.mark.parametrize("bad", ["", "+", "#", "a/b", "A01", "a_1", "a 1", "ä", "$share", "a\n"])
def test_ids_with_syntax_are_refused(bad: str) -> None:
    """Nothing that a filter or an ACL could read as syntax gets into a topic."""
    with pytest.raises(ValueError, match=r"site: expected an id of \[a-z0-9-\]\+"):
        RoomTopics(site=bad, room="r")
    with pytest.raises(ValueError, match="room"):
        RoomTopics(site="s", room=bad)
    with pytest.raises(ValueError, match="box"):
        ROOM.box(bad)
    with pytest.raises(ValueError, match="seat"):
        ROOM.alert(SeatKey(bad))
    with pytest.raises(ValueError, match="client"):
        ROOM.control_response(bad)
    with pytest.raises(ValueError, match="terminal"):
        ROOM.terminal(TerminalKey(bad))


@given(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True))
def test_every_id_of_the_contract_is_accepted(good: str) -> None:
    """What the pattern allows can be used, and stays one level of the topic."""
    assert ROOM.alert(SeatKey(good)).split("/")[-1] == good
