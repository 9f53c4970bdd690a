"""Writes the examples of mqtt_contracts/mosquitto, for the ids of the example configuration."""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.broker.config import Identity, broker_config
from appliance.settings.load import parse_settings
from appliance.settings.policy import Profile

PEOPLE = People(teachers=["teacher-1"], it=["it-1"])
SENSORS = {"sensor-pc-07": {"seats": {"c01": {"terminal": "pc-07"}}}}


def examples(configuration: str) -> Mapping[str, str]:
    """Return file names and contents.

    Args:
        configuration: TOML with the ids; the profile, which only a school can choose and on which
            nothing here depends, may be missing.
    """
    tables = tomllib.loads(configuration)
    tables["policy"] = {"profile": Profile.FATIGUE_ONLY, **tables.get("policy", {})}
    tables["sensors"] = SENSORS
    settings = parse_settings(tables, origin="the example")
    return {
        "acl": acl_text(settings, PEOPLE),
        "mosquitto.conf": broker_config(identity=Identity.CERTIFICATES),
        "mosquitto-password.conf": broker_config(identity=Identity.PASSWORDS),
    }


if __name__ == "__main__":
    configuration, folder = (Path(word) for word in sys.argv[1:])
    for name, text in examples(configuration.read_text(encoding="utf-8")).items():
        (folder / name).write_text(text, encoding="utf-8")
