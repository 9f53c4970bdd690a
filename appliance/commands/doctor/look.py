"""Looks at a box: through the door of a running one, or at everything beside a stopped one."""

import time
from collections.abc import Iterable

from appliance.commands.box.check import Finding, Subject, check_box
from appliance.commands.box.permissions import missing_line, prove_permissions
from appliance.commands.doctor.delivery import broker_link, delivery_links
from appliance.commands.doctor.links import ChainLink, Diagnosis, Hop, broken, unknown, works
from appliance.commands.doctor.machine import clock_link, read_unit, stopped_link
from appliance.commands.doctor.sight import SeatSight
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError, NotAdmittedError, ServiceAwayError
from appliance.host.doorbell import ask
from appliance.mqtt.contract.codec import from_plain
from appliance.mqtt.wire.probe import Proof
from appliance.service.control.funnel import BoxFunnel
from appliance.settings.layout import box_identity, seat_cameras
from appliance.settings.tree import Settings

LOW_DISK_MB = 200.0
"""Below it the next hours of features may not fit: a seat writes some 5 MB an hour."""

_PART_OF = {
    Subject.CONFIGURATION: Hop.CONFIGURATION,
    Subject.STATE: Hop.STATE,
    Subject.MODELS: Hop.MODELS,
    Subject.CAMERA: Hop.CAMERA,
    Subject.BROKER: Hop.BROKER,
    Subject.PERMISSION: Hop.BROKER,
}

_NEXT = {
    Hop.CONFIGURATION: "correct the file, or the setting that names it",
    Hop.STATE: "give the folder to the service's user, on a disk with free space",
    Hop.MODELS: "install the package again, or correct box.models_dir",
    Hop.CAMERA: "look at its power, cable, address and password",
    Hop.BROKER: "look at the broker, its address, its certificates and its ACL",
}


def diagnose(settings: Settings, *, seconds: float) -> Diagnosis:
    """Walk the whole chain.

    Args:
        settings: Already free of contradictions.
        seconds: Between two looks at a running box: what is seen within that time counts.

    Raises:
        NotAdmittedError: A service may be running, and this user may not ask it.
    """
    try:
        before = _read(settings)
    except NotAdmittedError:
        raise
    except ServiceAwayError:
        return _look_beside(settings)
    began_s = time.monotonic()
    permissions = _permission_links(settings)
    time.sleep(max(0.0, seconds - (time.monotonic() - began_s)))
    return _look_through(settings, before, _read(settings), permissions)


def _read(settings: Settings) -> BoxFunnel:
    (said,) = ask(settings.box.state_dir, identity=box_identity(settings), ask="funnel")
    return from_plain(BoxFunnel, said)


def _look_through(
    settings: Settings, before: BoxFunnel, now: BoxFunnel, permissions: list[ChainLink]
) -> Diagnosis:
    broker = broker_link(now, permissions)
    links = [
        works(Hop.CONFIGURATION, f"{len(settings.cameras)} camera(s), {len(now.seats)} seat(s)"),
        _storage_link(now),
        works(Hop.MODELS, f"loaded, profile {settings.policy.profile.value}"),
        clock_link(),
        works(Hop.SERVICE, f"{now.status} for {now.health.uptime_s:.0f} s"),
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
        Hop.STATUS, "; ".join(now.health.problems), "journalctl -u classbox says since when"
    )
    return Diagnosis(links=(*links, status), box=now)


def _storage_link(box: BoxFunnel) -> ChainLink:
    storage, free_mb = box.health.storage, box.health.disk_free_mb
    if storage is None or free_mb is None:
        return unknown(Hop.STATE, "the box does not say")
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
        proved = prove_permissions(settings)
    except ApplianceError:
        return []  # the health report says why there is no connection
    missing = [
        broken(
            Hop.BROKER,
            f"connected, and not allowed: {one.permission.name}",
            missing_line(one, user=settings.box.id),
        )
        for one in proved
        if one.proof is Proof.MISSING
    ]
    counts = {proof: sum(one.proof is proof for one in proved) for proof in Proof}
    delivered = f"connected, {counts[Proof.DELIVERED]} of {len(proved)} permissions by delivery"
    if counts[Proof.UNPROVED]:
        delivered += f", {counts[Proof.UNPROVED]} not proved"
    return missing or [works(Hop.BROKER, delivered)]


def _look_beside(settings: Settings) -> Diagnosis:
    """Look at a stopped box, as ``classbox check`` does, and ask systemd why it does not run."""
    findings = check_box(settings, offline=False, monotonic=time.monotonic)
    cameras = seat_cameras(settings)
    links = [
        works(Hop.CONFIGURATION, f"{len(settings.cameras)} camera(s), {len(cameras)} seat(s)"),
        *_links_of(findings, {Subject.CONFIGURATION}, only_broken=True),
        *_links_of(findings, {Subject.STATE, Subject.MODELS}),
        clock_link(),
        stopped_link(read_unit(), settings.box.state_dir),
    ]
    if links[1].part is Hop.CONFIGURATION:
        del links[0]
    brokers = [
        *_links_of(findings, {Subject.BROKER, Subject.PERMISSION}, only_broken=True),
        *_links_of(findings, {Subject.BROKER}),
    ]
    for seat, camera in cameras.items():
        of_camera = [
            one for one in findings if one.subject is not Subject.CAMERA or one.name == camera
        ]
        chain = _links_of(of_camera, {Subject.CAMERA})
        between = list(Hop)[list(Hop).index(Hop.DECODE) : list(Hop).index(Hop.BROKER)]
        chain += [unknown(part, "needs service") for part in between]
        chain.append(brokers[0])
        chain += [unknown(part, "needs service") for part in (Hop.TERMINAL, Hop.ANSWER)]
        links += _of_seat(chain, seat)
    return Diagnosis(links=tuple(links))


def _links_of(
    findings: Iterable[Finding], subjects: set[Subject], *, only_broken: bool = False
) -> list[ChainLink]:
    """Return findings of some kinds as links."""
    links = []
    for one in findings:
        if one.subject not in subjects or (only_broken and not one.problem):
            continue
        part = _PART_OF[one.subject]
        if one.problem:
            links.append(broken(part, one.problem, _NEXT[part], exit_code=one.exit_code))
        else:
            links.append(works(part, one.name))
    return links


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
