"""What the learned policy of a box does, in numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.domain.policy.choices import ChoiceReason, PolicyAction
from appliance.settings.tree import Settings
from appliance.storage.tables.choice_archive import ChoiceArchive

VERSIONS = 5
"""How many versions are listed."""


def look(settings: Settings, archive: ChoiceArchive) -> dict[str, Any]:
    """Return what ``--json`` prints; Any, because each part has its own type.

    Raises:
        StorageError: The database cannot be read.
    """
    total, erased = archive.count()
    reasons = archive.reasons()
    policies = archive.policies()
    newest = policies[0] if policies else None
    return {
        "learner": settings.policy.learner,
        "explore": settings.policy.explore,
        "learn": settings.policy.learn,
        "version": newest.version if newest and settings.policy.learner != "rules" else "rules",
        "decisions": {
            "all": total,
            "erased": erased,
            **{reason.value: _count(reasons, reason) for reason in ChoiceReason},
            "vetoes": reasons.get((ChoiceReason.OVERRIDE, PolicyAction.NOTHING), 0),
        },
        "actions": [
            {
                "action": one.action.name.lower(),
                "decisions": one.made,
                "outcomes": one.finished,
                "rewards": one.rewarded,
                "mean_reward": one.mean_reward,
                "completed": one.completed,
                "rejected": one.rejected,
                "intruded": one.intruded,
            }
            for one in archive.tally()
        ],
        "training": {
            "versions": len(policies),
            "since": None if newest is None else _time(newest.wall_s),
            "outcomes_since": 0 if newest is None else archive.outcomes_since(newest.wall_s),
        },
        "policies": [
            {
                "version": one.version,
                "learner": one.learner,
                "bytes": one.bytes,
                "since": _time(one.wall_s),
                "decisions": one.choices,
            }
            for one in policies[:VERSIONS]
        ],
    }


def show(told: Mapping[str, Any], console: Console) -> None:
    """Print what ``look`` returned."""
    decisions, training = told["decisions"], told["training"]
    console.print(f"learner    [bold]{told['learner']}[/], version {escape(told['version'])}")
    console.print(f"explore    {_yes(told['explore'])}   h_fused kept  {_yes(told['learn'])}")
    console.print(
        f"decisions  {decisions['all']}, of them {decisions['override']} overrides "
        f"({decisions['vetoes']} vetoes), {decisions['randomised']} drawn by lot, "
        f"{decisions['learner_failed']} without the learner, {decisions['erased']} erased"
    )
    if training["since"] is None:
        console.print("training   nothing has been learned, no weights are kept")
    else:
        since = datetime.fromisoformat(training["since"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        console.print(
            f"training   {training['versions']} versions; the newest since {since}, "
            f"{training['outcomes_since']} outcomes since then"
        )
    table = Table(box=SIMPLE_HEAD)
    table.add_column("action")
    for name in ("decisions", "outcomes", "mean reward", "completed", "rejected", "too soon"):
        table.add_column(name, justify="right")
    for row in told["actions"]:
        mean = row["mean_reward"]
        table.add_row(
            row["action"],
            *(str(row[name]) for name in ("decisions", "outcomes")),
            "-" if mean is None else f"{mean:+.3f}",
            *(str(row[name]) for name in ("completed", "rejected", "intruded")),
        )
    console.print(table)


def _count(reasons: Mapping[tuple[ChoiceReason, PolicyAction], int], reason: ChoiceReason) -> int:
    return sum(count for (one, _), count in reasons.items() if one is reason)


def _time(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="seconds")


def _yes(value: bool) -> str:  # noqa: FBT001 - a word for it
    return "yes" if value else "no"
