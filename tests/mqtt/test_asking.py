"""Asking the boxes of a room, over a real broker that tells everybody apart."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.errors import ContractError
from appliance.host.clock import SystemClock
from appliance.mqtt.asking import NOT_SENT, Asker
from appliance.mqtt.contract.box import ControlResponse
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.wire.messages import Delivery
from tests.support.acl_broker import AclBroker, password_of
from tests.support.asked_boxes import TEACHER, TOPICS, AskedBox, asked_broker
from tests.support.links import make_link
from tests.support.listener import Listener
from tests.support.messages import message_json, stamper
from tests.support.rooms import A01
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

DONE, REFUSED, FAILED = ControlStatus.DONE, ControlStatus.REFUSED, ControlStatus.FAILED
PAUSE = ControlRequestMessage(command=ControlCommand.PAUSE)
PAUSE_SEAT = ControlRequestMessage(command=ControlCommand.PAUSE, seat=A01)
ANSWERS = TOPICS.control_response(TEACHER)


class Teacher:
    """One connection of a teacher, with an asker on it; not yet made."""

    def __init__(self, school: AclBroker) -> None:
        """Connect the two."""
        self.link = make_link(
            school.address(TEACHER),
            client_id=TEACHER,
            subscriptions={ANSWERS: 1},
            on_delivery=self.take,
        )
        self.asker = Asker(
            topics=TOPICS,
            client=TEACHER,
            stamper=stamper(f"teacher/{TEACHER}"),
            send=self.link.send,
            contracts=Contracts.load(),
            clock=SystemClock(),
        )

    def take(self, delivery: Delivery) -> None:
        """Nothing else comes."""
        assert self.asker.take(delivery)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AclBroker]:
    """The broker of the room."""
    with asked_broker(tmp_path_factory.mktemp("school") / "broker") as broker:
        yield broker


@pytest.fixture
def teacher(school: AclBroker) -> Iterator[Teacher]:
    """A teacher, not yet connected."""
    teacher = Teacher(school)
    yield teacher
    teacher.link.stop(timeout_s=1.0)


@pytest.fixture
def asker(teacher: Teacher) -> Asker:
    """A teacher, connected."""
    teacher.link.start()
    wait_until(lambda: teacher.link.connected)
    return teacher.asker


@pytest.fixture
def box(school: AclBroker) -> Iterator[Listener]:
    """Who hears the requests as a box does, and answers by hand."""
    with Listener(
        school.port,
        topic=TOPICS.control_requests,
        username="box-1",
        password=password_of("box-1"),
    ) as listener:
        yield listener


def _asking(
    box: Listener, ask: Callable[[], ControlReply | None]
) -> tuple[Future[ControlReply | None], str]:
    """Begin to ask; return what will come of it, and the request's id once the box has it."""
    before = len(box.heard)
    pool = ThreadPoolExecutor(1)
    asked = pool.submit(ask)
    pool.shutdown(wait=False)
    wait_until(lambda: len(box.heard) > before)
    return asked, str(box.heard[before].document["id"])


def _say(
    box: Listener,
    corr: str | None,
    status: ControlStatus,
    *,
    by: str = "box-1",
    retain: bool = False,
) -> None:
    text = message_json(f"box/{by}", ControlResponse(status=status, detail=by), ttl_s=30, corr=corr)
    box.publish(ANSWERS, text, expiry_s=30, retain=retain)


def test_a_box_answers_many_at_once_each_with_its_own(
    asker: Asker, tmp_path: Path, school: AclBroker
) -> None:
    """Eight at once to a real box; those about an unknown seat are refused, and nothing stays."""
    seats = ["a01", "a02", "z99", "a01", "a02", "z99", "a01", "a02"]

    def ask(seat: str) -> ControlReply | None:
        body = ControlRequestMessage(command=ControlCommand.PAUSE, seat=SeatKey(seat))
        return asker.ask(body, boxes=1)

    with AskedBox(tmp_path, school), ThreadPoolExecutor(len(seats)) as pool:
        answers = list(pool.map(ask, seats))

    refused = ControlReply(status=REFUSED, detail="no such seat on this box")
    assert answers == [refused if seat == "z99" else ControlReply(status=DONE) for seat in seats]
    assert asker.waiting == 0


