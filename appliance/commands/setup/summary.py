"""What the answers come to, in the words of whoever has to agree."""

from collections.abc import Iterator

from appliance.cameras.redaction import redact_url
from appliance.commands.setup.answers import SetupAnswers
from appliance.commands.setup.hosts import leads_nowhere


def summary(answers: SetupAnswers) -> Iterator[str]:
    """Yield lines, without a camera's password."""
    around = answers.around
    yield f"{answers.box} in {answers.room} of {answers.site}, profile {answers.profile}"
    for camera in answers.cameras:
        yield f"camera {camera.camera}: {redact_url(camera.source)}"
        seats = ", ".join(f"{one.seat} ({one.terminal})" for one in camera.seats)
        yield f"  seats from left to right, and their PCs: {seats}"
    for sensor in answers.sensors:
        seats = ", ".join(f"{one.seat} ({one.terminal})" for one in sensor.seats)
        yield f"sensor {sensor.sensor}: {seats}"
    first, *others = around.hosts
    machine = "this machine" if around.broker_here else first
    yield f"broker on {machine}, port {around.port}"
    also = f"; its certificate also names {', '.join(others)}" if others else ""
    yield f"  every PC is told {first}{also}"
    yield f"teachers: {', '.join(around.teachers)}; IT: {', '.join(around.it)}"
    if pages := around.screens:
        where = "this machine" if pages.here else pages.hosts[0]
        yield f"pages for students and teachers on {where}, at {pages.origin}"
    yield "certificates: signed by " + (
        "an authority of this room" if around.own_authority else "the school's authority"
    )


def first_host_problem(host: str) -> str:
    """Return what is wrong with the host that every PC is told; empty when nothing is."""
    if not leads_nowhere(host):
        return ""
    return (
        f"{host} leads to this machine alone (loopback): other PCs cannot reach the broker by it. "
        "Put an address of this machine, or a name of the school's DNS, first"
    )
