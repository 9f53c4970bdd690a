"""One random sequence of words, restarts, kills and damage, held against the model."""

import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from acceptance.last_word.box import STALE, beside
from acceptance.last_word.forked import Box, Child
from acceptance.last_word.model import ASKED, ON_FILE, SEATS, LastWord

STEPS = 14
STUDENTS = ("one", "two", "three")
PATIENCE_S = 5.0
"""Until what another process has said or done is noticed; it takes 0.2 s on an idle machine."""

PRIVACY, OLDER = "privacy.db", "older"
MEMORY = Path("/dev/shm")  # noqa: S108 - only whether it is there; the folders in it are private


@dataclass
class Told:
    """What came of one sequence."""

    steps: list[str] = field(default_factory=list)
    """In words, for whoever has to repeat it."""

    counts: Counter[str] = field(default_factory=Counter)
    """How often each kind of step was taken."""

    looks: int = 0
    """How often it was looked whom the box looks at."""

    contradiction: str = ""
    """What must not be; empty if nothing."""


class Sequence:
    """Takes random steps with a box and the model beside it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        """Begin with a box that has never run."""
        self._folder = folder
        self._chance = chance
        self._model = LastWord()
        self._ahead_s = 0.0
        self._copied: dict[str, str | None] | None = None
        self._changed = False
        self.told = Told()
        self._box = self._start()

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process behind."""
        self._box.kill()

    def run(self) -> None:
        """Take all steps, or those up to the first contradiction."""
        ways = {
            self._sit: 5,
            self._agree: 5,
            self._refuse: 4,
            self._pause: 2,
            self._resume: 3,
            self._pause_seat: 2,
            self._resume_seat: 3,
            self._stale: 3,
            self._restart: 2,
            self._kill: 2,
            self._jump: 1,
            self._revoke_beside: 1,
            self._replace_while_it_runs: 1,
        }
        self._look()
        for _ in range(STEPS):
            [way] = self._chance.choices(list(ways), weights=list(ways.values()))
            before, copies = dict(self._model.yes), self.told.counts["copy"]
            patience_s = way() or 0.0
            if copies == self.told.counts["copy"]:  # a copy comes last, and holds the change
                self._changed = self._changed or before != self._model.yes
            self._look(patience_s)
            if self.told.contradiction:
                break

    def _note(self, kind: str, detail: str = "") -> None:
        self.told.counts[kind] += 1
        self.told.steps.append(f"{kind} {detail}".strip())

    def _sit(self) -> None:
        seat = self._chance.choice(SEATS)
        who = self._chance.choice((*STUDENTS, None))
        self._note("log-out" if who is None else "log-in", f"{seat} {who or ''}")
        self._box.do("sit", seat, who)
        self._model.sit(seat, who)

    def _agree(self) -> None:
        seat = self._chance.choice(SEATS)
        answer = self._box.do("consent", seat, "yes")
        self._note("grant", f"{seat}: {answer}")
        if answer == "done":
            if seat == ASKED and self._model.here[seat] is None:
                self.told.contradiction = "somebody has agreed where nobody is logged in"
            self._model.agree(seat)
            self._model.sure[seat] = True

    def _refuse(self) -> None:
        seat = self._chance.choice(SEATS)
        self._note("revoke", f"{seat}: {self._box.do('consent', seat, 'no')}")
        self._model.refuse(seat)
        self._model.sure[seat] = True

    def _pause(self) -> None:
        self._note("pause", self._box.do("pause"))
        self._model.paused = True

    def _resume(self) -> None:
        self._note("resume", self._box.do("resume"))
        self._model.paused = False

    def _pause_seat(self) -> None:
        seat = self._chance.choice(SEATS)
        self._note("pause-seat", f"{seat}: {self._box.do('pause', seat)}")
        self._model.seats_paused[seat] = True

    def _resume_seat(self) -> None:
        seat = self._chance.choice(SEATS)
        self._note("resume-seat", f"{seat}: {self._box.do('resume', seat)}")
        self._model.seats_paused[seat] = False

    def _stale(self) -> None:
        """Say what counts no more; the model does not even hear it."""
        how, word = self._chance.choice(STALE), self._chance.choice(("yes", "no", "resume"))
        seat = self._chance.choice(SEATS)
        answer = self._box.do("stale", how, word, seat)
        self._note("stale", f"{how} {word} {seat}: {answer}")
        if answer != "refused":
            self.told.contradiction = f"a request that is {how} was {answer}"

    def _jump(self) -> None:
        days = self._chance.choice((-1.0, 31.0, 500.0))
        self._note("clock", f"{days:+.0f} days")
        self._box.do("jump", days)
        self._ahead_s += days * 86_400

    def _revoke_beside(self) -> float:
        seat = self._chance.choice(SEATS)
        self._note("revoke-beside", seat)
        child = Child(lambda: beside(self._folder, ahead_s=self._ahead_s, seat=seat))
        if child.wait():
            self.told.contradiction = "a command beside the box has failed"
        self._model.refuse(seat)
        self._model.sure[seat] = True
        return PATIENCE_S

    def _restart(self) -> None:
        self._note("restart")
        self._box.stop()
        self._between()

    def _kill(self) -> None:
        """Kill the box, idle or while somebody speaks to it."""
        if self._chance.choice((True, False)):
            self._note("kill")
            self._box.kill()
            self._between()
            return
        seat, after_s = self._chance.choice(SEATS), self._chance.uniform(0, 0.006)
        order = self._chance.choice(
            [("consent", seat, "yes"), ("consent", seat, "no"), ("pause",), ("resume",)]
        )
        answer = self._box.kill_during(*order, after_s=after_s)
        self._note("kill-during", f"{' '.join(order)}: {answer}")
        if order[-1] == "yes":
            if answer in ("done", None) and (seat == ON_FILE or self._model.here[seat]):
                self._model.agree(seat)
            self._model.sure[seat] = answer is not None and self._model.sure[seat]
            self._model.sure[seat] |= answer == "done"
        elif order[-1] == "no":
            if answer == "done":
                self._model.refuse(seat)
            self._model.sure[seat] = answer == "done"
        else:
            paused = order == ("pause",)
            known = answer == "done" or self._model.paused is paused
            self._model.paused = paused if known else None
        self._changed = self._changed or order[0] == "consent"
        self._between()

    def _between(self) -> None:
        """Damage the records of a stopped box, or copy them, or leave them; then start it."""
        privacy, older = self._folder / PRIVACY, self._folder.parent / OLDER
        what = self._chance.choices(("nothing", "loss", "copy", "older"), weights=(7, 7, 3, 3))[0]
        if what == "loss":
            self._lose(privacy)
        elif what == "copy":
            for name in (PRIVACY, f"{PRIVACY}-wal"):
                source = self._folder / name
                (older.with_name(f"{OLDER}{name}")).unlink(missing_ok=True)
                if source.exists():
                    shutil.copyfile(source, older.with_name(f"{OLDER}{name}"))
            self._copied, self._changed = dict(self._model.yes), False
            self._note("copy")
        elif what == "older" and self._copied is not None:
            self._put_older()
        self._box = self._start()
        for seat, who in self._model.here.items():
            if who is not None:  # the broker has kept what the terminal has said
                self._box.do("sit", seat, who)

    def _lose(self, privacy: Path) -> None:
        def another() -> None:
            privacy.unlink()
            with sqlite3.connect(privacy) as database:
                database.execute("CREATE TABLE consent (seat TEXT)")
                database.execute("PRAGMA user_version = 4")
            database.close()

        ways: dict[str, Callable[[], object]] = {
            "removed": privacy.unlink,
            "zero-length": lambda: os.truncate(privacy, 0),
            "no-database": lambda: privacy.write_bytes(b"no database" * 999),
            "damaged": lambda: privacy.write_bytes(privacy.read_bytes()[:4096] + b"\xff" * 40960),
            "truncated": lambda: os.truncate(privacy, privacy.stat().st_size // 2),
            "another": another,
        }
        how = self._chance.choice(list(ways))
        self._note("loss", how)
        for suffix in ("-wal", "-shm"):  # with its log a database may be whole again
            privacy.with_name(privacy.name + suffix).unlink(missing_ok=True)
        ways[how]()
        self._model.lose()
        self._model.sure = dict.fromkeys(SEATS, True)

    def _put_older(self) -> None:
        self._note("older-copy")
        for name in (PRIVACY, f"{PRIVACY}-wal", f"{PRIVACY}-shm"):
            (self._folder / name).unlink(missing_ok=True)
            source = self._folder.parent / f"{OLDER}{name}"
            if source.exists():
                shutil.copyfile(source, self._folder / name)
        if self._changed:
            self._model.lose()
        self._model.sure = dict.fromkeys(SEATS, False)

    def _replace_while_it_runs(self) -> None:
        privacy = self._folder / PRIVACY
        how = self._chance.choice(("removed", "renamed"))
        self._note("loss-live", how)
        if how == "removed":
            privacy.unlink()
        else:
            fresh = privacy.with_name("fresh.db")
            fresh.write_bytes(b"no database" * 999)
            fresh.rename(privacy)
        until_s = time.monotonic() + PATIENCE_S
        while not _is_database(privacy) and time.monotonic() < until_s:
            time.sleep(0.01)
        self._box.do("jump", 0.0)  # behind whatever the writer is at
        problems = self._box.do("watch", "either", 0, [], "at most")[2]
        if not any("was lost" in line for line in problems):
            self.told.contradiction = "nothing is said of the loss"
        self._model.lose()
        self._model.sure = dict.fromkeys(SEATS, True)

    def _start(self) -> Box:
        return Box(self._folder, ahead_s=self._ahead_s)

    def _look(self, patience_s: float = 0.0) -> None:
        """Compare whom the box looks at with the model."""
        model, allowed = self._model, self._model.allowed()
        sure = all(model.sure.values()) and model.paused is not None
        camera = {None: "either", True: "closed", False: "open"}[model.paused]
        is_open, seen, problems = self._box.do(
            "watch", camera, patience_s, sorted(allowed), "exactly" if sure else "at most"
        )
        self.told.looks += 1
        too_many = set(seen) - allowed
        too_few = {seat for seat in allowed - set(seen) if model.sure[seat]}
        if too_many:
            self.told.contradiction = (
                f"looks at {', '.join(sorted(too_many))} against the last word"
            )
        elif model.paused is not None and is_open is model.paused:
            self.told.contradiction = f"the camera is {'open' if is_open else 'closed'}"
        elif too_few and model.paused is False:
            lacking = ", ".join(sorted(too_few))
            self.told.contradiction = f"does not look at {lacking}, who has agreed; {problems}"


def _is_database(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(b"SQLite")
    except FileNotFoundError:  # it is being moved aside
        return False


def run_one(seed: int) -> Told:
    """Run the sequence of a seed in a folder of its own."""
    parent = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="classbox-last-word-", dir=parent) as folder,
        Sequence(Path(folder) / "state", random.Random(seed)) as sequence,  # noqa: S311 - repeatable
    ):
        try:
            sequence.run()
        except (RuntimeError, OSError) as error:
            sequence.told.contradiction = f"{type(error).__name__}: {error}"
        return sequence.told
