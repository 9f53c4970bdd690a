"""What was decided during an episode, for whoever has the id of its alert."""

from dataclasses import dataclass
from pathlib import Path

from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.migrations import PRIVACY
from appliance.storage.reading import check_version, reading
from appliance.storage.tables.choice_rows import CHOICES_SINCE

_DONE = "SELECT id, wall_s, action FROM decisions WHERE episode = ? ORDER BY wall_s"

# A choice does not say of which episode it is, and one that does nothing is of none: what counts is
# that it is about the same stay, and was made while the alert was open.
_CHOSEN = """SELECT choices.id AS id, choices.wall_s AS wall_s, choices.action AS action
    FROM choices JOIN alerts USING (seat, occupancy)
    WHERE alerts.episode = ? AND NOT erased AND choices.at_s >= opened_s
    AND choices.at_s <= coalesce(cleared_s, choices.at_s) ORDER BY choices.wall_s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision of an episode."""

    id: str
    """UUIDv7."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""

    action: Action | PolicyAction
    """What was done; of a choice that nothing has come of, what it chose."""


def read_episode(state_dir: Path, episode: str) -> tuple[Decided, ...] | None:
    """Return what was decided during an episode, in the order of time; None: there is none.

    Args:
        state_dir: Folder of the databases.
        episode: Its whole id.

    Raises:
        StorageError: The database cannot be read.
    """
    path = state_dir / PRIVACY_FILE
    with reading(path) as connection:
        known = "SELECT 1 FROM alerts WHERE episode = ?"
        if connection.execute(known, [episode]).fetchone() is None:
            return None
        found = {}
        if check_version(connection, path, newest=len(PRIVACY)) >= CHOICES_SINCE:
            for row in connection.execute(_CHOSEN, [episode]):
                found[row["id"]] = Decided(
                    id=row["id"], wall_s=row["wall_s"], action=PolicyAction(row["action"])
                )
        for row in connection.execute(_DONE, [episode]):
            found[row["id"]] = Decided(
                id=row["id"], wall_s=row["wall_s"], action=Action(row["action"])
            )
    return tuple(sorted(found.values(), key=lambda one: (one.wall_s, one.id)))
