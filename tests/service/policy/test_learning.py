"""Versions come, are kept before they decide, survive a restart, and go when things drift."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from appliance.domain.policy.experience import Experience
from appliance.errors import StorageError
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learners.neural.training import TrainingSettings
from appliance.service.policy.learning import (
    MOST_DECISIONS,
    NEW_DECISIONS,
    SHARE,
    SLICE_S,
    BackgroundLearning,
)
from appliance.storage.keeping.policy_files import PolicyFiles
from appliance.storage.tables.checkpoints import Checkpoints
from tests.support.clocks import ManualClock
from tests.support.memory_choices import MemoryChoices, empty_experience


class Kept:
    """Checkpoints without a disk."""

    def __init__(self) -> None:
        """Begin empty."""
        self.values: dict[str, dict[str, Any]] = {}

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep."""
        self.values[key] = value

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what was kept."""
        return self.values.get(key)


class Box:
    """What a restart keeps, and the parts that it makes anew."""

    def __init__(self, folder: Path) -> None:
        """Start for the first time."""
        self.folder = folder
        self.clock = ManualClock()
        self.kept = Kept()
        self.told: list[tuple[str, object]] = []
        self.choices = MemoryChoices(
            told=lambda word, what: self.told.append((word, what)), content=self.remember
        )
        self.drifted: tuple[str, ...] = ()
        self.compared: list[tuple[int, int]] = []
        self.busy = False
        self.seed = 0
        self.restart()

    def restart(self, *, warm_seed: int = 0) -> None:
        """Begin anew with what is kept; nothing runs on its own."""
        networks = draw_networks(np.random.default_rng(warm_seed))
        learner = DqnLearner(networks, settings=TrainingSettings(updates=3, batch=8))
        self.warm = learner.version
        self.decider = Decider(
            learner=DqnLearner(networks),
            explore=False,
            new_id=lambda: "k",
            new_seed=lambda: 0,
            monotonic=lambda: 0.0,
        )
        self.files = PolicyFiles(self.folder)
        self.learning = BackgroundLearning(
            decider=self.decider,
            learner=learner,
            choices=self.choices,
            checkpoints=cast("Checkpoints", self.kept),
            files=self.files,
            find_drift=self.find_drift,
            busy=lambda: self.busy,
            clock=self.clock,
            beat=lambda _: None,
        )
        self.learning._resume()  # noqa: SLF001 - what ``start`` does before its thread

    def remember(self, count: int) -> Experience:
        """Return choices of which every third was to rest; others each time."""
        whole = empty_experience(count)
        self.seed += 1
        rng = np.random.default_rng(self.seed)
        states = rng.random(whole.states.shape, dtype=np.float32)
        states[:, :128] = 0
        return Experience(
            states=states,
            allowed=whole.allowed,
            rules=whole.rules,
            actions=np.arange(count) % 3 // 2,
            propensities=whole.propensities,
            rewards=rng.normal(size=count),
            at_s=whole.at_s,
            stays=whole.stays,
        )

    def find_drift(self, old: Experience, new: Experience) -> tuple[str, ...]:
        """Say what the test says."""
        self.compared.append((len(old), len(new)))
        return self.drifted

    def live(self, decisions: int = NEW_DECISIONS, *, turns: int = 12) -> None:
        """Let outcomes become known, and time pass."""
        self.clock.wall += 1
        self.choices.finished += [self.clock.wall] * decisions
        for _ in range(turns):
            self.clock.monotonic += 61
            self.clock.wall += 61
            self.learning.turn()

    @property
    def version(self) -> str:
        """Who decides."""
        assert self.decider.learner is not None
        return self.decider.learner.version


def finish(box: Box) -> None:
    """Turn until a course is over."""
    for _ in range(9):
        box.learning.turn()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """Return a box at its warm start."""
    return Box(tmp_path)


def test_nothing_is_learned_of_little(box: Box) -> None:
    """One decision less than a version takes, and it is not even read."""
    box.live(NEW_DECISIONS - 1)

    assert (box.version, box.choices.asked) == (box.warm, [])
    assert box.told == [("policy", (box.warm, "dqn"))]


def test_a_version_is_on_record_before_it_decides(box: Box) -> None:
    """In the database, in its file, and in what the next start reads."""
    seen: list[str] = []
    box.choices.told = lambda *_: seen.append(box.version)

    box.live()

    assert box.version not in ("", box.warm)
    assert seen == [box.warm]
    assert box.choices.policies[box.version] == box.files.current.read_bytes()
    assert box.kept.values["policy"]["version"] == box.version
    assert box.choices.asked == [(MOST_DECISIONS, 0)]
    assert box.learning.problems() == {}


def test_what_was_learned_from_does_not_count_again(box: Box) -> None:
    """The next version takes as many new ones, and is compared with those before."""
    box.live()
    first = box.version

    box.live(NEW_DECISIONS - 1)
    assert box.version == first
    box.live(1)

    assert box.version != first
    assert box.compared == [(NEW_DECISIONS, NEW_DECISIONS)]


def test_frames_go_first(box: Box) -> None:
    """While they are late, nothing is read or learned."""
    box.busy = True
    box.live()
    assert (box.version, box.choices.asked) == (box.warm, [])

    box.busy = False
    box.live(0)
    assert box.version != box.warm


def test_after_each_slice_it_rests(box: Box) -> None:
    """For so long that its share of a core is kept, whatever the slice took."""
    box.clock.wall += 1
    box.choices.finished += [box.clock.wall] * NEW_DECISIONS
    box.clock.monotonic += 61

    assert box.learning.turn() >= SLICE_S / SHARE
    assert box.learning.turn() >= SLICE_S / SHARE or box.version != box.warm


@pytest.mark.parametrize("lost", ["nothing", "file", "damaged", "row"])
def test_a_restart_goes_on_with_the_version_that_decided(box: Box, lost: str) -> None:
    """From its file or from the database; a damaged file is moved aside."""
    box.live()
    version = box.version
    if lost == "file":
        box.files.current.unlink()
    elif lost == "damaged":
        box.files.current.write_bytes(box.files.current.read_bytes()[:-9])
    elif lost == "row":
        del box.choices.policies[version]

    box.restart()

    assert box.version == version
    assert version in box.choices.policies
    assert box.files.moved_aside == (["learned.policy.corrupt"] if lost == "damaged" else [])
    assert not box.decider.silent


def test_without_weights_it_begins_anew(box: Box) -> None:
    """The warm start decides, which the gate holds back."""
    box.live()
    box.files.current.unlink()
    box.choices.policies.clear()

    with pytest.raises(Exception, match="is not on record any more"):
        box.restart()

    assert box.version == box.warm


@pytest.mark.parametrize("how", ["another-artifact", "another-database"])
def test_what_was_learned_does_not_outlive_its_beginning(box: Box, how: str) -> None:
    """Nor the records that it was learned from: the file goes with them."""
    box.live()
    if how == "another-database":
        box.kept.values.clear()

    box.restart(warm_seed=1 if how == "another-artifact" else 0)

    assert box.version == box.warm
    assert not box.files.current.exists()


def test_drift_takes_the_box_back_a_version(box: Box) -> None:
    """It says so until it has learned anew; what had drifted is believed then."""
    box.live()
    first = box.version
    box.live()
    assert box.version != first

    box.drifted = ("reward", "allowed")
    box.live()

    assert box.version == first
    assert not box.decider.silent
    (line,) = box.learning.problems().values()
    assert line.startswith("policy: reward and allowed drifted; an earlier version decides")
    assert box.files.current.read_bytes() == box.choices.policies[first]
    box.restart()
    assert box.version == first
    assert box.learning.problems() != {}

    box.live()
    assert box.version != first
    assert box.learning.problems() == {}


@pytest.mark.parametrize("why", ["drifted-again", "not-on-record", "disk"])
def test_without_an_earlier_version_the_rules_decide(box: Box, why: str) -> None:
    """After a restart, too; the learner is not asked until it has learned anew."""
    box.live()
    box.live()
    first = box.kept.values["policy"]["previous"]
    if why == "drifted-again":
        box.kept.values["policy"]["previous"] = ""
        box.restart()
    elif why == "not-on-record":
        del box.choices.policies[first]
    box.drifted = ("missing",)
    if why == "disk":
        box.choices.unreadable = True
    box.live()

    assert box.decider.silent
    assert "the rules decide" in box.learning.problems()["policy drift"]
    assert not box.files.current.exists()
    box.choices.unreadable = False
    box.restart()
    assert box.decider.silent
    box.live()
    assert not box.decider.silent


def test_whoever_is_erased_is_not_learned_from(box: Box) -> None:
    """A course that had begun with them is given up, and begins anew without them."""
    box.clock.wall += 1
    box.choices.finished += [box.clock.wall] * NEW_DECISIONS
    box.clock.monotonic += 61
    box.learning.turn()
    box.choices.erasures += 1

    box.learning.turn()
    assert box.version == box.warm
    box.live(0)

    assert box.version != box.warm
    assert len(box.choices.asked) == 2


def test_a_version_that_cannot_be_kept_does_not_decide(box: Box) -> None:
    """Nobody could make its choices again."""
    box.clock.wall += 1
    box.choices.finished += [box.clock.wall] * NEW_DECISIONS
    box.clock.monotonic += 61
    box.learning.turn()
    box.choices.error = StorageError("the disk is full")

    with pytest.raises(StorageError):
        finish(box)

    assert box.version == box.warm


def test_the_thread_says_what_fails(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on: the box has the rules."""
    turned: list[Callable[[], None]] = []

    def fail() -> float:
        turned.append(box.learning._stopping.set)  # noqa: SLF001 - so that one turn is all
        turned[-1]()
        msg = "the disk is full"
        raise StorageError(msg)

    monkeypatch.setattr(box.learning, "turn", fail)

    box.learning.start()
    box.learning._thread.join(timeout=10)  # noqa: SLF001

    assert box.learning.problems() == {
        "policy learning": "policy: learning fails: the disk is full"
    }
    box.learning.stop()
