"""``classbox why``: one decision, told to whoever asks."""

import json
import re
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.policy.account import Audience, tell_student, tell_teacher
from appliance.commands.policy.evidence import tell_auditor
from appliance.commands.policy.words import OFFERS, SHOWN
from appliance.commands.wrapping import fitted
from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import StoredChoice
from appliance.errors import StorageError
from appliance.intervention.policy.ledger import DROP_AFTER_S
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.tables.choice_archive import MATCHES, ChoiceArchive
from appliance.storage.tables.episode_archive import Decided, ShownAround, read_around, read_episode
from appliance.storage.tables.on_record import DecisionRecord

SHORTEST = 12
"""Fewest letters of an id that may stand for all of it: the first eight are those of a minute."""

_BARE = re.compile(f"[0-9a-f]{{{SHORTEST},32}}")
"""An id that was typed without its dashes."""


def command(
    decision: Annotated[
        str,
        typer.Argument(
            metavar="ID", help=f"Of a decision or an episode; its first {SHORTEST} letters do."
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    audience: Annotated[
        Audience, typer.Option("--for", help="Who asks; auditors get all there is.")
    ] = Audience.TEACHER,
    as_json: JsonOption = False,
) -> None:
    """Explain one decision: what was seen, said, allowed, chosen, and what came of it.

    Of an episode, what was decided during it.
    """
    settings = load_settings(config)
    archive = ChoiceArchive(settings.box.state_dir)
    identity = known_id(archive, decision)
    decided = read_episode(settings.box.state_dir, identity)
    if decided is not None:
        _list(identity, decided, as_json=as_json)
        return
    record = archive.record(identity)
    states = told_states(settings)
    if audience is Audience.STUDENT:
        sentence, no = tell_student(record, states=states)
        if as_json:
            typer.echo(json.dumps({"id": identity, "sentence": sentence, "say_no": no}))
        else:
            typer.echo(fitted(f"{sentence}\n{no}".rstrip()))
        return
    around = _around(settings.box.state_dir, record)
    told = dict(tell_teacher(record, states=states, around=around, now_s=time.time()))
    evidence = tell_auditor(archive, record, states) if audience is Audience.AUDITOR else {}
    if as_json:
        words = {heading.replace(" ", "_"): text for heading, text in told.items()}
        typer.echo(json.dumps({**words, **({"evidence": evidence} if evidence else {})}))
        return
    _show(told, evidence, Console())


def known_id(archive: ChoiceArchive, typed: str) -> str:
    """Return the id of a decision or an episode that somebody typed, or its beginning.

    Raises:
        StorageError: There is none, or there are several.
    """
    beginning = typed.strip().lower()
    if _BARE.fullmatch(beginning) and not archive.find(beginning):
        beginning = _dashed(beginning)
    found = archive.find(beginning)
    if found == [beginning] or (len(found) == 1 and len(beginning) >= SHORTEST):
        return found[0]
    if len(beginning) < SHORTEST:
        msg = f"{typed!r} is too short: ids begin with the time, so many begin alike"
        raise StorageError(msg, next_step=f"give at least {SHORTEST} letters of it")
    if found:
        more = ", …" if len(found) == MATCHES else ""
        msg = f"{typed!r} begins several ids: {', '.join(found)}{more}"
        raise StorageError(msg, next_step="give more letters")
    msg = f"no decision {typed!r} is on record"
    raise StorageError(
        msg,
        next_step="sudo classbox export --kind choices lists those of a learner or by lot, --kind "
        "decisions what was done; they are kept as long as [storage] retention_days says",
    )


def _dashed(letters: str) -> str:
    """Return the beginning of a UUID with its dashes."""
    cuts = [0, *(cut for cut in (8, 12, 16, 20) if cut < len(letters)), len(letters)]
    return "-".join(letters[first:last] for first, last in pairwise(cuts))


def _around(state_dir: Path, record: DecisionRecord) -> Sequence[ShownAround]:
    """Return what else was shown to the same stay; nothing about who was erased."""
    if isinstance(record.choice, StoredChoice):
        choice = record.choice.choice
        seat, occupancy, at_s = choice.seat, choice.occupancy, choice.at_s
    elif record.choice is None and record.decision is not None:
        done = record.decision.intervention
        seat, occupancy, at_s = done.seat, done.occupancy, done.at_s
    else:
        return ()
    within_s = -INTRUDE_WITHIN_S, DROP_AFTER_S
    return read_around(
        state_dir, record.id, seat=seat, occupancy=occupancy, at_s=at_s, within_s=within_s
    )


def _list(episode: str, decided: Sequence[Decided], *, as_json: bool) -> None:
    """Print what was decided during an episode."""
    if as_json:
        rows = [
            {"id": one.id, "time": _time(one).isoformat(timespec="seconds"), "did": _did(one)}
            for one in decided
        ]
        typer.echo(json.dumps({"episode": episode, "decisions": rows}))
        return
    if not decided:
        typer.echo(f"{episode} is an episode, and nothing was decided during it.")
        return
    typer.echo(f"{episode} is an episode. What was decided during it, by id:")
    for one in decided:
        typer.echo(f"  {one.id}  {_time(one).astimezone():%Y-%m-%d %H:%M:%S}  {_did(one)}")
    typer.echo("sudo classbox why ID explains one of them.")


def _time(one: Decided) -> datetime:
    return datetime.fromtimestamp(one.wall_s, UTC)


def _did(one: Decided) -> str:
    return SHOWN[one.action] if isinstance(one.action, Action) else OFFERS[one.action]


def told_states(settings: Settings) -> Collection[Affect]:
    """Return the states of which the profile allows to speak."""
    return (Affect.FATIGUED,) if settings.policy.fatigue_only else AFFECTS


def _show(told: dict[str, str], evidence: dict[str, Any], console: Console) -> None:
    table = Table(box=SIMPLE, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, text in told.items():
        table.add_row(heading, Text(text))
    for name, value in evidence.items():
        table.add_row(name, Text(value if isinstance(value, str) else json.dumps(value)))
    console.print(table)
