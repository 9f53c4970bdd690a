"""``classbox restore``: a box as a backup has it, less what has been refused since."""

import json
import shutil
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.commands.keep.archive import (
    Manifest,
    plain,
    read_manifest,
    read_texts,
    total_bytes,
    unpack,
)
from appliance.commands.keep.configuration import FOLDER, MAIN, put_back
from appliance.commands.keep.progress import bar
from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.signals import cleaned_up
from appliance.errors import ArchiveError, NewerSchemaError, StorageError
from appliance.host.clock import SystemClock
from appliance.inference.tuning.tuned import TUNED_NAME
from appliance.settings.layout import box_identity, seats_with_consent
from appliance.settings.load import DEFAULT_CONFIG, load_settings, parse_settings
from appliance.settings.tree import Settings
from appliance.storage.ballast import free_bytes
from appliance.storage.folder import FolderLock, make_private_file, prepare_folder
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.restoration import Restoration, restore_databases
from appliance.storage.keeping.snapshot import DATABASES, work_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a restore has done, and what is left to do."""

    backup: Manifest
    databases: Restoration
    configuration: list[Path]
    """Files that are in use now."""
    beside: list[Path]
    """Files that lie beside different ones."""


def command(
    file: Annotated[Path, typer.Argument(help="Archive of classbox backup.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in place; what was erased or revoked since stays so."""
    manifest = read_manifest(file)
    settings = _settings(file, config)
    _require_fitting(manifest, settings, file, config)
    _require_stopped(settings)
    if not yes:
        question = f"Replace the databases of {manifest.box} by those of {manifest.made}?"
        typer.confirm(question, abort=True)
    with cleaned_up():
        outcome = restore_backup(file, manifest, settings, config)
    if as_json:
        typer.echo(json.dumps(_plain(outcome)))
    else:
        _tell(outcome)


def restore_backup(file: Path, manifest: Manifest, settings: Settings, config: Path) -> Outcome:
    """Put databases, engine choices and configuration of an archive in place.

    Raises:
        ArchiveError: The archive is damaged; nothing was changed.
        StorageError: The service runs, or the databases cannot be put in place.
    """
    state_dir = settings.box.state_dir
    prepare_folder(state_dir)
    lock = FolderLock.alone(state_dir)
    try:
        _require_room(manifest, state_dir)
        with work_folder(state_dir) as folder:
            with bar("unpacking", total_bytes(manifest)) as advance:
                unpack(file, folder, progress=advance)
            databases = restore_databases(
                folder,
                state_dir,
                archived_log=(folder / REFUSALS_FILE).read_text(encoding="utf-8"),
                configured=seats_with_consent(settings),
                made=manifest.made,
                clock=SystemClock(),
            )
            if (folder / TUNED_NAME).is_file() and not (state_dir / TUNED_NAME).exists():
                shutil.move(folder / TUNED_NAME, state_dir / TUNED_NAME)
                make_private_file(state_dir / TUNED_NAME)
            try:
                used, beside = put_back(folder, config, group=state_dir.stat().st_gid)
            except OSError as error:
                msg = f"the databases are restored, but not {config}: {error}; run it with sudo"
                raise StorageError(msg) from error
    finally:
        lock.release()
    return Outcome(backup=manifest, databases=databases, configuration=used, beside=beside)


def _settings(file: Path, config: Path) -> Settings:
    """Return the present configuration, or that of the archive where there is none."""
    if config.exists():
        return load_settings(config)
    texts = read_texts(file, FOLDER)
    if MAIN not in texts:
        msg = f"{file}: no configuration in it, and none at {config}; write one first"
        raise ArchiveError(msg)
    main = texts.pop(MAIN)
    try:
        tables = [tomllib.loads(text) for text in (main, *(texts[name] for name in sorted(texts)))]
    except tomllib.TOMLDecodeError as error:
        msg = f"{file}: {MAIN}: {error}"
        raise ArchiveError(msg) from error
    return parse_settings(*tables, origin=f"{file}: {FOLDER}")


def _require_fitting(manifest: Manifest, settings: Settings, file: Path, config: Path) -> None:
    if manifest.box != box_identity(settings):
        msg = (
            f"{file}: a backup of {manifest.box}, and {config} is {box_identity(settings)}; "
            "use that box's backup, or give this one its site, room and id first"
        )
        raise ArchiveError(msg)
    there = manifest.files.keys() & {*manifest.schemas, REFUSALS_FILE}
    if absent := {*DATABASES, REFUSALS_FILE} - there:
        msg = f"{file}: {', '.join(sorted(absent))} is missing; use another backup"
        raise ArchiveError(msg)
    for name, migrations in DATABASES.items():
        if manifest.schemas[name] > len(migrations):
            msg = (
                f"{file}: {name} has version {manifest.schemas[name]}, written by classbox "
                f"{manifest.software}; this one ({version('classbox')}) knows {len(migrations)}: "
                f"install {manifest.software} or newer"
            )
            raise NewerSchemaError(msg)


def _require_stopped(settings: Settings) -> None:
    """Refuse before anybody is asked; the lock is taken again for the work itself."""
    if settings.box.state_dir.exists():
        FolderLock.alone(settings.box.state_dir).release()


def _require_room(manifest: Manifest, state_dir: Path) -> None:
    needed = total_bytes(manifest)
    if free_bytes(state_dir) < needed:
        msg = f"{state_dir}: the backup needs {needed / 1e6:.0f} MB; free some space"
        raise StorageError(msg)


def _tell(outcome: Outcome) -> None:
    done, backup = outcome.databases, outcome.backup
    typer.echo(f"restored: {backup.box} as of {backup.made}")
    if done.kept_as is not None:
        typer.echo(f"what was there lies in {done.kept_as} for a week")
    if done.erased_seats or done.erased_rows:
        seats = ", ".join(done.erased_seats) or "single stays"
        typer.echo(f"erased since the backup, and again now: {seats} ({done.erased_rows} rows)")
    if done.stopped:
        typer.echo(f"consent stopped: {', '.join(done.stopped)}")
    if done.consent_lost:
        typer.echo(
            "The consent on record here is lost: every seat is denied until somebody grants it "
            "(sudo classbox consent grant SEAT)."
        )
    if not done.erasures_known:
        typer.echo(
            "What was erased since the backup cannot be known: nothing is left here that says it. "
            "Erase it again where you know (sudo classbox erase SEAT)."
        )
    for path in outcome.configuration:
        typer.echo(f"configuration: {path}")
    for path in outcome.beside:
        typer.echo(f"the backup's configuration is different; it lies in {path}")
    if outcome.configuration:
        typer.echo("Put back what was not in the backup:")
        for secret in backup.left_out:
            typer.echo(f"  {secret}")
    typer.echo("next: sudo classbox check, then sudo systemctl start classbox")


def _plain(outcome: Outcome) -> dict[str, Any]:
    done = outcome.databases
    return {
        "backup": plain(outcome.backup),
        "erased_seats": list(done.erased_seats),
        "erased_rows": done.erased_rows,
        "erasures_known": done.erasures_known,
        "consent_stopped": list(done.stopped),
        "consent_lost": done.consent_lost,
        "kept_as": None if done.kept_as is None else str(done.kept_as),
        "configuration": [str(path) for path in outcome.configuration],
        "configuration_beside": [str(path) for path in outcome.beside],
    }
