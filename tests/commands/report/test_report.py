"""What the report says of boxes whose truth is known."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from appliance.commands.policy.plain import CHOICES, EVIDENCE
from appliance.commands.report.command import command
from appliance.commands.report.findings import Findings, find
from appliance.commands.report.numbers import to_json
from appliance.commands.report.table import show
from appliance.commands.report.tell import (
    BY_CHANCE,
    NO_EFFECT,
    NO_LOT,
    NOT_TOLD,
    TOO_FEW,
    points,
    rounded,
)
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.trials import TrialRecord
from appliance.errors import ConfigError
from appliance.settings.policy import PolicySettings, Profile
from appliance.storage.tables.trial_archive import read_trials
from tests.support.disk import PRIVACY
from tests.support.service import write_config
from tests.support.trial_boxes import AlertStory, fill_alerts, fill_choices, make_state_dir
from training.policy.logged import Logged, draw_logged

THETA = 0.5

OPERATING = Path(__file__).parents[3] / "docs" / "OPERATING.md"

FOUR_STATE = PolicySettings(profile=Profile.FOUR_STATE)


@pytest.fixture(scope="module")
def logged() -> Logged:
    """A record that tells some effects and others not."""
    return draw_logged(np.random.default_rng(12), stays=110)


@pytest.fixture(scope="module")
def folder(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that has drawn by lot, with its configuration."""
    folder = tmp_path_factory.mktemp("drawn")
    state_dir = make_state_dir(folder / "state")
    fill_choices(state_dir, logged)
    alerts = [AlertStory(stay=number, after=0.3 if number < 8 else 0.7) for number in range(12)]
    fill_alerts(state_dir, [replace(one, acted=one.stay % 2 == 0) for one in alerts])
    write_config(folder, cameras={"front": 'source = "/dev/video97"'})
    return folder


@pytest.fixture(scope="module")
def record(folder: Path) -> TrialRecord:
    """What is on record there."""
    return read_trials(folder / "state", delta=0.02)


@pytest.fixture(scope="module")
def findings(record: TrialRecord) -> Findings:
    """And what it tells."""
    return find(record, theta=THETA, settings=FOUR_STATE)


def without_lot(record: TrialRecord) -> TrialRecord:
    """Return the same record of a box that has drawn nothing."""
    certain = replace(record.trial.experience, propensities=np.ones(len(record.trial)))
    counts = replace(record.counts, drawn=0, drawn_finished=0, changed=0)
    return replace(record, counts=counts, trial=replace(record.trial, experience=certain))


def printed(findings: Findings) -> str:
    """Return what is printed, on lines as long as they are."""
    console = Console(width=200, record=True, file=StringIO())
    show(findings, console)
    return console.export_text()


def test_every_action_has_an_effect_with_its_interval_or_a_wait(findings: Findings) -> None:
    """Either the interval excludes 0, or it is said how many more decisions it takes."""
    assert [one.action for one in findings.effects] == list(PolicyAction)[1:]
    figures = [one for each in findings.effects for one in (each.fatigue, each.boredom)]
    assert any(one is not None and one.estimate.told for one in figures)
    for one in figures:
        assert one is not None
        assert one.estimate.told == (one.more == 0)
        words = points(one, up="less", down="more")
        assert words.startswith("cannot tell yet: ") is not one.estimate.told


def test_an_empty_record_is_one_line_that_says_why(tmp_path: Path) -> None:
    """Who decides and whether lots are drawn, instead of sections without a figure."""
    record = read_trials(make_state_dir(tmp_path / "state"), delta=0.02)
    exploring = FOUR_STATE.model_copy(update={"learner": "dqn", "explore": True})

    text = printed(find(record, theta=THETA, settings=FOUR_STATE))
    other = printed(find(record, theta=THETA, settings=exploring))

    assert len(text.splitlines()) == len(other.splitlines()) == 1
    assert text.startswith("There is nothing to report yet: no student was in sight")
    assert "The rules decide alone, and nothing is drawn by lot ([policy] explore = false)" in text
    assert "dqn may replace what the rules say, and mild help is drawn by lot" in other


