"""What became of each command, counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

GRACE_S = 6.0
"""Up for so long, broker and box bring any command: the link is back within 5 s of the broker's
return, docs/DESIGN.md, 7, and a terminal's answer takes less than one."""

BUSY = "rejected/busy"
"""A lock that reaches a terminal together with another is refused, as it should be."""


class Span(NamedTuple):
    """A stretch of wall time, Unix epoch."""

    begin_s: float
    end_s: float


@dataclass(slots=True)
class Sent:
    """A command that the box said it has on disk."""

    issued_s: float
    """Wall time."""

    expires_s: float
    """Wall time after which nobody may see it."""

    states: list[str] = field(default_factory=list)
    """What the box said of it, in order; a rejection with its reason."""

    @property
    def lifetime_s(self) -> int:
        """Seconds."""
        return round(self.expires_s - self.issued_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Of the commands of one lifetime, or of all."""

    commands: int
    shown: int
    """Once or more."""

    twice: int
    """Shown more than once."""

    late: int
    """Shown after the end of their lifetime."""

    expired: int
    """Never shown, with the broker or the box down too often to bring them."""

    lost: int
    """Never shown, although both were up for ``GRACE_S`` of their lifetime."""

    rejected: int
    """Refused by the terminal: it was busy with another."""

    slowest_s: float
    """From issue to screen, seconds; 0 when none was shown."""


def account(
    sent: Mapping[str, Sent], shown: Mapping[str, Sequence[float]], down: Sequence[Span]
) -> Account:
    """Count.

    Args:
        sent: Commands by id.
        shown: Wall times at which each was shown.
        down: When the broker or the box was down, in any order.
    """
    unseen = [one for identity, one in sent.items() if not shown.get(identity)]
    rejected = [one for one in unseen if BUSY in one.states]
    lost = [
        one
        for one in unseen
        if one not in rejected and longest_up_s(Span(one.issued_s, one.expires_s), down) >= GRACE_S
    ]
    seen = {identity: shown[identity] for identity in sent if shown.get(identity)}
    return Account(
        commands=len(sent),
        shown=len(seen),
        twice=sum(len(times) > 1 for times in seen.values()),
        late=sum(max(times) > sent[identity].expires_s for identity, times in seen.items()),
        expired=len(unseen) - len(rejected) - len(lost),
        lost=len(lost),
        rejected=len(rejected),
        slowest_s=max((min(at) - sent[one].issued_s for one, at in seen.items()), default=0.0),
    )


def longest_up_s(life: Span, down: Iterable[Span]) -> float:
    """Return the longest stretch of a life, seconds, in which nothing was down."""
    longest_s, since_s = 0.0, life.begin_s
    for begin_s, end_s in sorted(down):
        if end_s <= since_s or begin_s >= life.end_s:
            continue
        longest_s = max(longest_s, begin_s - since_s)
        since_s = end_s
    return max(longest_s, life.end_s - since_s)