def test_a_request_carries_its_lifetime_and_is_not_kept(asker: Asker, box: Listener) -> None:
    """Message Expiry is its ``ttl_s``: otherwise no box would let it count."""
    assert asker.ask(PAUSE, timeout_s=0.3) is None

    wait_until(lambda: box.heard)
    (heard,) = box.of_type("control.request")
    assert (heard.expiry_s, heard.document["ttl_s"], heard.retained) == (30, 30, False)
    assert heard.document["src"] == f"teacher/{TEACHER}"
    assert asker.waiting == 0


def test_without_a_connection_nothing_is_asked_later(teacher: Teacher, box: Listener) -> None:
    """A pause of half a minute ago is not what somebody wants now."""
    assert teacher.asker.ask(PAUSE) == ControlReply(status=FAILED, detail=NOT_SENT)

    teacher.link.start()
    wait_until(lambda: teacher.link.connected)
    assert teacher.asker.ask(PAUSE_SEAT, timeout_s=0.3) is None
    wait_until(lambda: box.heard)
    assert [each.document["data"].get("seat") for each in box.heard] == [A01]


def test_what_breaks_the_contract_is_not_sent(asker: Asker, box: Listener) -> None:
    """The box would only say "broken"; here the caller can say which field."""
    body = ControlRequestMessage(
        command=ControlCommand.CONSENT, seat=A01, granted=True, reference="x" * 41
    )
    with pytest.raises(ContractError, match=r"data\.reference: expected maxLength 40"):
        asker.ask(body)

    assert asker.ask(PAUSE_SEAT, timeout_s=0.3) is None
    wait_until(lambda: box.heard)
    assert [each.document["data"]["command"] for each in box.heard] == ["pause"]


def test_only_an_answer_to_this_request_counts(asker: Asker, box: Listener) -> None:
    """Not one to another, to none, a retained one, or what breaks the contract."""
    asked, request = _asking(box, lambda: asker.ask(PAUSE, boxes=1))
    _say(box, PAUSED_LONG_AGO, DONE)
    _say(box, None, DONE)
    _say(box, request, DONE, retain=True)
    box.publish(ANSWERS, "", retain=True)  # or the next test hears it
    box.publish(ANSWERS, "{", expiry_s=30)
    _say(box, request, REFUSED)

    assert asked.result(5) == ControlReply(status=REFUSED, detail="box-1")


PAUSED_LONG_AGO = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize("boxes", [None, 2])
def test_the_box_that_has_the_seat_is_heard(asker: Asker, box: Listener, boxes: int | None) -> None:
    """Each box of a room answers; that the others have no such seat is no answer."""
    asked, request = _asking(box, lambda: asker.ask(PAUSE_SEAT, boxes=boxes))
    _say(box, request, REFUSED, by="box-2")
    _say(box, request, DONE)

    assert asked.result(5) == ControlReply(status=DONE, detail="box-1")


def test_a_room_is_paused_once_every_box_says_so(asker: Asker, box: Listener) -> None:
    """A camera that may still run is not passed over in silence; a repeat is no second box."""
    asked, request = _asking(box, lambda: asker.ask(PAUSE, boxes=2))
    _say(box, request, DONE)
    _say(box, request, DONE)
    _say(box, request, FAILED, by="box-2")
    assert asked.result(5) == ControlReply(status=FAILED, detail="box-2")

    asked, request = _asking(box, lambda: asker.ask(PAUSE, boxes=2, timeout_s=0.5))
    _say(box, request, DONE)
    assert asked.result(5) is None
    assert asker.waiting == 0