def test_draws_whose_outcome_is_not_known_yet_are_said(tmp_path: Path) -> None:
    """A box that was switched on for a minute is no box without a lot."""
    folder = make_state_dir(tmp_path / "state")
    fill_choices(folder, draw_logged(np.random.default_rng(12), stays=6))
    with closing(sqlite3.connect(folder / PRIVACY)) as database, database:
        database.execute("DELETE FROM outcomes")

    findings = find(read_trials(folder, delta=0.02), theta=THETA, settings=FOUR_STATE)

    text, told = printed(findings), to_json(findings)
    made = findings.counts.made
    waits = f"{made} drawn by lot, outcomes of none known yet; an outcome takes 2 minutes"
    assert made > 0
    assert f"No effect can be told yet: {waits}" in text
    assert waits in str(told["why_not"])
    assert "Nothing was drawn by lot" not in text
    assert (told["choices"], told["drawn"], told["outcomes"]) == (made, made, 0)


def test_a_learner_that_has_replaced_nothing_is_not_the_rules_alone(record: TrialRecord) -> None:
    """It is said what it waits for, and of which actions too few outcomes are known."""
    few = record.trial.experience.actions == PolicyAction.HINT
    rewards = np.where(few, np.nan, record.trial.experience.rewards)
    trial = replace(record.trial, experience=replace(record.trial.experience, rewards=rewards))
    dqn = FOUR_STATE.model_copy(update={"learner": "dqn"})

    text = printed(find(replace(record, trial=trial), theta=THETA, settings=dqn))
    rules = printed(find(record, theta=THETA, settings=FOUR_STATE))

    assert "dqn has not replaced any action of the rules" in text
    flat = " ".join(text.split())
    assert f"it is sure of a gain and {EVIDENCE}; there are 0 of a hint so far." in flat
    assert f"where it is sure of a gain and {EVIDENCE}" in OPERATING.read_text(encoding="utf-8")
    assert CHOICES in flat
    assert "rules decide alone" not in text
    assert 'the rules decide alone ([policy] learner = "rules")' in rules


def test_a_stay_in_which_the_clock_began_anew_is_one(record: TrialRecord) -> None:
    """Five pieces of one student's stay would be a figure about that student."""
    trial = record.trial
    one = replace(trial, visits=np.zeros_like(trial.visits))

    findings = find(replace(record, trial=one), theta=THETA, settings=FOUR_STATE)

    assert findings.drawn_stays == 1
    assert {effect.fatigue for effect in findings.effects} == {None}
    assert "drawn by lot in 1 stay." in printed(findings)


def test_the_stays_of_the_head_are_not_fewer_than_those_with_draws(findings: Findings) -> None:
    """Readings go before decisions do: here of all but twelve stays."""
    assert findings.stays == findings.drawn_stays == 110


def test_without_a_lot_no_effect_is_told(record: TrialRecord) -> None:
    """The shares of alerts that halve are there, and are said not to be one."""
    findings = find(without_lot(record), theta=THETA, settings=FOUR_STATE)

    told = to_json(findings)
    text = printed(findings)
    assert not findings.explored
    assert (told["effects"], told["halved"], told["policy_against_rules"]) == ([], None, None)
    assert told["effect_can_be_told"] is False
    assert NO_LOT in text
    assert NO_EFFECT in text
    assert "67 of 100 (6 alerts)" in text
    assert "effect  " not in text


def test_with_a_lot_both_shares_stand_side_by_side(findings: Findings) -> None:
    """And the effect is their difference."""
    text = printed(findings)

    assert findings.halved is not None
    assert BY_CHANCE in text
    assert "with an intervention" in text
    assert "with nothing" in text
    assert NO_EFFECT not in text


def test_acceptance_and_how_often_by_action(record: TrialRecord, findings: Findings) -> None:
    """As many as there are on record, over the hours in which somebody was in sight."""
    (rest,) = (one for one in findings.uses if one.action is Action.FOCUS_BREAK)

    shown = [one for one in record.shown if one.action is Action.FOCUS_BREAK]
    assert len({one.stay for one in shown}) >= 5
    assert rest.shown == len(shown)
    assert rest.per_hour == pytest.approx(len(shown) / record.hours)
    assert rest.accepted is not None
    assert rest.accepted.value == pytest.approx(sum(one.accepted for one in shown) / len(shown))
    assert rest.dismissed == pytest.approx(sum(one.dismissed for one in shown) / len(shown))


