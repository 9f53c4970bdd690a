"""What was decided follows again from what is on record, to the bit; what does not, is found."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.commands.policy.recompute import (
    Recomputation,
    Replayed,
    ReplayResult,
    differences,
)
from appliance.domain.policy.choices import (
    Choice,
    ChoiceReason,
    ErasedChoice,
    PolicyAction,
    StoredChoice,
)
from appliance.storage.store import Storage
from appliance.storage.tables.choice_archive import ChoiceArchive
from appliance.storage.tables.on_record import PolicyWeights
from tests.support.backups import call, refusal
from tests.support.choices import make_choice
from tests.support.decided import keep, make_decisions, taught
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    TERMINAL,
    make_alert,
    make_intervention,
)


def stored(choice: Choice) -> StoredChoice:
    """Return a choice as it is read."""
    return StoredChoice(choice=choice, wall_s=0.0, outcome=None)


def check(choice: Choice, **changes: Any) -> Replayed:  # noqa: ANN401 - any field
    """Make a choice of the taught learner again, after somebody has changed its record."""
    weights = PolicyWeights(learner="dqn", content=taught().dump())
    return Recomputation(lambda _: weights).check(stored(replace(choice, **changes)))


@pytest.mark.parametrize("explore", [False, True])
def test_every_kind_of_decision_is_made_again_from_the_database(
    storage: Storage, config: Path, explore: bool
) -> None:
    """Overrides, doubts, lots, those of the rules: after a round through the file all are equal."""
    learner = taught()
    made = keep(storage, learner, make_decisions(200, learner=learner, explore=explore))
    reasons = Counter(choice.reason for choice in made)
    assert reasons[ChoiceReason.OVERRIDE] > 5
    assert explore == (reasons[ChoiceReason.RANDOMISED] > 5)

    archive = ChoiceArchive(config.parent / "state")
    recomputation = Recomputation(archive.weights)

    results = Counter(recomputation.check(found).result for found in archive.choices())

    assert results == {ReplayResult.EQUAL: 200}


def test_decision_without_a_learner_is_made_again() -> None:
    """Of Table 1 and chance alone; no weights are asked for."""
    choices = list(make_decisions(50, learner=None, explore=True))

    def never(version: str) -> PolicyWeights | None:
        raise AssertionError(version)

    recomputation = Recomputation(never)

    assert {choice.policy for choice in choices} == {"rules"}
    assert {recomputation.check(stored(choice)).result for choice in choices} == {"equal"}


@pytest.mark.parametrize("field", ["bound", "value", "propensity"])
def test_one_bit_is_enough(field: str) -> None:
    """The nearest other number is another decision, and the field is named."""
    choice = next(make_decisions(1, learner=taught()))
    assert check(choice).result is ReplayResult.EQUAL

    replayed = check(choice, **{field: math.nextafter(getattr(choice, field), 0.5)})

    assert replayed.result is ReplayResult.DIFFERENT
    assert replayed.detail.split(", ")[-1] == field


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("action", PolicyAction.CONTENT),
        ("learned_action", PolicyAction.DIFFICULTY),
        ("reason", ChoiceReason.RANDOMISED),
    ],
)
def test_another_action_or_reason_is_found(field: str, other: object) -> None:
    """Whatever was written over."""
    choice = next(make_decisions(1, learner=taught()))
    assert getattr(choice, field) is not other

    replayed = check(choice, **{field: other})

    assert replayed == Replayed(id=choice.id, result=ReplayResult.DIFFERENT, detail=field)


def test_zero_with_a_sign_is_another_bit() -> None:
    """Equal as numbers, not as bits."""
    assert differences(make_choice(bound=0.0), make_choice(bound=-0.0)) == ["bound"]
    assert differences(make_choice(), make_choice()) == []


def test_other_state_or_seed_makes_another_decision() -> None:
    """So that equality means something."""
    choices = list(make_decisions(60, learner=taught(), explore=True))
    drawn = next(one for one in choices if one.reason is ChoiceReason.RANDOMISED)
    state = drawn.state.copy()
    state[150] += 0.1

    assert check(drawn, state=state).result is ReplayResult.DIFFERENT
    seeds = {check(drawn, seed=seed).result for seed in range(20)}
    assert ReplayResult.DIFFERENT in seeds


def test_erased_is_erased_and_nothing_else() -> None:
    """There is nothing to make it from, and nobody looks for weights."""
    found = ErasedChoice(id="k1", policy="dqn-lost")

    replayed = Recomputation(lambda _: None).check(found)

    assert replayed == Replayed(id="k1", result=ReplayResult.ERASED)


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (None, "are not on record"),
        (PolicyWeights(learner="dqn", content=b"damaged"), "dqn"),
        (PolicyWeights(learner="dqn", content=taught().dump()), "the weights of dqn-"),
    ],
)
def test_weights_that_are_not_those_are_said(kept: PolicyWeights | None, why: str) -> None:
    """Lost, damaged, of nobody known, or of another version."""
    replayed = Recomputation(lambda _: kept).check(stored(make_choice()))

    assert replayed.result is ReplayResult.NO_WEIGHTS
    assert why in replayed.detail


def test_command_counts_what_is_equal_and_what_is_erased(storage: Storage, config: Path) -> None:
    """Beside the open store; the erased are no failure."""
    learner = taught()
    keep(storage, learner, make_decisions(20, learner=learner))
    other = make_decisions(
        5, learner=learner, seat=OTHER_SEAT, occupancy=OTHER_STUDENT, prefix="other---"
    )
    keep(storage, learner, other)
    storage.erasure.erase(actor="teacher", seat=OTHER_SEAT)

    said = call("policy", "replay", "--all", "--config", str(config))
    one = call("policy", "replay", "other---0001", "--config", str(config))

    assert (said.exit_code, said.stdout) == (0, "20 equal, 0 different, 5 erased, 0 no weights\n")
    assert (one.exit_code, one.stdout) == (0, "0 equal, 0 different, 1 erased, 0 no weights\n")


def test_command_fails_where_one_differs(storage: Storage, config: Path) -> None:
    """For people and for machines; the field is named."""
    learner = taught()
    made = keep(storage, learner, make_decisions(3, learner=learner))
    changed = replace(made[1], id="decision-9999", value=made[1].value + 0.5)
    lost = replace(made[1], id="decision-lost", policy="dqn-lost")
    storage.choices.record_many([changed, lost])
    storage.flush()

    said = call("policy", "replay", "--all", "--config", str(config))
    told = json.loads(call("policy", "replay", "--all", "--json", "--config", str(config)).stdout)

    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        "3 equal, 1 different, 0 erased, 1 no weights",
        "  decision-9999: different: value",
        "  decision-lost: no weights: the weights of dqn-lost are not on record",
    ]
    assert (told["equal"], told["different"], told["no_weights"]) == (3, 1, 1)
    assert [one["id"] for one in told["failed"]] == ["decision-9999", "decision-lost"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["c1-of-the-rules"], "was decided by Table 1 alone, so there is no choice to make again"),
        (["episode-of-it"], "is an episode; sudo classbox why episode-of-it lists its decisions"),
    ],
)
def test_the_id_of_something_else_is_a_wrong_argument(
    storage: Storage, config: Path, words: list[str], message: str
) -> None:
    """Nothing is damaged, and nothing differs."""
    by_rules = make_intervention("c1-of-the-rules", seat=SEAT)
    storage.decisions.record_intervention(by_rules, terminal=TERMINAL)
    storage.decisions.record_alert(make_alert(episode="episode-of-it"))
    storage.flush()

    result = call("policy", "replay", *words, "--config", str(config))

    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


@pytest.mark.usefixtures("storage")
def test_an_id_that_nobody_knows_is_said(config: Path) -> None:
    """In one line."""
    result = call("policy", "replay", "decision-0001", "--config", str(config))

    assert "no decision 'decision-0001' is on record" in str(refusal(result))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name one choice, or give --all"),
        (["decision-0001", "--all"], "name one choice or give --all, not both"),
    ],
)
def test_wrong_arguments_are_no_wrong_configuration(
    config: Path, words: list[str], message: str
) -> None:
    """Said before anything is read, with the code for wrong arguments."""
    result = call("policy", "replay", *words, "--config", str(config))

    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("words", [["decision-0001"], ["--all"]])
def test_a_box_that_never_ran_has_nothing_to_replay(config: Path, words: list[str]) -> None:
    """One line, whatever is asked; and nothing is made."""
    said = str(refusal(call("policy", "replay", *words, "--config", str(config))))

    assert said.endswith("privacy.db: there is no such database; has the box run yet?")
    assert not (config.parent / "state").exists()
