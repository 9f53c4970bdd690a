"""``classbox policy``: status, export and replay of what the learned policy decided."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.policy.handing_out import Stays, write_file
from appliance.commands.policy.overview import look, show
from appliance.commands.policy.recompute import Recomputation, Replayed, ReplayResult
from appliance.commands.policy.why import known_id
from appliance.commands.records.beside import storage_beside
from appliance.commands.signals import cleaned_up
from appliance.domain.policy.choices import ErasedChoice, StoredChoice
from appliance.errors import ConfigError, PolicyError, StorageError
from appliance.inference.library import ModelLibrary
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.tables.choice_archive import ChoiceArchive

command = typer.Typer(
    help="Say what the learned policy does, hand out its choices, make them again.",
    no_args_is_help=True,
)

EXIT_DIFFERENT = 1
"""A choice does not follow again from what is on record."""

TOLD = 10
"""Choices that are named when they differ."""


@command.command()
def status(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Say who decides, since when, how often, and what came of each action."""
    settings = load_settings(config)
    told = look(settings, ChoiceArchive(settings.box.state_dir))
    if as_json:
        typer.echo(json.dumps(told))
    else:
        show(told, Console(soft_wrap=True, highlight=False))


@command.command()
def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="To write, such as choices.jsonl.gz; gzip of JSON lines."
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write choices without seat, student, id and time into a file, to learn from elsewhere.

    For root alone; the file is for its owner alone, and the audit says that it was made.
    """
    _refuse_place(file, force=force)
    settings = load_settings(config)
    _refuse(settings)
    archive = ChoiceArchive(settings.box.state_dir)
    stays = Stays(tell_fused=settings.policy.learn)
    stays.take(archive.choices())
    counts = stays.counts
    if not counts.decisions:
        msg = "no choice of a learner or by lot is on record, so there is nothing to export"
        raise StorageError(msg, next_step="sudo classbox policy status says who decides")
    fusion = ModelLibrary(settings.box.models_dir, lanes=1).spec("fusion").digest
    policies = archive.policies()
    with storage_beside(settings) as storage, cleaned_up():
        storage.audit.record(
            "policy_exported",
            actor="operator",
            detail=f"{counts.decisions} choices of {counts.stays} stays, "
            f"{counts.fused} with h_fused",
        )
        write_file(
            file,
            stays.shuffled(np.random.default_rng()),
            fusion=fusion,
            policy=policies[0].version if policies else "",
        )
    if as_json:
        typer.echo(json.dumps({"file": str(file), **asdict(counts)}))
        return
    typer.echo(
        f"{file}: {counts.decisions} choices of {counts.stays} stays, "
        f"{counts.finished} with their outcome, {counts.fused} with h_fused"
    )
    typer.echo(
        "No seat, no name, no time of day is in it, and it is about students all the same: "
        "personal data, pseudonymous. Keep it where nobody else can read it, and delete it after "
        "use; what is erased on the box later stays in it."
    )


@command.command()
def replay(
    decision: Annotated[str | None, typer.Argument(metavar="ID", help="Of one choice.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are on record.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make choices again from what is on record and compare them to the bit.

    The exit status is 1 when one differs or the weights of its policy are lost.
    """
    if decision is not None and everything:
        msg = "name one choice or give --all, not both"
        raise typer.BadParameter(msg, param_hint="--all")
    if decision is None and not everything:
        msg = "name one choice, or give --all"
        raise typer.BadParameter(msg, param_hint="ID")
    settings = load_settings(config)
    archive = ChoiceArchive(settings.box.state_dir)
    recomputation = Recomputation(archive.weights)
    results: Counter[ReplayResult] = Counter()
    failed: list[Replayed] = []
    for found in _chosen(archive, decision, quiet=as_json):
        replayed = recomputation.check(found)
        results[replayed.result] += 1
        if replayed.result in {ReplayResult.DIFFERENT, ReplayResult.NO_WEIGHTS}:
            failed.append(replayed)
    if as_json:
        counted = {result.value.replace(" ", "_"): results[result] for result in ReplayResult}
        typer.echo(json.dumps({**counted, "failed": [asdict(one) for one in failed[:TOLD]]}))
    else:
        typer.echo(", ".join(f"{results[result]} {result}" for result in ReplayResult))
        for one in failed[:TOLD]:
            typer.echo(f"  {one.id}: {one.result}: {one.detail}")
        if len(failed) > TOLD:
            typer.echo(f"  and {len(failed) - TOLD} more")
    raise typer.Exit(EXIT_DIFFERENT if failed else 0)


def _chosen(
    archive: ChoiceArchive, decision: str | None, *, quiet: bool
) -> Iterator[StoredChoice | ErasedChoice]:
    if decision is None:
        console = Console(stderr=True)
        total, _ = archive.count()
        hidden = quiet or not console.is_terminal
        choices: Iterable[StoredChoice | ErasedChoice] = archive.choices()
        yield from track(
            choices, "replaying", total=total, console=console, transient=True, disable=hidden
        )
        return
    identity = known_id(archive, decision)
    record = archive.record(identity)
    found = record.choice
    if found is None and record.decision is None:
        msg = f"{identity} is an episode; sudo classbox why {identity} lists its decisions"
        raise typer.BadParameter(msg, param_hint="ID")
    if found is None:
        msg = f"{identity} was decided by Table 1 alone, so there is no choice to make again"
        raise typer.BadParameter(msg, param_hint="ID")
    yield found


def _refuse_place(file: Path, *, force: bool) -> None:
    folder = file.absolute().parent
    if not folder.is_dir():
        msg = f"{file}: there is no folder {folder}; make it, or write somewhere else"
        raise typer.BadParameter(msg, param_hint="FILE")
    if file.is_dir():
        msg = f"{file} is a folder; name a file in it"
        raise typer.BadParameter(msg, param_hint="FILE")
    if file.exists() and not force:
        msg = f"{file} is there already; write somewhere else, or give --force"
        raise typer.BadParameter(msg, param_hint="FILE")
    if file.suffix != ".gz":
        msg = f"{file}: gzip is written, so the name has to end in .gz, such as {file}.gz"
        raise typer.BadParameter(msg, param_hint="FILE")


def _refuse(settings: Settings) -> None:
    if os.geteuid() != 0:
        msg = "choices leave the box by root's hand alone"
        raise PolicyError(msg, next_step="run: sudo classbox policy export …")
    if settings.policy.fatigue_only:
        msg = "in fatigue-only nothing is chosen by a learned policy, so there is nothing to export"
        raise ConfigError(msg)
