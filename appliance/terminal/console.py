"""A screen of text: what the reference terminal shows on the command line."""

from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from appliance.mqtt.contract.commands import (
    AdjustDifficulty,
    CommandBody,
    FocusBreak,
    Hint,
    LockScreen,
    MandatoryRest,
    PushContent,
    UnlockScreen,
)

_TITLES: dict[type[CommandBody], str] = {
    FocusBreak: "Take a break?",
    Hint: "A hint",
    PushContent: "Something for you",
    AdjustDifficulty: "Exercises",
    LockScreen: "Screen locked",
    MandatoryRest: "Time to rest",
    UnlockScreen: "Screen unlocked",
}


class ConsoleScreen:
    """A text terminal."""

    def __init__(self, console: Console, *, ask: bool) -> None:
        """Draw on a console.

        Args:
            console: Where.
            ask: Whether somebody sits there who can type an answer.
        """
        self._console = console
        self._ask = ask

    @property
    def knows_again(self) -> bool:
        """Whatever is drawn is drawn anew."""
        return False

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Draw a panel at once; see ``Screen.show``."""
        del command
        if too_late():
            return False
        title = "Test" if isinstance(body, Hint) and body.test else _TITLES[type(body)]
        if hold_s is not None:
            title += f" for {hold_s:g} s"
        # Text, not markup: the words come from the network.
        words = Text(body.text)
        topic = getattr(body, "topic", "")
        if topic:
            words.append(f"\nTopic: {topic}", style="italic")
        keys = "[a]ccept  [d]ismiss  [1-5] rate"
        if isinstance(body, MandatoryRest):
            keys = "[a]ccept  [d] end the rest now"
        if self._ask and not isinstance(body, UnlockScreen):
            words.append(f"\n{keys}", style="dim")
        style = "red" if hold_s is not None else "cyan"
        self._console.print(Panel(words, title=title, border_style=style, expand=False))
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """Do nothing: it is drawn already; see ``Screen.cover``."""

    def release(self, command: str, body: CommandBody) -> None:
        """Say that the screen is free; see ``Screen.release``."""
        del command
        self._console.print(Text(f"{_TITLES[type(body)]}: over, the screen is free."))

    def note(self, text: str) -> None:
        """Print a dim line about the terminal itself."""
        self._console.print(Text(text, style="dim"))
