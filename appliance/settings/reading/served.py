"""What holds between ``screens.toml`` and the machine that serves pages."""

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.mqtt.wire.certificate import served_certificate_ends_s
from appliance.permissions import Complaint, complaint_about, no_right
from appliance.settings.reading.rules import unusable_folder
from appliance.settings.screens import LockKind, ScreensSettings
from appliance.settings.section import Objection

_PATHS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("screens",): (
        "cert_file",
        "key_file",
        "state_dir",
        "terminals",
        "teacher",
        "it",
        "texts",
    ),
    ("content",): ("folder",),
    ("lock", "veyon"): ("key_file",),
}


def beside_screens(file: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of the screens with their files found from the file's own folder."""
    here = file.absolute().parent
    return {name: _found(here, (name,), value) for name, value in values.items()}


def served_here(settings: ScreensSettings) -> Iterator[Objection]:
    """Yield what keeps pages from being served here, without opening a socket."""
    yield from _certificate(settings)
    screens = settings.screens
    if (complaint := unusable_folder(screens.state_dir)) is not None:
        yield Objection(*complaint, ("screens", "state_dir"))
    folders = {
        ("screens", "terminals"): screens.terminals,
        ("screens", "teacher"): screens.teacher,
        ("screens", "it"): screens.it,
        ("screens", "texts"): screens.texts,
        ("content", "folder"): settings.content.folder,
    }
    for key, folder in folders.items():
        if folder is not None and (complaint := _unreadable(folder)) is not None:
            yield Objection(*complaint, key)
    if settings.lock.kind is LockKind.VEYON:
        yield from _veyon_key(settings.lock.veyon.key_file)


def _certificate(settings: ScreensSettings) -> Iterator[Objection]:
    cert_file, key_file = settings.screens.cert_file, settings.screens.key_file
    if cert_file is None or key_file is None:
        return
    complaints = {
        "cert_file": complaint_about(cert_file),
        "key_file": complaint_about(key_file, secret=True),
    }
    for name, complaint in complaints.items():
        if complaint is not None:
            yield Objection(*complaint, ("screens", name))
    if any(complaints.values()):
        return
    key = ("screens", "cert_file")
    try:
        served_certificate_ends_s(cert_file, key_file)
    except ssl.SSLCertVerificationError as error:
        fact = f"{cert_file} is no good for a server now ({error.verify_message})"
        yield Objection(fact, "renew it: sudo classbox pki renew", key)
    except (OSError, ValueError):
        fact = f"{cert_file} and {key_file} are no certificate and its key"
        yield Objection(fact, "put a PEM certificate and its own key there", key)


def _veyon_key(key_file: Path | None) -> Iterator[Objection]:
    key = ("lock", "veyon", "key_file")
    if key_file is None:
        yield Objection("is missing", "name the private key that Veyon knows us by", key)
    elif (complaint := complaint_about(key_file, secret=True)) is not None:
        yield Objection(*complaint, key)


def _unreadable(folder: Path) -> Complaint | None:
    if not folder.exists():
        return Complaint(f"there is no folder {folder}", "put it there, or correct the path")
    if not folder.is_dir():
        return Complaint(f"{folder} is no folder", "correct the path")
    if not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        return no_right(folder)
    return None


def _found(here: Path, place: tuple[str, ...], value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    names = _PATHS.get(place, ())
    return {
        name: here / each
        if name in names and isinstance(each, str)
        else _found(here, (*place, name), each)
        for name, each in value.items()
    }
