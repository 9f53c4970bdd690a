"""What holds between tables, and between the configuration and this machine.

A rule looks at settings of which others may be wrong, so that nothing waits until those have been
put right; what is not even text is passed over, because that has a line of its own.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.certificate import common_name
from appliance.permissions import (
    OTHERS_READ_OR_WRITE,
    complaint_about,
    credential,
    not_from_root,
)
from appliance.settings.box import DEFAULT_STATE_DIR
from appliance.settings.cameras import SourceKind, kind_of
from appliance.settings.policy import Profile
from appliance.settings.reading.problems import Problem, written
from appliance.settings.reading.roles import by_role
from appliance.settings.reading.sources import ENVIRONMENT, Sources
from appliance.settings.section import Objection

_SHARED_MODELS = ("pose_detector", "pose_landmark_lite", "pose_landmark_full", "face_detector")
MODELS = (*_SHARED_MODELS, "expression_mobilevit", "fusion")
"""Folders that a complete ``models_dir`` has (docs/DESIGN.md, 2)."""

FATIGUE_MODELS = (*_SHARED_MODELS, "expression_mobilevit_fatigue", "fusion_fatigue")
"""The same for ``fatigue-only``: a box of this profile needs no other model on its disk."""

_WITH_SEATS = ("cameras", "sensors")

_SECRET_NAME = re.compile(r"pass|pwd|token|secret|auth|key", re.IGNORECASE)


def between_tables(sources: Sources) -> Iterator[Objection]:
    """Yield what holds for every command of a box."""
    yield from by_role(sources)
    yield from _repeated_ids(sources)
    yield from _missing_models(sources)


def on_this_machine(sources: Sources) -> Iterator[Objection]:
    """Yield what else keeps the service from starting here."""
    if sources.text("policy", "profile") == Profile.DEMO:
        yield Objection(
            '"demo" is for classbox demo and its packaged clip only',
            f'choose "{Profile.FATIGUE_ONLY}" or "{Profile.FOUR_STATE}"',
            ("policy", "profile"),
        )
    yield from _unusable_state_dir(sources)
    yield from _strange_artifact(sources)
    yield from broker_files(sources)


def broker_files(sources: Sources) -> Iterator[Objection]:
    """Yield what is wrong with passwords and certificates, without opening a socket."""

    def path(key: str) -> Path | None:
        text = sources.text("mqtt", key)
        return None if text is None else credential(Path(text))

    address = BrokerAddress(
        host="",  # nothing is connected
        password_file=path("password_file"),
        ca_file=path("ca_file"),
        cert_file=path("cert_file"),
        key_file=path("key_file"),
    )
    for problem in address.problems():
        yield Objection(problem.problem, problem.next_step, ("mqtt", problem.setting))


def identity_of_terminal(sources: Sources) -> Iterator[Objection]:
    """Yield what would let a terminal come to the broker under another name than its own."""
    own = sources.text("terminal", "id")
    if own is None:
        return
    cert_file, key_file = (sources.text("mqtt", name) for name in ("cert_file", "key_file"))
    named = {"username": sources.text("mqtt", "username")}
    if cert_file is not None and key_file is not None:
        named["cert_file"] = common_name(Path(cert_file), Path(key_file))
    for setting, name in named.items():
        if name is not None and name != own:
            yield Objection(
                f"names {name!r}, and this terminal is {own!r}; the broker would take it for the "
                "other and throw that one off",
                "use this terminal's own certificate, or its own username and password_file",
                ("mqtt", setting),
            )


def beside(file: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a terminal's tables with the files of its broker found from the file's own folder."""
    mqtt = values.get("mqtt")
    if not isinstance(mqtt, Mapping):
        return dict(values)
    here = file.absolute().parent
    found = {
        name: here / path if name.endswith("_file") and isinstance(path, str) else path
        for name, path in mqtt.items()
    }
    return {**values, "mqtt": found}


def open_secrets(sources: Sources) -> Iterator[Problem]:
    """Yield the sources that show a camera's password to everybody on this machine."""
    for origin, values in sources.by_source.items():
        for camera, table in _tables(values.get("cameras")):
            if not _holds_secret(table.get("source")):
                continue
            if origin.startswith(ENVIRONMENT):
                problem = "everybody can read a password there ('systemctl show')"
                step = "unset it, and write the source into a file in config.d with mode 0640"
            elif Path(origin).stat().st_mode & OTHERS_READ_OR_WRITE:
                problem = "everybody can read the password in this file"
                step = f"run: chmod o-rwx {origin}"
            else:
                continue
            key = written(("cameras", camera, "source"))
            yield Problem(file=origin, key=key, problem=problem, next_step=step)


