"""Looks at a box: through the door of a running one, or at everything beside a stopped one."""

import time
from collections.abc import Iterable

from appliance.commands.box.check import Finding, Subject, check_box, look_at_broker
from appliance.commands.doctor.delivery import broker_link, delivery_links
from appliance.commands.doctor.links import ChainLink, Diagnosis, Hop, broken, share, unknown, works
from appliance.commands.doctor.machine import (
    certificate_link,
    clock_link,
    read_unit,
    stopped_link,
)
from appliance.commands.doctor.sensors import sensor_links
from appliance.commands.doctor.sight import SeatSight
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError, ConfigError, NoServiceError
from appliance.host.doorbell import ask
from appliance.mqtt.contract.codec import from_plain
from appliance.mqtt.wire.probe import Proof
from appliance.service.control.funnel import BoxFunnel
from appliance.settings.layout import (
    box_identity,
    seat_cameras,
    seats_with_consent,
    sensor_seats,
)
from appliance.settings.load import Examined
from appliance.settings.tree import Settings
from appliance.storage.consents import find_loss
from appliance.storage.tables.consent import LOST_WITH_IT

LOW_DISK_MB = 200.0
"""Below it the next hours of features may not fit: a seat writes some 5 MB an hour."""

GRANT_AGAIN = "ask who sits there; on a yes: sudo classbox consent grant SEAT"

_PART_OF = {
    Subject.CONFIGURATION: Hop.CONFIGURATION,
    Subject.MODELS: Hop.MODELS,
    Subject.POLICY: Hop.MODELS,
    Subject.CAMERA: Hop.CAMERA,
    Subject.BROKER: Hop.BROKER,
    Subject.PERMISSION: Hop.BROKER,
}

_PART_OF_SETTING = {"box.state_dir": Hop.STATE, "box.models_dir": Hop.MODELS}
"""Settings whose problems lie behind the configuration."""


def diagnose(examined: Examined, *, seconds: float) -> Diagnosis:
    """Walk the whole chain.

    Args:
        examined: The configuration and its problems.
        seconds: Between two looks at a running box: what is seen within that time counts.

    Raises:
        ServiceAwayError: A service may be running, and does not let this user ask it.
    """
    settings = examined.settings
    if settings is None:
        return Diagnosis(links=tuple(_configuration(examined)))
    try:
        before = _read(settings)
    except NoServiceError:
        return _look_beside(examined, settings)
    began_s = time.monotonic()
    permissions = _permission_links(settings)
    time.sleep(max(0.0, seconds - (time.monotonic() - began_s)))
    return _look_through(examined, settings, (before, _read(settings)), permissions)


def _configuration(examined: Examined) -> list[ChainLink]:
    """Return what is wrong with the configuration and with what it names on this machine."""
    wrong = [
        broken(
            _PART_OF_SETTING.get(one.key, Hop.CONFIGURATION),
            f"{one.file}: {one.key}: {one.problem}",
            one.next_step,
            exit_code=ConfigError.exit_code,
        )
        for one in examined.problems
    ]
    if any(link.part is Hop.CONFIGURATION for link in wrong) or examined.settings is None:
        return wrong
    cameras = examined.settings.cameras
    seats = sum(len(camera.seats) for camera in cameras.values())
    said = f"{len(cameras)} camera(s), {seats} seat(s)"
    if sensors := sensor_seats(examined.settings):
        sensed = sum(len(its) for its in sensors.values())
        said += f", {len(sensors)} sensor(s) with {sensed} seat(s)"
    return [works(Hop.CONFIGURATION, said), *wrong]


def _read(settings: Settings) -> BoxFunnel:
    (said,) = ask(settings.box.state_dir, identity=box_identity(settings), ask="funnel")
    return from_plain(BoxFunnel, said)


def _look_through(
    examined: Examined,
    settings: Settings,
    looks: tuple[BoxFunnel, BoxFunnel],
    permissions: list[ChainLink],
) -> Diagnosis:
    before, now = looks
    broker = broker_link(now, permissions)
    links = [
        *_configuration(examined),
        _storage_link(now),
        works(Hop.MODELS, f"loaded, profile {settings.policy.profile.value}"),
        clock_link(),
        certificate_link(settings, problems=now.health.problems, now_s=time.time()),
        works(Hop.SERVICE, f"{now.status} for {now.health.uptime_s:.0f} s"),
        *sensor_links(sensor_seats(settings), now.health.sensors),
    ]
    for seat, camera in seat_cameras(settings).items():
        chain = [
            *SeatSight(before, now, seat, fps=settings.cameras[camera].fps).links(),
            *delivery_links(now, seat, broker=broker),
        ]
        links += _of_seat(chain, seat)
    diagnosis = Diagnosis(links=tuple(links), box=now)
    if diagnosis.broken or not now.health.problems:
        return diagnosis
    status = broken(
        Hop.STATUS, "; ".join(now.health.problems), "sudo journalctl -u classbox says since when"
    )
    return Diagnosis(links=(*links, status), box=now)


