"""Read ``manifest.toml`` of a model folder and check every file against its hash."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.domain.models import Backend, ModelFile, ModelSpec, Precision, TensorSpec
from appliance.domain.token_packets import TOKENS_VERSION
from appliance.errors import ModelLoadError

MANIFEST_NAME = "manifest.toml"


def read_manifest(folder: Path) -> ModelSpec:
    """Read one model folder and prove that its files are the ones that were shipped.

    Args:
        folder: Directory with ``manifest.toml`` and the files that it names.

    Returns:
        The model's tensors and files.

    Raises:
        ModelLoadError: The manifest or a file is missing, malformed, truncated or altered.
    """
    path = folder / MANIFEST_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path}: cannot be read ({error}); install the package or the model folder again"
        raise ModelLoadError(msg) from error
    try:
        files, digest = _files(folder, table["files"])
        return ModelSpec(
            name=str(table["name"]),
            version=str(table["version"]),
            inputs=_tensors(table["inputs"]),
            outputs=_tensors(table["outputs"]),
            files=files,
            digest=digest,
            made_for=_made_for(table.get("made_for", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path}: malformed manifest ({error!r})"
        raise ModelLoadError(msg) from error


def _tensors(table: Mapping[str, Mapping[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(name=name, dtype=str(entry["dtype"]), shape=tuple(map(int, entry["shape"])))
        for name, entry in table.items()
    )


def _made_for(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the encoders that a fusion model names, if its tokens mean what ours do."""
    if str(table.get("tokens", "")) != TOKENS_VERSION:
        return ()
    return tuple(map(str, table["expression"]))


def _files(
    folder: Path, table: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[ModelFile, ...], str]:
    files: list[ModelFile] = []
    digest = hashlib.sha256()
    for entry in table.values():
        pairs = [(entry["path"], entry["sha256"])]
        if "weights" in entry:
            pairs.append((entry["weights"], entry["weights_sha256"]))
        for name, promised in pairs:
            found = _sha256(folder / name)
            if found != promised:
                msg = (
                    f"{folder / name}: SHA-256 is {found[:12]}…, the manifest promises "
                    f"{promised[:12]}…; the file is truncated or altered, install it again"
                )
                raise ModelLoadError(msg)
            digest.update(bytes.fromhex(found))
        files.append(
            ModelFile(
                backend=Backend(entry["backend"]),
                precision=Precision(entry["precision"]),
                path=folder / entry["path"],
                default=entry.get("default", False) is True,
                # A build makes a form the default only where it meets its accuracy bars.
                proven=True in {entry.get("proven"), entry.get("default")},
            )
        )
    defaults = [file.backend for file in files if file.default]
    if len(defaults) > len(set(defaults)):
        msg = "more than one default for a backend"
        raise ValueError(msg)
    return tuple(files), digest.hexdigest()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); install the model folder again"
        raise ModelLoadError(msg) from error
