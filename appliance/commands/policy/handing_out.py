"""De-identified decisions in a file from which a fleet can learn (docs/DESIGN.md, 8).

gzip of JSON lines. The first is the heading; each further one is a decision with what came of it.
There is no seat, no occupancy, no id and no time: a stay has a random number, and within it a step
of 10 s counts from its first decision. The stays are in the order of their numbers, so that it
says nothing either.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.policy.choices import POLICY_STEP_S, ErasedChoice, StoredChoice
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.intervention.policy.state import FUSED
from appliance.storage.folder import FILE_MODE

FORMAT, VERSION = "classbox-decisions", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """What is in the file."""

    decisions: int
    finished: int
    """Those of which the outcome is known."""

    stays: int
    fused: int
    """Those with the pooled h_fused in their state."""


class Stays:
    """Decisions by stay, as lines without anything that leads to a person."""

    def __init__(self, *, tell_fused: bool) -> None:
        """Begin empty.

        Args:
            tell_fused: Tell h_fused where it was kept.
        """
        self._tell_fused = tell_fused
        self._lines: list[list[str]] = []
        self._open: dict[tuple[SeatKey, OccupancyKey], tuple[int, float, float]] = {}
        self._finished = self._fused = 0

    def take(self, found: Iterable[StoredChoice | ErasedChoice]) -> None:
        """Take in choices, oldest first; of an erased one nothing."""
        for one in found:
            if isinstance(one, StoredChoice):
                self._take(one)

    def shuffled(self, rng: np.random.Generator) -> Iterator[str]:
        """Yield all lines; stays in random order under random numbers, choices in theirs."""
        numbers = rng.choice(2**32, size=len(self._lines), replace=False)
        for number, stay in sorted(zip(numbers.tolist(), self._lines, strict=True)):
            for line in stay:
                yield f'{{"stay": {number}, {line[1:]}'

    @property
    def counts(self) -> HandedOut:
        """How much there is."""
        return HandedOut(
            decisions=sum(map(len, self._lines)),
            finished=self._finished,
            stays=len(self._lines),
            fused=self._fused,
        )

    def _take(self, stored: StoredChoice) -> None:
        choice = stored.choice
        who = choice.seat, choice.occupancy
        stay, first_s, last_s = self._open.get(who, (-1, 0.0, float("inf")))
        if choice.at_s <= last_s:  # another student, or a clock that began anew
            stay, first_s = len(self._lines), choice.at_s
            self._lines.append([])
        self._open[who] = stay, first_s, choice.at_s
        step = round((choice.at_s - first_s) / POLICY_STEP_S)
        self._finished += stored.outcome is not None
        self._fused += self._tell_fused and bool(choice.state[FUSED].any())
        self._lines[stay].append(json.dumps(self._line(stored, step)))

    def _line(self, stored: StoredChoice, step: int) -> dict[str, Any]:
        choice = stored.choice
        fused = self._tell_fused and choice.state[FUSED].any()
        state = choice.state if fused else choice.state[FUSED.stop :]
        outcome = None
        if stored.outcome is not None:
            outcome = {k: v for k, v in asdict(stored.outcome).items() if k != "choice"}
        return {
            "step": step,
            # Shorter without h_fused; a float32 goes through a decimal of nine digits unharmed.
            "state": [float(f"{number:.9g}") for number in state],
            "allowed": [int(may) for may in choice.allowed],
            "rule_action": int(choice.rule_action),
            "rule": choice.rule,
            "learned_action": int(choice.learned_action),
            "action": int(choice.action),
            "propensity": choice.propensity,
            "bound": choice.bound,
            "value": choice.value,
            "reason": choice.reason.value,
            "policy": choice.policy,
            "outcome": outcome,
        }


def write_file(file: Path, lines: Iterable[str], *, fusion: str, policy: str) -> None:
    """Write the file for its owner alone, or leave what bore its name before.

    Args:
        file: Where.
        lines: JSON objects.
        fusion: Digest of the fusion model that the states come from.
        policy: Version in use; empty when none has been.

    Raises:
        StorageError: It cannot be written.
    """
    head = {"format": FORMAT, "version": VERSION, "fusion": fusion, "policy": policy}
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as out:
                # Its heading tells neither a name nor a time.
                with gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as packed:
                    packed.write(f"{json.dumps(head)}\n".encode())
                    packed.writelines(f"{line}\n".encode() for line in lines)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        msg = f"{file}: cannot be written: {error.strerror or error}"
        raise StorageError(msg) from error
