"""Where the learned policy of a box stands, over a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStanding:
    """Which versions there are, and what the last one was learned from."""

    warm: str
    version: str
    previous: str = ""
    """To which the box goes back; empty for none."""
    learned_s: float = 0.0
    """Wall time at which the newest of its outcomes were read."""
    drifted: tuple[str, ...] = ()
    """What was found to have drifted since; the box has gone back."""

    def saved(self) -> dict[str, Any]:
        """Return it as JSON, for a checkpoint."""
        return {**asdict(self), "drifted": list(self.drifted)}


def read_standing(saved: Mapping[str, Any]) -> PolicyStanding | None:
    """Return what was saved; None where it is not what this program saves."""
    try:
        return PolicyStanding(
            warm=str(saved["warm"]),
            version=str(saved["version"]),
            previous=str(saved["previous"]),
            learned_s=float(saved["learned_s"]),
            drifted=tuple(str(one) for one in saved["drifted"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
