"""What the learned policy of a box does, in numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from appliance.commands.policy.deciding import RULES, who_decides
from appliance.commands.policy.plain import CHOICES, REWARD, counted, drawn_outcomes
from appliance.commands.policy.words import OFFERS
from appliance.commands.wrapping import fitted
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
    counts = archive.counts()
    reasons = archive.reasons()
    policies = archive.policies()
    newest = policies[0] if policies else None
    deciding = who_decides(settings, archive)
    return {
        "learner": settings.policy.learner,
        "explore": settings.policy.explore,
        "learn": settings.policy.learn,
        "version": deciding.version,
        "refused": deciding.refused,
        "drifted": list(deciding.drifted),
        "decisions": {
            "all": counts.made + counts.erased,
            "erased": counts.erased,
            "drawn": counts.drawn,
            "drawn_outcomes": counts.drawn_finished,
            "drawn_changed": counts.changed,
            "reasons": {reason.value: _count(reasons, reason) for reason in ChoiceReason},
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
                "erased": one.erased,
            }
            for one in policies[:VERSIONS]
        ],
    }


def show(told: Mapping[str, Any], console: Console) -> None:
    """Print what ``look`` returned."""
    lines = {
        "who decides": _decides(told),
        "drawn by lot": _draws(told),
        "choices": _choices(told["decisions"]),
        "learning": _learning(told["training"]),
    }
    for heading, text in lines.items():
        line = Text(fitted(f"{heading:<13} {text}"))
        line.stylize("bold", 0, len(heading))
        console.print(line)
    for one in told["policies"]:
        erased = f", and {_erased(one['erased'])}" if one["erased"] else ""
        made = counted(one["decisions"], "choice")
        console.print(escape(f"{'':<13} {one['version']}: {made}{erased}"))
    if not told["actions"]:
        return
    table = Table(box=SIMPLE_HEAD, padding=0)
    table.add_column("action", no_wrap=True)
    for name in ("chosen", "outcomes", "mean reward", "completed", "rejected", "too soon"):
        table.add_column(name, justify="right")
    for row in told["actions"]:
        mean = row["mean_reward"]
        table.add_row(
            OFFERS[PolicyAction[row["action"].upper()]],
            *(f"{row[name]:,}" for name in ("decisions", "outcomes")),
            "-" if mean is None else f"{mean:+.3f}",
            *(f"{row[name]:,}" for name in ("completed", "rejected", "intruded")),
        )
    console.print(table)
    for meaning in (CHOICES, REWARD):
        console.print(escape(fitted(meaning)))


def _decides(told: Mapping[str, Any]) -> str:
    learner, version = told["learner"], told["version"]
    alone = "the rules and chance together" if told["explore"] else "the rules alone"
    if told["refused"]:
        unusable = f'learner = "{learner}" cannot be used here: {told["refused"]}'
        return f"{alone}, because {unusable}"
    if learner == RULES:
        return f'{alone} ([policy] learner = "rules")'
    what = " and ".join(told["drifted"])
    why = f", because what it rests on has changed: {what}" if what else ""
    if version == RULES:
        return f"{alone} until {learner} has learned anew{why}"
    back = f"; it is an earlier version{why}" if what else ""
    return (
        f"the rules, and {learner} where it is sure of something better (version {version}{back})"
    )


def _draws(told: Mapping[str, Any]) -> str:
    decisions = told["decisions"]
    now = (
        "on ([policy] explore = true): chance decides whether mild help is given, which is "
        "research on pupils"
        if told["explore"]
        else "off ([policy] explore = false)"
    )
    if not decisions["drawn"]:
        return f"{now}; none so far" if told["explore"] else now
    said = drawn_outcomes(drawn=decisions["drawn"], known=decisions["drawn_outcomes"])
    changed = decisions["drawn_changed"]
    return f"{now}; {said}; in {changed:,} the lot changed what was done"


def _choices(decisions: Mapping[str, Any]) -> str:
    reasons = decisions["reasons"]
    if not decisions["all"]:
        return "none on record; they are kept where a learner or a lot may have a say"
    parts = [f"{decisions['all'] - decisions['erased']:,} on record"]
    if replaced := reasons[ChoiceReason.OVERRIDE.value]:
        part = f"in {replaced:,} what was learned replaced what the rules say"
        if decisions["vetoes"]:
            part += f" (in {decisions['vetoes']:,} of them by nothing)"
        parts.append(part)
    if failed := reasons[ChoiceReason.LEARNER_FAILED.value]:
        parts.append(f"in {failed:,} the learned policy failed, was late or was switched off")
    if decisions["erased"]:
        parts.append(f"and {_erased(decisions['erased'])}")
    return "; ".join(parts)


def _erased(number: int) -> str:
    whom = "a student who was" if number == 1 else "students who were"
    return f"{number:,} more about {whom} erased, of which nothing else is kept"


def _learning(training: Mapping[str, Any]) -> str:
    if training["since"] is None:
        return "nothing has been learned, no version is kept"
    since = datetime.fromisoformat(training["since"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return (
        f"{counted(training['versions'], 'version')} kept, the newest in use since {since}; "
        f"{counted(training['outcomes_since'], 'outcome')} since then"
    )


def _count(reasons: Mapping[tuple[ChoiceReason, PolicyAction], int], reason: ChoiceReason) -> int:
    return sum(count for (one, _), count in reasons.items() if one is reason)


def _time(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="seconds")
