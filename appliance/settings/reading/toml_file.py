"""Reads one TOML file, and goes on behind a mistake to find the next one.

``tomllib`` stops at the first mistake. Here the line to blame is taken out and the rest read again,
so that two mistakes are two problems, and the settings that can be read are checked with the rest.
"""

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any

from appliance.permissions import Complaint, complaint_about
from appliance.settings.reading.problems import Problem

_HEADER = re.compile(r"^\s*\[")
_LINE = re.compile(r"line (\d+)")
_BARE = re.compile(r"^\s*(?P<key>[\w.-]+)\s*=\s*(?P<word>[A-Za-z][\w-]*)\s*(#.*)?$")
_SWITCHES = frozenset({"yes", "no", "on", "off", "true", "false"})
_CORRECT = "correct the TOML there: text in quotes, lists in [ ], one key = value per line"


def read_toml(file: Path, *, missing: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Return what can be read of a file, and everything that keeps it from being read whole.

    Args:
        file: TOML in UTF-8; the mark that Windows' Notepad puts first is passed over.
        missing: What to do when there is no such file.

    Returns:
        None instead of a table when nothing at all could be read.
    """
    try:
        text = file.read_bytes().removeprefix(codecs.BOM_UTF8).decode()
    except FileNotFoundError:
        return None, [_whole(file, "there is no such file", missing)]
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        fact, step = "this is not UTF-8 text", "save the file as UTF-8"
        return None, [Problem(file=str(file), key=f"line {line}", problem=fact, next_step=step)]
    except OSError as error:
        why = complaint_about(file) or Complaint(str(error.strerror), "put a readable file there")
        return None, [_whole(file, *why)]
    return _read_text(file, text)


def _read_text(file: Path, text: str) -> tuple[dict[str, Any], list[Problem]]:
    lines = text.splitlines()
    written = tuple(lines)
    problems: dict[str, Problem] = {}  # by where it was noticed
    while True:  # each turn takes out what keeps the rest from being read
        try:
            return tomllib.loads("\n".join(lines) + "\n"), list(problems.values())
        except tomllib.TOMLDecodeError as error:
            fact, _, noticed = str(error).removesuffix(")").rpartition(" (at ")
            place = _LINE.match(noticed)
            line = len(lines) if place is None else min(int(place[1]), len(lines))
            blamed = _take_out(lines, line - 1) + 1
            key = noticed if place is not None and blamed == line else f"line {blamed}"
            step = _how_to_correct(written[blamed - 1]) if written else _CORRECT
            problem = Problem(file=str(file), key=key, problem=fact, next_step=step)
            problems.setdefault(noticed, problem)


def _take_out(lines: list[str], number: int) -> int:
    """Blank what is to blame for a mistake that was noticed in a line, and return its first line.

    A list that is not closed is noticed in the line behind it, so the nearest line from there
    upwards that cannot be read by itself is taken; with the name of a table, the whole table.
    Lines are counted from 0.
    """
    candidates = (each for each in range(number, -1, -1) if not _reads(lines[each]))
    first = next(candidates, number)
    end = first + 1
    if _HEADER.match(lines[first]):
        while end < len(lines) and not _HEADER.match(lines[end]):
            end += 1
    elif _opens(lines[first]):
        while end < len(lines) and not _reads(lines[end]):
            end += 1
    lines[first:end] = [""] * (end - first)
    return first


def _how_to_correct(line: str) -> str:
    """Return what to write instead of a line; never its value, which may be a password."""
    if (bare := _BARE.match(line)) is None:
        return _CORRECT
    if bare["word"].lower() in _SWITCHES:
        return "write true or false, in small letters and without quotes"
    return f'put text in quotes: {bare["key"]} = "…"'


def _opens(line: str) -> bool:
    """Tell whether a value goes on in the next line."""
    return line.count("[") > line.count("]") or line.count('"""') == 1 or line.count("'''") == 1


def _reads(line: str) -> bool:
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _whole(file: Path, problem: str, next_step: str) -> Problem:
    return Problem(file=str(file), key="(the file)", problem=problem, next_step=next_step)
