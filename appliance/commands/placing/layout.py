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
SENSORS = CONFIG_DIR / "sensors"
BOXES = CONFIG_DIR / "boxes"
"""Bundles to carry, a folder for each id."""

SENSOR_DIR = Path("/etc/classbox-sensor")
"""What a sensor reads: ``config.toml`` and its keys; a terminal may be beside."""

BROKER_CONFIG = Path("/etc/mosquitto/conf.d/classbox.conf")
BROKER_DIR = Path("/etc/mosquitto/classbox")
"""What the broker reads: ``acl``, ``ca.crt``, ``crl.pem``, ``broker.crt``, ``broker.key``."""

BROKER_BUNDLE = CONFIG_DIR / "broker"
"""The same, to carry, where the broker is another machine."""

SCREENS_DIR = Path("/etc/classbox-screens")
"""What ``classbox screens`` reads: ``screens.toml``, ``server``, ``terminals``, ``people``."""

SCREENS_PORT_FILE = Path("/etc/systemd/system/classbox-screens.service.d/port.conf")
"""Lets the screens listen below port 1024."""

SCREENS_BUNDLE = CONFIG_DIR / "screens"
"""The same, to carry, where another machine serves the pages."""

BOX_GROUP = "classbox"
SCREENS_GROUP = "classbox-screens"
BROKER_GROUP = "mosquitto"
BROKER_USER = "mosquitto"