def test_fewer_than_five_stays_have_no_figure(record: TrialRecord) -> None:
    """Not even a count: it could be about one whom a teacher knows."""
    rests = [one for one in record.shown if one.action is Action.FOCUS_BREAK]
    four = sorted({one.stay for one in rests})[:4]
    shown = tuple(one for one in rests if one.stay in four)
    courses = tuple(one for one in record.courses if one.stay < 4)

    findings = find(
        without_lot(replace(record, shown=shown, courses=courses)), theta=THETA, settings=FOUR_STATE
    )

    assert [(one.shown, one.per_hour, one.accepted) for one in findings.uses] == [(0, 0.0, None)]
    assert (findings.alerts_acted, findings.alerts_left) == (None, None)
    assert printed(findings).count(TOO_FEW) == 3


def test_an_action_that_few_stays_have_seen_has_no_effect_told(record: TrialRecord) -> None:
    """However many stays nothing was done in."""
    experience = record.trial.experience
    rest = experience.actions == PolicyAction.REST
    few = rest & (experience.stays > experience.stays[rest][3])
    trial = replace(
        record.trial,
        experience=replace(
            experience, actions=np.where(few, PolicyAction.NOTHING, experience.actions)
        ),
    )

    findings = find(replace(record, trial=trial), theta=THETA, settings=FOUR_STATE)

    effect = findings.effects[PolicyAction.REST - 1]
    assert (effect.drawn, effect.fatigue, effect.boredom) == (0, None, None)
    told = to_json(findings)["effects"]
    assert isinstance(told, list)
    assert {"action": "rest", "drawn": None, "fatigue": None, "boredom": None} in told
    assert NOT_TOLD in printed(findings)


def test_fatigue_only_names_no_other_state(record: TrialRecord) -> None:
    """Nor compares anything that needs four states."""
    findings = find(
        without_lot(record), theta=THETA, settings=PolicySettings(profile=Profile.FATIGUE_ONLY)
    )

    text = printed(findings) + json.dumps(to_json(findings))
    assert not {"bored", "boredom", "confused", "focused"} & set(text.lower().split())
    assert "Learned policy" not in text


def test_what_the_policy_would_do_stands_against_the_rules(record: TrialRecord) -> None:
    """Where overrides are on record; with its lower bound."""
    experience = record.trial.experience
    bases = np.where(
        experience.allowed[:, PolicyAction.HINT] & (experience.rules == 0), 4, experience.rules
    )
    overridden = replace(record, trial=replace(record.trial, bases=bases))

    policy = find(overridden, theta=THETA, settings=FOUR_STATE).policy

    assert policy is not None
    assert policy.estimate.bound < policy.estimate.value
    assert find(record, theta=THETA, settings=FOUR_STATE).policy is None


def test_an_alarm_is_printed(record: TrialRecord) -> None:
    """With what it was before, and in the numbers for machines."""
    new = record.trial.wall_s >= record.trial.wall_s.max() - 7 * 86400
    rewards = np.where(new, np.nan, record.trial.experience.rewards)
    lost = replace(record.trial, experience=replace(record.trial.experience, rewards=rewards))

    findings = find(replace(record, trial=lost), theta=THETA, settings=FOUR_STATE)

    assert "ALARM: the reward is missing in 100 of 100 choices, before it was" in printed(findings)
    assert any(one.alarm for one in findings.fidelity)


@pytest.mark.parametrize(("number", "said"), [(7, 7), (99, 99), (101, 110), (6737, 6800)])
def test_a_wait_is_rounded_up_to_two_digits(number: int, said: int) -> None:
    """More digits would promise what nobody knows."""
    assert rounded(number) == said


def test_the_command_prints_json_and_draws(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object, and the picture it names."""
    picture = tmp_path / "report.png"

    command(folder / "config.toml", picture=picture, as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["picture"] == str(picture)
    assert told["choices"] > 1000
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_another_kind_is_refused_before_the_work(tmp_path: Path) -> None:
    """Before the configuration is even read."""
    with pytest.raises(ConfigError, match="only PNG"):
        command(tmp_path / "none.toml", picture=tmp_path / "report.svg")


def test_a_box_from_before_there_were_choices_is_reported(tmp_path: Path) -> None:
    """Its alerts and interventions are, and no effect."""
    state_dir = make_state_dir(tmp_path / "state")
    with closing(sqlite3.connect(state_dir / PRIVACY)) as database, database:
        for table in ("choices", "outcomes", "policies"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version = 2")

    findings = find(read_trials(state_dir, delta=0.02), theta=THETA, settings=FOUR_STATE)

    assert (findings.counts.made, findings.explored) == (0, False)
