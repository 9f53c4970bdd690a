"""One line per problem: where it was written, which setting, what is wrong, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.cameras.redaction import redact_url
from appliance.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that the operator has to put right."""

    file: str
    """Path of the file, or ``environment CLASSBOX_TABLE__KEY``."""

    key: str
    """Setting as it is written, with dots; a place in the text where that cannot be read."""

    problem: str
    """What is wrong; never a rejected value, which may be a password."""

    next_step: str
    """What to do."""

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.file}: {self.key}: {self.problem}; {self.next_step}"


def written(key: Sequence[str]) -> str:
    """Return a setting with dots; no password where somebody has taken a URL for a name."""
    return ".".join(redact_url(part) for part in key)


def wrong_configuration(origin: str, problems: Sequence[Problem]) -> ConfigError:
    """Return the error that says all of them.

    Args:
        origin: Stands at the head of the message: the configuration that was asked for.
        problems: At least one.
    """
    return ConfigError("\n  ".join([f"{origin}: {len(problems)} problem(s)", *map(str, problems)]))
