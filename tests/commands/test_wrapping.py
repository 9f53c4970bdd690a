"""Long lines are broken between words, where somebody reads them on a terminal."""

import pytest

from appliance.commands.wrapping import fitted, word_console

TEXT = "Ask /etc/classbox/terminals/pc-01/pc-01.crt and whoever stands-beside it"
"""Wider than 30 columns, with one word that is as well."""


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> pytest.CaptureFixture[str]:
    """A terminal of 30 columns."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    return capsys


@pytest.mark.usefixtures("terminal")
def test_a_question_is_broken_between_words() -> None:
    """A path stays in one piece, and a break of its own stays."""
    assert fitted(f"\n{TEXT}").splitlines() == [
        "", "Ask", "/etc/classbox/terminals/pc-01/pc-01.crt", "and whoever stands-beside it",
    ]  # fmt: skip


def test_a_line_is_broken_between_words(terminal: pytest.CaptureFixture[str]) -> None:
    """As wide as the terminal is."""
    word_console().print("a certificate of the school's own authority")

    assert capsys.readouterr().out.splitlines() == [
        "a certificate of the school's",
        "own authority",
    ]


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Something else looks for words in them."""
    word_console().print(TEXT * 3)

    assert capsys.readouterr().out == f"{TEXT * 3}\n"
    assert fitted(TEXT * 3) == TEXT * 3
