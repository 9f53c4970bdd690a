"""Brokers die, boxes restart: no unexpired command is lost, no expired one comes back."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, Feedback, FeedbackKind
from appliance.domain.teacher_messages import TeacherMessage
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.box import BoxState
from appliance.mqtt.contract.classroom import FeedbackMessage
from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.router import InboundHandlers
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.terminal import Terminal
from tests.support.alerts import alert
from tests.support.brokers import MakeBox
from tests.support.dark_screen import DarkScreen
from tests.support.listener import Listener
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import (
    ROOM,
    SITE,
    TERMINAL,
    address_of,
    fresh_id,
    intervention,
    message_json,
    taking,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

STATUS = "cb/v1/school/lab-1/box/box-1/status"


def test_a_killed_broker_loses_no_unexpired_command(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """Commands before, during and after the outage are carried out exactly once each."""
    shown: list[str] = []
    terminal = Terminal(
        address=address_of(broker.port),
        site=SITE,
        room=ROOM,
        terminal=TERMINAL,
        answers=AutoAnswers(FeedbackKind.ACCEPTED, after_s=0.01),
        screen=DarkScreen(),
        clock=SystemClock(),
        on_event=lambda event: shown.append(event.command) if event.step == "started" else None,
        first_backoff_s=0.3,
    )
    store, present = MemoryCommandStore(), threading.Event()
    handlers = InboundHandlers(on_presence=lambda _: present.set())
    box = make_box(broker.port, store=store, handlers=handlers)
    terminal.start()
    try:
        wait_until(present.is_set)
        sent = [intervention(Action.HINT) for _ in range(9)]
        for decision in sent[:3]:
            box.send(decision, terminal=TERMINAL)
        wait_until(lambda: box.health().published >= 1)
        broker.kill()
        for decision in sent[3:6]:
            box.send(decision, terminal=TERMINAL)
        wait_until(lambda: not box.connected)
        assert box.health().last_error
        broker.start()
        for decision in sent[6:]:
            box.send(decision, terminal=TERMINAL)
        wait_until(lambda: all(store.states[each.id] is CommandState.SUCCEEDED for each in sent))
    finally:
        terminal.stop()

    assert sorted(shown) == sorted(each.id for each in sent)
    assert box.health().acknowledged == 9
    assert box.health().reconnects >= 1


def test_an_open_alert_is_sent_again_to_a_broker_that_died(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """Nobody acknowledges most alerts, so only the reconnect tells that it may be lost."""
    box = make_box(broker.port, first_backoff_s=1.0)  # the listener is there first
    box.tell(TeacherMessage(alerts=(alert(),)))
    wait_until(lambda: box.health().alerts == 1)
    broker.kill()
    broker.start()

    with Listener(broker.port, "cb/v1/school/lab-1/alert/+") as listener:
        wait_until(lambda: listener.heard)
    assert box.health().alerts == 1


def test_the_status_is_retained_again_by_a_broker_that_forgot_it(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """After a power cut of the broker nobody else would say how the box is."""
    box = make_box(broker.port)
    box.publish_status(BoxState.READY)
    wait_until(lambda: box.connected)
    broker.kill()
    broker.start()

    with Listener(broker.port, STATUS) as listener:
        wait_until(lambda: listener.heard)
        assert listener.heard[-1].document["data"]["state"] == "ready"


def test_a_restarted_box_sends_what_the_last_run_could_not(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """The outbox survives with the store, and the lifetime goes on."""
    store = MemoryCommandStore()
    broker.stop()
    first = make_box(broker.port, store=store)
    decision = intervention(Action.HINT)
    first.send(decision, terminal=TERMINAL)
    first.stop(timeout_s=0.5)
    broker.start()

    with Listener(broker.port, "cb/v1/school/lab-1/seat/+/cmd") as listener:
        make_box(broker.port, store=store)
        wait_until(lambda: listener.heard)

    (heard,) = listener.heard
    assert heard.document["id"] == decision.id
    assert heard.expiry_s is not None
    assert 290 <= heard.expiry_s <= 300


def test_an_expired_command_is_never_sent(broker: PrivateBroker, make_box: MakeBox) -> None:
    """A lock that waited 10 s for the broker is closed as expired."""
    store = MemoryCommandStore()
    broker.stop()
    first = make_box(broker.port, store=store)
    decision = intervention(Action.REMINDER_LOCK_30S)
    first.send(decision, terminal=TERMINAL)
    first.stop(timeout_s=0.5)
    (kept,) = store.pending()
    late = MemoryCommandStore()
    late.put(replace(kept, created_s=kept.created_s - 10, expires_s=kept.created_s))
    broker.start()

    with Listener(broker.port, "cb/v1/school/lab-1/seat/+/cmd") as listener:
        box = make_box(broker.port, store=late)
        wait_until(lambda: late.states[decision.id] is CommandState.EXPIRED)
        box.send(intervention(Action.HINT), terminal=TERMINAL)
        wait_until(lambda: listener.heard)

    assert [each.document["type"] for each in listener.heard] == ["command.hint"]
    assert box.health().expired == 1


def test_what_terminals_say_while_the_box_is_away_waits_for_it(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """The broker keeps the box's session: answers given during an update are not lost."""
    make_box(broker.port).stop()
    told: list[Feedback] = []
    body = FeedbackMessage(kind=FeedbackKind.RATED, rating=5)
    with Listener(broker.port) as listener:
        listener.publish(
            f"cb/v1/school/lab-1/seat/{TERMINAL}/feedback",
            message_json(f"seat/{TERMINAL}", body, ttl_s=60, corr=fresh_id()),
        )

    make_box(broker.port, handlers=InboundHandlers(on_feedback=taking(told)))

    wait_until(lambda: [each.rating for each in told] == [5])


BOX_PROGRAM = """
import sys, threading
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.contract.box import BoxState
from appliance.mqtt.client import BrokerClient
from tests.support.memory_store import MemoryCommandStore
from appliance.host.clock import SystemClock
box = BrokerClient(
    address=BrokerAddress(host="127.0.0.1", port=int(sys.argv[1])), site="school", room="lab-1",
    box="box-1", terminals={}, store=MemoryCommandStore(), clock=SystemClock(), will_delay_s=1,
)
box.publish_status(BoxState.READY)
box.start()
threading.Event().wait()
"""


def test_a_killed_box_is_reported_lost_after_the_delay(broker: PrivateBroker) -> None:
    """The last will is retained, keeps the contract, and does not come at once."""
    root = Path(__file__).parents[2]
    with Listener(broker.port, STATUS) as listener:
        process = subprocess.Popen(
            [sys.executable, "-c", BOX_PROGRAM, str(broker.port)],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: states(listener) == ["ready"], timeout_s=20.0)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            assert not threading.Event().wait(0.5)
            assert states(listener) == ["ready"]
            wait_until(lambda: states(listener) == ["ready", "lost"])
        finally:
            process.kill()
            process.wait(30)

    with Listener(broker.port, STATUS) as late:
        wait_until(lambda: late.heard)
    assert states(late) == ["lost"]


def states(listener: Listener) -> list[str]:
    """Statuses in the order they came."""
    return [each.document["data"]["state"] for each in listener.heard]
