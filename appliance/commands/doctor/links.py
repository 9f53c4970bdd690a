"""The links of the chain from a camera to a student's answer, and what is said of each."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.service.control.funnel import BoxFunnel


class Hop(StrEnum):
    """Every link, in the order in which things pass it."""

    CONFIGURATION = "configuration"
    STATE = "state folder"
    MODELS = "models"
    CLOCK = "clock"
    CERTIFICATES = "certificates"
    SERVICE = "service"
    SENSOR = "sensor"
    """What looks elsewhere for this box."""
    CAMERA = "camera"
    DECODE = "decode"
    RATE = "rate"
    PERSON = "person"
    FACE = "face"
    LIDS = "lids"
    CONSENT = "consent"
    WINDOW = "window"
    READING = "reading"
    ALERT = "alert"
    RULE = "rule"
    MASK = "mask"
    COMMAND = "command"
    BROKER = "broker"
    TERMINAL = "terminal"
    ANSWER = "answer"
    STATUS = "status"
    """What the box itself reports, where no link above explains it."""


WARNINGS = frozenset({Hop.CLOCK})
"""Links that stop nothing while they are broken; whatever does is more urgent."""


class Standing(StrEnum):
    """Whether a link holds."""

    WORKS = "works"
    BROKEN = "broken"
    OPEN = "open"
    """It cannot be known yet; the next step says what to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One link of one seat, or of the box where ``seat`` is empty."""

    part: Hop
    """Which."""

    verdict: Standing
    """Whether it holds."""

    fact: str
    """The number or the message that shows it."""

    next_step: str = ""
    """What to do, or what to wait for; empty where it works."""

    seat: str = ""
    """Of whose chain it is a part."""

    exit_code: int = 69
    """Exit status that it deserves where it is broken (sysexits.h)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Everything that was found."""

    links: tuple[ChainLink, ...]
    """Those of the box first, then each seat's chain."""

    box: BoxFunnel | None = None
    """What the running service said; None where everything was looked at beside it."""

    @property
    def running(self) -> bool:
        """Whether the service was asked."""
        return self.box is not None

    @property
    def broken(self) -> tuple[ChainLink, ...]:
        """Broken links, those that things pass first in front; warnings come last."""
        order = list(Hop)
        found = [link for link in self.links if link.verdict is Standing.BROKEN]
        return tuple(
            sorted(found, key=lambda link: (link.part in WARNINGS, order.index(link.part)))
        )


def works(part: Hop, fact: str) -> ChainLink:
    """Return a link that holds."""
    return ChainLink(part=part, verdict=Standing.WORKS, fact=fact)


def broken(part: Hop, fact: str, next_step: str, *, exit_code: int = 69) -> ChainLink:
    """Return a link that does not hold."""
    return ChainLink(
        part=part, verdict=Standing.BROKEN, fact=fact, next_step=next_step, exit_code=exit_code
    )


def unknown(part: Hop, fact: str, next_step: str = "") -> ChainLink:
    """Return a link of which nothing can be known yet."""
    return ChainLink(part=part, verdict=Standing.OPEN, fact=fact, next_step=next_step)


def share(part: int, whole: int, of_what: str) -> str:
    """Say how many of how many."""
    return f"{part} of {whole} {of_what}"
