"""Reads the tables of a TOML file and gathers everything that is wrong with them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from appliance.commands.placing.layout import CONFIG


class Reader:
    """Checks values one by one; afterwards ``problems`` has one line for each mistake."""

    def __init__(self) -> None:
        """Begin without a problem."""
        self.problems: list[str] = []
        """Each names the key and what belongs there, never the value, which may be a secret."""

    def problem(self, setting: str, text: str) -> None:
        """Note a mistake."""
        self.problems.append(f"{setting}: {text}" if setting else text)

    def table(
        self,
        value: object,
        setting: str,
        *,
        known: Sequence[str] | None,
        later: Collection[str] = (),
    ) -> Mapping[str, Any]:
        """Return a table; an empty one where there is none.

        Args:
            value: What stands there.
            setting: Its name; empty for the file itself.
            known: Keys that it may have; None for a table whose keys are ids.
            later: Keys that the configuration has and the answers have not.
        """
        if not isinstance(value, dict):
            self.problem(setting, f"is a table: [{setting}]")
            return {}
        for key in value:
            if known is not None and key not in known:
                where = f"{setting}.{key}" if setting else key
                step = f"no such key; there are {', '.join(known)}"
                if key in later:
                    step = f"not asked here; leave it out, and put it into {CONFIG} afterwards"
                self.problem(where, step)
        return value

    def number(
        self, table: Mapping[str, Any], setting: str, *, usual: int, between: tuple[int, int]
    ) -> int:
        """Return a whole number of a table."""
        value = table.get(setting.rpartition(".")[2], usual)
        low, high = between
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(setting, f"a whole number from {low} to {high}")
            return usual
        return value

    def one_of(self, table: Mapping[str, Any], setting: str, words: Sequence[str]) -> str:
        """Return one of some words; the first where nothing is said."""
        value = table.get(setting.rpartition(".")[2], words[0])
        if value not in words:
            self.problem(setting, f"one of {', '.join(words)}")
            return words[0]
        return str(value)
