"""The part of a box that decides, keeps and learns, as a process that is killed.

Arguments: the state folder, a seed, and in which keeping of what it has learned, counted from 1,
and at which of its steps it ends itself (0 0: never). It says what is on disk, one line each, at
once: what was not said does not count.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from acceptance.torture.decisions import (
    digest_of,
    draw_outcome,
    new_decider,
    new_learner,
    steps,
)
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.host.clock import SystemClock
from appliance.intervention.policy.learners.dqn import DqnLearner
from appliance.intervention.policy.learners.loading import load_learner
from appliance.service.policy import learning
from appliance.service.policy.learning import BackgroundLearning
from appliance.storage.keeping.policy_files import PolicyFiles
from appliance.storage.store import Storage

NEW_DECISIONS = 60
FLUSH_EVERY = 3
"""Steps between two moments at which what does nothing is said to be kept, too."""

WAITING = 40
"""Choices whose outcome is not known yet."""


def say(*words: object) -> None:
    """Write a line at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class TalkingLearner(DqnLearner):
    """Says when it begins to learn."""

    def begin(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Begin."""
        say("learning")
        super().begin(experience, rng=rng)


class TalkingFiles(PolicyFiles):
    """Says what it does, and ends the process in the middle of it."""

    def __init__(self, folder: Path, *, end_in: int, end_at: int) -> None:
        """Count the saves from 1, and in the last one the calls that change files."""
        super().__init__(folder)
        self._left = end_in
        self._end_at = end_at

    def save(self, content: bytes) -> None:
        """Keep weights, or die of it."""
        say("saving")
        self._left -= 1
        undo = _die_at(self._end_at if self._left <= 0 else 0)
        super().save(content)
        undo()
        if self._left <= 0 < self._end_at:  # the file is new, and nothing else knows of it
            os.kill(os.getpid(), signal.SIGKILL)
        say("saved")


def _die_at(count: int) -> Callable[[], None]:
    """End this process at its so manieth call that changes files; 0 is never.

    Returns:
        What lets it live again.
    """
    changing: list[tuple[Any, str]] = [(os, "open"), (os, "fsync"), (Path, "replace")]
    kept = [(owner, name, getattr(owner, name)) for owner, name in changing]
    calls = 0

    def mortal(call: Callable[..., Any]) -> Callable[..., Any]:
        def once(*words: Any, **more: Any) -> Any:  # noqa: ANN401 - passed on
            nonlocal calls
            calls += 1
            if calls == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*words, **more)

        return once

    def undo() -> None:
        for owner, name, call in kept:
            setattr(owner, name, call)

    if count:
        for owner, name, call in kept:
            setattr(owner, name, mortal(call))
    return undo


def main() -> None:
    """Decide, keep and learn until somebody ends it."""
    folder, (seed, end_in, end_at) = Path(sys.argv[1]), map(int, sys.argv[2:5])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    learning.NEW_DECISIONS, learning.LOOK_S, learning.SHARE = NEW_DECISIONS, 0.0, 1.0
    rng = np.random.default_rng(seed)
    clock = SystemClock()
    storage = Storage.open(folder, clock=clock)
    storage.start()
    warm = new_learner(TalkingLearner)
    decider = new_decider(load_learner(warm.version, warm.dump()), rng)
    background = BackgroundLearning(
        decider=decider,
        learner=warm,
        choices=storage.choices,
        checkpoints=storage.checkpoints,
        files=TalkingFiles(folder, end_in=end_in, end_at=end_at),
        find_drift=lambda _old, _new: (),
        busy=lambda: False,
        clock=clock,
        beat=lambda _: None,
    )
    background.start()
    version = "" if decider.learner is None else decider.learner.version
    say("ready", version)
    _decide(storage, decider, rng, stay=f"stay-{seed}")


def _decide(storage: Storage, decider: Any, rng: np.random.Generator, *, stay: str) -> None:  # noqa: ANN401 - a Decider whose learner changes
    waiting: list[str] = []
    unsaid: list[str] = []
    version = decider.learner.version
    for number, step in enumerate(steps(decider, rng, stay=stay)):
        if decider.learner.version != version:
            version = decider.learner.version
            say("active", version)
        still = [choice for choice in step if choice.action is PolicyAction.NOTHING]
        storage.choices.record_many(still)
        unsaid += [f"kept {choice.id} {digest_of(choice)}" for choice in still]
        for choice in step:
            if choice.action is not PolicyAction.NOTHING:
                storage.choices.record(choice)
                say("kept", choice.id, digest_of(choice))
        waiting += [choice.id for choice in step]
        while len(waiting) > WAITING:
            identity = waiting.pop(0)
            storage.choices.settle(draw_outcome(identity, rng))
            unsaid.append(f"settled {identity}")
        if number % FLUSH_EVERY == 0:
            storage.flush()
            for line in unsaid:
                say(line)
            unsaid.clear()


if __name__ == "__main__":
    main()
