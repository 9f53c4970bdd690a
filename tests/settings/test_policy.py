"""What a school has to say itself about the policy is taken in no other words than its own."""

import tomllib

import pytest

from appliance.errors import ConfigError
from appliance.settings.load import parse_settings
from appliance.settings.policy import PolicySettings

VALID = """
schema = 1
box.site = "school"
box.room = "lab"
box.id = "box-1"
cameras.front = { source = "/dev/video0", seats.a01.terminal = "pc-01" }
policy.profile = "four-state"
"""


def policy(line: str = "") -> PolicySettings:
    """Return the policy of a configuration with one more line."""
    return parse_settings(tomllib.loads(f"{VALID}{line}\n"), origin="here").policy


def refusal(line: str = "") -> str:
    """Return what is said of a configuration with one more line."""
    with pytest.raises(ConfigError) as caught:
        policy(line)
    return str(caught.value)


@pytest.mark.parametrize("setting", ["explore", "learn"])
@pytest.mark.parametrize("value", ['"yes"', '"true"', '"on"', "1", "1.0", "0", '"no"'])
def test_nothing_but_true_and_false_is_a_yes_or_a_no(setting: str, value: str) -> None:
    """Nobody begins research on pupils by a number or a word that a program has read into it."""
    said = refusal(f"policy.{setting} = {value}")

    assert f"policy.{setting}: expected true or false, without quotes; " in said
    assert said.endswith("leave it out for the default false")


def test_true_and_false_are_taken() -> None:
    """As TOML has them."""
    assert policy("policy.explore = true").explore
    assert not policy("policy.explore = false").explore


def test_a_variable_says_true_and_false_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no other way; still no other word counts."""
    for text, explore in {"true": True, "True": True, "false": False}.items():
        monkeypatch.setenv("CLASSBOX_POLICY__EXPLORE", text)
        assert policy().explore is explore
    for text in ("1", "yes", "on", ""):
        monkeypatch.setenv("CLASSBOX_POLICY__EXPLORE", text)
        assert "environment CLASSBOX_POLICY__EXPLORE: policy.explore: expected true" in refusal()


def test_other_variables_are_as_lax_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit file of a school that has a 1 in it goes on working."""
    monkeypatch.setenv("CLASSBOX_INTERVENTION__ENABLED", "0")

    assert not parse_settings(tomllib.loads(VALID), origin="here").intervention.enabled


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", ""),
        ("policy.explore = true", "what the rules would do is sometimes left out"),
        (
            'policy.explore = true\npolicy.learner = "dqn"',
            "what the rules and dqn would do is sometimes left out",
        ),
    ],
)
def test_what_is_left_to_chance_is_called_research(line: str, says: str) -> None:
    """Also of the rules alone, which draw as well."""
    told = policy(line).research()

    assert says in told
    assert ("research on pupils" in told) == bool(line)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('policy.learner = "DQN"', '"dqn"'),
        ('policy.learner = "bandits"', '"bandit"'),
        ('policy.learner = "oracle"', ""),
        ("policy.learner = 1", ""),
        ('box.degrade = "of"', ""),
    ],
)
def test_a_word_that_is_nearly_right_is_understood(line: str, meant: str) -> None:
    """Capitals and typing mistakes; what was written is never repeated."""
    table, _, setting = line.partition(".")
    values = tomllib.loads(VALID)
    values[table] |= tomllib.loads(setting)

    with pytest.raises(ConfigError) as caught:
        parse_settings(values, origin="here")

    said = str(caught.value)
    assert (
        (f"did you mean {meant}? Otherwise correct it" in said)
        if meant
        else ("did you mean" not in said)
    )


def test_a_refused_h_fused_is_explained() -> None:
    """To somebody who has never heard of it."""
    said = refusal("policy.learn = true")

    assert "the numbers inside the model that reads a face and a posture" in said
    assert "they tell who somebody is" in said
    assert "docs/" not in said
