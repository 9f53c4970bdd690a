"""A recipe's options are stated once, in its dataclass."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from training.expression import recipe as expression
from training.fusion import recipe as fusion
from training.options import run_recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """Two options."""

    work: Path
    """Where to."""

    steps: int = 3
    """How many ``steps``."""


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[Args]:
    """Run a recipe with a command line; return what it was given."""
    given: list[Args] = []
    monkeypatch.setattr("sys.argv", ["recipe", *words])
    with pytest.raises(SystemExit) as stopped:
        run_recipe(given.append, Args)
    assert stopped.value.code == (0 if given else 2)
    return given


def test_every_field_is_an_option_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the field's own default."""
    assert run(monkeypatch, "--work", "here") == [Args(work=Path("here"))]
    assert run(monkeypatch, "--work", "here", "--steps", "5") == [Args(work=Path("here"), steps=5)]


def test_a_field_without_default_must_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """As typer says of any other command."""
    assert run(monkeypatch, "--steps", "5") == []


@pytest.mark.parametrize("args", [expression.Args, fusion.Args])
def test_the_recipes_explain_all_their_options(
    args: type[expression.Args | fusion.Args],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A field without a docstring would be an error."""
    monkeypatch.setattr("sys.argv", ["recipe", "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        run_recipe(print, args)

    told = capsys.readouterr().out
    assert all(f"--{field.name.replace('_', '-')}" in told for field in fields(args))
