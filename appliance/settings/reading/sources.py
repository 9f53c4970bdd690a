"""Files and environment in order of precedence, and who said what."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Self

from pydantic_settings import BaseSettings

from appliance.permissions import no_right
from appliance.settings.reading.environment import (
    DELIMITER,
    PREFIX,
    as_tables,
    variable_key,
    variable_tables,
)
from appliance.settings.reading.problems import Problem, written
from appliance.settings.reading.schema import (
    Key,
    Table,
    keys_of,
    nearest,
    settings_of,
    siblings,
    unknown_keys,
)
from appliance.settings.reading.toml_file import read_toml
from appliance.settings.section import Objection

ENVIRONMENT = "environment "
"""Begins the name of a source that is a variable."""

TEST_PREFIX = "CLASSBOX_TEST_"
"""Of what tests are told; no setting of a box."""


@dataclass(slots=True)
class Sources:
    """What the sources say together; a later one wins, key by key."""

    table: Table
    """What can be configured."""

    main: str
    """The first source; what stands nowhere is missing there."""

    tree: dict[str, Any] = field(default_factory=dict)
    """All of them, merged; without keys that no table has."""

    problems: list[Problem] = field(default_factory=list)
    """What a source has wrong whatever the others say."""

    readable: bool = True
    """False when nothing of the first file could be read; what is missing is then unknown."""

    by_source: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each one says alone."""

    _origins: dict[Key, str] = field(default_factory=dict)

    @classmethod
    def of_files(cls, table: Table, config_file: Path, *, missing: str) -> Self:
        """Read a configuration file and the files of ``config.d`` beside it.

        Args:
            table: What can be configured.
            config_file: The first file.
            missing: What to do when there is no such file.
        """
        sources = cls(table=table, main=str(config_file))
        # One after the other: a closed folder is one problem, however much lies in it.
        for file in chain([config_file], sources._more_files(config_file.parent / "config.d")):
            values, problems = read_toml(file, missing=missing)
            sources.problems += problems
            if values is not None:
                sources.add(str(file), values)
            elif file == config_file:
                sources.readable = False
        return sources

    def add(self, origin: str, values: Mapping[str, Any]) -> None:
        """Put a source above those that are there."""
        unknown = set(unknown_keys(self.table, values))
        self.problems += [self._unknown(origin, key) for key in sorted(unknown)]
        known = _without(values, unknown)
        self.by_source[origin] = known
        self._merge(self.tree, known, origin)

    def add_environment(self, table: type[BaseSettings]) -> None:
        """Put the variables of the environment above all files."""
        for name in sorted(os.environ):
            if not name.upper().startswith(PREFIX) or name.startswith(TEST_PREFIX):
                continue
            key, text = variable_key(name), os.environ[name]
            unknown = next(unknown_keys(self.table, as_tables(name, text)), None)
            if unknown is not None and unknown == key[: len(unknown)]:
                self.problems.append(self._unknown_variable(name, key))
            else:
                self.add(f"{ENVIRONMENT}{name}", variable_tables(table, name, text))

    def origin(self, key: Key) -> str:
        """Return who said a setting, or the file in which its table stands."""
        for length in range(len(key), 0, -1):
            above = key[:length]
            if above in self._origins:
                return self._origins[above]
            # A camera or seat of which only the environment speaks.
            below = (each for each in self._origins if each[:length] == above)
            if length > 1 and (said := next(below, None)) is not None:
                return self._origins[said]
        return self.main

    def text(self, *key: str) -> str | None:
        """Return a setting that may be wrong, or missing, where it is text."""
        value: Any = self.tree
        for part in key:
            value = value.get(part) if isinstance(value, Mapping) else None
        return str(value) if isinstance(value, str | Path) else None

    def as_problems(self, objections: Iterable[Objection]) -> list[Problem]:
        """Return objections with the places where their settings were written."""
        return [
            Problem(
                file=self.origin(each.key),
                key=written(each.key),
                problem=each.problem,
                next_step=each.next_step,
            )
            for each in objections
        ]

    def _merge(
        self, into: dict[str, Any], values: Mapping[str, Any], origin: str, *, above: Key = ()
    ) -> None:
        for name, value in values.items():
            key = (*above, name)
            if not isinstance(value, Mapping):
                into[name] = value
                self._origins[key] = origin
                continue
            if not isinstance(into.get(name), dict):
                into[name] = {}
            # A variable gives one setting; the table it stands in is a file's.
            if not origin.startswith(ENVIRONMENT):
                self._origins.setdefault(key, origin)
            self._merge(into[name], value, origin, above=key)

    def _more_files(self, folder: Path) -> Iterator[Path]:
        try:
            yield from sorted(file for file in folder.iterdir() if file.suffix == ".toml")
        except FileNotFoundError:
            return
        except PermissionError:
            complaint = no_right(folder)
            if all(one.problem != complaint.problem for one in self.problems):
                self.problems.append(_whole(folder, *complaint))
        except OSError as error:
            problem = f"is no folder that can be read ({error.strerror})"
            self.problems.append(_whole(folder, problem, "make a folder of it, or remove it"))

    def _unknown(self, origin: str, key: Key) -> Problem:
        there = siblings(self.table, key)
        meant = nearest(key[-1], there)
        step = (
            f"did you mean {meant}? There are {', '.join(there)}"
            if meant
            else (f"remove it; there are {', '.join(there)}")
        )
        return Problem(file=origin, key=written(key), problem="no such setting", next_step=step)

    def _unknown_variable(self, name: str, key: Key) -> Problem:
        known = [PREFIX + DELIMITER.join(each).upper() for each in keys_of(self.table, self.tree)]
        meant = nearest(name.upper(), known)
        step = (
            f"did you mean {meant}? Otherwise unset it"
            if meant
            else (f"unset it; the tables are {', '.join(settings_of(self.table))}")
        )
        return Problem(
            file=f"{ENVIRONMENT}{name}",
            key=written(key),
            problem="no such setting",
            next_step=step,
        )


def _without(values: Mapping[str, Any], unknown: set[Key], *, above: Key = ()) -> dict[str, Any]:
    return {
        name: _without(value, unknown, above=(*above, name))
        if isinstance(value, Mapping)
        else value
        for name, value in values.items()
        if (*above, name) not in unknown
    }


def _whole(path: Path, problem: str, next_step: str) -> Problem:
    return Problem(file=str(path), key="(the folder)", problem=problem, next_step=next_step)