def _repeated_ids(sources: Sources) -> Iterator[Objection]:
    seats: dict[str, str] = {}
    terminals: dict[str, str] = {}
    places = [(kind, *each) for kind in _WITH_SEATS for each in _tables(sources.tree.get(kind))]
    for kind, place_id, place in places:
        for seat_id, seat in _tables(place.get("seats")):
            key = (kind, place_id, "seats", seat_id)
            where, terminal = written(key), seat.get("terminal")
            if first := seats.get(seat_id):
                yield Objection(
                    f"seat id {seat_id!r} is used twice: {first} and {where}",
                    "give one of them another id",
                    key,
                )
            seats.setdefault(seat_id, where)
            if not isinstance(terminal, str):
                continue
            if first := terminals.get(terminal):
                yield Objection(
                    f"terminal {terminal!r} has two seats: {first} and {where}",
                    "give each seat a terminal of its own",
                    (*key, "terminal"),
                )
            terminals.setdefault(terminal, where)


def _missing_models(sources: Sources) -> Iterator[Objection]:
    folder = sources.text("box", "models_dir")
    if folder is None:
        return
    profile = sources.text("policy", "profile")
    if profile == Profile.FATIGUE_ONLY:
        wanted = [FATIGUE_MODELS]
    elif profile in set(Profile):
        wanted = [MODELS]
    else:  # whichever it will be: what lacks least
        wanted = [MODELS, FATIGUE_MODELS]
    missing = min(
        ([name for name in each if not _is_model(Path(folder, name))] for each in wanted), key=len
    )
    for name in missing:
        yield Objection(
            f"no model {name!r} in {folder}",
            "copy it there, or leave models_dir out to use the packaged models",
            ("box", "models_dir"),
        )


def _is_model(folder: Path) -> bool:
    return (folder / "manifest.toml").is_file()


def _unusable_state_dir(sources: Sources) -> Iterator[Objection]:
    key = ("box", "state_dir")
    text = sources.text(*key)
    if text is None and not sources.readable:
        return  # nobody has said yet that it is the default one
    folder = DEFAULT_STATE_DIR if text is None else Path(text)
    if (complaint := unusable_folder(folder)) is not None:
        yield Objection(*complaint, key)


def _strange_artifact(sources: Sources) -> Iterator[Objection]:
    key = ("policy", "artifact")
    text = sources.text(*key)
    if text is None or not Path(text).is_absolute():
        return
    complaint = complaint_about(Path(text)) or not_from_root(Path(text))
    if complaint is not None:
        yield Objection(*complaint, key)


def unusable_folder(folder: Path) -> tuple[str, str] | None:
    """Return what keeps a state folder from being made or written to, and what to do.

    Nothing is made: a folder that ``sudo classbox check`` made would not be the service's.
    """
    try:
        there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    except OSError as error:
        return f"cannot reach {folder} ({error.strerror})", "correct the path"
    step = "set another folder, or give it to the account that runs the service"
    if not there.is_dir():
        return f"{there} is a file, and the state folder is {folder}", "set another folder"
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=True):
        return f"cannot write into {there}", step
    if there == folder and os.geteuid() not in (0, folder.stat().st_uid):
        return f"{folder} belongs to another account", step
    return None


def _holds_secret(source: object) -> bool:
    if not isinstance(source, str) or kind_of(source) is not SourceKind.NETWORK:
        return False
    try:
        parts = urlsplit(source)
    except ValueError:  # an unescaped bracket in a password, perhaps
        return "@" in source
    in_query = any(_SECRET_NAME.search(name) for name, _ in parse_qsl(parts.query))
    # By hand: a password with an unescaped # or ? is no password to urlsplit.
    before, at_sign, _ = source.partition("://")[2].rpartition("@")
    return in_query or (bool(at_sign) and ":" in before)


def _tables(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables of a table of tables, whatever else somebody wrote there."""
    if isinstance(value, Mapping):
        for name, table in value.items():
            if isinstance(table, Mapping):
                yield name, table