def _storage_link(box: BoxFunnel) -> ChainLink:
    storage, free_mb = box.health.storage, box.health.disk_free_mb
    if storage is None or free_mb is None:
        return unknown(Hop.STATE, "the box does not say")
    lost = [line for line in box.health.problems if LOST_WITH_IT in line]
    if lost:
        return broken(Hop.STATE, lost[0].partition(": sudo")[0], GRANT_AGAIN)
    if storage.replaced:
        return broken(
            Hop.STATE,
            f"a damaged database was put aside: {', '.join(storage.replaced)}",
            "give consent anew where it is given, keep the file for support, then restart",
        )
    if storage.disk_full or free_mb < LOW_DISK_MB:
        return broken(
            Hop.STATE,
            f"{free_mb:.0f} MB free: the disk is full",
            "free some space on that disk",
        )
    failed = [line for line in box.health.problems if line.startswith("storage: ")]
    if failed:
        return broken(Hop.STATE, "; ".join(failed), storage.last_error or "see the log")
    return works(Hop.STATE, f"{free_mb:.0f} MB free")


def _permission_links(settings: Settings) -> list[ChainLink]:
    """Return what the broker allows, as one link if all is well."""
    try:
        findings = list(look_at_broker(settings))
    except ApplianceError:
        return []  # the health report says why there is no connection
    missing = [_link(one) for one in findings if one.problem]
    if missing or not findings:
        return missing
    return [works(Hop.BROKER, f"connected, {broker_allows([one.name for one in findings])}")]


def broker_allows(permissions: list[str]) -> str:
    """Say how many permissions hold, and how each of them was shown to.

    Args:
        permissions: Their names, each with its proof.
    """
    delivered = sum(f"({Proof.DELIVERED})" in name for name in permissions)
    ways = f"{delivered} by delivery"
    if others := len(permissions) - delivered:
        ways += f", {others} accepted"
    return f"{share(len(permissions), len(permissions), 'permissions hold')} ({ways})"


def _look_beside(examined: Examined, settings: Settings) -> Diagnosis:
    """Look at a stopped box, as ``classbox check`` does, and ask systemd why it does not run."""
    findings = check_box(examined, offline=False, monotonic=time.monotonic).findings
    links = _configuration(examined)
    loss = find_loss(settings.box.state_dir, on_file=seats_with_consent(settings))
    if loss:
        links.append(broken(Hop.STATE, loss, GRANT_AGAIN))
    if all(link.part is not Hop.STATE for link in links):
        links.append(works(Hop.STATE, str(settings.box.state_dir)))
    links += [
        *(_link(one) for one in findings if one.subject is Subject.MODELS),
        clock_link(),
        certificate_link(settings, problems=(), now_s=time.time()),
        stopped_link(read_unit(), settings.box.state_dir),
    ]
    asked = [one for one in findings if _PART_OF[one.subject] is Hop.BROKER]
    wrong = [one for one in asked if one.problem]
    broker = _link((wrong or asked)[0]) if asked else unknown(Hop.BROKER, "needs configuration")
    hops = list(Hop)
    needing = hops[hops.index(Hop.DECODE) : hops.index(Hop.STATUS)]
    for seat, camera in seat_cameras(settings).items():
        cameras = [one for one in findings if one.subject is Subject.CAMERA and one.name == camera]
        first = _link(cameras[0]) if cameras else unknown(Hop.CAMERA, "needs configuration")
        chain = [broker if hop is Hop.BROKER else unknown(hop, "needs service") for hop in needing]
        links += _of_seat([first, *chain], seat)
    return Diagnosis(links=tuple(links))


def _link(one: Finding) -> ChainLink:
    """Return what check has found as a link."""
    part = _PART_OF[one.subject]
    if not one.problem:
        return works(part, one.name)
    fact = f"{one.name}: {one.problem}" if one.subject is Subject.PERMISSION else one.problem
    return broken(part, fact, one.next_step or "sudo classbox check", exit_code=one.exit_code)


def _of_seat(links: Iterable[ChainLink], seat: SeatKey) -> list[ChainLink]:
    return [
        ChainLink(
            part=link.part,
            verdict=link.verdict,
            fact=link.fact,
            next_step=link.next_step,
            seat=seat,
            exit_code=link.exit_code,
        )
        for link in links
    ]
