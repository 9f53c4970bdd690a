"""The sentences of the page in one language."""

import tomllib
from enum import StrEnum
from importlib.resources import files
from typing import Any


class NoticeLanguage(StrEnum):
    """In which the page can be had; each has a file of its own."""

    EN = "en"
    DE = "de"


class NoticeTexts:
    """A catalogue; a sentence that it lacks is a mistake of the program."""

    def __init__(self, language: NoticeLanguage) -> None:
        """Read the catalogue of a language."""
        content = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
        self._catalogue: dict[str, Any] = tomllib.loads(content)

    @property
    def days(self) -> list[str]:
        """Names of the days, from Monday on."""
        days: list[str] = self._catalogue["days"]
        return days

    @property
    def date(self) -> str:
        """How a date is written, in the form of ``strftime``."""
        return str(self._catalogue["date"])

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values; ``count`` chooses between one and many.

        Raises:
            KeyError: There is no such sentence, or a value is missing.
        """
        table, _, name = key.partition(".")
        sentence = self._catalogue[table][name]
        if isinstance(sentence, dict):
            sentence = sentence["one" if values["count"] == 1 else "many"]
        return str(sentence).format(**values)
