"""What can be wrong at a student's terminal."""

from appliance.mqtt.contract.classroom import ContextMessage, PresenceMessage, PresenceState
from tests.support.faults.student import SETTLE_S, box_with_student
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.scenes import ROOM, SEAT, SITE, TERMINAL, Scene
from tests.support.service import run_classbox


def terminal_offline(scene: Scene) -> None:
    """The PC has been switched off."""
    port = scene.run_broker()
    terminal = scene.run_terminal(port)
    scene.run_box()
    scene.wait(SETTLE_S)
    terminal.stop()
    scene.wait(0.5)


def terminal_with_another_id(scene: Scene) -> None:
    """It says to be another than the configuration names."""
    port = scene.run_broker()
    scene.run_terminal(port, terminal="pc-99")
    scene.run_box()
    scene.wait(16.0)


def terminal_in_an_exam(scene: Scene) -> None:
    """It refuses everything."""
    port = scene.run_broker()
    scene.run_terminal(port, context=ContextMessage(exam=True))
    scene.run_box()
    scene.wait(SETTLE_S)


def mute_terminal(scene: Scene) -> None:
    """It says hello and answers nothing."""
    port = scene.run_broker()
    hello = PresenceMessage(state=PresenceState.ONLINE, occupant="0123456789abcdef")
    with Listener(port, client_id="mute") as terminal:
        terminal.publish(
            f"cb/v1/{SITE}/{ROOM}/seat/{TERMINAL}/presence",
            message_json(f"seat/{TERMINAL}", hello, ttl_s=None),
            retain=True,
        )
    scene.run_box()
    scene.wait(SETTLE_S)
    assert run_classbox("test-alert", SEAT, "--config", str(scene.config)).returncode == 69


def interventions_switched_off(scene: Scene) -> None:
    """The configuration says so."""
    scene.more = "[intervention]\nenabled = false"
    box_with_student(scene)
