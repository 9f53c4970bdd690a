"""Long lines are broken between words, where somebody reads them on a terminal."""

import pytest

from appliance.commands.wrapping import fitted, word_console

TEXT = "Ask /etc/classbox/terminals/pc-01/pc-01.crt and whoever stands-beside it"
"""Wider than 30 columns, with one word that is as well."""


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 30 columns, as Rich is told of one by the environment."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")


@pytest.mark.usefixtures("_terminal")
def test_a_question_is_broken_between_words() -> None:
    """A path stays in one piece, and a break of its own stays."""
    assert fitted(f"\n{TEXT}").splitlines() == [
        "", "Ask", "/etc/classbox/terminals/pc-01/pc-01.crt", "and whoever stands-beside it",
    ]  # fmt: skip


@pytest.mark.usefixtures("_terminal")
def test_a_line_is_broken_between_words(capsys: pytest.CaptureFixture[str]) -> None:
    """As wide as the terminal is."""
    word_console().print("a certificate of the school's own authority")

    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown == ["a certificate of the school's", "own authority"]


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Something else looks for words in them."""
    word_console().print(TEXT * 3)

    assert capsys.readouterr().out == f"{TEXT * 3}\n"
    assert fitted(TEXT * 3) == TEXT * 3
