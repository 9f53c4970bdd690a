"""What was decided during an episode, and what was shown to the same stay around a decision."""

from dataclasses import dataclass
from pathlib import Path

from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
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

# Of a command that never reached a screen nobody has seen anything.
_AROUND = """SELECT action, rule, at_s - :at_s AS later_s FROM decisions
    LEFT JOIN commands USING (id) WHERE seat = :seat AND occupancy = :occupancy AND id != :id
    AND later_s BETWEEN :first_s AND :last_s
    AND action NOT IN ('none', 'contact_teacher')
    AND coalesce(state, '') NOT IN ('failed', 'rejected', 'expired') ORDER BY at_s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAround:
    """One command that the same student got around a decision."""

    action: Action
    """What was shown."""

    rule: str
    """Row of Table 1, or the reason of a choice."""

    later_s: float
    """Capture time from the decision to it, seconds; negative when it was before."""


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


def read_around(
    state_dir: Path,
    decision: str,
    *,
    seat: SeatKey,
    occupancy: OccupancyKey,
    at_s: float,
    within_s: tuple[float, float],
) -> tuple[ShownAround, ...]:
    """Return what else was shown to whoever a decision is about, in the order of time.

    Args:
        state_dir: Folder of the databases.
        decision: Its id; left out itself.
        seat: Where.
        occupancy: Whose stay.
        at_s: Capture time of the decision, seconds.
        within_s: From when to when, seconds from the decision.

    Raises:
        StorageError: The database cannot be read.
    """
    first_s, last_s = within_s
    values = {
        "id": decision,
        "seat": seat,
        "occupancy": occupancy,
        "at_s": at_s,
        "first_s": first_s,
        "last_s": last_s,
    }
    with reading(state_dir / PRIVACY_FILE) as connection:
        rows = connection.execute(_AROUND, values).fetchall()
    return tuple(
        ShownAround(action=Action(row["action"]), rule=row["rule"], later_s=row["later_s"])
        for row in rows
    )
