"""Processes that are started, killed and started again on the same state folder."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

import appliance
from acceptance.torture.decisions import new_learner
from acceptance.torture.examine import Remains, Said, examine, goes_on
from appliance.errors import ApplianceError

READY_S = 180.0
"""Longest start on a busy machine."""

PLACES = 7
"""Steps of keeping weights at which the process may end: open, fsync, two renames, the folder's two
calls, and the moment behind them."""

SAVES = 2
"""In the course of one process before that."""


class Moment(StrEnum):
    """When the process is killed."""

    WRITING = "while it writes decisions"
    LEARNING = "while it learns"
    KEEPING = "while it keeps what it has learned"
    STARTING = "while it starts"


MOMENTS = (Moment.WRITING, Moment.LEARNING, Moment.KEEPING, Moment.KEEPING, Moment.STARTING)
"""In turn."""


@dataclass(slots=True)
class Torture:
    """What has happened so far."""

    kills: Counter[Moment] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    """How the policy went on after each kill."""

    interrupted: int = 0
    """Kills between the first and the last step of keeping weights."""

    acknowledged: int = 0
    settled: int = 0
    learned: int = 0
    """Versions that decided."""

    last: Remains | None = None
    """After the last kill; what is lost stays lost."""

    worst: Counter[str] = field(default_factory=Counter)
    """Most of each kind of harm after any kill."""

    damage: list[str] = field(default_factory=list)
    """What SQLite had to say."""


def torture(folder: Path, *, kills: int, seed: int, say: Callable[[str], object]) -> Torture:
    """Kill so many times, and examine what is left each time.

    Args:
        folder: State folder, empty.
        kills: How often.
        seed: Of when and where.
        say: Told of each tenth kill.

    Raises:
        ApplianceError: A process does not become ready, or a database cannot be read.
    """
    rng = np.random.default_rng(seed)
    told = Torture()
    kept: dict[str, str] = {}
    settled: set[str] = set()
    replayed: set[str] = set()
    versions = [new_learner().version]
    for number in range(kills):
        moment = MOMENTS[number % len(MOMENTS)]
        said = _live_and_die(folder, number, moment, rng=rng)
        kept |= said.kept
        settled |= said.settled
        told.kills[moment] += 1
        told.interrupted += said.saving > said.saved
        if said.ready is not None:
            told.policies[goes_on(versions, said.ready)] += number > 0
            versions += [said.ready] if said.ready != versions[-1] else []
        versions += said.active
        told.learned += len(said.active)
        if (folder / "privacy.db").exists():
            told.last = examine(folder, kept=kept, settled=settled, replayed=replayed)
            _note(told, told.last)
        if (number + 1) % 10 == 0:
            say(f"{number + 1} of {kills}: {len(kept)} decisions acknowledged")
    told.acknowledged, told.settled = len(kept), len(settled)
    return told


def _note(told: Torture, remains: Remains) -> None:
    for name in ("lost", "changed", "outcomes_lost", "unreadable", "different", "replaced"):
        told.worst[name] = max(told.worst[name], getattr(remains, name))
    if remains.damaged:
        told.damage.append(remains.damaged)


def _live_and_die(folder: Path, seed: int, moment: Moment, *, rng: np.random.Generator) -> Said:
    """Start a process, kill it, and return what it had said."""
    end = (0, 0)
    if moment is Moment.KEEPING:
        end = int(rng.integers(1, SAVES + 1)), int(rng.integers(1, PLACES + 1))
    words = ["-m", "acceptance.torture.child", str(folder), *map(str, (seed, *end))]
    log = folder.with_name(f"{folder.name}.log")
    said, heard = Said(), threading.Event()
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_surroundings(),
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - asked for above
        reader = threading.Thread(target=_listen, args=(iter(process.stdout), said, heard))
        reader.start()
        try:
            _let_live(process, moment, said, heard, rng)
        except ApplianceError as error:
            last = log.read_text(encoding="utf-8")[-500:]
            msg = f"{error}: {last}"
            raise ApplianceError(msg) from error
        finally:
            process.kill()
            process.wait()
            reader.join()
    return said


def _surroundings() -> dict[str, str]:
    """Return the environment in which the process finds this code, and takes one core."""
    roots = [str(Path(__file__).parents[2]), str(Path(appliance.__file__).parents[1])]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **alone, "PYTHONPATH": os.pathsep.join(roots)}


def _let_live(
    process: subprocess.Popen[str],
    moment: Moment,
    said: Said,
    heard: threading.Event,
    rng: np.random.Generator,
) -> None:
    """Return when the moment has come."""
    if moment is Moment.STARTING:
        # Imports take most of a start; the folder is opened in the last third of it.
        time.sleep(rng.uniform(0.3, 1.5))
        return
    _wait(process, lambda: said.ready is not None, heard)
    if moment is Moment.WRITING:
        time.sleep(rng.uniform(0.0, 1.0))
    elif moment is Moment.LEARNING:
        courses = int(rng.integers(1, SAVES + 1))
        _wait(process, lambda: said.learning >= courses, heard)
        time.sleep(rng.uniform(0.0, 0.3))
    else:
        _wait(process, lambda: process.poll() is not None, heard, ends=True)  # by itself


def _listen(lines: Iterator[str], said: Said, heard: threading.Event) -> None:
    for line in lines:
        if line.endswith("\n"):
            said.hear(line)
            heard.set()


def _wait(
    process: subprocess.Popen[str],
    done: Callable[[], bool],
    heard: threading.Event,
    *,
    ends: bool = False,
) -> None:
    until_s = time.monotonic() + READY_S
    while not done():
        heard.wait(0.05)
        heard.clear()
        ended = process.poll() is not None and not ends
        if ended or time.monotonic() > until_s:
            msg = f"the process that decides ended or did nothing for {READY_S:g} s"
            raise ApplianceError(msg)
