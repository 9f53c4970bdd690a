"""``classbox backup``: one file from which a box can be put back."""

import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.keep.archive import (
    Manifest,
    describe,
    plain,
    total_bytes,
    write_archive,
)
from appliance.commands.keep.configuration import copy_configuration, secrets_of
from appliance.commands.keep.progress import bar
from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.signals import cleaned_up
from appliance.errors import ConfigError, StorageError
from appliance.host.clock import SystemClock
from appliance.inference.tuning.tuned import TUNED_NAME
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.folder import FolderLock
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.snapshot import copy_databases, sizes, work_folder

KB, MB = 1e3, 1e6

OTHERS = 0o077
"""Everybody but the owner."""


def command(
    file: Annotated[Path, typer.Argument(help="Archive to write, such as box-1.tar.gz.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
) -> None:
    """Copy databases and configuration, without secrets, into one file; the box goes on."""
    settings = load_settings(config)
    _refuse_place(file, settings)
    lock = FolderLock.shared(settings.box.state_dir)
    try:
        with cleaned_up():
            manifest = make_backup(file, settings, config)
    finally:
        lock.release()
    size = file.stat().st_size
    if file.stat().st_mode & OTHERS:
        typer.echo(f"{file}: its file system lets others read it; lock it away", err=True)
    if as_json:
        typer.echo(json.dumps({"file": str(file), "bytes": size, **plain(manifest)}))
        return
    typer.echo(f"{file}: {_size(size)}, backup of {manifest.box} at {manifest.made}")
    typer.echo("It holds data about students: keep it where nobody else can read it.")
    typer.echo("Not in it, keep them apart:")
    for secret in manifest.left_out:
        typer.echo(f"  {secret}")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / MB:.1f} MB" if size_bytes >= MB else f"{size_bytes / KB:.0f} kB"


def make_backup(file: Path, settings: Settings, config: Path) -> Manifest:
    """Write the archive of a box, whether it is running or not.

    Raises:
        StorageError: The databases cannot be copied, or the file cannot be written.
    """
    state_dir = settings.box.state_dir
    made = datetime.now(tz=UTC).isoformat(timespec="seconds")
    with work_folder(state_dir) as folder:
        # Before the databases: an erasure in between then counts as one since the backup.
        refusals = RefusalLog(
            state_dir / REFUSALS_FILE, clock=SystemClock(), free=lambda: None
        ).read()
        (folder / REFUSALS_FILE).write_text(
            "" if refusals is None else refusals.text(), encoding="utf-8"
        )
        with bar("copying", sum(sizes(state_dir).values())) as advance:
            schemas = copy_databases(state_dir, folder, progress=advance)
        if (state_dir / TUNED_NAME).is_file():
            shutil.copyfile(state_dir / TUNED_NAME, folder / TUNED_NAME)
        copy_configuration(config, folder)
        manifest = describe(
            folder,
            made=made,
            software=version("classbox"),
            box=box_identity(settings),
            schemas=schemas,
            left_out=[*secrets_of(settings), "settings from the environment (CLASSBOX_…)"],
        )
        if not manifest.files.keys() >= schemas.keys():
            msg = "something was erased while the copies were made; back up again"
            raise StorageError(msg)
        with bar("writing", total_bytes(manifest)) as advance:
            write_archive(file, folder, manifest, progress=advance)
    return manifest


def _refuse_place(file: Path, settings: Settings) -> None:
    folder = file.absolute().parent
    if not folder.is_dir():
        msg = f"{file}: there is no folder {folder}; make it, or write somewhere else"
        raise ConfigError(msg)
    if folder.resolve().is_relative_to(settings.box.state_dir.resolve()):
        msg = f"{file}: a backup beside the databases is lost with them; write it to another disk"
        raise ConfigError(msg)
