"""What can be wrong between box and broker."""

from appliance.mqtt.contract.permissions import permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker, free_port
from tests.support.acl_broker import AclBroker, box_acl
from tests.support.certificates import Authority
from tests.support.faults.student import SETTLE_S
from tests.support.scenes import BOX, ROOM, SITE, Scene

TOPICS = RoomTopics(site=SITE, room=ROOM)


def broker_down(scene: Scene) -> None:
    """It was there when the box started."""
    broker = PrivateBroker(scene.folder / "broker")
    port = scene.run_broker(broker)
    scene.run_terminal(port)
    scene.run_box()
    scene.wait(SETTLE_S)
    broker.kill()
    scene.wait(1.0)


def wrong_port(scene: Scene) -> None:
    """Nobody listens there."""
    scene.mqtt = {"port": str(free_port())}
    scene.run_box()
    scene.wait(SETTLE_S)


def wrong_authority(scene: Scene) -> None:
    """The box trusts another CA than the broker's."""
    tls_broker(scene, trusted=Authority.create(scene.folder / "other"))


def expired_certificate(scene: Scene) -> None:
    """The broker's is over."""
    tls_broker(scene, days=0)


def wrong_broker_password(scene: Scene) -> None:
    """The broker knows another one."""
    acl_broker(scene, box_acl(TOPICS, BOX))
    (scene.folder / "acl-broker" / f"{BOX}.password").write_text("guessed", encoding="utf-8")
    run_at(scene)


def acl_of_another_site(scene: Scene) -> None:
    """As the shipped ACL and the shipped configuration once did."""
    acl_broker(scene, box_acl(RoomTopics(site="another", room=ROOM), BOX))
    run_at(scene)


def acl_without_acks(scene: Scene) -> None:
    """The box may not hear what became of its commands."""
    (acks,) = [one for one in permissions_of(TOPICS, BOX) if one.topics.endswith("seat/+/ack")]
    acl = box_acl(TOPICS, BOX).replace(f"{acks.acl_line}\n", "")
    acl_broker(scene, acl)
    run_at(scene)


def acl_broker(scene: Scene, acl: str) -> AclBroker:
    """Start a broker with an ACL, and tell the box how to log in there."""
    broker = scene.open.enter_context(AclBroker(scene.folder / "acl-broker", users=(BOX,), acl=acl))
    address = broker.address(BOX)
    scene.mqtt = {
        "port": str(broker.port),
        "username": f'"{BOX}"',
        "password_file": f'"{address.password_file}"',
    }
    return broker


def run_at(scene: Scene) -> None:
    """Start the box and give it the time that an echo may take."""
    scene.run_box()
    scene.wait(SETTLE_S)


def tls_broker(scene: Scene, *, trusted: Authority | None = None, days: int = 2) -> None:
    """Start a broker with a certificate, and the box with what it trusts.

    Args:
        scene: Where.
        trusted: Whom the box trusts; the broker's own authority by default.
        days: Lifetime of the broker's certificate; 0: it is over at once.
    """
    authority = Authority.create(scene.folder / "ca")
    certificate, key = authority.sign("broker", host=LOOPBACK, days=days)
    scene.run_broker(
        PrivateBroker(
            scene.folder / "broker",
            config=f"listener {{port}} {LOOPBACK}\nallow_anonymous true\n"
            f"cafile {authority.certificate}\ncertfile {certificate}\nkeyfile {key}\n",
        )
    )
    trusts = authority if trusted is None else trusted
    scene.mqtt = {**scene.mqtt, "ca_file": f'"{trusts.certificate}"'}
    run_at(scene)
