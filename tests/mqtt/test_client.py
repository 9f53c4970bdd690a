"""The box over a real broker: what it says, how, and what it hears."""

import json
import threading
from typing import NoReturn

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, Feedback, FeedbackKind, TaskContext
from appliance.domain.seats import TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.terminals import (
    AlertVerdict,
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
    TerminalPresence,
    Verdict,
)
from appliance.mqtt.contract.box import BoxHealth, BoxInfo, BoxState
from appliance.mqtt.contract.classroom import (
    AckStatus,
    AlertAck,
    CommandAck,
    ContextMessage,
    ControlRequestMessage,
    FeedbackMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.router import InboundHandlers
from tests.support.alerts import alert
from tests.support.brokers import MakeBox
from tests.support.listener import Listener
from tests.support.messages import SEAT, TERMINAL, intervention, message_json, taking
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

PREFIX = "cb/v1/school/lab-1"
SEAT_TOPIC = f"{PREFIX}/seat/{TERMINAL}"
TYPES = {
    Action.FOCUS_BREAK: ("command.focus_break", 30),
    Action.HINT: ("command.hint", 300),
    Action.PUSH_CONTENT: ("command.push_content", 300),
    Action.ADJUST_DIFFICULTY: ("command.adjust_difficulty", 300),
    Action.REMINDER_LOCK_30S: ("command.lock_screen", 10),
    Action.MANDATORY_REST: ("command.mandatory_rest", 30),
}


def test_everything_a_box_says_keeps_the_contract(broker: PrivateBroker, make_box: MakeBox) -> None:
    """Schema, topic, QoS, retain and Message Expiry of every outbound message."""
    contracts = Contracts.load()
    with Listener(broker.port) as listener:
        box = make_box(broker.port)
        wait_until(lambda: box.connected)
        box.publish_info(BoxInfo(software="0.1.0", contract="1.0.0", profile="demo"))
        assert box.publish_health(BoxHealth(uptime_s=1.5, broker=box.health()))
        box.tell(TeacherMessage(alerts=(alert(),)))
        for action in Action:
            box.send(intervention(action), terminal=TERMINAL)
        box.unlock()
        expected = {name for name, _ in TYPES.values()} | {
            "box.status", "box.info", "box.health", "box.echo", "alert", "command.unlock_screen",
        }  # fmt: skip
        wait_until(lambda: {each.document["type"] for each in listener.heard} == expected)

    for each in listener.heard:
        contracts.check(each.document, schema=each.document["type"])
        assert each.expiry_s == each.document["ttl_s"] or (
            each.document["ttl_s"] - each.expiry_s == 1
        ), each
    facts = {
        each.document["type"]: (each.topic, each.qos, each.retained) for each in listener.heard
    }
    own = f"{PREFIX}/box/box-1"
    assert facts == {
        "box.status": (f"{own}/status", 1, True),
        "box.info": (f"{own}/info", 1, True),
        "box.health": (f"{own}/health", 0, False),
        "box.echo": (f"{own}/health/echo", 1, False),
        "alert": (f"{PREFIX}/alert/{SEAT}", 1, False),
        "command.unlock_screen": (f"{SEAT_TOPIC}/cmd", 1, False),
        **{name: (f"{SEAT_TOPIC}/cmd", 1, False) for name, _ in TYPES.values()},
    }


@pytest.mark.parametrize("action", TYPES)
def test_command_has_its_type_its_lifetime_and_the_interventions_id(
    broker: PrivateBroker, make_box: MakeBox, action: Action
) -> None:
    """The terminal's answers name the decision they belong to."""
    with Listener(broker.port, f"{SEAT_TOPIC}/cmd") as listener:
        decision = intervention(action)
        make_box(broker.port).send(decision, terminal=TERMINAL)
        wait_until(lambda: listener.heard)

    (heard,) = listener.heard
    name, ttl_s = TYPES[action]
    assert (heard.document["type"], heard.document["ttl_s"]) == (name, ttl_s)
    assert heard.document["id"] == decision.id


def test_contacting_a_teacher_is_an_alert_and_nothing_is_nothing(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """Neither reaches the terminal; the contact leads its message, whatever else it names."""
    contact = intervention(Action.CONTACT_TEACHER)
    with Listener(broker.port) as listener:
        box = make_box(broker.port)
        box.send(intervention(Action.NONE), terminal=TERMINAL)
        box.send(contact, terminal=TERMINAL)
        box.tell(TeacherMessage(contacts=(contact,), alerts=(alert(),)))
        wait_until(lambda: listener.of_type("alert"))

    (heard,) = listener.of_type("alert")
    assert heard.topic == f"{PREFIX}/alert/{SEAT}"
    assert heard.document["id"] == contact.id
    assert heard.document["data"]["priority"] == "highest"
    assert heard.document["data"]["rule"] == "4"
    assert listener.on(f"{SEAT_TOPIC}/cmd") == []


def test_hint_is_about_the_topic_that_the_terminal_named(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """The box knows no curriculum; the terminal's context does."""
    contexts: list[TaskContext] = []
    box = make_box(broker.port, handlers=InboundHandlers(on_context=contexts.append))
    with Listener(broker.port) as listener:
        body = ContextMessage(topic="fractions", exam=False)
        listener.publish(
            f"{SEAT_TOPIC}/context", message_json(f"seat/{TERMINAL}", body, ttl_s=900), retain=True
        )
        wait_until(lambda: contexts)
        box.send(intervention(Action.HINT), terminal=TERMINAL)
        wait_until(lambda: listener.of_type("command.hint"))

    data = listener.of_type("command.hint")[0].document["data"]
    assert data == {"text": "Need a hint about fractions?", "topic": "fractions", "test": False}


def test_what_terminals_and_teachers_say_reaches_its_handler(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """Every inbound message becomes a domain type, once, however often it is delivered."""
    told: list[object] = []

    def control(request: ControlRequest) -> ControlReply:
        told.append(request)
        return ControlReply(status=ControlStatus.DONE, detail="paused")

    handlers = InboundHandlers(
        on_feedback=taking(told),
        on_context=told.append,
        on_presence=told.append,
        on_verdict=told.append,
        on_control=control,
        on_command_state=lambda *state: told.append(state),
    )
    box = make_box(broker.port, handlers=handlers)
    decision = intervention(Action.HINT)
    box.send(decision, terminal=TERMINAL)
    src = f"seat/{TERMINAL}"
    with Listener(broker.port) as listener:
        wait_until(lambda: box.health().published and box.health().last_echo_s is not None)
        request = message_json(
            "teacher/teacher-1", ControlRequestMessage(command=ControlCommand.PAUSE), ttl_s=30
        )
        for topic, text in (
            ("seat/terminal-07/ack", message_json(
                src, CommandAck(status=AckStatus.RECEIVED), ttl_s=300, corr=decision.id)),
            ("seat/terminal-07/feedback", message_json(
                src, FeedbackMessage(kind=FeedbackKind.RATED, rating=4), ttl_s=60,
                corr=decision.id)),
            ("seat/terminal-07/context", message_json(
                src, ContextMessage(task_id="a-1", difficulty=1, exam=True), ttl_s=900)),
            ("seat/terminal-07/presence", message_json(
                src, PresenceMessage(state=PresenceState.ONLINE, occupant="n" * 16), ttl_s=None)),
            ("alert/a01/ack", message_json(
                "teacher/t-1", AlertAck(episode="e", verdict=Verdict.NOT_NOW), ttl_s=60,
                corr=decision.id)),
            ("control/teacher-1/req", request),
        ):  # fmt: skip
            listener.publish(f"{PREFIX}/{topic}", text, expiry_s=30)
            listener.publish(f"{PREFIX}/{topic}", text, expiry_s=30)
        wait_until(lambda: len(told) >= 6 and len(listener.of_type("control.response")) == 2)

    # What one says comes in its order; who comes first, among several, is left to the inbox.
    assert sorted(told, key=repr) == sorted(
        [
            (decision.id, TERMINAL, CommandState.RECEIVED, ""),
            Feedback(command=decision.id, terminal=TERMINAL, kind=FeedbackKind.RATED, rating=4),
            TaskContext(terminal=TERMINAL, task_id="a-1", difficulty=1.0, exam=True),
            TerminalPresence(terminal=TERMINAL, online=True, occupant="n" * 16, pseudonym=None),
            AlertVerdict(alert=decision.id, episode="e", seat=SEAT, verdict=Verdict.NOT_NOW),
            ControlRequest(
                id=json.loads(request)["id"],
                command=ControlCommand.PAUSE,
                role=ControlRole.TEACHER,
                client="teacher-1",
                seat=None,
                granted=None,
            ),
        ],
        key=repr,
    )
    response, again = listener.of_type("control.response")
    assert again.document["data"] == response.document["data"]
    assert response.topic == f"{PREFIX}/control/teacher-1/resp"
    assert response.document["corr"] == json.loads(request)["id"]
    assert response.document["data"] == {"status": "done", "detail": "paused"}
    assert box.health().dropped == 0


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        pytest.param("ack", "not json", id="not-json"),
        pytest.param(
            "ack",
            message_json("seat/other", CommandAck(status=AckStatus.RECEIVED), ttl_s=9, corr=None),
            id="another-terminals-sender",
        ),
        pytest.param(
            "feedback",
            message_json(
                f"seat/{TERMINAL}", PresenceMessage(state=PresenceState.ONLINE), ttl_s=None
            ),
            id="right-sender-wrong-topic",
        ),
        pytest.param(
            "presence",
            message_json(
                f"seat/{TERMINAL}x", PresenceMessage(state=PresenceState.ONLINE), ttl_s=None
            ),
            id="sender-with-the-same-beginning",
        ),
    ],
)
def test_what_breaks_the_contract_is_dropped_and_counted(
    broker: PrivateBroker, make_box: MakeBox, topic: str, text: str
) -> None:
    """No handler hears of it; of a presence, that nobody is known to be there any more."""
    told: list[object] = []
    handlers = InboundHandlers(
        on_feedback=taking(told),
        on_presence=told.append,
        on_command_state=lambda *_: told.append(1),
    )
    box = make_box(broker.port, handlers=handlers)
    wait_until(lambda: box.connected)
    with Listener(broker.port) as listener:
        listener.publish(f"{SEAT_TOPIC}/{topic}", text)
        wait_until(lambda: box.health().dropped == 1)
        nobody = TerminalPresence(terminal=TERMINAL, online=True, occupant=None, pseudonym=None)
        expected = [nobody] if topic == "presence" else []
        wait_until(lambda: told == expected)  # what is counted is told afterwards


def test_a_handler_that_fails_does_not_end_the_others(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """The exception is counted; later messages arrive; the teacher hears that it failed."""
    told: list[TerminalPresence] = []

    def fail(_: object) -> NoReturn:
        raise RuntimeError

    handlers = InboundHandlers(on_context=fail, on_control=fail, on_presence=told.append)
    box = make_box(broker.port, handlers=handlers)
    wait_until(lambda: box.connected)
    src = f"seat/{TERMINAL}"
    with Listener(broker.port) as listener:
        listener.publish(f"{SEAT_TOPIC}/context", message_json(src, ContextMessage(), ttl_s=900))
        request = ControlRequestMessage(command=ControlCommand.RESUME)
        asked = message_json("teacher/teacher-1", request, ttl_s=30)
        listener.publish(f"{PREFIX}/control/teacher-1/req", asked)
        presence = PresenceMessage(state=PresenceState.OFFLINE)
        listener.publish(f"{SEAT_TOPIC}/presence", message_json(src, presence, ttl_s=None))
        wait_until(lambda: told and listener.of_type("control.response"))

    assert box.health().callback_errors == 2
    assert listener.of_type("control.response")[0].document["data"]["status"] == "failed"
    assert box.connected


def test_stop_says_disconnected_and_waits_for_it(broker: PrivateBroker, make_box: MakeBox) -> None:
    """Whoever connects afterwards finds the retained farewell, and no thread is left."""
    box = make_box(broker.port)
    box.publish_status(BoxState.READY)
    wait_until(lambda: box.connected)

    assert box.stop()

    with Listener(broker.port, f"{PREFIX}/box/box-1/status") as listener:
        wait_until(lambda: listener.heard)
    assert [each.document["data"]["state"] for each in listener.heard] == ["disconnected"]
    assert not [each.name for each in threading.enumerate() if each.name.startswith("mqtt[")]


def test_the_last_status_set_is_what_the_broker_holds(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """Statuses set without a broker do not queue up; only the newest is the state."""
    broker.stop()
    box = make_box(broker.port)
    for state in (BoxState.READY, BoxState.PAUSED, BoxState.DEGRADED):
        box.publish_status(state, reason="for a test")
    broker.start()
    wait_until(lambda: box.connected)

    with Listener(broker.port, f"{PREFIX}/box/box-1/status") as listener:
        wait_until(lambda: listener.heard)
        assert [each.document["data"]["state"] for each in listener.heard] == ["degraded"]


def test_two_boxes_with_one_id_both_say_so_and_do_not_fight(
    broker: PrivateBroker, make_box: MakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each throws the other out and lets it be for a while; a restart alone is no second box."""
    monkeypatch.setattr("appliance.mqtt.wire.link.TWIN_REST_S", 3.0)
    earlier = make_box(broker.port)
    wait_until(lambda: earlier.connected)
    assert earlier.stop()
    first = make_box(broker.port)
    wait_until(lambda: first.health().last_echo_s is not None)
    assert first.twins == 0

    second = make_box(broker.port)
    wait_until(lambda: first.twins >= 2 and second.twins >= 2, timeout_s=40)

    assert first.health().reconnects + second.health().reconnects <= 12


def test_a_command_for_a_stranger_is_a_mistake(make_box: MakeBox, broker: PrivateBroker) -> None:
    """Nobody would hear its acknowledgement."""
    with pytest.raises(ValueError, match="terminal 'x' is not one of"):
        make_box(broker.port).send(intervention(), terminal=TerminalKey("x"))


def test_a_full_outbox_is_counted(broker: PrivateBroker, make_box: MakeBox) -> None:
    """A refused command shows in health as dropped."""
    broker.stop()
    box = make_box(broker.port, outbox_limit=1)
    box.send(intervention(), terminal=TERMINAL)
    box.send(intervention(), terminal=TERMINAL)

    assert box.health().dropped == 1
    assert box.health().outbox == 1
