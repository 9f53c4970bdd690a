"""What the student sees."""

from typing import Protocol

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


class Screen(Protocol):
    """Shows commands; an exception here never keeps a screen locked."""

    def show(self, command: CommandBody, *, hold_s: float | None) -> None:
        """Show a command; ``hold_s`` is how long it covers the screen, None for a pop-up."""
        ...

    def release(self, command: CommandBody) -> None:
        """Uncover the screen."""
        ...

    def note(self, text: str) -> None:
        """Show one line about the terminal itself."""
        ...


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

    def show(self, command: CommandBody, *, hold_s: float | None) -> None:
        """Draw a panel; see ``Screen.show``."""
        title = "Test" if isinstance(command, Hint) and command.test else _TITLES[type(command)]
        if hold_s is not None:
            title += f" for {hold_s:g} s"
        # Text, not markup: the words come from the network.
        body = Text(command.text)
        topic = getattr(command, "topic", "")
        if topic:
            body.append(f"\nTopic: {topic}", style="italic")
        keys = "[a]ccept  [d]ismiss  [1-5] rate"
        if isinstance(command, MandatoryRest):
            keys = "[a]ccept  [d] end the rest now"
        if self._ask and not isinstance(command, UnlockScreen):
            body.append(f"\n{keys}", style="dim")
        style = "red" if hold_s is not None else "cyan"
        self._console.print(Panel(body, title=title, border_style=style, expand=False))

    def release(self, command: CommandBody) -> None:
        """Say that the screen is free; see ``Screen.release``."""
        self._console.print(Text(f"{_TITLES[type(command)]}: over, the screen is free."))

    def note(self, text: str) -> None:
        """Print a dim line; see ``Screen.note``."""
        self._console.print(Text(text, style="dim"))
