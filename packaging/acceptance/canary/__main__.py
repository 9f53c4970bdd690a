"""Does a picture ever leave memory? ``make canary MINUTES=60`` runs a box and looks everywhere.

Exit status 1 when a canary was found, or when one that was planted on purpose was not.
"""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from acceptance.canary.control import count_planted, plant_everywhere
from acceptance.canary.forms import forms_of
from acceptance.canary.lesson import Lesson, hold_lesson
from acceptance.canary.pictures import make_canaries
from acceptance.canary.search import Search, Tally

CANARIES = 60


def main() -> None:
    """Hold the lesson, search, plant, search again, and say what came of it."""
    parser = argparse.ArgumentParser(prog="canary", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path("build/canary"), help="made anew")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    folder = asked.folder.absolute()
    if folder.is_relative_to("/tmp") or folder.is_relative_to("/var/tmp"):  # noqa: S108 - named
        parser.error("--folder: the box has a /tmp and a /var/tmp of its own; take another place")
    shutil.rmtree(folder, ignore_errors=True)
    canaries = make_canaries(CANARIES)
    search = Search([one.jpeg for one in canaries])
    forms = forms_of(canaries[0])
    with hold_lesson(folder, canaries, seconds=60 * asked.minutes, say=console.print) as (
        lesson,
        traffic,
    ):
        tallies = _look(search, lesson, "Searching", console)
        plant_everywhere(lesson.places, forms, traffic)
        planted = _look(search, lesson, "Searching for what was planted", console)
    seen = {place: count_planted(tally.found) for place, tally in planted.items()}
    problems = _judge(lesson, tallies, seen, len(forms))
    if asked.json:
        rows = {
            place: {**asdict(tally), "planted": len(forms), "planted_found": seen[place]}
            for place, tally in tallies.items()
        }
        happened = {name: value for name, value in asdict(lesson).items() if name != "places"}
        sys.stdout.write(json.dumps({**happened, "places": rows, "problems": problems}) + "\n")
    else:
        _show(lesson, tallies, seen, len(forms), console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def _look(search: Search, lesson: Lesson, what: str, console: Console) -> dict[str, Tally]:
    return {
        place: search.look_into(folder, since_s=lesson.since_s)
        for place, folder in track(lesson.places.items(), what, console=console, transient=True)
    }


def _judge(
    lesson: Lesson, tallies: dict[str, Tally], seen: dict[str, int], forms: int
) -> list[str]:
    problems = [f"found: {line}" for tally in tallies.values() for line in tally.found]
    problems += [
        f"the search is blind in {place}: {found} of {forms} that were planted"
        for place, found in seen.items()
        if found < forms
    ]
    if lesson.most_swapped_kb:
        problems.append(f"{lesson.most_swapped_kb} kB of the box were in swap")
    if not lesson.looked_at:
        problems.append("the box has looked at no picture, so this run says nothing")
    return problems


def _show(
    lesson: Lesson, tallies: dict[str, Tally], seen: dict[str, int], forms: int, console: Console
) -> None:
    table = Table("place", "files", "MB", "found", "planted", "of them found")
    for place, tally in tallies.items():
        row = (tally.files, f"{tally.bytes / 1e6:.1f}", len(tally.found), forms, seen[place])
        table.add_row(place, *map(str, row))
    console.print(table)
    happened = ", ".join(f"{name} {times} times" for name, times in lesson.times.items())
    console.print(
        f"{lesson.looked_at} pictures looked at, {lesson.messages} messages, {happened}; "
        f"{lesson.restarts} more starts; {lesson.most_swapped_kb} kB in swap"
    )
    for line in lesson.missing:
        console.print(f"not done: {line}")


if __name__ == "__main__":
    main()
