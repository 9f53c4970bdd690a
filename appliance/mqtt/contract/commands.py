"""What a box asks of a terminal: one message per action family."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, Intervention

LOCK_TTL_S = 10  # docs/DESIGN.md, 7: an old lock must not surprise anybody
POPUP_TTL_S = 30  # docs/DESIGN.md, 7
CONTENT_TTL_S = 300  # docs/DESIGN.md, 7: hint and content

LOCK_S = 30.0  # Table 1, row 2: "reminder and 30 s screen lock"
REST_S = 300.0  # Table 1, row 1: "timer <= 5 min"
FOCUS_TIMER_S = 300.0  # Table 1, row 5: "optional 5-minute timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _CommandText:
    """What every command has."""

    text: str
    """What the student reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusBreak(_CommandText):
    """A gentle reminder to look up, with an optional timer and eye-strain settings."""

    TYPE: ClassVar[str] = "command.focus_break"
    TTL_S: ClassVar[int] = POPUP_TTL_S

    timer_s: float | None = None
    """Timer on offer, seconds; None for none."""

    eye_settings: bool = False
    """Offer the eye-strain settings of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint(_CommandText):
    """A question whether a hint is wanted, or the card of a knowledge graph."""

    TYPE: ClassVar[str] = "command.hint"
    TTL_S: ClassVar[int] = CONTENT_TTL_S

    topic: str = ""
    """Knowledge point, from the terminal's own context; empty when unknown."""

    test: bool = False
    """Somebody tries the way to the terminal: nothing was seen and nothing is decided. The terminal
    shows it as a test and acknowledges it like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushContent(_CommandText):
    """A short video or knowledge snippet on the topic; the terminal picks the item."""

    TYPE: ClassVar[str] = "command.push_content"
    TTL_S: ClassVar[int] = CONTENT_TTL_S

    topic: str = ""
    """Knowledge point, from the terminal's own context; empty when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustDifficulty(_CommandText):
    """A change of the difficulty of the exercises."""

    TYPE: ClassVar[str] = "command.adjust_difficulty"
    TTL_S: ClassVar[int] = CONTENT_TTL_S

    step: int
    """-1 easier, +1 harder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockScreen(_CommandText):
    """A reminder and a short lock, ended by the terminal's own timer."""

    TYPE: ClassVar[str] = "command.lock_screen"
    TTL_S: ClassVar[int] = LOCK_TTL_S

    lock_s: float
    """Length, seconds, at most 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatoryRest(_CommandText):
    """A rest with a timer that the student can always leave."""

    TYPE: ClassVar[str] = "command.mandatory_rest"
    TTL_S: ClassVar[int] = POPUP_TTL_S

    rest_s: float
    """Length, seconds, at most 300."""

    escape: bool
    """Always true: the student can end the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockScreen(_CommandText):
    """The end of any lock or rest, at a teacher's word."""

    TYPE: ClassVar[str] = "command.unlock_screen"
    TTL_S: ClassVar[int] = POPUP_TTL_S


TEST = Hint(
    text="This is a test of the Classroom Box. It has not seen anything and asks nothing of you.",
    test=True,
)
"""Harmless: what ``test-alert`` shows."""

CommandBody = (
    FocusBreak | Hint | PushContent | AdjustDifficulty | LockScreen | MandatoryRest | UnlockScreen
)


def command_for(  # noqa: PLR0911 - one return per action reads as the table it is
    intervention: Intervention, *, topic: str
) -> CommandBody | None:
    """Say in a message what an intervention asks of a terminal.

    Args:
        intervention: The decision.
        topic: What the student works on, as the terminal said; empty when unknown.

    Returns:
        The command; None for the actions that ask nothing of a terminal: ``NONE``, and
        ``CONTACT_TEACHER``, which is an alert.

    Source:
        Table 1 of the paper as in docs/DESIGN.md, 6. No text names the state that was seen:
        neighbours can read the screen.
    """
    about = f" about {topic}" if topic else ""
    match intervention.action:
        case Action.NONE | Action.CONTACT_TEACHER:
            return None
        case Action.FOCUS_BREAK:
            return FocusBreak(
                text="Well done. Look up and rest your eyes for a moment.",
                timer_s=FOCUS_TIMER_S,
                eye_settings=True,
            )
        case Action.HINT:
            return Hint(text=f"Need a hint{about}?", topic=topic)
        case Action.PUSH_CONTENT:
            return PushContent(text=f"Here is something short{about}.", topic=topic)
        case Action.ADJUST_DIFFICULTY:
            # Who is bored is not asked enough of, who is lost too much.
            harder = intervention.affect is Affect.BORED
            return AdjustDifficulty(
                text=f"The next exercise is a little {'harder' if harder else 'easier'}.",
                step=1 if harder else -1,
            )
        case Action.REMINDER_LOCK_30S:
            return LockScreen(
                text="Time for a short break: stand up, stretch, look into the distance.",
                lock_s=LOCK_S,
            )
        case Action.MANDATORY_REST:
            return MandatoryRest(
                text="Please rest for a few minutes. You can come back at any time.",
                rest_s=REST_S,
                escape=True,
            )
