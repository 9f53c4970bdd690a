"""Where things lie on an installed box."""

from pathlib import Path

CONFIG_DIR = Path("/etc/classbox")
CONFIG = CONFIG_DIR / "config.toml"
PEOPLE_FILE = CONFIG_DIR / "config.d" / "40-people.toml"
"""Tells the box which clients are teachers' and which IT people's."""

CREDENTIALS = CONFIG_DIR / "credentials"
"""The box's own: ``ca.crt``, ``box.crt``, ``box.key``."""

PKI = CONFIG_DIR / "pki"
"""The room's authority and its register; root's alone."""

TERMINALS = CONFIG_DIR / "terminals"
PEOPLE = CONFIG_DIR / "people"
BOXES = CONFIG_DIR / "boxes"
"""Bundles to carry, a folder for each id."""

BROKER_CONFIG = Path("/etc/mosquitto/conf.d/classbox.conf")
BROKER_DIR = Path("/etc/mosquitto/classbox")
"""What the broker reads: ``acl``, ``ca.crt``, ``crl.pem``, ``broker.crt``, ``broker.key``."""

BROKER_BUNDLE = CONFIG_DIR / "broker"
"""The same, to carry, where the broker is another machine."""

BOX_GROUP = "classbox"
BROKER_GROUP = "mosquitto"
BROKER_USER = "mosquitto"
