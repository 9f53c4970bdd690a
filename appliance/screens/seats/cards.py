"""What is on the page of a seat: a command from when it is offered to when it is over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.mqtt.contract.commands import CommandBody, Hint, MandatoryRest, UnlockScreen
from appliance.settings.screens import LockKind
from appliance.terminal.answers import Answer


class CardStage(StrEnum):
    """How far a student has come with a pop-up."""

    ASKED = "asked"
    ACCEPTED = "accepted"


@dataclass(slots=True)
class Card:
    """One command on the page."""

    command: str
    """Its id."""

    body: CommandBody
    """What is asked."""

    topic: str
    """What it is about, as the page says it; empty where it is about nothing."""

    hold_s: float | None
    """How long it covers the page; None for a pop-up."""

    too_late: Callable[[], bool] = field(repr=False)
    """Says whether it must not be shown any more."""

    painted: bool = False
    """The page has said that it shows it."""

    gone: bool = False
    """Taken from the page."""

    awaited: bool = False
    """The terminal asks about it, or is about to: a first answer is its to tell."""

    answer: Answer | None = None
    """The first answer of the student, for whoever asks."""

    stage: CardStage = CardStage.ASKED
    """Of a pop-up."""

    until_s: float | None = None
    """Monotonic time at which it leaves the page by itself; of a lock: at which it ends."""

    cover: LockKind = LockKind.PAGE
    """What covers the screen during a lock."""

    @property
    def asks(self) -> bool:
        """True for what a student is asked about."""
        return not isinstance(self.body, UnlockScreen)

    def prompt(self) -> dict[str, object]:
        """Return what a page has to know of a pop-up."""
        body = self.body
        test = isinstance(body, Hint) and body.test
        return {
            "id": self.command,
            "kind": "test" if test else body.TYPE.removeprefix("command."),
            "topic": self.topic,
            "step": getattr(body, "step", None),
            "timer_s": getattr(body, "timer_s", None),
            "eye_settings": getattr(body, "eye_settings", False),
            "stage": self.stage,
        }

    def hold(self, now_s: float) -> dict[str, object]:
        """Return what a page has to know of a lock or a rest; its time begins once it is painted.

        Args:
            now_s: Monotonic time.
        """
        whole_s = self.hold_s or 0.0
        left_s = whole_s if self.until_s is None else max(0.0, self.until_s - now_s)
        return {
            "id": self.command,
            "kind": self.body.TYPE.removeprefix("command."),
            "left_s": round(left_s, 1),
            "whole_s": whole_s,
            "escape": isinstance(self.body, MandatoryRest),
            "cover": self.cover,
        }
