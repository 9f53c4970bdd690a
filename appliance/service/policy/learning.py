"""Learns beside the running box, a little at a time, and goes back by itself.

A version decides only after it is on record, so that every choice can be made again. It is learned
anew from the warm start once enough outcomes have become known; before that, what is new is held
against what was believed, and when it has drifted the box goes back a version instead.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np
import structlog

from appliance.domain.policy.experience import Experience
from appliance.errors import PolicyError, StorageError
from appliance.host.memory import return_freed_memory
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.loading import load_learner
from appliance.ports import ChoiceStore, Clock
from appliance.service.policy.slices import SlicedLearner
from appliance.service.policy.standing import PolicyStanding, read_standing
from appliance.storage.keeping.policy_files import PolicyFiles
from appliance.storage.tables.checkpoints import Checkpoints

KEY = "policy"
"""Of the checkpoint."""

NEW_DECISIONS = 500
"""Finished decisions since the last time that make another version."""

MOST_DECISIONS = 6000
"""That are learned from, the newest; more would need more memory than it is worth."""

LOOK_S = 60.0
"""Between two looks at how many there are."""

SHARE = 0.04
"""Of one core, at most; what is left of 5 % reads the database."""

SLICE_S = 0.01
"""Processor time in one go: less than a sixth of the time between two frames of a camera."""

UPDATES = 2
"""Of a slice before it looks at the clock, about a millisecond each."""

NICE = 10
"""Everything else on the box goes first."""


class BackgroundLearning:
    """A part of the box: one thread, which pauses whenever frames are late."""

    def __init__(
        self,
        *,
        decider: Decider,
        learner: SlicedLearner,
        choices: ChoiceStore,
        checkpoints: Checkpoints,
        files: PolicyFiles,
        find_drift: Callable[[Experience, Experience], tuple[str, ...]],
        busy: Callable[[], bool],
        clock: Clock,
        beat: Callable[[str], None],
    ) -> None:
        """Prepare; nothing is read or learned yet.

        Args:
            decider: Given each version when it is on record.
            learner: At its warm start; learns, and decides nothing itself.
            choices: What is learned from, and where versions are kept.
            checkpoints: Keeps which version decides.
            files: Keep its weights beside the database.
            find_drift: Says in words what of the second experience differs from the first.
            busy: Tells whether frames are late, or the box has other work of its own.
            clock: Wall and monotonic time.
            beat: Sign of life.
        """
        self._decider = decider
        self._learner = learner
        self._choices = choices
        self._checkpoints = checkpoints
        self._files = files
        self._find_drift = find_drift
        self._busy = busy
        self._clock = clock
        self._beat = beat
        self._standing = PolicyStanding(warm=learner.version, version=learner.version)
        self._learning = False
        self._began_s, self._erasures = 0.0, 0
        self._looked_s = float("-inf")
        self._broken = ""
        self._stopping = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="learning", daemon=True)

    def start(self) -> None:
        """Go on with the version that decided last, then learn in the background."""
        try:
            self._resume()
        except (StorageError, PolicyError) as error:
            self._log.warning("policy_not_resumed", error=str(error))
        self._thread.start()

    def stop(self) -> None:
        """End it; a course that was not finished begins anew with the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def problems(self) -> Mapping[str, str]:
        """Return what an operator should know, by what it is about; any thread may ask."""
        lines = {}
        if self._standing.drifted:
            what = " and ".join(self._standing.drifted)
            silent = "the rules decide" if self._decider.silent else "an earlier version decides"
            lines["policy drift"] = f"policy: {what} drifted; {silent} until it has learned anew"
        if self._broken:
            lines["policy learning"] = f"policy: learning fails: {self._broken}"
        return lines

    def _run(self) -> None:
        # A thread's own, on Linux: setpriority(2), "C library/kernel differences".
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        wait_s = 1.0
        while not self._stopping.wait(wait_s):
            self._beat(self._thread.name)
            try:
                wait_s = self.turn()
                self._broken = ""
            except (StorageError, PolicyError) as error:
                self._log.warning("policy_learning_failed", error=str(error))
                self._broken, self._learning, wait_s = str(error), False, LOOK_S
            except Exception as error:  # noqa: BLE001 - border of the thread: the rules go on
                self._log.exception("policy_learning_crashed")
                self._broken, self._learning, wait_s = type(error).__name__, False, LOOK_S

    def turn(self) -> float:
        """Do the next little piece of work; return how long to rest after it, seconds.

        Raises:
            StorageError: The database cannot be read or written.
            PolicyError: A version that was kept cannot be used.
        """
        if self._busy():
            return 1.0
        began_s = time.thread_time()
        if self._learning:
            self._advance(began_s)
        elif self._clock.monotonic_s() - self._looked_s >= LOOK_S:
            self._looked_s = self._clock.monotonic_s()
            self._look()
            return_freed_memory()
        used_s = time.thread_time() - began_s
        idle_s = 0.0 if self._learning else 1.0
        return max(used_s / SHARE, SLICE_S / SHARE if self._learning else idle_s)

    def _resume(self) -> None:
        """Let the last version decide, if it stems from this warm start."""
        warm = self._learner.version
        self._choices.keep_policy(warm, learner=_name(warm), weights=self._learner.dump())
        saved = self._checkpoints.get(KEY)
        standing = None if saved is None else read_standing(saved)
        if standing is None or standing.warm != warm:
            # What was learned must not outlive what it was learned from.
            self._files.forget()
            return
        if standing.version:
            self._decider.learner = self._find(standing.version)
        self._decider.silent = not standing.version
        self._stand(standing)  # once more, so that it does not age
        self._log.info("policy_resumed", version=standing.version or "rules")

    def _find(self, version: str) -> Learner:
        """Return a version from its file, or else from the database."""
        before = len(self._files.moved_aside)
        found = self._files.load(lambda content: load_learner(version, content))
        if len(self._files.moved_aside) > before:
            self._log.warning("policy_file_moved_aside", file=self._files.moved_aside[-1])
        learner = self._load(version) if found is None else found
        self._choices.keep_policy(version, learner=_name(version), weights=learner.dump())
        return learner

    def _load(self, version: str) -> Learner:
        """Return a version that is on record."""
        weights = self._choices.policy(version)
        if weights is None:
            msg = f"the learned policy {version} is not on record any more"
            raise PolicyError(msg)
        return load_learner(version, weights)

    def _look(self) -> None:
        """Begin to learn when there is enough that is new, or go back when it has drifted."""
        standing = self._standing
        fresh = self._choices.count_finished(since_s=standing.learned_s)
        if fresh < NEW_DECISIONS:
            return
        now_s, erasures = self._clock.wall_s(), self._choices.count_erasures()
        drifted = self._compare(fresh)
        if drifted:
            self._go_back(drifted, now_s)
            return
        decisions = self._begin()
        self._learning, self._began_s, self._erasures = True, now_s, erasures
        self._log.info("policy_learning", decisions=decisions)

    def _begin(self) -> int:
        """Begin to learn; return from how many decisions."""
        experience = self._choices.experience(MOST_DECISIONS)
        self._learner.begin(experience, rng=np.random.default_rng(len(experience)))
        return len(experience)

    def _compare(self, fresh: int) -> tuple[str, ...]:
        """Return what has drifted since the last version was learned, if that was believed."""
        if self._standing.learned_s == 0 or self._standing.drifted:
            return ()
        new = self._choices.experience(min(fresh, MOST_DECISIONS))
        old = self._choices.experience(MOST_DECISIONS, skip=fresh)
        return self._find_drift(old, new)

    def _advance(self, began_s: float) -> None:
        """Learn for a slice; with the last one the new version decides."""
        left = 1
        while left and time.thread_time() - began_s < SLICE_S:
            left = self._learner.advance(UPDATES)
        if left:
            return
        self._learning = False
        if self._choices.count_erasures() != self._erasures:
            self._looked_s = float("-inf")  # somebody wants to be forgotten: learn anew
            return
        self._activate()

    def _activate(self) -> None:
        version, weights = self._learner.version, self._learner.dump()
        learner = load_learner(version, weights)
        self._choices.keep_policy(version, learner=_name(version), weights=weights)
        self._files.save(weights)
        before = self._standing
        previous = before.previous if before.version == version else before.version
        self._stand(
            PolicyStanding(
                warm=before.warm, version=version, previous=previous, learned_s=self._began_s
            )
        )
        self._decider.learner, self._decider.silent = learner, False
        return_freed_memory()
        self._log.info("policy_activated", version=version)

    def _go_back(self, drifted: tuple[str, ...], now_s: float) -> None:
        """Let the version before decide, or the rules when there is none, whatever the disk does.

        Raises:
            StorageError: That is not on record; it holds until the next start.
        """
        learner = self._recall(self._standing.previous)
        if learner is not None:
            self._decider.learner = learner
        self._decider.silent = learner is None
        version = "" if learner is None else learner.version
        self._log.warning("policy_rolled_back", version=version or "rules", drifted=list(drifted))
        if learner is None:
            self._files.forget()
        else:
            self._files.roll_back()
            self._choices.keep_policy(version, learner=_name(version), weights=learner.dump())
        self._stand(
            PolicyStanding(
                warm=self._standing.warm, version=version, learned_s=now_s, drifted=drifted
            )
        )

    def _recall(self, version: str) -> Learner | None:
        """Return an earlier version; None when there is none, or when it cannot be had."""
        try:
            return self._load(version) if version else None
        except (StorageError, PolicyError) as error:
            self._log.warning("policy_not_recalled", version=version, error=str(error))
            return None

    def _stand(self, standing: PolicyStanding) -> None:
        self._standing = standing
        self._checkpoints.put(KEY, standing.saved())


def _name(version: str) -> str:
    return version.partition("-")[0]
