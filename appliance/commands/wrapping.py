"""Long lines on a terminal: broken between words; in a file or a pipe not at all."""

import textwrap

from rich.console import Console


def word_console() -> Console:
    """Return a console for running text."""
    console = Console(highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def fitted(text: str) -> str:
    """Return a text, such as a question, with line breaks that fit the terminal."""
    console = Console()
    if not console.is_terminal:
        return text
    return "\n".join(
        textwrap.fill(
            line,
            width=console.width,
            break_long_words=False,  # a path or a command is copied
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
