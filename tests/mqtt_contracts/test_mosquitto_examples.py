"""The broker's examples are what ``classbox setup`` would write for the example configuration."""

from importlib.resources import files
from pathlib import Path

from appliance.commands.broker.examples import examples

CONFIGURATION = Path(__file__).parents[2] / "systemd" / "config.example.toml"


def test_the_examples_follow_the_example_configuration() -> None:
    """So their ids cannot differ; ``make examples`` writes them again."""
    folder = files("mqtt_contracts") / "mosquitto"

    shipped = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}

    assert shipped == examples(CONFIGURATION.read_text(encoding="utf-8"))


def test_no_option_that_newer_releases_give_up_is_used_without_need() -> None:
    """Of those that Mosquitto 2.1 deprecates, what 2.0 has no other way for is said to be so."""
    for name, text in examples(CONFIGURATION.read_text(encoding="utf-8")).items():
        if name == "acl":
            continue
        lines = text.splitlines()
        assert not [
            line
            for line in lines
            if line.startswith(("per_listener_settings", "message_size_limit"))
        ]
        for place, line in enumerate(lines):
            option = line.partition(" ")[0]
            if option in ("acl_file", "password_file"):
                assert f"Mosquitto 2.1 deprecates {option}" in lines[place - 1]
