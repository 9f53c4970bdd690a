"""``classbox why``: one decision, told to whoever asks."""

import json
from collections.abc import Collection
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.policy.account import Audience, tell_student, tell_teacher
from appliance.commands.policy.evidence import tell_auditor
from appliance.commands.wrapping import fitted
from appliance.domain.affect import AFFECTS, Affect
from appliance.errors import StorageError
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.tables.choice_archive import MATCHES, ChoiceArchive

SHORTEST = 8
"""Fewest letters of an id that may stand for all of it."""


def command(
    decision: Annotated[
        str, typer.Argument(metavar="ID", help=f"Of a decision; its first {SHORTEST} letters do.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    audience: Annotated[
        Audience, typer.Option("--for", help="Who asks; auditors get all there is.")
    ] = Audience.TEACHER,
    as_json: JsonOption = False,
) -> None:
    """Explain one decision: what was seen, said, allowed, chosen, and what came of it."""
    settings = load_settings(config)
    archive = ChoiceArchive(settings.box.state_dir)
    identity = known_decision(archive, decision)
    record = archive.record(identity)
    states = told_states(settings)
    if audience is Audience.STUDENT:
        sentence, no = tell_student(record, states=states)
        if as_json:
            typer.echo(json.dumps({"id": identity, "sentence": sentence, "say_no": no}))
        else:
            typer.echo(fitted(f"{sentence}\n{no}".rstrip()))
        return
    told = dict(tell_teacher(record, states=states))
    evidence = tell_auditor(archive, record, states) if audience is Audience.AUDITOR else {}
    if as_json:
        words = {heading.replace(" ", "_"): text for heading, text in told.items()}
        typer.echo(json.dumps({**words, **({"evidence": evidence} if evidence else {})}))
        return
    _show(told, evidence, Console())


def known_decision(archive: ChoiceArchive, beginning: str) -> str:
    """Return the id that somebody typed, or its beginning.

    Raises:
        StorageError: There is none, or there are several.
    """
    found = archive.find(beginning) if len(beginning) >= SHORTEST else []
    if len(found) == 1:
        return found[0]
    if found:
        more = ", …" if len(found) == MATCHES else ""
        msg = f"{beginning!r} begins several ids: {', '.join(found)}{more}"
        raise StorageError(msg, next_step="give more letters")
    msg = f"no decision {beginning!r} is on record"
    raise StorageError(
        msg,
        next_step="classbox export --kind decisions lists them; they are kept as long as "
        "[storage] retention_days says",
    )


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
