"""Backups of a box on the command line: made, read, and made anew with something changed."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner, Result

from appliance.commands.command_line import build_app
from appliance.errors import ApplianceError


def call(command: str, *arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(build_app(command), [command, *arguments])


def refusal(result: Result) -> ApplianceError:
    """Return the error that ended a command."""
    assert isinstance(result.exception, ApplianceError), result.exception
    return result.exception


def members(archive: Path) -> dict[str, bytes]:
    """Return the files of an archive."""
    with tarfile.open(archive) as tar:
        return {
            entry.name: content.read()
            for entry in tar
            if (content := tar.extractfile(entry)) is not None
        }


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Make an archive anew with other members, as somebody might who knows how."""
    files = members(archive)
    change(files)
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def change_manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
    """Return a change of the first member."""

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"]) | values
        files["manifest.json"] = json.dumps(manifest).encode()

    return change
